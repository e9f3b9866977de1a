"""A catalogue that is away for a moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine

from ingest.catalogue.transactions import Transactions
from ingest.errors import CatalogueUnavailable

T = TypeVar("T")


class AwayCatalogue(Transactions):
    """Is away for so many of the next transactions as `away` says of each kind."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.away = {"read": 0, "write": 0}

    async def read(self, work: Callable[[Connection], T]) -> T:
        self._met("read")
        return await super().read(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        self._met("write")
        return await super().write(work)

    def _met(self, what: str) -> None:
        if self.away[what]:
            self.away[what] -= 1
            raise CatalogueUnavailable("catalogue_busy", "database is locked", "again")
