"""Rows that one worker at a time may write: a lease that is renewed, and a token that fences off who lost it.

queued -> a working status -> an ended one
       <-                     (given back, or its worker died)

The table's `info["working"]` names the statuses of a job that a worker has, the first one first. Its columns: id,
status, attempts (times claimed: the token), lease_until (epoch seconds), cancel_requested, local (1: it uses the local
model or this machine's cores), waiting, error, started_at and finished_at; `fruitless` where claims in a row that kept
nothing are counted. Functions block; call them through `Transactions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, func, or_, select, true, update

from ingest.catalogue.engine import now

Waiting = Mapping[str, str] | None
"""Why a job does not go on just now: {code, message, hint}."""


WORKING = "working"


class Lost(Exception):
    """The job was stopped, or another worker has taken it over."""


@dataclass(frozen=True, slots=True)
class Leases:
    """The jobs of one table."""

    table: Table

    @property
    def working(self) -> tuple[str, ...]:
        """Statuses of a job that a worker has in hand; it begins with the first."""
        found: tuple[str, ...] = self.table.info[WORKING]
        return found

    def due(self, connection: Connection, *, clock: float, limit: int) -> list[tuple[str, int]]:
        """(id, claims so far) of every job that wants a worker, oldest first."""
        jobs = self.table.c
        wanted = select(jobs.id, jobs.attempts).where(self.open(), jobs.lease_until < clock)
        return [(row[0], row[1]) for row in connection.execute(wanted.order_by(jobs.created_at).limit(limit))]

    def so_far(self, connection: Connection, job_id: str) -> int:
        """How often it was claimed."""
        return int(connection.execute(select(self.table.c.attempts).where(self.table.c.id == job_id)).scalar_one())

    def claim(
        self,
        connection: Connection,
        job_id: str,
        *,
        clock: float,
        lease: float,
        unless: ColumnElement[bool] | None = None,
    ) -> Row[Any] | None:
        """Take a job that waits or whose worker has let its lease run out; its row. None: there is nothing to do here,
        or `unless` holds. One that somebody has stopped meanwhile ends."""
        jobs = self.table.c
        free = and_(jobs.id == job_id, self.open(), jobs.lease_until <= clock)
        stopped = {"status": "cancelled", "waiting": None, "finished_at": now()}
        connection.execute(update(self.table).where(free, jobs.cancel_requested == 1).values(**stopped))
        return connection.execute(
            update(self.table)
            .where(free, true() if unless is None else ~unless)
            .values(
                status=self.working[0],
                attempts=jobs.attempts + 1,
                lease_until=clock + lease,
                started_at=func.coalesce(jobs.started_at, now()),
                waiting=None,
            )
            .returning(*self.table.c)
        ).first()

    def give_up(
        self, connection: Connection, job_id: str, *, clock: float, most: int, error: Mapping[str, str]
    ) -> None:
        """Fail a job that could be claimed if its last `most` claims kept nothing."""
        jobs = self.table.c
        hopeless = and_(
            jobs.id == job_id,
            self.open(),
            jobs.lease_until <= clock,
            jobs.fruitless >= most,
            jobs.cancel_requested == 0,
        )
        ended = {"status": "failed", "error": dict(error), "waiting": None, "lease_until": 0.0, "finished_at": now()}
        connection.execute(update(self.table).where(hopeless).values(**ended))

    def busy(self, *, clock: float, but: str) -> ColumnElement[bool]:
        """Whether a worker has another job in hand, of this table or any other, that uses the local model or this
        machine's cores (column `local`)."""
        taken = []
        for table in self.table.metadata.tables.values():
            if WORKING in table.info:
                other = table.alias()
                mine = and_(other.c.local == 1, other.c.status.in_(table.info[WORKING]), other.c.lease_until > clock)
                taken.append(select(other.c.id).where(mine, other.c.id != but).exists())
        return or_(*taken)

    def renew(self, connection: Connection, held: Mapping[str, int], *, clock: float, lease: float) -> set[str]:
        """Renew the leases of these jobs (id -> token). Returns the ids whose work must stop."""
        if not held:
            return set()
        jobs = self.table.c
        rows = connection.execute(
            select(jobs.id, jobs.attempts).where(
                jobs.id.in_(list(held)), jobs.status.in_(self.working), jobs.cancel_requested == 0
            )
        )
        good = [id for id, token in rows if held[id] == token]
        if good:
            connection.execute(update(self.table).where(jobs.id.in_(good)).values(lease_until=clock + lease))
        return set(held) - set(good)

    def must_hold(self, connection: Connection, job_id: str, token: int) -> None:
        """Raises `Lost` unless the job is this claim's, which it stays until the transaction ends."""
        mine = select(self.table.c.id).where(self.held(job_id, token)).with_for_update()
        if connection.execute(mine).first() is None:
            raise Lost

    def write(self, connection: Connection, job_id: str, token: int, **values: Any) -> None:
        """Change its row. Raises `Lost`."""
        if connection.execute(update(self.table).where(self.held(job_id, token)).values(**values)).rowcount != 1:
            raise Lost

    def wait(self, connection: Connection, job_id: str, token: int, why: Waiting) -> None:
        """Say why it does not go on just now; None: it does. Raises `Lost`."""
        self.write(connection, job_id, token, waiting=dict(why) if why else None)

    def finish(
        self, connection: Connection, job_id: str, token: int, status: str, error: Waiting = None, **also: Any
    ) -> None:
        """End it. Raises `Lost`."""
        ended = {"status": status, "error": dict(error) if error else None, "waiting": None, "lease_until": 0.0}
        self.write(connection, job_id, token, **ended, finished_at=now(), **also)

    def release(
        self,
        connection: Connection,
        job_id: str,
        token: int,
        why: Waiting = None,
        *,
        until: float = 0.0,
        **also: Any,
    ) -> None:
        """Give it back: it waits for a worker again, from `until` (epoch seconds) on. Raises `Lost`."""
        told = dict(why) if why else None
        self.write(connection, job_id, token, status="queued", lease_until=until, waiting=told, **also)

    def stopping(self, connection: Connection, job_id: str, token: int) -> bool:
        """Whether the job is this claim's and somebody has asked for its end."""
        mine = select(self.table.c.id).where(self.held(job_id, token), self.table.c.cancel_requested == 1)
        return connection.execute(mine).first() is not None

    def held(self, job_id: str, token: int) -> ColumnElement[bool]:
        jobs = self.table.c
        return and_(jobs.id == job_id, jobs.attempts == token, jobs.status.in_(self.working))

    def open(self) -> ColumnElement[bool]:
        """It waits for a worker, or one has it."""
        return self.table.c.status.in_(("queued", *self.working))
