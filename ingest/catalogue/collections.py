"""Collections: named bodies of documents."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from ingest.catalogue.engine import instant, now, present, serialise
from ingest.catalogue.ids import generation_name, new_id
from ingest.catalogue.schema import collections, documents, versions
from ingest.errors import NotFound

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Collection:
    """`generation` is what is searched; `next_generation` what a reindex is building (written to as well)."""

    id: str
    name: str
    generation: str
    embedder: str
    next_generation: str | None
    next_embedder: str | None
    created_at: str

    def generations(self) -> tuple[str, ...]:
        """All that hold vectors of this collection."""
        return (self.generation, self.next_generation) if self.next_generation else (self.generation,)

    def targets(self, embedder: str) -> tuple[str, ...]:
        """Those that take vectors of `embedder`."""
        pairs = ((self.generation, self.embedder), (self.next_generation, self.next_embedder))
        return tuple(name for name, made_with in pairs if name and made_with == embedder)


@dataclass(frozen=True, slots=True)
class Counted:
    """A collection with what is in it: `documents` in all, `indexed` of them searchable, `chunks` of those."""

    collection: Collection
    documents: int
    indexed: int
    chunks: int


_COLUMNS = (
    collections.c.id,
    collections.c.name,
    collections.c.generation,
    collections.c.embedder,
    collections.c.next_generation,
    collections.c.next_embedder,
    collections.c.created_at,
)
_ALIVE = collections.c.deleted_at.is_(None)


def find(connection: Connection, name: str) -> Collection:
    """By name. Raises `NotFound`."""
    row = None
    if NAME.fullmatch(name):
        row = connection.execute(select(*_COLUMNS).where(collections.c.name == name, _ALIVE)).first()
    if row is None:
        raise _unknown(name)
    return Collection(*row)


def _unknown(name: str) -> NotFound:
    return NotFound(
        "collection_not_found", f"There is no collection {name[:80]!r}.", "GET /api/collections lists them."
    )


def by_id(connection: Connection, collection_id: str) -> Collection:
    """By id, tombstoned ones too. Raises `NotFound`."""
    row = connection.execute(select(*_COLUMNS).where(collections.c.id == collection_id)).first()
    if row is None:
        raise NotFound("collection_not_found", "That collection was deleted.")
    return Collection(*row)


def must_be_alive(connection: Connection, collection: Collection) -> None:
    """Raises `NotFound` when it was deleted meanwhile."""
    if not connection.execute(select(collections.c.id).where(collections.c.id == collection.id, _ALIVE)).first():
        raise _unknown(collection.name)


def ensure(connection: Connection, name: str, embedder: str) -> tuple[Collection, bool]:
    """Find it or make it; the second value tells whether it is new. `name` must match `NAME`."""
    row = connection.execute(select(*_COLUMNS).where(collections.c.name == name, _ALIVE)).first()
    if row is not None:
        return Collection(*row), False
    identifier = new_id("col")
    fresh = Collection(identifier, name, generation_name(identifier, 1), embedder, None, None, now())
    try:
        with connection.begin_nested():
            connection.execute(
                insert(collections).values(
                    id=fresh.id,
                    name=fresh.name,
                    generation=fresh.generation,
                    embedder=fresh.embedder,
                    created_at=fresh.created_at,
                )
            )
    except IntegrityError:  # two at once (PostgreSQL; SQLite lets one writer in at a time)
        return find(connection, name), False
    return fresh, True


def page(connection: Connection, limit: int, after: str = "") -> list[Counted]:
    """At most `limit` collections by name, after that name, with their counts."""
    chosen = connection.execute(
        select(*_COLUMNS).where(_ALIVE, collections.c.name > after).order_by(collections.c.name).limit(limit)
    ).all()
    found = [Collection(*row) for row in chosen]
    counts = {
        row[0]: row[1:]
        for row in connection.execute(
            select(
                documents.c.collection_id,
                func.count(documents.c.id),
                func.count(versions.c.version),
                func.coalesce(func.sum(versions.c.chunks), 0),
            )
            .select_from(
                documents.outerjoin(
                    versions,
                    (versions.c.document_id == documents.c.id) & (versions.c.version == documents.c.live_version),
                )
            )
            .where(
                documents.c.deleted_at.is_(None), documents.c.collection_id.in_([collection.id for collection in found])
            )
            .group_by(documents.c.collection_id)
        )
    }
    return [Counted(collection, *(int(n) for n in counts.get(collection.id, (0, 0, 0)))) for collection in found]


def adopt(connection: Connection, collection_id: str, embedder: str) -> str | None:
    """Take over an embedder for a collection that holds nothing; returns the generation nobody wants any more.

    None: nothing to change, or it holds documents (tombstoned ones count), or a reindex is building it.
    """
    serialise(connection, f"register {collection_id}")
    current = by_id(connection, collection_id)
    if current.embedder == embedder or current.next_generation is not None:
        return None
    holds = select(documents.c.id).where(documents.c.collection_id == collection_id).limit(1)
    if connection.execute(holds).first():
        return None
    # Another generation too: the index may know the old one, by what it held once, with vectors of another length.
    connection.execute(
        update(collections)
        .where(collections.c.id == collection_id)
        .values(embedder=embedder, generation=_after(collection_id, current.generation))
    )
    return current.generation


def _after(collection_id: str, generation: str) -> str:
    return generation_name(collection_id, int(generation.rsplit("-v", 1)[1]) + 1)


def start_next(connection: Connection, collection_id: str, embedder: str) -> str:
    """Name the generation that is to be built; from now on new vectors go there too. An unfinished one is replaced."""
    current = by_id(connection, collection_id)
    name = _after(collection_id, current.next_generation or current.generation)
    connection.execute(
        update(collections)
        .where(collections.c.id == collection_id)
        .values(next_generation=name, next_embedder=embedder)
    )
    return name


def swap(connection: Connection, collection_id: str, built: str) -> str | None:
    """Make the built generation the live one; returns the name of the old one, or None when `built` was overtaken."""
    current = by_id(connection, collection_id)
    if current.next_generation != built:
        return None
    connection.execute(
        update(collections)
        .where(collections.c.id == collection_id)
        .values(generation=built, embedder=current.next_embedder, next_generation=None, next_embedder=None)
    )
    return current.generation


def abandon_next(connection: Connection, collection_id: str, built: str) -> None:
    """Give a half-built generation up."""
    connection.execute(
        update(collections)
        .where(collections.c.id == collection_id, collections.c.next_generation == built)
        .values(next_generation=None, next_embedder=None)
    )


def bury(connection: Connection, collection_id: str) -> None:
    """Set the tombstone; the name is free again at once, and nothing in it can be found any more."""
    serialise(connection, f"register {collection_id}")
    stamp = instant(present(connection))
    connection.execute(
        update(collections)
        .where(collections.c.id == collection_id)
        .values(deleted_at=stamp, name=f"{collection_id}.deleted")
    )
    connection.execute(
        update(documents)
        .where(documents.c.collection_id == collection_id, documents.c.deleted_at.is_(None))
        .values(deleted_at=stamp)
    )


def buried(connection: Connection, before: str) -> list[Collection]:
    """Collections tombstoned before that instant that still have a row."""
    rows = connection.execute(select(*_COLUMNS).where(collections.c.deleted_at < before))
    return [Collection(*row) for row in rows]


def erase(connection: Connection, collection_id: str) -> int:
    """Remove the row (everything in it must be gone); returns 1 when there was one."""
    return connection.execute(delete(collections).where(collections.c.id == collection_id)).rowcount


def alive(connection: Connection) -> list[Collection]:
    """Every collection there is."""
    return [
        Collection(*row) for row in connection.execute(select(*_COLUMNS).where(_ALIVE).order_by(collections.c.name))
    ]
