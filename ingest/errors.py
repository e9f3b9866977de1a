"""What can go wrong while a document becomes searchable.

    IngestError
    ├── DocumentRefused        the file itself: empty, wrong kind, encrypted, too large, damaged (never retried)
    ├── ParsingStopped         the parser ran out of time or memory, or died
    ├── EmbeddingFailed        the embedder could not be loaded or answered nonsense
    ├── IndexUnavailable       the vector index cannot be reached (retried)
    ├── CatalogueUnavailable   the catalogue cannot be read or written: locked, full disk (retried)
    ├── FilesUnavailable       the stored bytes cannot be read or written (retried)
    ├── NotFound               no such collection, document, version or chunk
    └── Cancelled              a person stopped it

Every error carries a stable `code`, a `message` for people and a `hint` that says what to do.
Adapters translate foreign exceptions into this tree; none of theirs leaks out of `ingest`.
"""

from __future__ import annotations


class IngestError(Exception):
    """Base of the tree; `retryable` tells the worker whether another try can help."""

    retryable = False

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    def as_dict(self) -> dict[str, str]:
        """The only error body there is: {"code", "message", "hint"}."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class DocumentRefused(IngestError):
    """The bytes cannot become a document, however often they are tried."""


class ParsingStopped(IngestError):
    """The parser's child process hit a limit (time, memory, output) or died."""


class EmbeddingFailed(IngestError):
    """The embedder could not be loaded, or returned vectors that are not usable."""

    retryable = True


class IndexUnavailable(IngestError):
    """The vector index does not answer."""

    retryable = True


class CatalogueUnavailable(IngestError):
    """The catalogue cannot be read or written."""

    retryable = True


class FilesUnavailable(IngestError):
    """The stored bytes cannot be read or written."""

    retryable = True


class NotFound(IngestError):
    """Nothing of that name or id."""


class Cancelled(IngestError):
    """A person stopped this work."""
