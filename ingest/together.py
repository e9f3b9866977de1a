"""Writing the vectors of many documents to the index together: one request for all that wait."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import anyio

from ingest.catalogue.cache import Vector
from ingest.errors import IndexUnavailable, IngestError
from ingest.ports import VectorIndex

_AT_ONCE = 1_000
"""Vectors in one request, about."""


@dataclass(eq=False, slots=True)
class _Order:
    generation: str
    ids: Sequence[str]
    vectors: Sequence[Vector]
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    error: IngestError | None = None


class Together:
    """Runs inside one event loop: `serve()` in a task of its own, `add()` from as many tasks as you like."""

    def __init__(self, index: VectorIndex) -> None:
        self._index = index
        self._orders: list[_Order] = []
        self._news = asyncio.Event()

    async def add(self, generation: str, ids: Sequence[str], vectors: Sequence[Vector]) -> None:
        """`VectorIndex.add`; returns when the index has them. Cancelled, it returns when they will not come any more or
        have come: whoever cleans up afterwards must not be overtaken by them."""
        order = _Order(generation, ids, vectors)
        self._orders.append(order)
        self._news.set()
        try:
            await order.ended.wait()
        except BaseException:
            if order in self._orders:
                self._orders.remove(order)
            else:
                with anyio.CancelScope(shield=True):
                    await order.ended.wait()
            raise
        if order.error is not None:
            raise order.error

    async def serve(self) -> None:
        """Write for as long as the task lives."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._orders:
                await self._write(self._take())

    def _take(self) -> list[_Order]:
        generation, size = self._orders[0].generation, 0
        taken: list[_Order] = []
        for order in self._orders:
            if order.generation == generation and (not taken or size + len(order.ids) <= _AT_ONCE):
                taken.append(order)
                size += len(order.ids)
        self._orders = [order for order in self._orders if order not in taken]
        return taken

    async def _write(self, orders: list[_Order]) -> None:
        ids = [chunk_id for order in orders for chunk_id in order.ids]
        vectors = [vector for order in orders for vector in order.vectors]
        error: IngestError | None = IndexUnavailable("index_unavailable", "The worker stopped.")
        try:
            await self._index.add(orders[0].generation, ids, vectors)  # type: ignore[arg-type]
            error = None
        except IngestError as caught:
            error = caught
        finally:
            for order in orders:
                order.error = error
                order.ended.set()
