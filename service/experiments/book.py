"""The book of experiments: made, changed, stopped, in transactions. Functions block; call them through `in_thread`."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, insert, or_, select, update

from ingest.catalogue import collections as bodies
from ingest.catalogue.engine import now, serialise
from ingest.catalogue.schema import collections
from service.chat.schema import variants
from service.errors import Conflict, Unknown
from service.experiments.schema import experiments, phases
from service.experiments.types import Arm, Experiment, Guardrail, MetricName, Phase, Routing
from service.ids import new_id

_ONE_AT_A_TIME = "experiments"
BEGUN = "the experiment began"


@dataclass(frozen=True, slots=True)
class New:
    """What a new experiment is to be, seen by `check` already. `weights` are shares, in the arms' order."""

    name: str
    metric: MetricName
    arms: tuple[Arm, ...]
    weights: tuple[float, ...]
    collection: str | None
    routing: Routing
    guardrails: tuple[Guardrail, ...]
    staff: frozenset[str]
    aa: bool
    expected_n: int


def create(connection: Connection, new: New, presets: Iterable[str]) -> Experiment:
    """Start it. `presets` are variants that need no row.

    Raises `Conflict` (a running one has that name, or splits a collection of this one), `Unknown` (variant),
    `NotFound` (collection).
    """
    serialise(connection, _ONE_AT_A_TIME)
    stop_forsaken(connection)
    collection_id = bodies.find(connection, new.collection).id if new.collection else None
    known = {*presets, *connection.execute(select(variants.c.name)).scalars()}
    for arm in new.arms:
        if arm.variant not in known:
            raise Unknown("unknown_variant", f"There is no variant {arm.variant[:80]!r}.", "It was deleted meanwhile.")
    for other in running(connection):
        if other.name == new.name:
            raise Conflict("experiment_exists", f"An experiment {new.name!r} is running.", "Choose another name.")
        if other.collection is None or new.collection is None or other.collection_id == collection_id:
            raise Conflict(
                "experiment_running",
                f"The experiment {other.name!r} ({other.id}) splits {_where(other.collection)} already.",
                "Stop it first, or choose another collection: two splits of the same traffic would mix.",
            )
    identifier, stamp = new_id("exp"), now()
    connection.execute(
        insert(experiments).values(
            id=identifier,
            name=new.name,
            metric=new.metric,
            status="running",
            arms=[{"label": arm.label, "variant": arm.variant} for arm in new.arms],
            salt=secrets.token_hex(8),
            collection=new.collection,
            collection_id=collection_id,
            routing=new.routing,
            guardrails=[{"metric": g.metric, "worse_than_control_by": g.worse_than_control_by} for g in new.guardrails],
            staff=sorted(new.staff),
            aa=new.aa,
            expected_n=new.expected_n,
            created_at=stamp,
        )
    )
    _phase(connection, identifier, Phase(1, new.weights, stamp, BEGUN))
    return get(connection, identifier)


def get(connection: Connection, experiment_id: str) -> Experiment:
    """Raises `Unknown`."""
    found = _experiments(connection, experiments.c.id == experiment_id)
    if not found:
        raise Unknown(
            "unknown_experiment", f"There is no experiment {experiment_id[:80]!r}.", "GET /api/experiments lists them."
        )
    return found[0]


def page(connection: Connection, limit: int, after: str | None) -> list[Experiment]:
    """At most `limit`, the newest first, those older than the experiment `after`. Raises `Unknown` for that."""
    older: ColumnElement[bool] | None = None
    if after is not None:
        last = get(connection, after)
        same = and_(experiments.c.created_at == last.created_at, experiments.c.id < last.id)
        older = or_(experiments.c.created_at < last.created_at, same)
    return _experiments(connection, older, limit)


def running(connection: Connection) -> list[Experiment]:
    """Those that split traffic now; one whose collection was deleted does not."""
    return _experiments(connection, (experiments.c.status == "running") & ~_forsaken())


def must_not_be_tested(connection: Connection, variant: str) -> None:
    """Raises `Conflict`, naming the running experiment that has this variant: its answers would mix two ways."""
    serialise(connection, _ONE_AT_A_TIME)
    for experiment in running(connection):
        if any(arm.variant == variant for arm in experiment.arms):
            raise Conflict(
                "variant_in_experiment",
                f"{variant!r} is part of the running experiment {experiment.name!r} ({experiment.id}).",
                "Stop that experiment first, or make another variant.",
            )


def stop(connection: Connection, experiment_id: str, *, reason: str, winner: str | None) -> Experiment:
    """Stop it; a stopped one stays as it is. Raises `Unknown`, and `Conflict` when it has another winner."""
    serialise(connection, _ONE_AT_A_TIME)
    experiment = get(connection, experiment_id)
    if experiment.status == "stopped":
        if winner in (None, experiment.winner):
            return experiment
        raise _stopped(experiment)
    if winner is not None and winner not in [arm.label for arm in experiment.arms]:
        raise Unknown(
            "unknown_lane",
            f"The experiment has no lane {winner[:80]!r}.",
            f"Choose one of: {', '.join(arm.label for arm in experiment.arms)}.",
        )
    connection.execute(
        update(experiments)
        .where(experiments.c.id == experiment_id)
        .values(status="stopped", stopped_at=now(), stop_reason=reason, winner=winner)
    )
    return get(connection, experiment_id)


def stop_forsaken(connection: Connection) -> None:
    """Stop experiments on collections that were deleted: nobody can ask there any more."""
    connection.execute(
        update(experiments)
        .where(experiments.c.status == "running", _forsaken())
        .values(status="stopped", stopped_at=now(), stop_reason="its collection was deleted")
    )


def reweigh(
    connection: Connection,
    experiment_id: str,
    weights: Mapping[str, float],
    *,
    reason: str,
    stopped_arm: str | None = None,
    seen: int | None = None,
) -> Experiment:
    """Begin a new phase with these shares by label (summing to 1).

    `seen` is the phase the decision was made in. Raises `Unknown`, `Conflict` when the experiment is stopped or another
    process has begun the next phase meanwhile.
    """
    serialise(connection, _ONE_AT_A_TIME)
    experiment = get(connection, experiment_id)
    if experiment.status == "stopped":
        raise _stopped(experiment)
    current = experiment.phases[-1]
    fresh = tuple(weights[arm.label] for arm in experiment.arms)
    if seen is not None and seen != current.number:
        raise Conflict("phase_over", f"Phase {seen} is over already.", "Look again.")
    if fresh == current.weights:
        return experiment
    _phase(connection, experiment_id, Phase(current.number + 1, fresh, now(), reason, stopped_arm))
    return get(connection, experiment_id)


def _forsaken() -> ColumnElement[bool]:
    alive = select(collections.c.id).where(collections.c.deleted_at.is_(None))
    return experiments.c.collection_id.is_not(None) & experiments.c.collection_id.not_in(alive)


def _phase(connection: Connection, experiment_id: str, phase: Phase) -> None:
    connection.execute(
        insert(phases).values(
            experiment_id=experiment_id,
            number=phase.number,
            weights=list(phase.weights),
            started_at=phase.started_at,
            reason=phase.reason,
            stopped_arm=phase.stopped_arm,
        )
    )


def _experiments(
    connection: Connection, where: ColumnElement[bool] | None, limit: int | None = None
) -> list[Experiment]:
    chosen = select(experiments).order_by(experiments.c.created_at.desc(), experiments.c.id.desc()).limit(limit)
    rows = connection.execute(chosen if where is None else chosen.where(where)).mappings().all()
    if not rows:
        return []
    history: dict[str, list[Phase]] = defaultdict(list)
    of_these = phases.c.experiment_id.in_([row["id"] for row in rows])
    for row in connection.execute(select(phases).where(of_these).order_by(phases.c.number)).mappings():
        history[row["experiment_id"]].append(
            Phase(row["number"], tuple(row["weights"]), row["started_at"], row["reason"], row["stopped_arm"])
        )
    return [_experiment(row, history[row["id"]]) for row in rows]


def _experiment(row: RowMapping, history: Sequence[Phase]) -> Experiment:
    plain: dict[str, Any] = dict(row)
    return Experiment(
        **{
            **plain,
            "arms": tuple(Arm(**arm) for arm in row["arms"]),
            "guardrails": tuple(Guardrail(**guardrail) for guardrail in row["guardrails"]),
            "staff": frozenset(row["staff"]),
            "phases": tuple(history),
        }
    )


def _where(collection: str | None) -> str:
    return "all collections" if collection is None else f"the collection {collection!r}"


def _stopped(experiment: Experiment) -> Conflict:
    return Conflict(
        "experiment_stopped",
        f"The experiment {experiment.name!r} was stopped at {experiment.stopped_at}.",
        "A stopped experiment stays as it is: start a new one.",
    )
