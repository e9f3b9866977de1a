"""Keeping in the background what the catalogue could not take at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from ingest.errors import CatalogueUnavailable

AGAIN = (0.5, 2.0, 5.0)
"""Seconds between tries while the catalogue cannot be written."""
_LOG = logging.getLogger(__name__)


class Later:
    """Tries until it is kept. `drain()` it at the end."""

    def __init__(self, what: str) -> None:
        self._what = what  # for the log: "an answer"
        self._saving: set[asyncio.Task[None]] = set()

    def add(self, keep: Callable[[], Awaitable[None]]) -> None:
        """Call `keep` now, and again while it raises `CatalogueUnavailable`, without waiting for it."""
        task = asyncio.create_task(_patiently(keep))
        self._saving.add(task)
        task.add_done_callback(self._saved)

    async def drain(self) -> None:
        """Wait until everything is kept."""
        if self._saving:
            await asyncio.gather(*self._saving, return_exceptions=True)

    def _saved(self, task: asyncio.Task[None]) -> None:
        self._saving.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _LOG.error("%s could not be kept", self._what, exc_info=task.exception())


async def _patiently(keep: Callable[[], Awaitable[None]]) -> None:
    for pause in AGAIN:
        try:
            await keep()
        except CatalogueUnavailable:
            await asyncio.sleep(pause)
        else:
            return
    await keep()
