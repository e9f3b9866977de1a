"""Deterministic embeddings out of hashed words: near where words are shared. For tests only; needs no model."""

from __future__ import annotations

import math
import re
import zlib

from langchain_core.embeddings import Embeddings


class Words:
    """`ingest.ports.Tokenizer`: a token is a word or a sign, and there are two special ones."""

    limit = 256

    def count(self, text: str) -> int:
        return 2 + len(_words(text))


class HashEmbedder(Embeddings):
    """Each word adds a signed 1 at two places given by its hash; vectors have length 1."""

    def __init__(self, dimensions: int = 64, name: str = "hash-embedder") -> None:
        self.name = name
        self.dimensions = dimensions
        self.tokenizer = Words()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        vector = [0.0] * self.dimensions
        for word in _words(text.lower())[: self.tokenizer.limit]:
            code = zlib.crc32(word.encode("utf-8", "replace"))
            vector[code % self.dimensions] += 1.0 if code & 1 << 30 else -1.0
            vector[(code >> 8) % self.dimensions] += 1.0 if code & 1 << 29 else -1.0
        length = math.sqrt(sum(x * x for x in vector))
        if length == 0.0:
            return [1.0, *[0.0] * (self.dimensions - 1)]
        return [x / length for x in vector]


def _words(text: str) -> list[str]:
    return re.findall(r"[\u3400-\u9fff]|\w+|[^\w\s]", text)
