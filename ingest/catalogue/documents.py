"""Documents: what somebody added, by name, with the version that is answered from and the newest one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, insert, select, update

from ingest.catalogue.collections import Collection, must_be_alive
from ingest.catalogue.engine import instant, now, present, serialise
from ingest.catalogue.ids import is_id, new_id
from ingest.catalogue.schema import chunks, collections, documents, versions
from ingest.errors import NotFound
from ingest.types import DocumentStatus

ACTIVE = ("parsing", "embedding")
OPEN = ("queued", *ACTIVE)


@dataclass(frozen=True, slots=True)
class Document:
    """A document as people see it: the state is that of the newest version; `live_version` is answered from."""

    id: str
    name: str
    collection: str
    collection_id: str
    live_version: int | None
    version: int
    status: DocumentStatus
    progress: float
    chunks: int
    pages: int | None
    title: str | None
    format: str | None
    bytes: int
    sha256: str
    warnings: Sequence[str]
    error: Mapping[str, str] | None
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class Registered:
    """What became of an upload. `enqueue` tells whether there is work to do."""

    document_id: str
    version: int
    status: DocumentStatus
    duplicate_of: str | None
    enqueue: bool


_SHOWN = (
    documents.c.id,
    documents.c.name,
    collections.c.name.label("collection"),
    documents.c.collection_id,
    documents.c.live_version,
    versions.c.version,
    versions.c.status,
    versions.c.progress,
    versions.c.chunks,
    versions.c.pages,
    versions.c.title,
    versions.c.format,
    versions.c.bytes,
    versions.c.sha256,
    versions.c.warnings,
    versions.c.error,
    documents.c.created_at,
    func.coalesce(versions.c.finished_at, versions.c.created_at).label("updated_at"),
)
_NEWEST = documents.join(collections, collections.c.id == documents.c.collection_id).join(
    versions, (versions.c.document_id == documents.c.id) & (versions.c.version == documents.c.latest_version)
)
_ALIVE = documents.c.deleted_at.is_(None)


def register(
    connection: Connection,
    collection: Collection,
    name: str,
    sha256: str,
    size: int,
    store: Callable[[], None],
) -> Registered:
    """Note an upload, and call `store` (which puts the bytes into the file store) before it counts.

    The same bytes as the newest version of that name, or, under a name that is new, as the newest version of any other
    document, are a duplicate. Other bytes under a known name are a new version, and an older one that is still being
    worked on is given up. A duplicate of something that failed or was cancelled starts that again. Raises `NotFound`
    when the collection was deleted meanwhile.
    """
    serialise(connection, f"register {collection.id}")
    must_be_alive(connection, collection)
    same_name = connection.execute(
        _newest().where(documents.c.collection_id == collection.id, documents.c.name == name, _ALIVE)
    ).first()
    if same_name is None:
        same = connection.execute(
            _newest()
            .where(documents.c.collection_id == collection.id, versions.c.sha256 == sha256, _ALIVE)
            .order_by(documents.c.id)
        ).first()
    else:
        same = same_name if same_name.sha256 == sha256 else None
    # Whoever removes bytes holds this lock too: they cannot go between being stored and being counted on.
    serialise(connection, f"file {sha256}")
    store()
    if same is not None:
        if same.status in ("failed", "cancelled"):
            reset(connection, same.id, same.version)
            return Registered(same.id, same.version, "queued", None, True)
        return Registered(same.id, same.version, same.status, same.id, False)
    stamp = now()
    if same_name is None:
        document_id, version = new_id("doc"), 1
        connection.execute(
            insert(documents).values(
                id=document_id, collection_id=collection.id, name=name, latest_version=1, created_at=stamp
            )
        )
    else:
        document_id, version = same_name.id, same_name.version + 1
        connection.execute(update(documents).where(documents.c.id == document_id).values(latest_version=version))
        _give_up(connection, document_id, {"code": "superseded", "message": "A newer version came.", "hint": ""})
    connection.execute(
        insert(versions).values(
            document_id=document_id, version=version, sha256=sha256, bytes=size, status="queued", created_at=stamp
        )
    )
    return Registered(document_id, version, "queued", None, True)


def reset(connection: Connection, document_id: str, version: int) -> bool:
    """Put a failed or cancelled version back into the queue; False when it is neither."""
    changed = connection.execute(
        update(versions)
        .where(
            versions.c.document_id == document_id,
            versions.c.version == version,
            versions.c.status.in_(("failed", "cancelled")),
        )
        .values(
            status="queued",
            progress=0.0,
            deaths=0,
            failures=0,
            cancel_requested=0,
            not_before=0.0,
            error=None,
            finished_at=None,
        )
    )
    return changed.rowcount == 1


def get(connection: Connection, document_id: str) -> Document:
    """Raises `NotFound`, for a deleted one too."""
    row = None
    if is_id(document_id):
        row = connection.execute(_newest().where(documents.c.id == document_id, _ALIVE)).first()
    if row is None:
        raise _missing(document_id)
    return _document(row)


def _missing(document_id: str) -> NotFound:
    if is_id(document_id):  # it cannot be guessed: it was a document's once
        return NotFound(
            "document_not_found",
            "This document is not here any more: it was deleted, and its text with it.",
            "Answers that cited it keep the words they quoted; ask again to be answered from what is here now.",
        )
    return NotFound("document_not_found", "There is no such document.", "GET /api/documents lists them.")


def some(connection: Connection, document_ids: Sequence[str]) -> list[Document]:
    """Those of the ids that there are."""
    return [_document(row) for row in connection.execute(_newest().where(documents.c.id.in_(document_ids), _ALIVE))]


def page(
    connection: Connection,
    *,
    collection_id: str | None = None,
    status: DocumentStatus | None = None,
    before: str | None = None,
    limit: int = 50,
) -> list[Document]:
    """At most `limit` documents, newest first, older than the id `before`."""
    query = _newest().where(_ALIVE)
    if collection_id is not None:
        query = query.where(documents.c.collection_id == collection_id)
    if status is not None:
        query = query.where(versions.c.status == status)
    if before is not None:
        query = query.where(documents.c.id < before)
    return [_document(row) for row in connection.execute(query.order_by(documents.c.id.desc()).limit(limit))]


def unfinished(connection: Connection, limit: int = 500) -> list[Document]:
    """What waits or is being worked on, oldest first."""
    query = _newest().where(_ALIVE, versions.c.status.in_(OPEN)).order_by(documents.c.id).limit(limit)
    return [_document(row) for row in connection.execute(query)]


def bury(connection: Connection, document_id: str) -> str:
    """Set the tombstone: from now on nothing is answered from it and its name is free. Returns its collection's id.

    Raises `NotFound` when it is not there or buried already.
    """
    found = get(connection, document_id)
    connection.execute(
        update(documents).where(documents.c.id == document_id).values(deleted_at=instant(present(connection)))
    )
    _give_up(connection, document_id, {"code": "deleted", "message": "The document was deleted.", "hint": ""})
    return found.collection_id


def buried(connection: Connection, before: str) -> list[tuple[str, str]]:
    """(document id, collection id) of documents tombstoned before that instant that still have rows."""
    rows = connection.execute(select(documents.c.id, documents.c.collection_id).where(documents.c.deleted_at < before))
    return [(row[0], row[1]) for row in rows]


def inside(connection: Connection, collection_id: str) -> list[str]:
    """Ids of every document of a collection, tombstoned ones too."""
    return list(connection.scalars(select(documents.c.id).where(documents.c.collection_id == collection_id)))


def leased(connection: Connection, document_ids: Sequence[str], clock: float) -> bool:
    """Whether a worker still holds a version of any of them."""
    held = {
        row[0]
        for row in connection.execute(
            select(versions.c.document_id).where(versions.c.status.in_(ACTIVE), versions.c.lease_until > clock)
        )
    }
    return not held.isdisjoint(document_ids)


def files_of(connection: Connection, document_ids: Sequence[str]) -> list[str]:
    """SHA-256 of the bytes of all their versions."""
    query = select(versions.c.sha256).distinct().where(versions.c.document_id == bindparam("document"))
    return sorted({sha for one in document_ids for sha in connection.scalars(query, {"document": one})})


def remove_unused(connection: Connection, sha256: str, remove_file: Callable[[str], bool]) -> bool:
    """Remove bytes, unless a document that was not deleted uses them (by now); True when there were any to remove.

    Each in a transaction of its own: a store across the network takes its time, and nobody else writes meanwhile.
    """
    serialise(connection, f"file {sha256}")
    query = select(versions.c.version).join(documents, documents.c.id == versions.c.document_id)
    used = connection.execute(query.where(versions.c.sha256 == sha256, _ALIVE).limit(1)).first()
    return used is None and remove_file(sha256)


def erase(connection: Connection, document_id: str) -> int:
    """Remove every row of a buried document, whose bytes are gone already; returns how many there were."""
    return sum(
        connection.execute(delete(table).where(column == document_id)).rowcount
        for table, column in (
            (chunks, chunks.c.document_id),
            (versions, versions.c.document_id),
            (documents, documents.c.id),
        )
    )


def files_in_use(connection: Connection, *, alive: bool = False) -> dict[str, str]:
    """SHA-256 of every version's bytes, with one document's id; with `alive` only of documents not deleted."""
    query = select(versions.c.sha256, versions.c.document_id).join(documents, documents.c.id == versions.c.document_id)
    return {row[0]: row[1] for row in connection.execute(query.where(_ALIVE) if alive else query)}


def _give_up(connection: Connection, document_id: str, reason: dict[str, str]) -> None:
    mine = versions.c.document_id == document_id
    connection.execute(
        update(versions).where(mine, versions.c.status.in_(ACTIVE)).values(cancel_requested=1, error=reason)
    )
    connection.execute(
        update(versions)
        .where(mine, versions.c.status == "queued")
        .values(status="cancelled", error=reason, finished_at=now())
    )


def _newest() -> Select[Any]:
    return select(*_SHOWN).select_from(_NEWEST)


def _document(row: Sequence[Any]) -> Document:
    return Document(*row)
