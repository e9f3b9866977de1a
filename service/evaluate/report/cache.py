"""Reports that were computed, kept while nothing that they are made of changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

import anyio

from ingest.threads import in_thread
from service.evaluate.report.types import Report

MOST = 32


class Reports:
    """The last few reports by what they were computed from. Each is computed once, off the event loop."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Report] = OrderedDict()
        self._turn: anyio.Lock | None = None

    async def get(self, key: Hashable, compute: Callable[[], Report]) -> Report:
        """The report of that key; one is computed at a time, since each takes a core."""
        self._turn = self._turn or anyio.Lock()
        async with self._turn:
            if key not in self._kept:
                self._kept[key] = await in_thread(compute)
                while len(self._kept) > MOST:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]
