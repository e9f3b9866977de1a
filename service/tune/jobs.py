"""Training jobs in the catalogue: keeping, looking, stopping, forgetting. Functions block; call them through
`Transactions`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from ingest.catalogue.engine import now
from service.errors import Conflict, Unknown
from service.ids import new_id
from service.models.tuned import Tuned
from service.tune.schema import finetune_pairs, finetunes, losses
from service.tune.split import Split
from service.tune.types import ENDED, Job, Kind, Pair, Part, Point, Recipe, Status, TrainerName

MOST_POINTS = 600
"""Points of a curve that are told; between them others are left out."""
RESUMED = "It can be resumed: here it goes on from its checkpoint, at a provider it begins anew."
_CANCELLED = {"code": "cancelled", "message": "Somebody stopped it.", "hint": RESUMED}


def create(
    connection: Connection,
    name: str,
    *,
    trainer: TrainerName,
    kind: Kind,
    base: str,
    local: bool,
    recipe: Recipe,
    collection: str,
    pairs_id: str | None,
    parts: Split,
    data: Mapping[str, Any],
    price_estimate: Mapping[str, Any] | None,
    again_of: str | None = None,
) -> Job:
    """Keep a job, queued, with its own copy of the pairs."""
    id = new_id("ft")
    settings = {**asdict(recipe), "sweep": [dict(one) for one in recipe.sweep]}
    connection.execute(
        insert(finetunes).values(
            id=id,
            name=name,
            status="queued",
            trainer=trainer,
            kind=kind,
            base=base,
            settings=settings,
            collection=collection,
            pairs_id=pairs_id,
            data=dict(data),
            local=int(local),
            price_estimate=dict(price_estimate) if price_estimate else None,
            again_of=again_of,
            created_at=now(),
        )
    )
    labelled: list[tuple[Part, Pair]] = [("train", one) for one in parts.train]
    labelled += [("validation", one) for one in parts.validation]
    rows = [
        {"finetune_id": id, "ordinal": place, "part": part, "question": one.question, "answer": one.answer}
        for place, (part, one) in enumerate(labelled)
    ]
    connection.execute(insert(finetune_pairs), rows)
    return get(connection, id)


def get(connection: Connection, job_id: str, *, curves: bool = True) -> Job:
    """The job; of long curves not every point. Raises `Unknown`."""
    row = connection.execute(select(finetunes).where(finetunes.c.id == job_id)).mappings().first()
    if row is None:
        raise Unknown(
            "unknown_finetune", f"There is no job {job_id[:80]!r}.", "GET /api/finetunes lists what there is."
        )
    return _job(row, _thinned(points(connection, job_id)) if curves else ())


def page(connection: Connection, limit: int, before: str | None = None, status: Status | None = None) -> list[Job]:
    """At most `limit` jobs without their curves, newest first, older than the one named `before`."""
    wanted = select(finetunes).order_by(finetunes.c.created_at.desc(), finetunes.c.id.desc()).limit(limit)
    if status is not None:
        wanted = wanted.where(finetunes.c.status == status)
    if before is not None:
        at = select(finetunes.c.created_at).where(finetunes.c.id == before).scalar_subquery()
        wanted = wanted.where(
            (finetunes.c.created_at < at) | ((finetunes.c.created_at == at) & (finetunes.c.id < before))
        )
    return [_job(row, ()) for row in connection.execute(wanted).mappings()]


def pairs_of(
    connection: Connection, job_id: str, part: Part | None = None, limit: int | None = None, after: int = -1
) -> list[tuple[int, Part, Pair]]:
    """The job's own copy of its pairs (ordinal, part, pair), in order."""
    wanted = select(finetune_pairs).where(finetune_pairs.c.finetune_id == job_id, finetune_pairs.c.ordinal > after)
    if part is not None:
        wanted = wanted.where(finetune_pairs.c.part == part)
    rows = connection.execute(wanted.order_by(finetune_pairs.c.ordinal).limit(limit)).mappings()
    return [(row["ordinal"], row["part"], Pair(row["question"], row["answer"])) for row in rows]


def questions(connection: Connection, models: Iterable[Tuned]) -> dict[str, list[str]]:
    """For each of these models the questions it was trained on or chosen by; none where its job was forgotten."""
    return {
        model.name: [pair.question for *_, pair in pairs_of(connection, model.finetune_id)] if model.finetune_id else []
        for model in models
    }


def names_in_use(connection: Connection, but: str = "") -> set[str]:
    """Names of jobs that are not over, all `but` one: their models will be called so."""
    going_on = finetunes.c.status.not_in(ENDED) & (finetunes.c.id != but)
    return set(connection.execute(select(finetunes.c.name).where(going_on)).scalars())


def free_name(connection: Connection, name: str, is_taken: Callable[[str], bool]) -> str:
    """The name, or the first of name-2, name-3, ... that is not taken and that no job that goes on has."""
    used = names_in_use(connection)
    number, wanted = 1, name
    while wanted in used or is_taken(wanted):
        number += 1
        wanted = f"{name}-{number}"
    return wanted


def all_ids(connection: Connection) -> set[str]:
    return set(connection.execute(select(finetunes.c.id)).scalars())


def ended_ids(connection: Connection) -> set[str]:
    return set(connection.execute(select(finetunes.c.id).where(finetunes.c.status.in_(ENDED))).scalars())


def keep_points(connection: Connection, job_id: str, points: Sequence[Point]) -> None:
    """Put points on the curves; one that is there already (a step done again after a resume) takes the new values."""
    if not points:
        return
    mine = losses.c.finetune_id == job_id
    there = {
        (row.setting, row.step): {"train": row.train, "validation": row.validation}
        for row in connection.execute(select(losses).where(mine, losses.c.step >= min(one.step for one in points)))
    }
    fresh: dict[tuple[int, int], dict[str, Any]] = {}
    for point in points:
        place = (point.setting, point.step)
        given = {"train": point.train, "validation": point.validation}
        known = fresh.get(place) or there.get(place) or {"train": None, "validation": None}
        merged = {name: known[name] if value is None else value for name, value in given.items()}
        if merged != known or place in fresh:
            fresh[place] = merged
    new = [
        {"finetune_id": job_id, "setting": setting, "step": step, **values}
        for (setting, step), values in fresh.items()
        if (setting, step) not in there
    ]
    if new:
        connection.execute(insert(losses), new)
    for setting, step in fresh.keys() & there.keys():
        here = mine & (losses.c.setting == setting) & (losses.c.step == step)
        connection.execute(update(losses).where(here).values(**fresh[setting, step]))


def request_cancel(connection: Connection, job_id: str) -> Job:
    """Stop it: at once when it waits, soon when a worker has it. Raises `Unknown`, `Conflict` when it has ended."""
    found = get(connection, job_id, curves=False)
    if found.status in ENDED:
        raise Conflict("finetune_ended", f"The job has {found.status} already.", "There is nothing to stop.")
    # A provider's training that was given back goes on there: only a worker can stop it.
    waits = (finetunes.c.id == job_id) & (finetunes.c.status == "queued") & finetunes.c.remote.is_(None)
    ended = {"status": "cancelled", "error": _CANCELLED, "waiting": None, "finished_at": now()}
    if not connection.execute(update(finetunes).where(waits).values(**ended)).rowcount:
        connection.execute(update(finetunes).where(finetunes.c.id == job_id).values(cancel_requested=1))
    return get(connection, job_id)


def resume(connection: Connection, job_id: str) -> Job:
    """Let a job that failed or was stopped go on from its last checkpoint. Raises `Unknown`, `Conflict` for others."""
    found = get(connection, job_id, curves=False)
    fresh = {
        "status": "queued",
        "cancel_requested": 0,
        "lease_until": 0.0,
        "error": None,
        "waiting": None,
        "finished_at": None,
        "stalled": 0,
        "begun_at": -1,
        "remote": None if found.remote is None else {},  # what has ended at a provider is begun anew there
    }
    ended = (finetunes.c.id == job_id) & finetunes.c.status.in_(("failed", "cancelled"))
    if not connection.execute(update(finetunes).where(ended).values(**fresh)).rowcount:
        told = "is finished" if found.status == "finished" else "goes on"
        raise Conflict("finetune_not_ended", f"The job {told}.", "Only a failed or cancelled job can be resumed.")
    return get(connection, job_id)


def remove(connection: Connection, job_id: str) -> None:
    """Forget a job, its pairs and curves; the model it made stays. Raises `Unknown`, `Conflict` while it goes on."""
    if get(connection, job_id, curves=False).status not in ENDED:
        raise Conflict("finetune_goes_on", "The job is not over.", "Cancel it first.")
    connection.execute(delete(finetunes).where(finetunes.c.id == job_id))


def points(connection: Connection, job_id: str) -> tuple[Point, ...]:
    """Every point of its curves, in order."""
    rows = connection.execute(
        select(losses.c.setting, losses.c.step, losses.c.train, losses.c.validation)
        .where(losses.c.finetune_id == job_id)
        .order_by(losses.c.setting, losses.c.step)
    )
    return tuple(Point(*row) for row in rows)


def _thinned(found: tuple[Point, ...]) -> tuple[Point, ...]:
    if len(found) <= MOST_POINTS:
        return found
    every = -(-len(found) // MOST_POINTS)
    last = len(found) - 1
    return tuple(
        one for place, one in enumerate(found) if place % every == 0 or one.validation is not None or place == last
    )


def count(connection: Connection, status: Sequence[Status]) -> int:
    """How many jobs there are of these statuses."""
    wanted = select(func.count()).select_from(finetunes).where(finetunes.c.status.in_(status))
    return int(connection.execute(wanted).scalar_one())


def _job(row: Mapping[Any, Any], loss: tuple[Point, ...]) -> Job:
    told = dict(row)
    told["local"] = bool(row["local"])
    told["cancelling"] = bool(row["cancel_requested"]) and row["status"] not in ENDED
    told["loss"] = loss
    return Job(**{name: told[name] for name in Job.__slots__})
