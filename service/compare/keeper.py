"""Keeps what happens to comparisons, later if it must be: who asked has read it already."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from sqlalchemy import Connection, Engine

from ingest.catalogue.engine import writing
from ingest.errors import CatalogueUnavailable
from ingest.threads import in_thread
from service.chat.later import Later

Change = Callable[[Connection], None]
_LOG = logging.getLogger(__name__)


class Keeper:
    """Writes to the catalogue. `drain()` it at the end."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._later = Later("a lane")

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
        self._later.add(lambda: self.now(change))

    async def drain(self) -> None:
        """Wait until everything is kept."""
        await self._later.drain()

    def _write(self, change: Change) -> None:
        with writing(self._engine) as connection:
            change(connection)
