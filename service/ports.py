"""What answering needs from outside: small protocols; adapters live in files of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from service.types import ChatOptions, Delta, Message, SearchResult


class ChatModel(Protocol):
    """A chat model behind any provider."""

    name: str

    def stream(self, messages: Sequence[Message], options: ChatOptions) -> AsyncIterator[Delta]:
        """Deltas as they come; the last carries `finish_reason`. Closing the iterator stops the generation.

        Raises the `ModelError` branch of `service.errors`; a stream that ends without `finish_reason` is `ModelCut`.
        """
        ...


class Retriever(Protocol):
    """Search over one collection that the caller may read."""

    async def search(self, query: str, collection: str, k: int) -> SearchResult:
        """At most k passages of live documents, best first. Raises `Unknown` for no such collection."""
        ...
