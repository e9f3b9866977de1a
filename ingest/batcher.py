"""Embedding the chunks of many documents together: full batches of like length, whoever they belong to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import anyio
import numpy as np

from ingest.catalogue.cache import Vector
from ingest.catalogue.staging import Staged
from ingest.errors import EmbeddingFailed, IngestError
from ingest.ports import Tokenizer

GROUP = 96
"""Texts given to the embedder at once; it cuts them into its own batches."""
IN_FLIGHT = 2
"""Groups at once: one is tokenised and unpacked while the other computes."""


class Embedder(Protocol):
    """LangChain's `Embeddings`, with the name its vectors are kept under and its tokenizer."""

    @property
    def name(self) -> str: ...

    @property
    def tokenizer(self) -> Tokenizer: ...

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]: ...


@dataclass(eq=False, slots=True)
class _Order:
    """What one document wants: its missing vectors by hash, and who to tell."""

    missing: dict[str, Staged]
    told: Callable[[int], None]
    found: dict[str, Vector] = field(default_factory=dict)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    error: IngestError | None = None


class Batcher:
    """Runs inside one event loop: `serve()` in a task of its own, `vectors()` from as many tasks as you like."""

    def __init__(self, embedder: Embedder, group: int = GROUP) -> None:
        self._embedder = embedder
        self._group = group
        self._orders: list[_Order] = []
        self._taken: set[tuple[int, str]] = set()
        self._news = asyncio.Event()

    async def vectors(self, entries: Sequence[Staged], told: Callable[[int], None]) -> dict[str, Vector]:
        """The vectors of these chunks by `embed_hash`; `told` hears how many are there, as they come.

        Raises `EmbeddingFailed`. Cancelling the caller takes its chunks out of the batches to come.
        """
        order = _Order({entry.embed_hash: entry for entry in entries}, told)
        if not order.missing:
            return {}
        self._orders.append(order)
        self._news.set()
        try:
            await order.ended.wait()
        finally:
            if order in self._orders:
                self._orders.remove(order)
        if order.error is not None:
            raise order.error
        return order.found

    async def serve(self) -> None:
        """Embed for as long as the task lives."""
        async with anyio.create_task_group() as group:
            for _ in range(IN_FLIGHT):
                group.start_soon(self._serve)

    async def _serve(self) -> None:
        while True:
            batch = self._take()
            if not batch:
                self._news.clear()
                await self._news.wait()
                continue
            try:
                await self._embed(batch)
            finally:
                self._taken.difference_update((id(order), entry.embed_hash) for order, entry in batch)
                self._news.set()

    def _take(self) -> list[tuple[_Order, Staged]]:
        """The oldest chunk that waits, and those nearest to it in length: nobody starves, and little is padded."""
        waiting = [
            (order, entry)
            for order in self._orders
            for key, entry in order.missing.items()
            if (id(order), key) not in self._taken
        ]
        if self._taken and len(waiting) < self._group:
            return []  # small batches cost a third more; while others compute, more chunks come
        if len(waiting) > self._group:
            oldest = waiting[0][1].tokens
            waiting.sort(key=lambda pair: abs(pair[1].tokens - oldest))
            waiting = waiting[: self._group]
        self._taken.update((id(order), entry.embed_hash) for order, entry in waiting)
        return waiting

    async def _embed(self, batch: list[tuple[_Order, Staged]]) -> None:
        try:
            found = await self._ask([entry for _, entry in batch])
        except IngestError as error:
            owners = {id(order): order for order, _ in batch}
            if len(owners) == 1:
                self._end(next(iter(owners.values())), error)
                return
            # One document's text may be what broke it: the others must not fail with it.
            for owner in owners.values():
                await self._embed([(order, entry) for order, entry in batch if order is owner])
            return
        for order, entry in batch:
            if order.missing.pop(entry.embed_hash, None) is not None:
                order.found[entry.embed_hash] = found[entry.embed_hash]
        for order in {id(order): order for order, _ in batch}.values():
            order.told(len(order.found))
            if not order.missing:
                self._end(order, None)

    async def _ask(self, entries: Sequence[Staged]) -> dict[str, Vector]:
        texts = {entry.embed_hash: entry.embed_text for entry in entries}
        try:
            answer = await self._embedder.aembed_documents(list(texts.values()))
            matrix = np.asarray(answer, dtype=np.float32)
        except IngestError:
            raise
        except Exception as error:  # a provider's own exceptions
            raise EmbeddingFailed(
                "embedding_failed", f"The embedder failed: {error}", "Check the embedding model and its endpoint."
            ) from error
        if matrix.ndim != 2 or len(matrix) != len(texts) or not np.isfinite(matrix).all():
            raise EmbeddingFailed(
                "embedding_wrong",
                f"The embedder answered {matrix.shape} for {len(texts)} texts, or numbers that are not finite.",
                "Check the embedding model and its endpoint.",
            )
        return dict(zip(texts, matrix, strict=True))

    def _end(self, order: _Order, error: IngestError | None) -> None:
        # Out of the list at once: nothing of it may be taken again before its owner wakes up.
        if order in self._orders:
            self._orders.remove(order)
        order.error = error
        order.ended.set()
