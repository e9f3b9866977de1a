"""Staging and sweeping: chunks on their way to being visible, and away.

The chunk rows are written before the vectors and removed after them, so the catalogue always knows every vector that
could be in the index. What is not live, nor being worked on, is rubbish, whatever the reason: replaced, deleted,
cancelled, failed, or left by a worker that died.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from ingest.catalogue import fulltext
from ingest.catalogue.chunks import of_version, parts
from ingest.catalogue.claims import Job
from ingest.catalogue.documents import ACTIVE, OPEN
from ingest.catalogue.ids import chunk_id, embed_hash
from ingest.catalogue.schema import chunks, collections, documents, vectors, versions
from ingest.errors import Cancelled
from ingest.types import Chunk, ParsedDocument


@dataclass(frozen=True, slots=True)
class Staged:
    """A chunk on its way: its id, the key of its vector, and its text for the embedder."""

    id: str
    embed_hash: str
    embed_text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a version's chunks, ready to be written."""

    rows: Sequence[dict[str, Any]]
    findable: Sequence[fulltext.Row]
    words: Sequence[list[str]]


@dataclass(frozen=True, slots=True)
class Rubbish:
    """A version whose chunks are not wanted any more, and the generations that may hold its vectors."""

    document_id: str
    version: int
    generations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Swept:
    """Counts of what a sweep removed from the catalogue, the full text, the vector cache and the vector index."""

    chunks: int = 0
    fulltext: int = 0
    cached: int = 0
    index: int = 0

    def __add__(self, other: Swept) -> Swept:
        return Swept(
            self.chunks + other.chunks,
            self.fulltext + other.fulltext,
            self.cached + other.cached,
            self.index + other.index,
        )


def staged(job: Job, pieces: Sequence[Chunk]) -> list[Staged]:
    """The pieces with their ids: the same ones each time the same version is cut the same way."""
    return [
        Staged(
            chunk_id(job.document_id, job.version, piece.ordinal, piece.text, piece.embed_text),
            embed_hash(piece.embed_text),
            piece.embed_text,
            piece.tokens,
        )
        for piece in pieces
    ]


def begin(connection: Connection, job: Job, parsed: ParsedDocument, format: str | None, count: int) -> None:
    """Say that `count` chunks are coming, before the first of them. Raises `Cancelled` when the claim was lost."""
    _hold(
        connection,
        job,
        status="embedding",
        chunks=count,
        pages=parsed.pages,
        title=parsed.title[:500] if parsed.title else None,
        format=format,
        warnings=list(parsed.warnings),
    )


def part(job: Job, pieces: Sequence[Chunk]) -> Part:
    """Pieces as rows. Computes without the database: a slice of a document should hold its write lock shortly."""
    entries = staged(job, pieces)
    rows = [
        {
            "id": entry.id,
            "document_id": job.document_id,
            "version": job.version,
            "collection_id": job.collection_id,
            "ordinal": piece.ordinal,
            "text": piece.text,
            "embed_text": piece.embed_text,
            "start": piece.start,
            "end": piece.end,
            "tokens": piece.tokens,
            "heading": list(piece.heading),
            "page": piece.page,
            "header": piece.header,
            "embed_hash": entry.embed_hash,
        }
        for piece, entry in zip(pieces, entries, strict=True)
    ]
    findable = [
        fulltext.Row(entry.id, job.document_id, job.version, job.collection_id, entry.embed_text, job.name)
        for entry in entries
    ]
    return Part(rows, findable, fulltext.words_of(findable))


def stage(connection: Connection, job: Job, part: Part) -> None:
    """Write chunk rows and their full text, replacing those of the same ids. Not visible before `finish`.

    Raises `Cancelled` when the claim was lost. Ids that an earlier try staged and this one does not (`stale_ids`) must
    have left the index, then the catalogue (`unstage`).
    """
    _hold(connection, job)
    connection.execute(delete(chunks).where(chunks.c.id.in_([row["id"] for row in part.rows])))
    connection.execute(insert(chunks), part.rows)
    fulltext.add(connection, part.findable, part.words)


def unstage(connection: Connection, job: Job, chunk_ids: Sequence[str]) -> None:
    """Take these rows and their full text out again. Raises `Cancelled` when the claim was lost."""
    _hold(connection, job)
    fulltext.remove_chunks(connection, chunk_ids)
    for some in parts(chunk_ids):
        connection.execute(delete(chunks).where(chunks.c.id.in_(some)))


def _hold(connection: Connection, job: Job, **values: Any) -> None:
    """Nobody takes the claim over before this transaction ends. Raises `Cancelled` when somebody has."""
    changed = connection.execute(
        update(versions)
        .where(
            versions.c.document_id == job.document_id,
            versions.c.version == job.version,
            versions.c.attempts == job.token,
            versions.c.status.in_(ACTIVE),
            versions.c.cancel_requested == 0,
        )
        .values(staged=1, **values)
    )
    if changed.rowcount != 1:
        raise Cancelled("claim_lost", "This work was stopped, or another worker has taken it over.")


def stale_ids(connection: Connection, job: Job, wanted: Sequence[str]) -> list[str]:
    """Ids that an earlier try of this version staged and this one does not want."""
    kept = set(wanted)
    rows = connection.execute(select(chunks.c.id).where(of_version(job.document_id, job.version)))
    return [row[0] for row in rows if row[0] not in kept]


def texts(connection: Connection, chunk_ids: Sequence[str]) -> list[Staged]:
    """What the embedder needs to make the vectors of these chunks again."""
    found: list[Staged] = []
    for some in parts(chunk_ids):
        rows = connection.execute(
            select(chunks.c.id, chunks.c.embed_hash, chunks.c.embed_text, chunks.c.tokens).where(chunks.c.id.in_(some))
        )
        found.extend(Staged(*row) for row in rows)
    return found


def rubbish(
    connection: Connection, *, clock: float, document_id: str | None = None, deleted: bool = False
) -> list[Rubbish]:
    """Versions with chunk rows that nobody wants, leaving alone what a worker holds.

    Of tombstoned documents with `deleted` only: they belong to whoever deletes them and counts what goes.
    """
    buried = documents.c.deleted_at.is_not(None)
    held = and_(versions.c.status.in_(ACTIVE), versions.c.lease_until >= clock)
    dead = or_(documents.c.live_version.is_(None), documents.c.live_version != versions.c.version)
    unwanted = and_(buried, ~held) if deleted else and_(~buried, dead, versions.c.status.not_in(OPEN))
    query = (
        select(
            versions.c.document_id,
            versions.c.version,
            collections.c.generation,
            collections.c.next_generation,
        )
        .join(documents, documents.c.id == versions.c.document_id)
        .join(collections, collections.c.id == documents.c.collection_id)
        .where(versions.c.staged == 1, unwanted)
    )
    if document_id is not None:
        query = query.where(versions.c.document_id == document_id)
    return [
        Rubbish(row[0], row[1], tuple(name for name in (row[2], row[3]) if name)) for row in connection.execute(query)
    ]


def hold(connection: Connection, rubbish: Rubbish, *, clock: float, seconds: float, still: bool = False) -> bool:
    """Keep everybody from claiming a version while it is swept; False when it is wanted again, by a retry say.

    `still`: whoever holds it goes on holding it. One that was retried meanwhile waits for the end of the sweep.
    """
    alive = select(documents.c.id).where(
        documents.c.id == rubbish.document_id,
        documents.c.deleted_at.is_(None),
        (documents.c.live_version == rubbish.version) | versions.c.status.in_(OPEN),
    )
    free = ~alive.correlate(versions).exists()
    mine = and_(versions.c.status == "queued", versions.c.lease_until >= clock)
    held = connection.execute(
        update(versions)
        .where(
            versions.c.document_id == rubbish.document_id,
            versions.c.version == rubbish.version,
            or_(free, mine) if still else free,
        )
        .values(lease_until=clock + seconds)
    )
    return held.rowcount > 0


def sweep_held(
    connection: Connection, rubbish: Rubbish, *, clock: float, seconds: float, most: int
) -> tuple[Swept, bool]:
    """`sweep`, as long as the version is held. Who slept for longer than it held it removes nothing more: somebody else
    may have begun it anew."""
    if not hold(connection, rubbish, clock=clock, seconds=seconds, still=True):
        return Swept(), True
    return sweep(connection, rubbish.document_id, rubbish.version, most)


def sweep(connection: Connection, document_id: str, version: int, most: int) -> tuple[Swept, bool]:
    """Remove at most so many of a version's chunk rows, with their full text and those cached vectors that no other
    chunk shares; the second value tells whether that was all."""
    swept, all_gone = _sweep(connection, of_version(document_id, version), most)
    if all_gone:
        fulltext.tidy(connection)
        connection.execute(
            update(versions)
            .where(versions.c.document_id == document_id, versions.c.version == version)
            .values(staged=0, lease_until=0.0)
        )
    return swept, all_gone


def sweep_collection(connection: Connection, collection_id: str, most: int) -> tuple[Swept, bool]:
    """The same for everything in a collection."""
    swept, all_gone = _sweep(connection, chunks.c.collection_id == collection_id, most)
    if all_gone:
        fulltext.forget(connection, collection_id)
        fulltext.tidy(connection)
    return swept, all_gone


def _sweep(connection: Connection, mine: ColumnElement[bool], most: int) -> tuple[Swept, bool]:
    rows = connection.execute(select(chunks.c.id, chunks.c.embed_hash).where(mine).order_by(chunks.c.seq).limit(most))
    found = [(row[0], row[1]) for row in rows]
    ids = [chunk_id for chunk_id, _ in found]
    in_fulltext = fulltext.remove_chunks(connection, ids)
    removed = cached = 0
    for some in parts(ids):
        removed += connection.execute(delete(chunks).where(chunks.c.id.in_(some))).rowcount
    for some in parts(sorted({key for _, key in found})):
        shared = select(chunks.c.embed_hash).where(chunks.c.embed_hash == vectors.c.embed_hash).exists()
        cached += connection.execute(delete(vectors).where(vectors.c.embed_hash.in_(some), ~shared)).rowcount
    return Swept(removed, in_fulltext, cached), len(found) < most
