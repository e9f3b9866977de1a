"""What evaluation runs of this installation say of a model: for each run and variant, the figures of its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.catalogue.transactions import Transactions
from service.errors import ServiceError
from service.evaluate import runs
from service.evaluate.report import build
from service.evaluate.report.types import Mean, Percentile, ReportArm
from service.evaluate.types import Run
from service.parts import Parts

if TYPE_CHECKING:
    from sqlalchemy import Connection

MOST_RUNS = 3
LOOKED_AT = 50
"""Newest finished runs that are looked through for the model."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A variant that asked the model, in one run. Seconds; US dollars an answer. A figure without an answer to it is
    None; every mean carries its n and its 95 % interval."""

    run_id: str
    dataset: str
    finished_at: str
    variant: str
    label: str
    approach: str
    questions: int
    answers: int
    declined: int
    failed: int
    metrics: Mapping[str, Mean]
    first_token: Percentile | None
    total: Percentile | None
    cost: float | None


async def of_model(parts: Parts, name: str, default: str) -> list[Measured]:
    """Out of the newest `MOST_RUNS` finished runs in which a variant asked that model. `default` is the name that arms
    without a model mean. A run whose report cannot be made any more is left out."""

    def mine(run: Run) -> bool:
        return any((arm.model or default) == name and arm.kind == "variant" for arm in run.arms)

    def look(connection: Connection) -> Sequence[Run]:
        return [run for run in runs.page(connection, LOOKED_AT, status="finished") if mine(run)][:MOST_RUNS]

    found: list[Measured] = []
    for run in await Transactions(parts.engine).read(look):
        try:
            report = await build.report(parts, run.id)
        except ServiceError:
            continue
        found += [
            _measured(run, arm)
            for arm in report.arms
            if arm.kind == "variant" and (arm.model or default) == name and arm.alias_of is None
        ]
    return found


def _measured(run: Run, arm: ReportArm) -> Measured:
    return Measured(
        run_id=run.id,
        dataset=run.dataset_name,
        finished_at=run.finished_at or run.created_at,
        variant=arm.variant,
        label=arm.label,
        approach=arm.approach,
        questions=arm.n,
        answers=arm.answers,
        declined=arm.declined,
        failed=arm.failed,
        metrics=arm.metrics,
        first_token=arm.latency.first_token.get("p50"),
        total=arm.latency.total.get("p50"),
        cost=arm.spent.per_answer,
    )
