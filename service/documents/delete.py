"""Deleting: invisible at once, then gone everywhere, then proof.

    tombstone (one transaction; nothing is answered from it any more) -> workers let go -> vectors -> chunk rows, full
    text, cached vectors -> copies in answers, comparisons and evaluations -> rows and bytes -> probe

Dying anywhere in between leaves the tombstone; the reconciler (or deleting again) goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import anyio
from sqlalchemy import Connection

from ingest.catalogue import cache, chunks, collections, documents, fulltext, staging
from ingest.catalogue.cache import Vector
from ingest.catalogue.collections import Collection
from ingest.catalogue.engine import instant, present
from ingest.catalogue.transactions import Transactions
from ingest.errors import NotFound
from ingest.pipeline import LEASE_SECONDS
from ingest.sweep import AT_ONCE, in_slices, remove_rubbish
from ingest.types import Receipt
from service.documents import copies
from service.documents.orphans import remove_unused
from service.errors import ServiceError
from service.parts import Parts

PROBES = 16
PLACES = ("catalogue", "index", "fulltext", "files", "caches", "answers", "evaluations")
"""What a receipt counts. Of answers (those of comparisons too) and evaluations: rows whose passages were blanked."""
CUT_OFF_SECONDS = 20.0
"""A delete that has not ended after this long was cut off."""
_PATIENCE = LEASE_SECONDS + 3.0


@dataclass(frozen=True, slots=True)
class _Sample:
    """A removed chunk to search for afterwards."""

    text: str
    vector: Vector | None


@dataclass(slots=True)
class Removed:
    """Counts so far, and what to search for afterwards."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PLACES, 0))
    chunk_ids: list[str] = field(default_factory=list)
    samples: list[_Sample] = field(default_factory=list)
    probe_hits: int = 0

    def receipt(self, document_id: str) -> Receipt:
        return Receipt(document_id, dict(self.counts), self.probe_hits)


async def delete(parts: Parts, document_id: str) -> Receipt:
    """Delete a document with all its versions. Raises `NotFound`; any other error leaves it invisible, and deleting it
    again (or the reconciler) goes on."""
    catalogue = Transactions(parts.engine)

    def bury(connection: Connection) -> str:
        half_gone = dict(documents.buried(connection, _cut_off(connection)))
        return half_gone.get(document_id) or documents.bury(connection, document_id)

    collection_id = await catalogue.write(bury)
    await _tell(parts, document_id)
    await wait_for_workers(parts, [document_id])
    collection = await catalogue.read(lambda connection: collections.by_id(connection, collection_id))
    removed = Removed()
    await remove_document(parts, document_id, collection, removed)
    await probe(parts, collection, removed)
    return removed.receipt(document_id)


async def remove_document(parts: Parts, document_id: str, collection: Collection, removed: Removed) -> None:
    """Remove a buried document everywhere."""
    catalogue = Transactions(parts.engine)

    def look(connection: Connection) -> tuple[list[str], list[_Sample]]:
        ids = chunks.ids_of(connection, document_id)
        return ids, _samples(connection, collection, ids)

    ids, samples = await catalogue.read(look)
    removed.chunk_ids += ids
    removed.samples += samples[: max(0, PROBES - len(removed.samples))]
    rubbish = await catalogue.read(
        lambda c: staging.rubbish(c, clock=present(c), document_id=document_id, deleted=True)
    )
    for version in rubbish:
        swept = await remove_rubbish(parts.index, version, catalogue)
        removed.counts["index"] += swept.index
        removed.counts["fulltext"] += swept.fulltext
        removed.counts["caches"] += swept.cached
        removed.counts["catalogue"] += swept.chunks
    await _blank(parts, {document_id}, removed)
    removed.counts["files"] += await _remove_files(parts, [document_id])
    removed.counts["catalogue"] += await catalogue.write(lambda connection: documents.erase(connection, document_id))
    await _tell(parts, document_id)


async def _remove_files(parts: Parts, document_ids: Sequence[str]) -> int:
    """The bytes of buried documents that no other one uses; before the rows, so that dying here forgets none."""
    catalogue, remove = Transactions(parts.engine), parts.files.remove
    keys = await catalogue.read(lambda connection: documents.files_of(connection, document_ids))
    return sum(
        [await catalogue.write(lambda c, key=key: remove_unused(c, key, remove)) for key in keys]  # type: ignore[misc]
    )


async def _blank(parts: Parts, document_ids: set[str], removed: Removed) -> None:
    for place, rows in (await copies.blank(Transactions(parts.engine), document_ids)).items():
        removed.counts[place] += rows


def _samples(connection: Connection, collection: Collection, chunk_ids: Sequence[str]) -> list[_Sample]:
    texts = staging.texts(connection, chunk_ids[:PROBES])
    known = cache.find(connection, collection.embedder, [text.embed_hash for text in texts])
    return [_Sample(text.embed_text, known.get(text.embed_hash)) for text in texts]


async def remove_collection(parts: Parts, collection: Collection) -> Removed:
    """Remove a buried collection with everything in it."""
    catalogue = Transactions(parts.engine)
    removed = Removed()

    def look(connection: Connection) -> tuple[list[str], list[_Sample]]:
        ids = sorted(chunks.ids_in(connection, collection.id))
        return ids, _samples(connection, collection, ids)

    removed.chunk_ids, removed.samples = await catalogue.read(look)
    for generation in collection.generations():
        async for page in parts.index.ids(generation):
            removed.counts["index"] += len(page)
        await parts.index.drop(generation)

    inside = await catalogue.read(lambda connection: documents.inside(connection, collection.id))
    await _blank(parts, set(inside), removed)
    removed.counts["files"] += await _remove_files(parts, inside)

    swept = await in_slices(catalogue, lambda c: staging.sweep_collection(c, collection.id, AT_ONCE))

    def empty(connection: Connection) -> int:
        rows = sum(documents.erase(connection, one) for one in documents.inside(connection, collection.id))
        return rows + collections.erase(connection, collection.id)

    rows = await catalogue.write(empty)
    removed.counts["catalogue"] += rows + swept.chunks
    removed.counts["fulltext"] += swept.fulltext
    removed.counts["caches"] += swept.cached
    await probe(parts, collection, removed)
    return removed


async def wait_for_workers(parts: Parts, document_ids: Sequence[str]) -> None:
    """Until no worker holds any of them: it hears of the tombstone within a second, a dead one's lease runs out."""
    catalogue = Transactions(parts.engine)
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if not await catalogue.read(lambda c: documents.leased(c, document_ids, present(c))):
            return
        await anyio.sleep(0.05)


async def probe(parts: Parts, collection: Collection, removed: Removed) -> None:
    """Search for what was removed, everywhere it was; what is found is counted and must be nothing."""
    gone = set(removed.chunk_ids)
    if not gone:
        return
    hits = 0
    for generation in collection.generations():
        for sample in removed.samples:
            if sample.vector is not None:
                found = await parts.index.search(generation, sample.vector.tolist(), 10)
                hits += sum(hit.chunk_id in gone for hit in found)

    def in_catalogue(connection: Connection) -> int:
        found = chunks.still_there(connection, removed.chunk_ids)
        for sample in removed.samples:
            lexical = fulltext.find(connection, collection.id, sample.text[:2_000], 10)
            found += sum(hit.chunk_id in gone for hit in lexical)
        return found

    removed.probe_hits += hits + await Transactions(parts.engine).read(in_catalogue)


async def finish_buried(parts: Parts) -> int:
    """Go on with deletes that were cut off; returns how many documents and collections went."""
    catalogue = Transactions(parts.engine)
    done = 0
    for document_id, collection_id in await catalogue.read(lambda c: documents.buried(c, _cut_off(c))):
        if await catalogue.read(lambda c, one=document_id: documents.leased(c, [one], present(c))):  # type: ignore[misc]
            continue
        try:
            collection = await catalogue.read(lambda c, one=collection_id: collections.by_id(c, one))  # type: ignore[misc]
        except NotFound:
            continue
        await remove_document(parts, document_id, collection, Removed())
        done += 1
    for collection in await catalogue.read(lambda c: collections.buried(c, _cut_off(c))):
        await remove_collection(parts, collection)
        done += 1
    return done


def _cut_off(connection: Connection) -> str:
    """What was begun before this instant and has not ended was cut off."""
    return instant(present(connection) - CUT_OFF_SECONDS)


async def _tell(parts: Parts, document_id: str) -> None:
    with suppress(ServiceError):  # who listens finds out from the catalogue
        await parts.queue.tell([document_id])
