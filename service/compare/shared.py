"""One search for all lanes that want the same one."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from service.ports import Retriever
from service.types import SearchResult


class SharedSearch:
    """A `Retriever` for the lanes of one comparison: equal searches are made once. `close()` it.

    What the search raises, every lane that wanted it gets. A lane that leaves does not take the search with it. A lane
    that finds the search made already waited for none of it: its `timings` say so, in `shared`, the seconds that the
    search took.
    """

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever
        self._searches: dict[tuple[str, str, int], asyncio.Task[tuple[SearchResult, float]]] = {}

    async def search(self, query: str, collection: str, k: int) -> SearchResult:
        """See `service.ports.Retriever`."""
        wanted = (query, collection, k)
        made = wanted in self._searches and self._searches[wanted].done()
        if wanted not in self._searches:
            self._searches[wanted] = asyncio.create_task(self._timed(query, collection, k))
        found, seconds = await asyncio.shield(self._searches[wanted])
        return replace(found, timings={**found.timings, "shared": round(seconds, 4)}) if made else found

    async def close(self) -> None:
        """End what is still being searched for."""
        for search in self._searches.values():
            search.cancel()
        await asyncio.gather(*self._searches.values(), return_exceptions=True)

    async def _timed(self, query: str, collection: str, k: int) -> tuple[SearchResult, float]:
        began = time.perf_counter()
        found = await self._retriever.search(query, collection, k)
        return found, time.perf_counter() - began
