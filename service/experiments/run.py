"""Use cases of experiments: start, change, stop. What is changed here is seen by this process at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Connection

from ingest.catalogue import collections
from ingest.catalogue.engine import reading, writing
from ingest.threads import in_thread
from service.answer.presets import NAMES
from service.errors import BadRequest
from service.experiments import book, check, defaults
from service.experiments.check import Lane
from service.experiments.schema import EVERYWHERE
from service.experiments.types import DEFAULT_GUARDRAILS, Experiment, Guardrail, MetricName, Routing
from service.parts import Parts
from service.types import DEFAULT_VARIANT

T = TypeVar("T")
STOPPED = "stopped by hand"


async def start(
    parts: Parts,
    *,
    name: str,
    lanes: Sequence[Lane],
    metric: MetricName,
    collection: str | None = None,
    routing: Routing = "fixed",
    guardrails: Sequence[Guardrail] | None = None,
    staff: Sequence[str] = (),
    aa: bool = False,
    expected_n: int = 500,
) -> Experiment:
    """Start an experiment; `guardrails` None means the default ones.

    Raises `BadRequest`, `Unknown` (variant, model), `NotFound` (collection), `Conflict` (name, or a split that runs).
    """
    name = check.name(name)
    arms, weights = check.lanes(lanes, aa=aa)
    check.routing(routing, metric, len(arms))
    if collection is not None:
        _must_be_a_name(collection)
    for arm in arms:
        parts.shelf.chat((await parts.book.get(arm.variant)).model)
    new = book.New(
        name=name,
        metric=metric,
        arms=arms,
        weights=weights,
        collection=collection,
        routing=routing,
        guardrails=DEFAULT_GUARDRAILS if guardrails is None else tuple(guardrails),
        staff=frozenset(staff),
        aa=aa,
        expected_n=expected_n,
    )
    return await _write(parts, lambda c: book.create(c, new, NAMES))


async def reweigh(parts: Parts, experiment_id: str, weights: Mapping[str, float]) -> Experiment:
    """New weights by label: a new phase. Raises `BadRequest`, `Unknown`, `Conflict` (stopped, or it routes itself)."""
    experiment = await read(parts, lambda c: book.get(c, experiment_id))
    if experiment.routing == "thompson":
        raise BadRequest(
            "routing_decides", "Thompson routing sets the weights itself.", "Stop it and start one with fixed weights."
        )
    shares = check.by_label(experiment.arms, weights)
    return await _write(parts, lambda c: book.reweigh(c, experiment_id, shares, reason="weights changed by hand"))


async def stop(parts: Parts, experiment_id: str, *, reason: str | None, winner: str | None) -> Experiment:
    """Stop it; with a `winner` (a label) that lane's variant becomes the default where the experiment ran.

    Raises `Unknown` (experiment, lane), `Conflict` (stopped before, with another winner), `BadRequest` (a winner of an
    A/A test).
    """

    def stopping(connection: Connection) -> Experiment:
        before = book.get(connection, experiment_id)
        if winner is not None and before.aa:
            raise BadRequest(
                "aa_has_no_winner",
                "All lanes of an A/A test are the same: none can win.",
                "Stop it without a winner; a default is set with PUT /api/collections/NAME/default-variant.",
            )
        experiment = book.stop(connection, experiment_id, reason=reason or STOPPED, winner=winner)
        if winner is not None and before.status == "running":
            variant = next(arm.variant for arm in experiment.arms if arm.label == winner)
            why = f"won the experiment {experiment.name!r} ({experiment.id})"
            defaults.choose(connection, experiment.collection or EVERYWHERE, variant, why)
        return experiment

    return await _write(parts, stopping)


async def default_variant(parts: Parts, collection: str) -> defaults.Default:
    """Raises `NotFound`."""
    return await read(parts, lambda c: defaults.find(c, collection, DEFAULT_VARIANT))


async def choose_default(parts: Parts, collection: str, variant: str) -> defaults.Default:
    """Raises `NotFound` (collection), `Unknown` (variant, model)."""
    parts.shelf.chat((await parts.book.get(variant)).model)

    def choosing(connection: Connection) -> defaults.Default:
        defaults.choose(connection, collection, variant)
        return defaults.find(connection, collection, DEFAULT_VARIANT)

    return await _write(parts, choosing)


async def forget_default(parts: Parts, collection: str) -> None:
    """Raises `NotFound`."""
    await _write(parts, lambda c: defaults.forget(c, collection))


async def stop_forsaken(parts: Parts) -> None:
    """A collection was deleted: so ends what ran on it."""
    await _write(parts, book.stop_forsaken)


async def read(parts: Parts, work: Callable[[Connection], T]) -> T:
    """A read transaction in a thread."""

    def transaction() -> T:
        with reading(parts.engine) as connection:
            return work(connection)

    return await in_thread(transaction)


async def _write(parts: Parts, work: Callable[[Connection], T]) -> T:
    def transaction() -> T:
        with writing(parts.engine) as connection:
            return work(connection)

    try:
        return await in_thread(transaction)
    finally:
        parts.traffic.forget()


def _must_be_a_name(collection: str) -> None:
    if not collections.NAME.fullmatch(collection):
        raise BadRequest(
            "collection_name", f"{collection[:80]!r} cannot name a collection.", "GET /api/collections lists them."
        )
