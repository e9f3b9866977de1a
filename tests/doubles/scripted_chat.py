"""A chat model that says what it is told to, and a retriever that finds what it is given."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

from service.types import ChatOptions, Delta, Message, Passage, SearchResult, Usage


class ScriptedChat:
    """Streams `text` in pieces of `size` characters; raises `error` after them when there is one.

    `asked` has the messages of every call, `open` how many streams were begun and not closed.
    """

    name = "scripted"

    def __init__(self, text: str, *, size: int = 7, error: Exception | None = None) -> None:
        self.text = text
        self.size = size
        self.error = error
        self.asked: list[tuple[Message, ...]] = []
        self.options: list[ChatOptions] = []
        self.given = 0
        self.open = 0

    async def stream(self, messages: Sequence[Message], options: ChatOptions) -> AsyncIterator[Delta]:
        self.asked.append(tuple(messages))
        self.options.append(options)
        self.open += 1
        try:
            for start in range(0, len(self.text), self.size):
                self.given += 1
                yield Delta(self.text[start : start + self.size])
            if self.error is not None:
                raise self.error
            yield Delta(finish_reason="stop", usage=Usage(100, 20))
        finally:
            self.open -= 1


class FixedSearch:
    """Finds the same passages whatever is asked; `queries` has what was."""

    def __init__(self, *passages: Passage, rarity: Mapping[str, float] | None = None) -> None:
        self.passages = passages
        self.rarity = rarity or {}
        self.queries: list[tuple[str, str, int]] = []

    async def search(self, query: str, collection: str, k: int) -> SearchResult:
        self.queries.append((query, collection, k))
        return SearchResult(self.passages[:k], {"total": 0.001}, 1.0, rarity=self.rarity)


def passage(
    text: str, *, name: str = "handbook.md", heading: tuple[str, ...] = (), start: int = 0, page: int | None = None
) -> Passage:
    """A passage of version 1 of a document named like its file; `start` is where it begins in the document's text."""
    return Passage(
        document_id=f"doc_{name}",
        name=name,
        version=1,
        chunk_id=f"{name}#{start}",
        text=text,
        heading=heading,
        page=page,
        start=start,
        end=start + len(text),
        score=1.0,
        ranks={"lexical": 1},
    )
