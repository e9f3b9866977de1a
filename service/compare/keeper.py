"""Keeps what happens to comparisons, later if it must be: who asked has read it already."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from sqlalchemy import Connection, Engine

from ingest.catalogue.engine import writing
from ingest.errors import CatalogueUnavailable
from ingest.threads import in_thread
from service.chat.session import KEEP_AGAIN

Change = Callable[[Connection], None]
_LOG = logging.getLogger(__name__)


class Keeper:
    """Writes to the catalogue. `drain()` it at the end."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._saving: set[asyncio.Task[None]] = set()

    async def now(self, change: Change) -> None:
        """Raises `CatalogueUnavailable`."""
        await in_thread(self._write, change)

    async def now_or_later(self, change: Change) -> None:
        """Raises nothing; when this is cancelled the change is made all the same."""
        try:
            await self.now(change)
        except CatalogueUnavailable as error:
            _LOG.warning("the end of a lane is kept later: %s", error.message)
            self.later(change)
        except Exception:
            _LOG.exception("the end of a lane is not kept")
        except asyncio.CancelledError:
            self.later(change)
            raise

    def later(self, change: Change) -> None:
        """Without waiting for it."""
        task = asyncio.create_task(self._patiently(change))
        self._saving.add(task)
        task.add_done_callback(self._saved)

    async def drain(self) -> None:
        """Wait until everything is kept."""
        if self._saving:
            await asyncio.gather(*self._saving, return_exceptions=True)

    async def _patiently(self, change: Change) -> None:
        for pause in KEEP_AGAIN:
            try:
                await self.now(change)
            except CatalogueUnavailable:
                await asyncio.sleep(pause)
            else:
                return
        await self.now(change)

    def _saved(self, task: asyncio.Task[None]) -> None:
        self._saving.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _LOG.error("a lane could not be kept", exc_info=task.exception())

    def _write(self, change: Change) -> None:
        with writing(self._engine) as connection:
            change(connection)
