"""Runs in the catalogue: keeping, looking, stopping, forgetting. Functions block; call them through `Transactions`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from ingest.catalogue.engine import now
from service.errors import Conflict, Unknown
from service.evaluate.schema import results, run_cases, runs
from service.evaluate.types import ENDED, Arm, Result, Run, Spec, Status, StoredCase
from service.ids import new_id

_CANCELLED = {"code": "cancelled", "message": "Somebody stopped it.", "hint": "What was answered is kept."}


def create(
    connection: Connection,
    spec: Spec,
    *,
    dataset: tuple[str, str],
    arms: Sequence[Arm],
    cases: Sequence[StoredCase],
    seed: int,
    examples: Sequence[Mapping[str, str]],
    provenance: Mapping[str, Any],
    warnings: Sequence[str],
    at_once: int,
    local: bool,
    total: int,
    prepared: bool = True,
    again_of: str | None = None,
) -> Run:
    """Keep a run, queued, with its own copy of the cases. `dataset` is id and name; a run that is not `prepared` has
    no gold passages yet."""
    id = new_id("run")
    connection.execute(
        insert(runs).values(
            id=id,
            dataset_id=dataset[0],
            dataset_name=dataset[1],
            status="queued",
            arms=[asdict(arm) for arm in arms],
            spec=asdict(spec),
            collection=spec.collection,
            seed=seed,
            repeats=spec.repeats,
            examples=[dict(example) for example in examples],
            provenance=dict(provenance),
            warnings=list(warnings),
            at_once=at_once,
            local=int(local),
            total=total,
            prepared=int(prepared),
            again_of=again_of,
            created_at=now(),
        )
    )
    rows = [
        {"run_id": id, "ordinal": place, "case_id": case.id, "body": dict(case.body), "oracle": list(case.oracle)}
        for place, case in enumerate(cases)
    ]
    connection.execute(insert(run_cases), rows)
    return get(connection, id)


def get(connection: Connection, run_id: str) -> Run:
    """Raises `Unknown`."""
    row = connection.execute(select(runs).where(runs.c.id == run_id)).mappings().first()
    if row is None:
        raise Unknown("unknown_run", f"There is no run {run_id[:80]!r}.", "GET /api/runs lists what there is.")
    return _run(row)


def page(
    connection: Connection, limit: int, before: str | None = None, dataset: str | None = None, status: str | None = None
) -> list[Run]:
    """At most `limit` runs, newest first, older than the one named `before`."""
    wanted = select(runs).order_by(runs.c.created_at.desc(), runs.c.id.desc()).limit(limit)
    if dataset is not None:
        wanted = wanted.where((runs.c.dataset_id == dataset) | (runs.c.dataset_name == dataset))
    if status is not None:
        wanted = wanted.where(runs.c.status == status)
    if before is not None:
        at = select(runs.c.created_at).where(runs.c.id == before).scalar_subquery()
        wanted = wanted.where((runs.c.created_at < at) | ((runs.c.created_at == at) & (runs.c.id < before)))
    return [_run(row) for row in connection.execute(wanted).mappings()]


def cases_of(connection: Connection, run_id: str) -> list[StoredCase]:
    """The run's own copy of its cases, in the dataset's order."""
    rows = connection.execute(
        select(run_cases.c.ordinal, run_cases.c.case_id, run_cases.c.body, run_cases.c.oracle)
        .where(run_cases.c.run_id == run_id)
        .order_by(run_cases.c.ordinal)
    )
    return [StoredCase(id, ordinal, "accepted", body, oracle=tuple(oracle)) for ordinal, id, body, oracle in rows]


def examples_of(connection: Connection, run_id: str) -> list[dict[str, str]]:
    """The few-shot examples there were when the run was made."""
    found: list[dict[str, str]] = connection.execute(select(runs.c.examples).where(runs.c.id == run_id)).scalar_one()
    return found


def results_of(connection: Connection, run_id: str, case_ids: Sequence[str] | None = None) -> Iterator[Result]:
    """Every kept answer, in the order asked; those of these cases only when given."""
    wanted = select(results).where(results.c.run_id == run_id).order_by(results.c.position)
    if case_ids is not None:
        wanted = wanted.where(results.c.case_id.in_(list(case_ids)))
    for row in connection.execute(wanted).mappings():
        yield Result(
            case_id=row["case_id"],
            arm=row["arm"],
            repeat=row["repeat"],
            position=row["position"],
            answer=row["answer"],
            finish=row["finish"],
            tries=row["tries"],
            started_at=row["started_at"],
            finished_at=row["finished_at"],
            frozen=row["frozen"],
        )


def answered(connection: Connection, run_id: str) -> set[tuple[str, str, int]]:
    """(case id, arm, repeat) of every kept answer."""
    rows = connection.execute(
        select(results.c.case_id, results.c.arm, results.c.repeat).where(results.c.run_id == run_id)
    )
    return {(row[0], row[1], row[2]) for row in rows}


def request_cancel(connection: Connection, run_id: str) -> Run:
    """Stop it: at once when it waits, soon when a worker has it. Raises `Unknown`, `Conflict` when it has ended."""
    found = get(connection, run_id)
    if found.status in ENDED:
        raise Conflict("run_ended", f"The run has {found.status} already.", "There is nothing to stop.")
    waits = (runs.c.id == run_id) & (runs.c.status == "queued")
    ended = {"status": "cancelled", "error": _CANCELLED, "waiting": None, "finished_at": now()}
    if not connection.execute(update(runs).where(waits).values(**ended)).rowcount:
        connection.execute(update(runs).where(runs.c.id == run_id).values(cancel_requested=1))
    return get(connection, run_id)


def resume(connection: Connection, run_id: str) -> Run:
    """Let a run that failed or was stopped go on where it ended: what was answered stays, the rest is asked.

    Raises `Unknown`, `Conflict` for a run that goes on or is finished.
    """
    found = get(connection, run_id)
    fresh = {
        "status": "queued",
        "cancel_requested": 0,
        "fruitless": 0,
        "lease_until": 0.0,
        "error": None,
        "waiting": None,
        "finished_at": None,
    }
    ended = (runs.c.id == run_id) & runs.c.status.in_(("failed", "cancelled"))
    if not connection.execute(update(runs).where(ended).values(**fresh)).rowcount:
        told = "is finished" if found.status == "finished" else "goes on"
        raise Conflict("run_not_ended", f"The run {told}.", "Only a failed or cancelled run can be continued.")
    return get(connection, run_id)


def remove(connection: Connection, run_id: str) -> None:
    """Forget a run and its answers. Raises `Unknown`, `Conflict` while it is not ended."""
    if get(connection, run_id).status not in ENDED:
        raise Conflict("run_goes_on", "The run is not over.", "Cancel it first.")
    connection.execute(delete(runs).where(runs.c.id == run_id))


def rescore(connection: Connection, run_id: str, current: Sequence[StoredCase]) -> int:
    """Take over references, gold and tags from the dataset's cases as they are now, where the question is the same.

    No model is asked: every report is computed from the kept answers. Returns how many cases changed.
    """
    now_there = {case.id: case.body for case in current}
    changed = 0
    for case in cases_of(connection, run_id):
        body = now_there.get(case.id)
        if body is None or body == case.body:
            continue
        if (body["question"], body["history"]) != (case.body["question"], case.body["history"]):
            continue
        mine = (run_cases.c.run_id == run_id) & (run_cases.c.case_id == case.id)
        connection.execute(update(run_cases).where(mine).values(body=dict(body)))
        changed += 1
    if changed:
        told = dict(get(connection, run_id).provenance)
        told["cases"] = {**told["cases"], "rescored_at": now(), "rescored": changed}
        connection.execute(update(runs).where(runs.c.id == run_id).values(provenance=told))
    return changed


def seconds_left(run: Run) -> float | None:
    """A guess from the pace since a worker took it last: the time that it stood still is no part of it. None before
    there is a pace."""
    since, done = run.paced_at or run.started_at, run.done - run.paced_done
    if run.status != "running" or since is None or done <= 0 or run.waiting is not None:
        return None
    spent = time.time() - datetime.fromisoformat(since).timestamp()
    return max(0.0, spent / done * (run.total - run.done))


def _run(row: Mapping[Any, Any]) -> Run:
    status: Status = row["status"]
    return Run(
        id=row["id"],
        dataset_id=row["dataset_id"],
        dataset_name=row["dataset_name"],
        status=status,
        arms=tuple(Arm(**arm) for arm in row["arms"]),
        spec=row["spec"],
        collection=row["collection"],
        seed=row["seed"],
        repeats=row["repeats"],
        provenance=row["provenance"],
        warnings=tuple(row["warnings"]),
        at_once=row["at_once"],
        total=row["total"],
        done=row["done"],
        failed_answers=row["failed_answers"],
        waiting=row["waiting"],
        error=row["error"],
        again_of=row["again_of"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        cancelling=bool(row["cancel_requested"]) and status not in ENDED,
        prepared=bool(row["prepared"]),
        paced_at=row["paced_at"],
        paced_done=row["paced_done"],
    )
