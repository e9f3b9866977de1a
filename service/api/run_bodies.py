"""The bodies of evaluation runs, as OpenAPI shows them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from service.api.datasets import CaseBody
from service.api.schemas import Body, CitationBody, ErrorBody, Given
from service.evaluate import runs
from service.evaluate.report.types import Compared
from service.evaluate.types import ENDED, ArmKind, Reference, Run, Status

Name = Annotated[str, Field(min_length=1, max_length=200)]


class NewRun(Given):
    """`variants` and `references` become the arms. `limit` cases are drawn by the seed. `judge` is a catalogue model
    and never a default. `at_once` questions at a time: 1 for the local model, 4 for an endpoint unless given."""

    dataset: Name
    variants: Annotated[list[Name], Field(min_length=1, max_length=12)]
    collection: Annotated[str, Field(max_length=63)] = "default"
    repeats: Annotated[int, Field(ge=1, le=20)] = 1
    metrics: list[Name] = Field(default_factory=list, max_length=60, description="shown in the report; none: all")
    references: list[Reference] = Field(default_factory=list)
    seed: Annotated[int, Field(ge=0, le=2**53)] | None = None
    limit: Annotated[int, Field(ge=1)] | None = None
    judge: Name | None = None
    at_once: Annotated[int, Field(ge=1, le=16)] | None = None


class RunArmBody(Body):
    name: str
    label: str
    kind: ArmKind
    approach: str
    model: str
    parameters: dict[str, Any]
    prompt_hash: str
    config_hash: str
    alias_of: str | None


class RunDatasetBody(Body):
    id: str
    name: str


class RunBody(Body):
    """`waiting` says why it does not go on just now (the model is down, another run has it); null when it does.
    `done` of `total` answers are kept, of which `failed_answers` failed; `seconds_left` is a guess."""

    id: str
    status: Status
    progress: float = Field(ge=0, le=1)
    done: int
    total: int
    failed_answers: int
    seconds_left: float | None
    dataset: RunDatasetBody
    arms: list[RunArmBody]
    collection: str
    repeats: int
    seed: int
    metrics: list[str]
    references: list[Reference]
    limit: int | None
    judge: str | None
    at_once: int
    cancelling: bool
    waiting: ErrorBody | None
    error: ErrorBody | None
    warnings: list[str]
    again_of: str | None
    provenance: dict[str, Any]
    created_at: str
    started_at: str | None
    finished_at: str | None


class RunList(Body):
    items: list[RunBody]
    next: str | None = None


class AnsweredBody(Body):
    """One kept answer. `scores` by metric, null where a metric does not apply; `cell` of the diagnosis table."""

    arm: str
    repeat: int
    position: int
    finish: str
    text: str
    citations: list[CitationBody]
    error: ErrorBody | None
    timings: dict[str, float | None]
    usage: dict[str, int]
    cost: float | None
    tries: int
    scores: dict[str, float | None]
    cell: str | None


class AskedCaseBody(Body):
    case: CaseBody
    answers: list[AnsweredBody]


class AskedCaseList(Body):
    items: list[AskedCaseBody]
    next: str | None = None


class RescoredBody(Body):
    changed: int


class ScoreMetricBody(Body):
    """`higher_is_better`; `unit` "" for scores in 0..1, else what is written after a number."""

    name: str
    label: str
    label_zh: str
    family: str
    meaning: str
    version: int
    higher_is_better: bool
    unit: str
    kind: str


class ScoreMetricList(Body):
    items: list[ScoreMetricBody]
    next: str | None = None


class AgainstBody(Body):
    """Two runs side by side, on the `n` questions they share. Not `comparable` when the documents differ or no question
    is shared: `reasons` say why, and there are no comparisons then. `a` is an arm in this run, `b` the same one in the
    other."""

    comparable: bool
    reasons: list[str]
    n: int
    comparisons: list[Compared]


def run_body(run: Run) -> RunBody:
    told = run.spec
    return RunBody(
        id=run.id,
        status=run.status,
        progress=run.progress,
        done=run.done,
        total=run.total,
        failed_answers=run.failed_answers,
        seconds_left=None if run.status in ENDED else runs.seconds_left(run),
        dataset=RunDatasetBody(id=run.dataset_id, name=run.dataset_name),
        arms=[RunArmBody.model_validate(arm) for arm in run.arms],
        collection=run.collection,
        repeats=run.repeats,
        seed=run.seed,
        metrics=list(told["metrics"]),
        references=list(told["references"]),
        limit=told["limit"],
        judge=told["judge"],
        at_once=run.at_once,
        cancelling=run.cancelling,
        waiting=ErrorBody.model_validate(run.waiting) if run.waiting else None,
        error=ErrorBody.model_validate(run.error) if run.error else None,
        warnings=list(run.warnings),
        again_of=run.again_of,
        provenance=dict(run.provenance),
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
    )
