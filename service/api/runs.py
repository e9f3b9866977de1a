"""Evaluation runs: datasets x variants, their progress, their answers and their reports."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import HTMLResponse, StreamingResponse

from ingest.catalogue.transactions import Transactions
from service.api.datasets import case_body
from service.api.deps import PartsDep
from service.api.paging import Cursor, Number
from service.api.run_bodies import (
    AgainstBody,
    AnsweredBody,
    AskedCaseBody,
    AskedCaseList,
    NewRun,
    RescoredBody,
    RunBody,
    RunList,
    ScoreMetricBody,
    ScoreMetricList,
    run_body,
)
from service.api.schemas import errors
from service.evaluate import datasets, review, runs, start
from service.evaluate.report import against, build, table
from service.evaluate.report.html import page as report_page
from service.evaluate.report.types import Report
from service.evaluate.types import Run, Spec, Status
from service.metrics import METRICS

router = APIRouter(prefix="/api/runs", tags=["evaluation"])
metrics_router = APIRouter(prefix="/api/evaluation", tags=["evaluation"])

RunId = Annotated[str, Path(max_length=80)]
Limit = Annotated[int, Query(ge=1, le=200)]
Baseline = Annotated[str | None, Query(max_length=200, description="arm the others are compared with")]
Language = Literal["en", "zh-TW"]


@metrics_router.get("/metrics")
async def metric_listing() -> ScoreMetricList:
    """What answers can be scored by, in the order reports show it."""
    return ScoreMetricList(items=[ScoreMetricBody.model_validate(metric) for metric in METRICS.values()])


@router.get("")
async def listing(
    parts: PartsDep,
    limit: Limit = 50,
    cursor: Cursor = None,
    dataset: Annotated[str | None, Query(max_length=200)] = None,
    status: Status | None = None,
) -> RunList:
    """Newest first."""
    found = await Transactions(parts.engine).read(lambda c: runs.page(c, limit + 1, cursor, dataset, status))
    items = [run_body(run) for run in found[:limit]]
    return RunList(items=items, next=items[-1].id if len(found) > limit else None)


@router.post("", status_code=202, responses=errors(404, 409))
async def create(new: NewRun, parts: PartsDep) -> RunBody:
    """Begin a run. Refused when a few-shot example gives a question of the dataset away."""
    spec = Spec(
        dataset=new.dataset,
        variants=tuple(new.variants),
        collection=new.collection,
        references=tuple(dict.fromkeys(new.references)),
        metrics=tuple(dict.fromkeys(new.metrics)),
        repeats=new.repeats,
        seed=new.seed,
        limit=new.limit,
        judge=new.judge,
        at_once=new.at_once,
    )
    return run_body(await start.start(parts, spec))


@router.get("/{run_id}", responses=errors(404))
async def one(run_id: RunId, parts: PartsDep) -> RunBody:
    return run_body(await _run(parts, run_id))


@router.post("/{run_id}/cancel", responses=errors(404, 409))
async def cancel(run_id: RunId, parts: PartsDep) -> RunBody:
    """Stop it. What was answered is kept, and its report stays."""
    return run_body(await Transactions(parts.engine).write(lambda c: runs.request_cancel(c, run_id)))


@router.post("/{run_id}/again", status_code=202, responses=errors(404))
async def again(run_id: RunId, parts: PartsDep) -> RunBody:
    """The same once more: same arms, questions, order and seed. What differs by now is in `warnings`."""
    return run_body(await start.again(parts, run_id))


@router.post("/{run_id}/resume", status_code=202, responses=errors(404, 409))
async def resume(run_id: RunId, parts: PartsDep) -> RunBody:
    """Let a run that failed or was cancelled go on where it ended. Nothing that was answered is asked again."""
    return run_body(await start.resume(parts, run_id))


@router.post("/{run_id}/rescore", responses=errors(404))
async def rescore(run_id: RunId, parts: PartsDep) -> RescoredBody:
    """Take over corrected references, gold and tags from the dataset. No model is asked."""
    run = await _run(parts, run_id)
    changed = await Transactions(parts.engine).write(
        lambda c: runs.rescore(c, run_id, datasets.accepted(c, run.dataset_id))
    )
    return RescoredBody(changed=changed)


@router.delete("/{run_id}", status_code=204, responses=errors(404, 409))
async def remove(run_id: RunId, parts: PartsDep) -> None:
    """Forget a run that is over, and its answers."""
    await Transactions(parts.engine).write(lambda c: runs.remove(c, run_id))


@router.get("/{run_id}/cases", responses=errors(404))
async def asked(
    run_id: RunId,
    parts: PartsDep,
    limit: Limit = 50,
    cursor: Number = None,
    arm: Annotated[str | None, Query(max_length=200)] = None,
    cell: Annotated[str | None, Query(max_length=40, description="diagnosis: only cases with such an answer")] = None,
    tag: Annotated[str | None, Query(max_length=200)] = None,
) -> AskedCaseList:
    """Every question with what each arm said to it, in the dataset's order."""
    after = int(cursor) if cursor else -1
    found = await review.page(parts, run_id, limit + 1, after, arm=arm, cell=cell, tag=tag)
    items = [
        AskedCaseBody(case=case_body(one.case), answers=[AnsweredBody.model_validate(a) for a in one.answers])
        for one in found[:limit]
    ]
    return AskedCaseList(items=items, next=str(items[-1].case.ordinal) if len(found) > limit else None)


@router.get("/{run_id}/report", responses=errors(404, 409))
async def report(run_id: RunId, parts: PartsDep, baseline: Baseline = None) -> Report:
    """Scores, intervals, comparisons and verdicts, from the answers kept so far."""
    return await build.report(parts, run_id, baseline)


@router.get(
    "/{run_id}/report.html",
    response_class=Response,
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}, **errors(404, 409)},
)
async def report_html(
    run_id: RunId, parts: PartsDep, baseline: Baseline = None, lang: Language = "en", download: bool = False
) -> Response:
    """The report as one file that needs nothing else: to read, print, mail and keep."""
    made = report_page(await build.report(parts, run_id, baseline), lang)
    headers = {"content-security-policy": made.policy, "cache-control": "private, no-store"}
    if download:
        headers["content-disposition"] = f'attachment; filename="report-{run_id}.html"'
    return HTMLResponse(made.html, headers=headers)


@router.get(
    "/{run_id}/report.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}, **errors(404)},
)
async def report_csv(run_id: RunId, parts: PartsDep) -> Response:
    """Every kept answer with its scores, one row each."""
    return StreamingResponse(
        await table.csv(parts, run_id),
        media_type="text/csv; charset=utf-8",
        headers={
            "content-disposition": f'attachment; filename="run-{run_id}.csv"',
            "cache-control": "private, no-store",
        },
    )


@router.get("/{run_id}/against/{other_id}", responses=errors(404, 409))
async def compared(run_id: RunId, other_id: RunId, parts: PartsDep) -> AgainstBody:
    """This run against another one of the same questions over the same documents, arm by arm."""
    found = await against.against(parts, run_id, other_id)
    return AgainstBody.model_validate(found)


async def _run(parts: PartsDep, run_id: str) -> Run:
    return await Transactions(parts.engine).read(lambda c: runs.get(c, run_id))
