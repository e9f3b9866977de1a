"""Claims: the state machine of one ingest, and the lease that says which worker may write it.

    queued -> parsing -> embedding -> indexed
                                   -> failed | cancelled

A claim raises `attempts`; that number is the fencing token, and every write of a worker names it. A worker that was
slow, and whose claim somebody else has taken over, changes nothing any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, select, tuple_, update

from ingest.catalogue.collections import by_id
from ingest.catalogue.documents import ACTIVE
from ingest.catalogue.engine import now
from ingest.catalogue.schema import collections, documents, versions
from ingest.errors import Cancelled
from ingest.types import DocumentStatus

Key = tuple[str, int]
"""Document id and version."""

SUSPECT = 2
"""So many deaths of the workers that held it say little: most died of another document that they held as well. A
version that has as many must run alone from then on, and only then more are counted."""


class GenerationMoved(Exception):
    """A reindex has begun or ended meanwhile: `targets` are the generations that must hold the vectors."""

    def __init__(self, targets: tuple[str, ...]) -> None:
        super().__init__(", ".join(targets))
        self.targets = targets


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed version. `token` fences: only its holder may write the version. `deaths`: earlier claims that died,
    beyond `SUSPECT` only those that died while this one ran alone."""

    document_id: str
    version: int
    token: int
    deaths: int
    failures: int
    collection_id: str
    name: str
    sha256: str

    @property
    def key(self) -> Key:
        return self.document_id, self.version

    @property
    def suspect(self) -> bool:
        """Whether it must run alone."""
        return self.deaths >= SUSPECT


def claim(connection: Connection, document_id: str, version: int, *, clock: float, lease: float) -> Job | None:
    """Take a waiting version, or one whose worker has let its lease run out. None: there is nothing to do here.

    `clock` is the present in epoch seconds, `lease` in seconds.
    """
    abandoned = and_(versions.c.status.in_(ACTIVE), versions.c.lease_until < clock)
    # A queued version has a lease only while what an earlier try left of it is being swept away.
    waiting = and_(versions.c.status == "queued", versions.c.not_before <= clock, versions.c.lease_until <= clock)
    row = connection.execute(
        update(versions)
        .where(_is(document_id, version), abandoned | waiting, _document_alive())
        .values(
            status=case((versions.c.cancel_requested == 1, "cancelled"), else_="parsing"),
            progress=0.0,
            attempts=versions.c.attempts + 1,
            deaths=versions.c.deaths + case((and_(abandoned, versions.c.deaths < SUSPECT), 1), else_=0),
            lease_until=clock + lease,
        )
        .returning(versions.c.status, versions.c.attempts, versions.c.deaths, versions.c.failures, versions.c.sha256)
    ).first()
    if row is None or row.status == "cancelled":
        return None
    name, collection_id = connection.execute(
        select(documents.c.name, documents.c.collection_id).where(documents.c.id == document_id)
    ).one()
    return Job(document_id, version, row.attempts, row.deaths, row.failures, collection_id, name, row.sha256)


def alone(connection: Connection, job: Job) -> None:
    """Count a death in advance, before a suspect runs alone: `release` takes it back, a dead worker cannot.

    Raises `Cancelled` when the claim was lost.
    """
    _lost(connection.execute(update(versions).where(_held(job)).values(deaths=job.deaths + 1)).rowcount)


def renew(connection: Connection, held: Mapping[Key, tuple[int, float]], *, clock: float, lease: float) -> set[Key]:
    """Renew leases and write progress (key -> token, progress). Returns the keys whose work must stop."""
    if not held:
        return set()
    rows = connection.execute(
        select(versions.c.document_id, versions.c.version, versions.c.attempts)
        .join(documents, documents.c.id == versions.c.document_id)
        .where(
            tuple_(versions.c.document_id, versions.c.version).in_(list(held)),
            versions.c.status.in_(ACTIVE),
            versions.c.cancel_requested == 0,
            documents.c.deleted_at.is_(None),
        )
    )
    good = [(row[0], row[1]) for row in rows if held[row[0], row[1]][0] == row[2]]
    if good:
        connection.execute(
            update(versions)
            .where(
                versions.c.document_id == bindparam("b_document"),
                versions.c.version == bindparam("b_version"),
                versions.c.attempts == bindparam("b_token"),
            )
            .values(progress=bindparam("b_progress"), lease_until=clock + lease),
            [
                {"b_document": key[0], "b_version": key[1], "b_token": held[key][0], "b_progress": held[key][1]}
                for key in good
            ],
        )
    return set(held) - set(good)


def finish(connection: Connection, job: Job, written: Iterable[str], embedder: str) -> int | None:
    """Make the version live and retire the one before, in this one transaction; returns the retired version.

    `written` are the generations that hold its vectors. Raises `GenerationMoved` when that is not enough any more,
    `Cancelled` when the claim was lost, the document deleted, or a newer version went live first.
    """
    targets = by_id(connection, job.collection_id).targets(embedder)
    if not targets or not set(targets) <= set(written):
        raise GenerationMoved(targets)
    _conclude(connection, job, "indexed", None, progress=1.0)
    retired = connection.execute(select(documents.c.live_version).where(documents.c.id == job.document_id)).scalar()
    changed = connection.execute(
        update(documents)
        .where(
            documents.c.id == job.document_id,
            documents.c.deleted_at.is_(None),
            documents.c.live_version.is_(None) | (documents.c.live_version < job.version),
        )
        .values(live_version=job.version)
    )
    if changed.rowcount != 1:
        raise Cancelled("superseded", "A newer version went live first, or the document was deleted.")
    return int(retired) if retired is not None else None


def fail(connection: Connection, job: Job, error: Mapping[str, str]) -> None:
    """End it with a reason. Raises `Cancelled` when the claim was lost."""
    _conclude(connection, job, "failed", error)


def stop(connection: Connection, job: Job, error: Mapping[str, str] | None) -> None:
    """End it because somebody asked for that. Raises `Cancelled` when the claim was lost."""
    _conclude(connection, job, "cancelled", error, even_if_cancelled=True)


def release(connection: Connection, job: Job, *, not_before: float, error: Mapping[str, str] | None) -> None:
    """Put it back into the queue: after an error (which counts as a failure) or, without one, because we stop.

    Raises `Cancelled` when the claim was lost.
    """
    changed = connection.execute(
        update(versions)
        .where(_held(job))
        .values(
            status="queued",
            progress=0.0,
            lease_until=0.0,
            not_before=not_before,
            deaths=job.deaths,
            failures=versions.c.failures + (1 if error else 0),
            error=dict(error) if error else None,
        )
    )
    _lost(changed.rowcount)


def _conclude(
    connection: Connection,
    job: Job,
    status: DocumentStatus,
    error: Mapping[str, str] | None,
    *,
    progress: float | None = None,
    even_if_cancelled: bool = False,
) -> None:
    wanted = _held(job) if even_if_cancelled else and_(_held(job), versions.c.cancel_requested == 0)
    changed = connection.execute(
        update(versions)
        .where(wanted)
        .values(
            status=status,
            progress=progress if progress is not None else versions.c.progress,
            error=dict(error) if error else (None if status == "indexed" else versions.c.error),
            lease_until=0.0,
            cancel_requested=0,
            finished_at=now(),
        )
    )
    _lost(changed.rowcount)


def _lost(changed: int) -> None:
    if changed != 1:
        raise Cancelled("claim_lost", "This work was stopped, or another worker has taken it over.")


def _is(document_id: str, version: int) -> ColumnElement[bool]:
    return and_(versions.c.document_id == document_id, versions.c.version == version)


def _held(job: Job) -> ColumnElement[bool]:
    return and_(_is(job.document_id, job.version), versions.c.attempts == job.token, versions.c.status.in_(ACTIVE))


def _document_alive() -> ColumnElement[bool]:
    return (
        select(documents.c.id)
        .join(collections, collections.c.id == documents.c.collection_id)
        .where(documents.c.id == versions.c.document_id, documents.c.deleted_at.is_(None))
        .exists()
    )
