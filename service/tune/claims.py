"""Which worker may write a training job: `service.leases`, and what its holder keeps of it.

queued -> preparing -> training -> exporting -> finished | failed | cancelled
       <-                                       (given back, or its worker died)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from ingest.catalogue.engine import serialise
from service.drafting import claims as drafting
from service.leases import Waiting
from service.tune import draft, jobs
from service.tune.schema import LEASES, finetunes
from service.tune.trainer import News

MOST_STALLED = 3
"""Starts in a row that got no further than the one before, after which a job is given up."""
BUSY = {
    "code": "machine_busy",
    "message": "An evaluation run or another training has this machine's cores.",
    "hint": "It begins by itself when that is over.",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """A job this process works on. `token` fences: only its holder may write the job."""

    job_id: str
    token: int

    @property
    def key(self) -> tuple[str, int]:
        return self.job_id, self.token


def due(connection: Connection, *, clock: float, limit: int) -> list[tuple[str, int]]:
    """(id, claims so far) of every job and every drafting that wants a worker."""
    waiting = LEASES.due(connection, clock=clock, limit=limit)
    return [*waiting, *drafting.due(connection, draft.KIND, clock=clock, limit=limit)]


def claim(connection: Connection, job_id: str, *, clock: float, lease: float) -> Claim | None:
    """Take a job that waits or whose worker has let its lease run out. None: there is nothing to do here.

    A local training has the machine alone: it waits for local runs and other trainings, and they for it. One at a
    provider that somebody has stopped is taken all the same, for somebody has to tell the provider.
    """
    serialise(connection, "claim")
    busy = LEASES.busy(clock=clock, but=job_id)
    remote = finetunes.c.remote.is_not(None)
    wanted = (finetunes.c.id == job_id) & remote & (finetunes.c.cancel_requested == 1)
    stopping = connection.execute(update(finetunes).where(wanted).values(cancel_requested=0)).rowcount
    row = LEASES.claim(connection, job_id, clock=clock, lease=lease, unless=(finetunes.c.local == 1) & busy)
    if stopping:
        connection.execute(update(finetunes).where(finetunes.c.id == job_id).values(cancel_requested=1))
    if row is None:
        waits = (finetunes.c.id == job_id) & (finetunes.c.status == "queued") & (finetunes.c.lease_until <= clock)
        connection.execute(update(finetunes).where(waits).values(waiting=BUSY))
        return None
    return Claim(job_id, row.attempts)


def begin(connection: Connection, held: Claim) -> bool:
    """Count a start of its trainer. False: it was started often enough without getting any further. Raises `Lost`.

    One at a provider is only looked at again: no step may come there for hours, whatever becomes of its workers.
    """
    LEASES.must_hold(connection, held.job_id, held.token)
    columns = (finetunes.c.step, finetunes.c.begun_at, finetunes.c.stalled, finetunes.c.local)
    row = connection.execute(select(*columns).where(finetunes.c.id == held.job_id)).one()
    stalled = 0 if row.step > row.begun_at or not row.local else row.stalled + 1
    LEASES.write(connection, held.job_id, held.token, begun_at=row.step, stalled=stalled)
    return bool(stalled <= MOST_STALLED)


def news(connection: Connection, held: Claim, told: News) -> None:
    """Keep what the trainer says. Raises `Lost`."""
    values: dict[str, Any] = {"waiting": dict(told.waiting) if told.waiting else None}
    if told.phase is not None:
        values["status"] = told.phase
    for name in ("step", "steps", "epoch", "tokens_per_second", "seconds_left", "detail"):
        if (value := getattr(told, name)) is not None:
            values[name] = value
    if told.remote is not None:
        values["remote"] = dict(told.remote)
    LEASES.write(connection, held.job_id, held.token, **values)
    jobs.keep_points(connection, held.job_id, told.points)


def finish(connection: Connection, held: Claim, status: str, error: Waiting = None, **also: Any) -> None:
    """End it. Raises `Lost`."""
    LEASES.finish(connection, held.job_id, held.token, status, error, seconds_left=None, **also)


def not_stopped(connection: Connection, held: Claim, why: Waiting, remote: Mapping[str, Any], *, until: float) -> None:
    """Give back one that was to be stopped at a provider, which has not heard of it: whoever takes it up from `until`
    (epoch seconds) on tries again. Raises `Lost`."""
    LEASES.release(connection, held.job_id, held.token, why, until=until, remote=dict(remote))


def release(connection: Connection, held: Claim, why: Waiting = None, *, until: float = 0.0) -> None:
    """Give it back: it waits for a worker again. That start counts for nothing. Raises `Lost`."""
    LEASES.release(connection, held.job_id, held.token, why, until=until, begun_at=-1, stalled=0)
