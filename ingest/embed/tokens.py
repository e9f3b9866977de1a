"""The embedder's own tokenizer (WordPiece), for the splitter and for the embedder."""

from __future__ import annotations

from pathlib import Path

import tokenizers

LONGEST_TOKEN = 64
"""Characters. Text beyond `limit` times this is cut before it is tokenised for embedding: a megabyte need not wait."""


class WordPiece:
    """Implements `ingest.ports.Tokenizer`. Thread-safe."""

    def __init__(self, path: Path, limit: int) -> None:
        """`path` is a `tokenizer.json`. Raises whatever `tokenizers` raises for a file it cannot read."""
        self.limit = limit
        # The published file truncates and pads to 128: sentence-transformers overrides that, and so do we.
        self._whole = tokenizers.Tokenizer.from_file(str(path))
        self._whole.no_padding()
        self._whole.no_truncation()
        self._cut = tokenizers.Tokenizer.from_file(str(path))
        self._cut.no_padding()
        self._cut.enable_truncation(max_length=limit)

    def count(self, text: str) -> int:
        """Tokens of `text`, the two special ones included; not truncated."""
        return len(self._whole.encode(_encodable(text)).ids)

    def ids(self, text: str) -> list[int]:
        """Token ids for the embedder: special ones included, at most `limit`."""
        return list(self._cut.encode(_encodable(text[: self.limit * LONGEST_TOKEN])).ids)


def _encodable(text: str) -> str:
    """Text out of damaged files may hold lone surrogates, which have no UTF-8 form."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
