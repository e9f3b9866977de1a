"""Which worker may write a run: a lease that is renewed, and a token that fences off who lost it.

queued -> running -> finished | failed | cancelled
       <-            (given back, or its worker died)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, select, update

from ingest.catalogue.engine import now, serialise
from ingest.catalogue.gone import gone
from service import blanking
from service.evaluate.cases import case_of
from service.evaluate.report import scored
from service.evaluate.schema import datasets, results, run_cases, runs
from service.evaluate.types import Result, StoredCase

MOST_FRUITLESS = 5
"""Claims in a row that keep nothing new, after which a run is what ends its workers."""
_FATAL = {
    "code": "worker_ended",
    "message": f"Its worker ended {MOST_FRUITLESS} times in a row without keeping anything new.",
    "hint": "Often memory runs out; the service's log says more. What was answered is kept, and it can be resumed.",
}

Waiting = Mapping[str, str] | None
"""Why a job does not go on just now: {code, message, hint}."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A run this process works on. `token` fences: only its holder may write the run."""

    run_id: str
    token: int


class Lost(Exception):
    """The run was stopped, or another worker has taken it over."""


def due(connection: Connection, *, clock: float, limit: int) -> list[tuple[str, int]]:
    """(id, claims so far) of every run and every drafting that wants a worker."""
    idle = runs.c.lease_until < clock
    wanted = select(runs.c.id, runs.c.attempts).where(runs.c.status.in_(("queued", "running")), idle)
    drafts = select(datasets.c.id, datasets.c.attempts).where(
        datasets.c.status == "drafting", datasets.c.lease_until < clock
    )
    found = [
        *connection.execute(wanted.order_by(runs.c.created_at).limit(limit)),
        *connection.execute(drafts.order_by(datasets.c.created_at).limit(limit)),
    ]
    return [(row[0], row[1]) for row in found]


def so_far(connection: Connection, run_id: str) -> int:
    """How often the run was claimed."""
    return int(connection.execute(select(runs.c.attempts).where(runs.c.id == run_id)).scalar_one())


def claim(connection: Connection, run_id: str, *, clock: float, lease: float) -> Claim | None:
    """Take a run that waits or whose worker has let its lease run out. None: there is nothing to do here.

    The local model serves one run at a time, for they would time each other: a second one stays queued. A run that
    ended its workers again and again is failed. `clock` is the present in epoch seconds, `lease` in seconds.
    """
    serialise(connection, "claim a run")
    free = and_(runs.c.id == run_id, runs.c.status.in_(("queued", "running")), runs.c.lease_until <= clock)
    stopped = {"status": "cancelled", "waiting": None, "finished_at": now()}
    connection.execute(update(runs).where(free, runs.c.cancel_requested == 1).values(**stopped))
    fatal = {"status": "failed", "error": _FATAL, "waiting": None, "lease_until": 0.0, "finished_at": now()}
    connection.execute(update(runs).where(free, runs.c.fruitless >= MOST_FRUITLESS).values(**fatal))
    other = runs.alias()
    busy = (
        select(other.c.id)
        .where(other.c.local == 1, other.c.status == "running", other.c.lease_until > clock, other.c.id != run_id)
        .exists()
    )
    row = connection.execute(
        update(runs)
        .where(free, (runs.c.local == 0) | ~busy)
        .values(
            status="running",
            attempts=runs.c.attempts + 1,
            lease_until=clock + lease,
            fruitless=runs.c.fruitless + 1,
            paced_at=now(),
            paced_done=runs.c.done,
            started_at=func.coalesce(runs.c.started_at, now()),
            waiting=None,
        )
        .returning(runs.c.attempts)
    ).first()
    return Claim(run_id, row.attempts) if row is not None else None


def renew(connection: Connection, held: Mapping[str, int], *, clock: float, lease: float) -> set[str]:
    """Renew the leases of these runs (id -> token). Returns the ids whose work must stop."""
    if not held:
        return set()
    rows = connection.execute(
        select(runs.c.id, runs.c.attempts).where(
            runs.c.id.in_(list(held)), runs.c.status == "running", runs.c.cancel_requested == 0
        )
    )
    good = [id for id, token in rows if held[id] == token]
    if good:
        connection.execute(update(runs).where(runs.c.id.in_(good)).values(lease_until=clock + lease))
    return set(held) - set(good)


def keep(connection: Connection, held: Claim, result: Result) -> None:
    """Keep one answer and count it. Kept once already, it stays as it is. Raises `Lost`."""
    must_hold(connection, held)
    there = connection.execute(
        select(results.c.position).where(
            results.c.run_id == held.run_id,
            results.c.case_id == result.case_id,
            results.c.arm == result.arm,
            results.c.repeat == result.repeat,
        )
    ).first()
    if there is not None:
        return
    body, frozen = dict(result.answer), None
    if lost := gone(connection, blanking.documents_in(body)):
        asked = select(run_cases.c.body).where(run_cases.c.run_id == held.run_id, run_cases.c.case_id == result.case_id)
        frozen = scored.frozen(case_of(result.case_id, connection.execute(asked).scalar_one()), result)
        body = blanking.answer(body, lost)
    connection.execute(
        insert(results).values(
            run_id=held.run_id,
            case_id=result.case_id,
            arm=result.arm,
            repeat=result.repeat,
            position=result.position,
            answer=body,
            frozen=frozen,
            finish=result.finish,
            tries=result.tries,
            started_at=result.started_at,
            finished_at=result.finished_at,
        )
    )
    failed = runs.c.failed_answers + int(result.finish == "failed")
    connection.execute(
        update(runs).where(_held(held)).values(done=runs.c.done + 1, failed_answers=failed, waiting=None, fruitless=0)
    )


def must_hold(connection: Connection, held: Claim) -> None:
    """Raises `Lost` unless the run is this claim's, which it stays until the transaction ends."""
    if connection.execute(select(runs.c.id).where(_held(held)).with_for_update()).first() is None:
        raise Lost


def wait(connection: Connection, held: Claim, why: Waiting) -> None:
    """Say why it does not go on just now; None: it does. Raises `Lost`.

    Who waits for a part is not ended by the run, so this claim is not fruitless.
    """
    values = {"waiting": dict(why) if why else None, "fruitless": 0}
    _must(connection.execute(update(runs).where(_held(held)).values(values)).rowcount)


def preparing(connection: Connection, held: Claim, how_far: Waiting) -> None:
    """Say how far its preparation is. Raises `Lost`."""
    _must(connection.execute(update(runs).where(_held(held)).values(waiting=how_far)).rowcount)


def prepare(connection: Connection, held: Claim, cases: Iterable[StoredCase]) -> None:
    """Keep the gold passages of some cases; of documents deleted meanwhile their places only. Raises `Lost`."""
    must_hold(connection, held)
    for case in cases:
        lost = gone(connection, {one["document_id"] for one in case.oracle if one["document_id"]})
        mine = (run_cases.c.run_id == held.run_id) & (run_cases.c.case_id == case.id)
        connection.execute(update(run_cases).where(mine).values(oracle=blanking.passages(case.oracle, lost)))


def prepared(connection: Connection, held: Claim, *, total: int, warnings: Sequence[str]) -> None:
    """All of them are kept: the questions begin. Raises `Lost`."""
    values = {"prepared": 1, "total": total, "warnings": list(warnings), "waiting": None, "paced_at": now()}
    _must(connection.execute(update(runs).where(_held(held)).values(values)).rowcount)


def finish(connection: Connection, held: Claim, status: str, error: Waiting = None, **also: Any) -> None:
    """End it. Raises `Lost`."""
    changed = connection.execute(
        update(runs)
        .where(_held(held))
        .values(
            status=status,
            error=dict(error) if error else None,
            waiting=None,
            lease_until=0.0,
            finished_at=now(),
            **also,
        )
    )
    _must(changed.rowcount)


def release(connection: Connection, held: Claim, why: Waiting = None, *, until: float = 0.0) -> None:
    """Give it back: it waits for a worker again, from `until` (epoch seconds) on. Raises `Lost`."""
    changed = connection.execute(
        update(runs)
        .where(_held(held))
        .values(status="queued", lease_until=until, waiting=dict(why) if why else None, fruitless=0)
    )
    _must(changed.rowcount)


def _held(held: Claim) -> ColumnElement[bool]:
    return and_(runs.c.id == held.run_id, runs.c.attempts == held.token, runs.c.status == "running")


def _must(changed: int) -> None:
    if changed != 1:
        raise Lost
