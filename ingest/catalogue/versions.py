"""Versions: what of a document waits, what was, and stopping the newest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, select, update

from ingest.catalogue.documents import ACTIVE
from ingest.catalogue.engine import now, present
from ingest.catalogue.schema import documents, versions
from ingest.errors import NotFound
from ingest.types import DocumentStatus


@dataclass(frozen=True, slots=True)
class Due:
    """A version that wants a worker, in `wait` seconds or later."""

    document_id: str
    version: int
    attempts: int
    wait: float


@dataclass(frozen=True, slots=True)
class Version:
    """One line of a document's history."""

    version: int
    status: DocumentStatus
    live: bool
    chunks: int
    pages: int | None
    bytes: int
    sha256: str
    warnings: Sequence[str]
    error: Mapping[str, str] | None
    created_at: str
    finished_at: str | None


def due(connection: Connection, *, clock: float, limit: int) -> list[Due]:
    """What wants a worker: everything that waits, and what a dead worker left."""
    rows = connection.execute(
        select(versions.c.document_id, versions.c.version, versions.c.attempts, versions.c.not_before)
        .join(documents, documents.c.id == versions.c.document_id)
        .where(
            documents.c.deleted_at.is_(None),
            (versions.c.status == "queued") | and_(versions.c.status.in_(ACTIVE), versions.c.lease_until < clock),
        )
        .order_by(versions.c.created_at)
        .limit(limit)
    )
    return [_due(row, clock) for row in rows]


def waiting(connection: Connection, document_ids: Sequence[str]) -> list[Due]:
    """The queued versions of these documents."""
    rows = connection.execute(
        select(versions.c.document_id, versions.c.version, versions.c.attempts, versions.c.not_before).where(
            versions.c.document_id.in_(document_ids), versions.c.status == "queued"
        )
    )
    clock = present(connection)
    return [_due(row, clock) for row in rows]


def _due(row: Sequence[Any], clock: float) -> Due:
    return Due(row[0], row[1], row[2], max(0.0, row[3] - clock))


def history(connection: Connection, document_id: str) -> list[Version]:
    """All versions, newest first."""
    rows = connection.execute(
        select(
            versions.c.version,
            versions.c.status,
            (versions.c.version == documents.c.live_version).label("live"),
            versions.c.chunks,
            versions.c.pages,
            versions.c.bytes,
            versions.c.sha256,
            versions.c.warnings,
            versions.c.error,
            versions.c.created_at,
            versions.c.finished_at,
        )
        .join(documents, documents.c.id == versions.c.document_id)
        .where(versions.c.document_id == document_id)
        .order_by(versions.c.version.desc())
    )
    return [Version(row[0], row[1], bool(row[2]), *row[3:]) for row in rows]


def bytes_of(connection: Connection, document_id: str, version: int) -> str:
    """SHA-256 of a version's original bytes. Raises `NotFound`."""
    sha256 = connection.execute(
        select(versions.c.sha256).where(versions.c.document_id == document_id, versions.c.version == version)
    ).scalar()
    if sha256 is None:
        raise NotFound("version_not_found", f"The document has no version {version}.")
    return str(sha256)


def request_cancel(connection: Connection, document_id: str) -> DocumentStatus | None:
    """Stop the newest version: at once when it waits, soon when it is worked on. None when it has ended already."""
    newest = select(documents.c.latest_version).where(documents.c.id == document_id).scalar_subquery()
    reason = {"code": "cancelled", "message": "Somebody stopped it.", "hint": "Retry starts it again."}
    mine = and_(versions.c.document_id == document_id, versions.c.version == newest)
    if connection.execute(
        update(versions)
        .where(mine, versions.c.status == "queued")
        .values(status="cancelled", error=reason, finished_at=now())
    ).rowcount:
        return "cancelled"
    row = connection.execute(
        update(versions)
        .where(mine, versions.c.status.in_(ACTIVE))
        .values(cancel_requested=1, error=reason)
        .returning(versions.c.status)
    ).first()
    return row.status if row else None
