"""The report of a run: rows in, report out. Computed off the event loop, and once for the same rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from ingest.catalogue.engine import reading
from ingest.catalogue.transactions import Transactions
from service.errors import BadRequest, Conflict
from service.evaluate import battles, judge, runs
from service.evaluate.report import arms, compare, details, judged, say
from service.evaluate.report.scored import Scored, metric_names, scored
from service.evaluate.report.types import JudgeReport, Report
from service.evaluate.types import Arm, Run
from service.metrics import METRICS
from service.parts import Parts

SLICED = ("correct", "truthfulness", "contains", "hit_5", "declined_wrongly", "total")
"""Metrics shown for a slice; where none of them is asked for, the headline alone."""


async def report(parts: Parts, run_id: str, baseline: str | None = None) -> Report:
    """The report of what is kept by now. Raises `Unknown`, `BadRequest` for a baseline that is no arm of the run, and
    `Conflict` while nothing is answered."""
    run = await Transactions(parts.engine).read(lambda c: runs.get(c, run_id))
    names = [arm.name for arm in run.arms if arm.kind == "variant"]
    if baseline is not None and baseline not in names:
        raise BadRequest("unknown_arm", f"The run has no variant {baseline[:80]!r}.", f"It has: {', '.join(names)}.")
    if run.done == 0:
        raise Conflict("nothing_answered", "Nothing was answered yet, so there is nothing to report.", "Wait a moment.")
    versions = tuple((name, metric.version) for name, metric in METRICS.items())
    key = (run.id, run.status, run.done, json.dumps(run.provenance, sort_keys=True), versions, baseline)

    def compute() -> Report:
        with reading(parts.engine) as connection:
            found = load(connection, run)
            told = verdicts_of(connection, found)
        return replace(made(found, baseline), judge=told)

    return await parts.reports.get(key, compute)


def load(connection: Connection, run: Run) -> Scored:
    """The run's answers, scored."""
    return scored(run, runs.cases_of(connection, run.id), runs.results_of(connection, run.id))


def verdicts_of(connection: Connection, found: Scored) -> JudgeReport | None:
    """What the run's judge said, where one was named."""
    named = found.run.spec.get("judge")
    if not named:
        return None
    return judged.report(found, judge.kept(connection, found.run.id, named), battles.battles(connection))


def made(found: Scored, asked: str | None) -> Report:
    """The whole report from scored rows alone."""
    run = found.run
    baseline = compare.baseline_of(found, asked)
    metrics = metric_names(run)
    headline = _headline(found, metrics)
    compared = compare.comparisons(found, baseline, metrics)
    lifts = compare.lifts(found, metrics)
    sliced = [name for name in metrics if name in SLICED or name == headline]
    pairs = list(dict.fromkeys((one.a, one.b) for one in compared))
    return Report(
        run_id=run.id,
        dataset=run.dataset_name,
        status=run.status,
        partial=run.done < run.total,
        questions=len(found.cases),
        baseline=baseline,
        headline=headline,
        metrics=tuple(metrics),
        verdicts=tuple(say.findings(found, headline, compared, lifts)),
        arms=tuple(arms.arm(found, one, metrics) for one in run.arms if _asked(found, one)),
        comparisons=tuple(compared),
        references=tuple(lifts),
        slices=tuple(details.slices(found, baseline, headline, sliced)),
        diagnosis=details.diagnosis(found),
        flips=tuple(details.flips(found, pairs)),
        pareto=tuple(arms.pareto(found, headline)),
        break_even=arms.break_even(found),
        judge=None,
        warnings=run.warnings,
        provenance=_provenance(run),
    )


def _asked(found: Scored, arm: Arm) -> bool:
    """Whether the arm stands in the report: not the oracle of a run that ended without a passage to give it."""
    return arm.kind != "oracle" or bool(found.rows[arm.name]) or found.run.done < found.run.total


def _headline(found: Scored, metrics: Sequence[str]) -> str:
    """The first metric that any variant has a score for: the table puts the most telling first."""
    names = [arm.name for arm in found.variants()]
    return next((metric for metric in metrics if any(found.means(name, metric) for name in names)), metrics[0])


def _provenance(run: Run) -> dict[str, object]:
    return {
        **run.provenance,
        "run": {
            "id": run.id,
            "again_of": run.again_of,
            "seed": run.seed,
            "repeats": run.repeats,
            "at_once": run.at_once,
            "created_at": run.created_at,
            "started_at": run.started_at,
            "finished_at": run.finished_at,
        },
        "arms": {
            arm.name: {"config": arm.config_hash, "model": arm.model, "parameters": dict(arm.parameters)}
            for arm in run.arms
        },
        "metrics": {name: METRICS[name].version for name in metric_names(run)},
    }
