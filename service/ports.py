"""What answering needs from outside: small protocols; adapters live in files of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Protocol

from service.types import Answer, Assigned, ChatOptions, Delta, Message, SearchResult

if TYPE_CHECKING:
    from sqlalchemy import Connection


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


class Splitter(Protocol):
    """Chooses for questions that name no variant, and logs what was shown."""

    async def default(self, collection: str) -> str | None:
        """The variant somebody chose for that collection, or for all; None: nobody did."""
        ...

    async def assigned(self, collection: str, unit: str, *, robot: bool, nameless: bool) -> Assigned | None:
        """The lane of this unit; None while no experiment runs there."""
        ...

    def record(self, connection: Connection, assigned: Assigned, said: Answer, question: str) -> None:
        """Log that this answer was shown, in the transaction that keeps it. Blocks."""
        ...

    async def failed(self, assigned: Assigned, question: str) -> None:
        """Log that an error was shown in place of an answer."""
        ...

    def noticed(self, assigned: Assigned) -> None:
        """What `record` wrote was committed."""
        ...

    async def drain(self) -> None:
        """Wait until background work is done."""
        ...
