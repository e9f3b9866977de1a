"""What the pipeline needs from outside: small protocols; adapters live in files of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Protocol

from ingest.types import Hit


class VectorIndex(Protocol):
    """Vectors by generation (one body of vectors of one collection under one embedding model). Cosine similarity.

    All methods raise `ingest.errors.IndexUnavailable` when the index cannot be reached.
    """

    async def add(self, generation: str, ids: Sequence[str], vectors: Sequence[Sequence[float]]) -> None:
        """Insert or overwrite; makes the generation when it is new."""

    async def search(self, generation: str, vector: Sequence[float], k: int) -> list[Hit]:
        """The k nearest, best first; score is cosine similarity. An unknown generation has no hits."""
        ...

    async def remove(self, generation: str, ids: Sequence[str]) -> int:
        """Remove what is there of `ids`; returns how many were."""
        ...

    def ids(self, generation: str) -> AsyncIterator[list[str]]:
        """Every id, in pages."""
        ...

    async def drop(self, generation: str) -> None:
        """Forget a generation altogether; unknown ones are no error."""

    async def generations(self) -> list[str]:
        """Names of all generations there are."""
        ...


class Tokenizer(Protocol):
    """The embedder's own tokenizer."""

    limit: int
    """Most tokens (special ones included) the embedder takes at once."""

    def count(self, text: str) -> int:
        """Tokens of `text`, special ones included."""
        ...


class FileStore(Protocol):
    """Original bytes, keyed by SHA-256. Methods block; call them through `in_thread`. Raise `FilesUnavailable`."""

    def put(self, source: str, sha256: str) -> None:
        """Copy a local file in; whole or not at all. A key that is there already is left alone."""

    def local(self, sha256: str) -> str:
        """Path of a local copy to read from."""
        ...

    def exists(self, sha256: str) -> bool: ...

    def remove(self, sha256: str) -> bool: ...

    def keys(self) -> Iterator[str]:
        """Every key stored."""
        ...

    def written(self, sha256: str) -> float | None:
        """When it was stored, in epoch seconds; None when it is not there, or when the store does not say."""
        ...

    def tidy(self, before: float) -> None:
        """Remove what a `put` that was cut off before then (epoch seconds) has left."""
