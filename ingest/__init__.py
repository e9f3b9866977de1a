"""Documents in: parse, split, embed, index. Knows nothing of the web or of chat."""
