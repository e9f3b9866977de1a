"""Is everything where the catalogue says, and nothing else? For `parallax verify` and for tests."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from ingest.catalogue import chunks, collections, documents, fulltext
from ingest.catalogue.collections import Collection
from ingest.catalogue.transactions import Transactions
from ingest.ports import VectorIndex
from ingest.threads import in_thread
from service.documents.orphans import orphans
from service.parts import Parts

SHOWN = 200
"""Differences listed; more are counted in the last one."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as the catalogue says: what kind, where, and which."""

    kind: str
    where: str
    detail: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What was compared. Documents that are being worked on are left out of account."""

    documents: int
    chunks: int
    differences: tuple[Difference, ...]


async def verify(parts: Parts) -> Verified:
    """Compare the catalogue with index, full text and files. Raises what the stores raise when they do not answer."""
    catalogue = Transactions(parts.engine)
    found: list[Difference] = []
    checked_documents: set[str] = set()
    checked_chunks = 0
    alive = await catalogue.read(collections.alive)
    for collection in alive:
        in_index = await _ids(parts.index, collection.generation)

        def look(connection: Connection, one: Collection = collection) -> _Catalogue:
            return _Catalogue(
                chunks.live_ids(connection, one.id),
                chunks.held_ids(connection, one.id),
                fulltext.ids(connection, one.id),
                chunks.short(connection, one.id),
            )

        # Read after the index: what went live meanwhile is then in both, or was in hand.
        truth = await catalogue.read(look)
        checked_documents |= set(truth.live.values())
        checked_chunks += len(truth.live)
        found += _compare(collection.name, "index", truth, in_index)
        found += _compare(collection.name, "full text", truth, truth.fulltext)
        found += [
            Difference("missing", f"catalogue of {collection.name}", f"{count} chunks of document {document_id}")
            for document_id, count in truth.short.items()
        ]
    found += await _files(parts, catalogue)
    found += await _generations(parts, alive)
    if len(found) > SHOWN:
        more = Difference("more", "everywhere", f"{len(found) - SHOWN + 1} more differences")
        found = [*found[: SHOWN - 1], more]
    return Verified(len(checked_documents), checked_chunks, tuple(found))


@dataclass(frozen=True, slots=True)
class _Catalogue:
    live: dict[str, str]
    held: set[str]
    fulltext: set[str]
    short: dict[str, int]


def _compare(collection: str, where: str, truth: _Catalogue, there: set[str]) -> list[Difference]:
    missing = [
        Difference("missing", f"{where} of {collection}", f"chunk {chunk_id} of document {truth.live[chunk_id]}")
        for chunk_id in sorted(truth.live.keys() - there - truth.held)
    ]
    surplus = [
        Difference("surplus", f"{where} of {collection}", f"chunk {chunk_id} belongs to nothing that is live")
        for chunk_id in sorted(there - truth.live.keys() - truth.held)
    ]
    return missing + surplus


async def _ids(index: VectorIndex, generation: str) -> set[str]:
    found: set[str] = set()
    async for page in index.ids(generation):
        found.update(page)
    return found


async def _files(parts: Parts, catalogue: Transactions) -> list[Difference]:
    there = await in_thread(lambda: set(parts.files.keys()))
    wanted = await catalogue.read(lambda connection: documents.files_in_use(connection, alive=True))
    missing = [
        Difference("missing", "files", f"the bytes {sha256[:16]} of document {wanted[sha256]}")
        for sha256 in sorted(wanted.keys() - there)
        if not await in_thread(parts.files.exists, sha256)  # stored since the first look
    ]
    surplus = [
        Difference("surplus", "files", f"the bytes {sha256[:16]} belong to no document")
        for sha256 in await orphans(parts)
    ]
    return missing + surplus


async def _generations(parts: Parts, alive: list[Collection]) -> list[Difference]:
    wanted = {generation for collection in alive for generation in collection.generations()}
    return [
        Difference("surplus", "index", f"the generation {name} belongs to no collection")
        for name in sorted(set(await parts.index.generations()) - wanted)
        if name.startswith("col_")
    ]
