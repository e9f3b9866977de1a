"""Live experiments: start, watch, change, stop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse
from pydantic import Field

from service.api.deps import PartsDep
from service.api.experiment_report import ReportOfExperimentBody
from service.api.schemas import Body, Given, errors
from service.experiments import book, export, report, run
from service.experiments.check import Lane
from service.experiments.types import Experiment, GuardedMetric, Guardrail, MetricName, Routing
from service.statistics.sentence import Language

router = APIRouter(prefix="/api/experiments", tags=["experiments"])
Name = Annotated[str, Field(max_length=200)]
Id = Annotated[str, Path(max_length=200)]
PHASES_SHOWN = 100
"""The last of them: Thompson routing makes many."""


class LaneGiven(Given):
    variant: Name
    weight: Annotated[float, Field(description="above 0; only the ratio counts")] = 1.0
    label: Name | None = Field(None, description="what tells lanes apart; unset: the variant's name (A/A: A, B, ...)")


class GuardrailBody(Given):
    """A lane is stopped once it is surely worse than the control (the first lane) by more than this."""

    metric: GuardedMetric
    worse_than_control_by: Annotated[float, Field(ge=0, le=1e6)] = Field(
        description="a share (0.05 is five points), seconds, or money"
    )


class NewExperiment(Given):
    name: Name
    variants: Annotated[list[LaneGiven], Field(max_length=100)] = Field(description="2 to 10 lanes, the control first")
    metric: MetricName
    collection: Name | None = Field(None, description="unset: every collection")
    routing: Routing = "fixed"
    guardrails: Annotated[list[GuardrailBody], Field(max_length=20)] | None = Field(
        None, description="unset: error_rate by 0.05 and total by 10 s; [] for none"
    )
    expected_n: Annotated[int, Field(ge=50, le=10_000_000)] = Field(
        500, description="visitors at which the intervals are to be tightest"
    )
    staff: Annotated[list[Name], Field(max_length=1000)] = Field([], description="visitor ids that do not count")
    aa: bool = Field(False, description="an A/A test: the same variant in every lane, to test the machinery")


class StoppedBody(Body):
    at: str
    reason: str


class LaneBody(Body):
    variant: str
    label: str
    weight: float = Field(description="its share of the traffic now; the shares sum to 1")
    stopped: StoppedBody | None = Field(description="set when a guardrail took it out")


class PhaseBody(Body):
    number: int
    weights: dict[str, float] = Field(description="shares by label")
    started_at: str
    reason: str


class ExperimentBody(Body):
    id: str
    name: str
    status: str = Field(pattern="^(running|stopped)$")
    metric: str
    collection: str | None
    routing: str
    aa: bool
    variants: list[LaneBody]
    guardrails: list[GuardrailBody]
    expected_n: int
    staff: int = Field(description="how many visitor ids do not count; whose they are is not told")
    phases: list[PhaseBody]
    created_at: str
    stopped_at: str | None
    stop_reason: str | None
    winner: str | None = Field(description="the label that won, when somebody said so at the stop")


class ExperimentList(Body):
    items: list[ExperimentBody]
    next: str | None = None


class Weights(Given):
    weights: Annotated[dict[str, float], Field(max_length=100)] = Field(
        description="by label, every lane once; 0 switches a lane off"
    )


class Stop(Given):
    winner: Name | None = Field(None, description="a label: its variant becomes the default where the experiment ran")
    reason: Annotated[str, Field(max_length=500)] | None = None


@router.get("", responses=errors(404))
async def listing(
    parts: PartsDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=63, pattern=r"^exp_[0-9a-f]{24}$")] = None,
) -> ExperimentList:
    """The newest first."""
    found = await run.read(parts, lambda c: book.page(c, limit + 1, cursor))
    items = [_body(experiment) for experiment in found[:limit]]
    return ExperimentList(items=items, next=items[-1].id if len(found) > limit else None)


@router.post("", status_code=201, responses=errors(404, 409))
async def create(new: NewExperiment, parts: PartsDep) -> ExperimentBody:
    """Start splitting the questions that name no variant (or `auto`) between these lanes, sticky per visitor."""
    rails = new.guardrails
    experiment = await run.start(
        parts,
        name=new.name,
        lanes=[Lane(lane.variant, lane.weight, lane.label) for lane in new.variants],
        metric=new.metric,
        collection=new.collection,
        routing=new.routing,
        guardrails=None if rails is None else [Guardrail(rail.metric, rail.worse_than_control_by) for rail in rails],
        staff=new.staff,
        aa=new.aa,
        expected_n=new.expected_n,
    )
    return _body(experiment)


@router.get("/{experiment_id}", responses=errors(404))
async def one(experiment_id: Id, parts: PartsDep) -> ExperimentBody:
    return _body(await run.read(parts, lambda c: book.get(c, experiment_id)))


@router.patch("/{experiment_id}", responses=errors(404, 409))
async def reweigh(experiment_id: Id, given: Weights, parts: PartsDep) -> ExperimentBody:
    """New weights begin a new phase."""
    return _body(await run.reweigh(parts, experiment_id, given.weights))


@router.post("/{experiment_id}/stop", responses=errors(404, 409))
async def stop(experiment_id: Id, parts: PartsDep, given: Stop | None = None) -> ExperimentBody:
    """Stop the split. With a `winner` its variant answers unnamed questions from now on (see `default-variant`)."""
    given = given or Stop()
    return _body(await run.stop(parts, experiment_id, reason=given.reason, winner=given.winner))


@router.get("/{experiment_id}/report", responses=errors(404))
async def reported(experiment_id: Id, parts: PartsDep, language: Language = "en") -> ReportOfExperimentBody:
    """What the experiment says so far. Safe to look at every day: intervals and p hold whenever one looks."""
    made = await run.read(parts, lambda c: report.of(c, experiment_id, language))
    return ReportOfExperimentBody.model_validate(made)


@router.get(
    "/{experiment_id}/export.csv",
    response_model=None,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}, **errors(404)},
)
async def exported(experiment_id: Id, parts: PartsDep) -> StreamingResponse:
    """One line an exposure, in the order they came. `unit` is a pseudonym: the salted hash of the visitor's id."""
    first = await run.read(parts, lambda c: export.csv_of(c, experiment_id))

    async def pages() -> AsyncIterator[str]:
        text, after = first
        yield text
        while after is not None:
            text, after = await run.read(parts, partial(export.csv_of, experiment_id=experiment_id, after=after))
            yield text

    return StreamingResponse(
        pages(), media_type="text/csv", headers={"content-disposition": f'attachment; filename="{experiment_id}.csv"'}
    )


def _body(experiment: Experiment) -> ExperimentBody:
    taken = experiment.stopped_arms
    labels = [arm.label for arm in experiment.arms]
    plain: dict[str, Any] = {
        name: getattr(experiment, name)
        for name in ExperimentBody.model_fields
        if name not in ("variants", "guardrails", "staff", "phases")
    }
    return ExperimentBody(
        **plain,
        variants=[
            LaneBody(
                variant=arm.variant,
                label=arm.label,
                weight=weight,
                stopped=StoppedBody(at=taken[arm.label].started_at, reason=taken[arm.label].reason)
                if arm.label in taken
                else None,
            )
            for arm, weight in zip(experiment.arms, experiment.weights, strict=True)
        ],
        guardrails=[GuardrailBody.model_validate(rail) for rail in experiment.guardrails],
        staff=len(experiment.staff),
        phases=[
            PhaseBody(
                number=phase.number,
                weights=dict(zip(labels, phase.weights, strict=True)),
                started_at=phase.started_at,
                reason=phase.reason,
            )
            for phase in experiment.phases[-PHASES_SHOWN:]
        ],
    )
