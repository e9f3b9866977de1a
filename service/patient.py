"""The catalogue for work that is not thrown away: while it is away it is asked again, for as long as it takes."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import anyio
from sqlalchemy import Connection

from ingest.catalogue.transactions import Transactions
from ingest.errors import CatalogueUnavailable

PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds between tries while a part is away; the last one again and again."""
_LOG = logging.getLogger(__name__)
T = TypeVar("T")


def pauses() -> Iterator[float]:
    yield from PAUSES
    while True:
        yield PAUSES[-1]


class Patient:
    """`read` and `write` of `Transactions` that never raise `CatalogueUnavailable`: cancelling alone ends the wait."""

    def __init__(self, catalogue: Transactions) -> None:
        self._catalogue = catalogue

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await _patiently(self._catalogue.read, work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        return await _patiently(self._catalogue.write, work)


async def _patiently(
    transaction: Callable[[Callable[[Connection], T]], Awaitable[T]], work: Callable[[Connection], T]
) -> T:
    for pause in pauses():
        try:
            return await transaction(work)
        except CatalogueUnavailable as error:
            _LOG.warning("the catalogue is away, and is asked again: %s", error.message)
            await anyio.sleep(pause)
    raise AssertionError("patience has no end")
