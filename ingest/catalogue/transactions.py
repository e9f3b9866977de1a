"""The catalogue from async code: a function of a connection, run in a transaction, in a thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import anyio
from sqlalchemy import Connection, Engine

from ingest.catalogue.engine import reading, writing
from ingest.threads import in_thread

T = TypeVar("T")


class Transactions:
    """`read` and `write` over one engine. Raise `CatalogueUnavailable`, and what the function raises.

    Writers of the same object take turns: SQLite would make them wait for each other anyway, asleep and for longer.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = anyio.Lock()

    async def read(self, work: Callable[[Connection], T]) -> T:
        def transaction() -> T:
            with reading(self._engine) as connection:
                return work(connection)

        return await in_thread(transaction)

    async def write(self, work: Callable[[Connection], T]) -> T:
        def transaction() -> T:
            with writing(self._engine) as connection:
                return work(connection)

        async with self._turn:
            return await in_thread(transaction)
