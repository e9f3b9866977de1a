"""Which worker may write a run: `service.leases`, and the answers that only its holder keeps.

queued -> running -> finished | failed | cancelled
       <-            (given back, or its worker died)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from ingest.catalogue.engine import now, serialise
from ingest.catalogue.gone import gone
from service import blanking
from service.drafting import claims as drafting
from service.evaluate import draft
from service.evaluate.cases import case_of
from service.evaluate.report import scored
from service.evaluate.schema import results, run_cases, runs
from service.evaluate.types import Result, StoredCase
from service.leases import Leases, Lost, Waiting

__all__ = ["LEASES", "Claim", "Lost", "Waiting"]

LEASES = Leases(runs)
MOST_FRUITLESS = 5
"""Claims in a row that keep nothing new, after which a run is what ends its workers."""
_FATAL = {
    "code": "worker_ended",
    "message": f"Its worker ended {MOST_FRUITLESS} times in a row without keeping anything new.",
    "hint": "Often memory runs out; the service's log says more. What was answered is kept, and it can be resumed.",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """A run this process works on. `token` fences: only its holder may write the run."""

    run_id: str
    token: int

    @property
    def key(self) -> tuple[str, int]:
        return self.run_id, self.token


def due(connection: Connection, *, clock: float, limit: int) -> list[tuple[str, int]]:
    """(id, claims so far) of every run and every drafting that wants a worker."""
    waiting = LEASES.due(connection, clock=clock, limit=limit)
    return [*waiting, *drafting.due(connection, draft.KIND, clock=clock, limit=limit)]


def so_far(connection: Connection, run_id: str) -> int:
    """How often the run was claimed."""
    return LEASES.so_far(connection, run_id)


def claim(connection: Connection, run_id: str, *, clock: float, lease: float) -> Claim | None:
    """Take a run that waits or whose worker has let its lease run out. None: there is nothing to do here.

    The local model serves one run at a time, for they would time each other, and none while a model is trained on the
    same cores: a second one stays queued. A run that ended its workers again and again is failed. `clock` is the
    present in epoch seconds, `lease` in seconds.
    """
    serialise(connection, "claim")
    LEASES.give_up(connection, run_id, clock=clock, most=MOST_FRUITLESS, error=_FATAL)
    busy = LEASES.busy(clock=clock, but=run_id)
    row = LEASES.claim(connection, run_id, clock=clock, lease=lease, unless=(runs.c.local == 1) & busy)
    if row is None:
        return None
    held = Claim(run_id, row.attempts)
    LEASES.write(connection, run_id, held.token, fruitless=row.fruitless + 1, paced_at=now(), paced_done=row.done)
    return held


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
        update(runs)
        .where(LEASES.held(held.run_id, held.token))
        .values(done=runs.c.done + 1, failed_answers=failed, waiting=None, fruitless=0)
    )


def must_hold(connection: Connection, held: Claim) -> None:
    """Raises `Lost` unless the run is this claim's, which it stays until the transaction ends."""
    LEASES.must_hold(connection, held.run_id, held.token)


def wait(connection: Connection, held: Claim, why: Waiting) -> None:
    """Say why it does not go on just now; None: it does. Raises `Lost`.

    Who waits for a part is not ended by the run, so this claim is not fruitless.
    """
    LEASES.write(connection, held.run_id, held.token, waiting=dict(why) if why else None, fruitless=0)


def preparing(connection: Connection, held: Claim, how_far: Waiting) -> None:
    """Say how far its preparation is. Raises `Lost`."""
    LEASES.wait(connection, held.run_id, held.token, how_far)


def prepare(connection: Connection, held: Claim, cases: Iterable[StoredCase]) -> None:
    """Keep the gold passages of some cases; of documents deleted meanwhile their places only. Raises `Lost`."""
    must_hold(connection, held)
    for case in cases:
        lost = gone(connection, {one["document_id"] for one in case.oracle if one["document_id"]})
        mine = (run_cases.c.run_id == held.run_id) & (run_cases.c.case_id == case.id)
        connection.execute(update(run_cases).where(mine).values(oracle=blanking.passages(case.oracle, lost)))


def prepared(connection: Connection, held: Claim, *, total: int, warnings: Sequence[str]) -> None:
    """All of them are kept: the questions begin. Raises `Lost`."""
    begun = {"prepared": 1, "total": total, "warnings": list(warnings), "waiting": None, "paced_at": now()}
    LEASES.write(connection, held.run_id, held.token, **begun)


def finish(connection: Connection, held: Claim, status: str, error: Waiting = None, **also: Any) -> None:
    """End it. Raises `Lost`."""
    LEASES.finish(connection, held.run_id, held.token, status, error, **also)


def release(connection: Connection, held: Claim, why: Waiting = None, *, until: float = 0.0) -> None:
    """Give it back: it waits for a worker again, from `until` (epoch seconds) on. Raises `Lost`."""
    LEASES.release(connection, held.run_id, held.token, why, until=until, fruitless=0)
