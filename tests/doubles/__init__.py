"""Stand-ins for what is outside: a scriptable model endpoint, a scripted chat model, a hash embedder. Tests only."""
