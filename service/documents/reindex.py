"""Building a collection's vectors anew, beside the old ones, and swapping in one transaction."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import anyio
from sqlalchemy import Connection

from ingest.batcher import Embedder
from ingest.catalogue import cache, chunks, collections, staging
from ingest.catalogue.cache import Vector
from ingest.catalogue.collections import Collection
from ingest.catalogue.staging import Staged
from ingest.catalogue.transactions import Transactions
from ingest.errors import EmbeddingFailed, IngestError
from service.errors import Conflict, ServiceError
from service.parts import Parts

_BATCH = 256
_LOG = logging.getLogger(__name__)
PATIENCE_SECONDS = 20.0
"""A reindex nobody has heard of for so long is dead."""


async def reindex(parts: Parts, name: str, told: Callable[[float], None] = lambda _share: None) -> int:
    """Returns the number of chunks in the new generation; searches are answered from the old one until the swap.

    New documents go into both meanwhile. Vectors that are known are not computed again. `told` hears 0..1. Raises
    `NotFound`, what the embedder and the index raise (the old generation then stays), and `Conflict` when somebody else
    has begun the same meanwhile.
    """
    catalogue = Transactions(parts.engine)
    collection = await catalogue.read(lambda connection: collections.find(connection, name))
    async with _marked(parts, collection):
        return await _reindex(parts, catalogue, collection, told)


async def give_up_forsaken(parts: Parts, missed: dict[str, float], patience: float = PATIENCE_SECONDS) -> int:
    """Give up half-built generations whose process died: ingests would write to both, for ever. Returns how many.

    `missed` keeps from one call to the next since when a builder has not been heard of.
    """
    catalogue = Transactions(parts.engine)
    given_up = 0
    for collection in await catalogue.read(collections.alive):
        half = collection.next_generation
        if half is None:
            continue
        if await parts.queue.marked(_mark(collection)):
            missed.pop(half, None)
        elif time.monotonic() - missed.setdefault(half, time.monotonic()) >= patience:
            _LOG.warning("the reindex of %s was cut off; its half-built index is removed", collection.name)
            await _abandon(parts, catalogue, collection, half)
            missed.pop(half)
            given_up += 1
    return given_up


async def _reindex(parts: Parts, catalogue: Transactions, collection: Collection, told: Callable[[float], None]) -> int:
    embedder = parts.embedder
    fresh = await catalogue.write(lambda c: collections.start_next(c, collection.id, embedder.name))
    if collection.next_generation:  # left by one that died
        await parts.index.drop(collection.next_generation)
    built: set[str] = set()
    try:
        while True:
            wanted = await catalogue.read(lambda connection: chunks.live_ids(connection, collection.id))
            missing = [chunk_id for chunk_id in wanted if chunk_id not in built]
            for start in range(0, len(missing), _BATCH):
                await _build(parts, catalogue, embedder, fresh, missing[start : start + _BATCH])
                built.update(missing[start : start + _BATCH])
                told(len(built) / max(1, len(wanted)))
            old = await catalogue.write(lambda connection: _swap(connection, collection, fresh, built))
            if old is not None:
                break
    except BaseException:  # a cancelled request too: whatever ends it, nobody goes on building
        with anyio.CancelScope(shield=True):
            await _abandon(parts, catalogue, collection, fresh)
        raise
    await parts.index.drop(old)
    while await catalogue.write(cache.forget_unnamed):
        pass
    return len(wanted)


async def _abandon(parts: Parts, catalogue: Transactions, collection: Collection, half: str) -> None:
    try:
        await catalogue.write(lambda connection: collections.abandon_next(connection, collection.id, half))
        await parts.index.drop(half)
    except IngestError as error:
        _LOG.warning("a half-built index of %s could not be removed: %s", collection.name, error.message)


def _mark(collection: Collection) -> str:
    return f"reindex:{collection.id}"


@asynccontextmanager
async def _marked(parts: Parts, collection: Collection) -> AsyncIterator[None]:
    """Tell others that the reindex is alive; the process that serves by itself has nobody to tell."""

    async def tell() -> None:
        with suppress(ServiceError):
            await parts.queue.mark(_mark(collection), int(PATIENCE_SECONDS))

    async def keep_telling() -> None:
        while True:
            await asyncio.sleep(PATIENCE_SECONDS / 5)
            await tell()

    await tell()
    telling = asyncio.create_task(keep_telling())
    try:
        yield
    finally:
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling


def _swap(connection: Connection, collection: Collection, fresh: str, built: set[str]) -> str | None:
    """None when documents went live since the last look: they are in the new generation by now, or have to be built."""
    if not chunks.live_ids(connection, collection.id).keys() <= built:
        return None
    old = collections.swap(connection, collection.id, fresh)
    if old is None:
        raise Conflict(
            "reindex_overtaken", f"Another reindex of {collection.name} has begun meanwhile.", "Wait for that one."
        )
    return old


async def _build(
    parts: Parts, catalogue: Transactions, embedder: Embedder, generation: str, chunk_ids: list[str]
) -> None:
    entries: list[Staged] = await catalogue.read(lambda connection: staging.texts(connection, chunk_ids))
    hashes = list({entry.embed_hash for entry in entries})
    vectors: dict[str, Vector] = await catalogue.read(lambda c: cache.find(c, embedder.name, hashes))
    texts = {entry.embed_hash: entry.embed_text for entry in entries if entry.embed_hash not in vectors}
    if texts:
        computed = await embedder.aembed_documents(list(texts.values()))
        if len(computed) != len(texts):
            raise EmbeddingFailed("embedding_wrong", f"The embedder answered {len(computed)} vectors for {len(texts)}.")
        fresh = {key: cache.vector(row) for key, row in zip(texts, computed, strict=True)}
        await catalogue.write(lambda connection: cache.remember(connection, embedder.name, fresh))
        vectors |= fresh
    await parts.index.add(
        generation,
        [entry.id for entry in entries],
        [vectors[entry.embed_hash] for entry in entries],  # type: ignore[misc]
    )
