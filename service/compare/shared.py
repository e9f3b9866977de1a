"""One search for all lanes that want the same one."""

from __future__ import annotations

import asyncio

from service.ports import Retriever
from service.types import SearchResult


class SharedSearch:
    """A `Retriever` for the lanes of one comparison: equal searches are made once. `close()` it.

    What the search raises, every lane that wanted it gets. A lane that leaves does not take the search with it.
    """

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever
        self._searches: dict[tuple[str, str, int], asyncio.Task[SearchResult]] = {}

    async def search(self, query: str, collection: str, k: int) -> SearchResult:
        """See `service.ports.Retriever`."""
        wanted = (query, collection, k)
        if wanted not in self._searches:
            self._searches[wanted] = asyncio.create_task(self._retriever.search(query, collection, k))
        return await asyncio.shield(self._searches[wanted])

    async def close(self) -> None:
        """End what is still being searched for."""
        for search in self._searches.values():
            search.cancel()
        await asyncio.gather(*self._searches.values(), return_exceptions=True)
