"""Chunks: reading them. How they come and go is in `staging`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from ingest.catalogue.documents import OPEN
from ingest.catalogue.schema import chunks, collections, documents, versions
from ingest.types import Chunk, StoredChunk

_IN = 500
"""Most values in one IN (...)."""

_STORED = (
    chunks.c.id,
    chunks.c.document_id,
    chunks.c.version,
    collections.c.name,
    documents.c.name,
    chunks.c.ordinal,
    chunks.c.text,
    chunks.c.embed_text,
    chunks.c.start,
    chunks.c.end,
    chunks.c.tokens,
    chunks.c.heading,
    chunks.c.page,
    chunks.c.header,
)
_LIVE = and_(documents.c.live_version == chunks.c.version, documents.c.deleted_at.is_(None))


def live(connection: Connection, collection_id: str, chunk_ids: Sequence[str]) -> dict[str, StoredChunk]:
    """Those of the ids that belong to the live version of a document of this collection, in one query."""
    if not chunk_ids:
        return {}
    rows = connection.execute(
        select(*_STORED)
        .join(documents, documents.c.id == chunks.c.document_id)
        .join(collections, collections.c.id == documents.c.collection_id)
        .where(chunks.c.id.in_(chunk_ids), chunks.c.collection_id == collection_id, _LIVE)
    )
    return {row[0]: _stored(row) for row in rows}


def page(
    connection: Connection, document_id: str, version: int, *, after: int = -1, limit: int = 100
) -> list[tuple[str, Chunk]]:
    """At most `limit` chunks (id, chunk) of a version in reading order, after that ordinal."""
    rows = connection.execute(
        select(*_STORED)
        .join(documents, documents.c.id == chunks.c.document_id)
        .join(collections, collections.c.id == documents.c.collection_id)
        .where(of_version(document_id, version), chunks.c.ordinal > after)
        .order_by(chunks.c.ordinal)
        .limit(limit)
    )
    return [(row[0], _chunk(row)) for row in rows]


def live_ids(connection: Connection, collection_id: str) -> dict[str, str]:
    """Chunk id -> document id of everything that can be answered from in a collection."""
    rows = connection.execute(
        select(chunks.c.id, chunks.c.document_id)
        .join(documents, documents.c.id == chunks.c.document_id)
        .where(chunks.c.collection_id == collection_id, _LIVE)
    )
    return {row[0]: row[1] for row in rows}


def held_ids(connection: Connection, collection_id: str) -> set[str]:
    """Ids of a collection's chunks that belong to versions which wait, or which a worker has in hand."""
    rows = connection.execute(
        select(chunks.c.id)
        .join(versions, and_(versions.c.document_id == chunks.c.document_id, versions.c.version == chunks.c.version))
        .where(chunks.c.collection_id == collection_id, versions.c.status.in_(OPEN))
    )
    return {row[0] for row in rows}


def short(connection: Connection, collection_id: str) -> dict[str, int]:
    """Document id -> chunks missing: live versions with fewer rows than they were indexed with."""
    there = (
        select(func.count(chunks.c.seq))
        .where(chunks.c.document_id == versions.c.document_id, chunks.c.version == versions.c.version)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(versions.c.document_id, versions.c.chunks - there)
        .join(documents, documents.c.id == versions.c.document_id)
        .where(
            documents.c.collection_id == collection_id,
            documents.c.deleted_at.is_(None),
            documents.c.live_version == versions.c.version,
            versions.c.chunks > there,
        )
    )
    return {row[0]: int(row[1]) for row in rows}


def ids_in(connection: Connection, collection_id: str) -> set[str]:
    """Ids of all chunk rows of a collection, live or not."""
    return {row[0] for row in connection.execute(select(chunks.c.id).where(chunks.c.collection_id == collection_id))}


def ids_of(connection: Connection, document_id: str, version: int | None = None) -> list[str]:
    """Ids of the chunk rows of a document, or of one version."""
    wanted = chunks.c.document_id == document_id
    if version is not None:
        wanted = of_version(document_id, version)
    return [row[0] for row in connection.execute(select(chunks.c.id).where(wanted).order_by(chunks.c.seq))]


def still_there(connection: Connection, chunk_ids: Sequence[str]) -> int:
    """How many of the ids have a row."""
    return sum(
        connection.execute(select(func.count()).select_from(chunks).where(chunks.c.id.in_(part))).scalar_one()
        for part in parts(chunk_ids)
    )


def of_version(document_id: str, version: int) -> ColumnElement[bool]:
    """The condition for the chunks of one version."""
    return and_(chunks.c.document_id == document_id, chunks.c.version == version)


def parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Slices small enough for one IN (...)."""
    for start in range(0, len(values), _IN):
        yield values[start : start + _IN]


def _stored(row: Sequence[Any]) -> StoredChunk:
    return StoredChunk(row[0], row[1], row[2], row[3], row[4], _chunk(row))


def _chunk(row: Sequence[Any]) -> Chunk:
    return Chunk(
        ordinal=row[5],
        text=row[6],
        embed_text=row[7],
        start=row[8],
        end=row[9],
        tokens=row[10],
        heading=tuple(row[11]),
        page=row[12],
        header=row[13],
    )
