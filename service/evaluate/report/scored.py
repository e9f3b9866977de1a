"""Kept answers, scored: what every part of a report is computed from. No model is asked, nothing is written."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from service.evaluate.cases import case_of
from service.evaluate.types import Arm, Result, Run, StoredCase
from service.metrics import METRICS, Answered, Case, Metric, diagnosis
from service.statistics.repeats import averaged

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Row:
    """One answer without its passages. Seconds and US dollars; `scores` has every metric, None where it does not
    apply. `cell` of the diagnosis table."""

    case_id: str
    arm: str
    repeat: int
    position: int
    finish: str
    text: str
    scores: Mapping[str, float | None]
    cell: str | None
    error: Mapping[str, str] | None
    timings: Mapping[str, float | None]
    usage: Mapping[str, int]
    cost: float | None
    tries: int
    citations: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Scored:
    """A run's cases by id and its rows by arm, an alias' rows being those of the arm it stands for."""

    run: Run
    cases: Mapping[str, Case]
    clusters: Mapping[str, str]
    rows: Mapping[str, Sequence[Row]]
    _means: dict[tuple[str, str], dict[str, float]] = field(default_factory=dict)

    def means(self, arm: str, metric: str) -> dict[str, float]:
        """Case id -> score, repeats averaged, in the cases' order; cases without a score are left out."""
        key = (arm, metric)
        if key not in self._means:
            found = averaged(
                [(row.case_id, score) for row in self.rows[arm] if (score := row.scores[metric]) is not None]
            )
            self._means[key] = {id: found[id] for id in self.cases if id in found}
        return self._means[key]

    def variants(self) -> list[Arm]:
        """The arms that are compared; the others are there for reference."""
        return [arm for arm in self.run.arms if arm.kind == "variant"]

    def arm(self, name: str) -> Arm:
        return next(arm for arm in self.run.arms if arm.name == name)

    def only(self, case_ids: Iterable[str]) -> Scored:
        """The same of these cases alone."""
        kept = set(case_ids)
        return Scored(
            self.run,
            {id: case for id, case in self.cases.items() if id in kept},
            self.clusters,
            {arm: [row for row in rows if row.case_id in kept] for arm, rows in self.rows.items()},
        )


def scored(run: Run, cases: Sequence[StoredCase], results: Iterable[Result]) -> Scored:
    """Score every answer. A metric that fails on one is None there, and said in the log."""
    known = {case.id: case_of(case.id, case.body) for case in cases}
    found: dict[str, list[Row]] = {arm.name: [] for arm in run.arms}
    for result in results:
        if result.arm in found and result.case_id in known:
            found[result.arm].append(_row(known[result.case_id], result))
    for arm in run.arms:
        if arm.alias_of is not None:
            found[arm.name] = [replace(row, arm=arm.name) for row in found[arm.alias_of]]
    for arm in run.arms:
        if arm.kind in _UNSEARCHED:
            found[arm.name] = [_unsearched(row, arm) for row in found[arm.name]]
    right = _closed_book(run, found)
    for name, rows in found.items():
        found[name] = [
            replace(row, cell="distracted") if right.get(row.case_id) and row.cell in _MISSES else row for row in rows
        ]
    return Scored(run, known, {id: cluster(case) for id, case in known.items()}, found)


def cluster(case: Case) -> str:
    """What makes questions alike: the first document they are about; a question about none stands alone."""
    return f"document {case.gold_docs[0]}" if case.gold_docs else f"case {case.id}"


def metric_names(run: Run) -> list[str]:
    """The metrics a report shows: those asked for, else all."""
    asked = run.spec.get("metrics") or ()
    return [name for name in METRICS if not asked or name in asked]


def frozen(case: Case, result: Result) -> dict[str, Any]:
    """What is scored by the text of the passages, to be kept when that is blanked: see `Result.frozen`."""
    row = _row(case, result)
    made_of_them = [name for name, metric in METRICS.items() if metric.family in _OF_PASSAGES]
    return {"scores": {name: row.scores[name] for name in made_of_them}, "cell": row.cell}


_OF_PASSAGES = ("retrieval", "citation")
_UNSEARCHED = ("oracle", "refuse")
"""Arms that search nothing: one is given its passages, the other declines unasked. Neither has measures of a search,
and the second cites nothing, misses nothing, and takes neither time nor tokens nor money: nobody is asked."""
_MISSES = ("generation_miss", "retrieval_miss")


def _row(case: Case, result: Result) -> Row:
    said = result.answer
    answered = Answered.of(said, result.repeat)
    scores = {name: _score(metric, case, answered) for name, metric in METRICS.items()}
    cell = _careful(lambda: diagnosis(case, answered, None), "the diagnosis", case)
    if result.frozen is not None:
        scores |= result.frozen["scores"]
        cell = result.frozen["cell"]
    return Row(
        case_id=result.case_id,
        arm=result.arm,
        repeat=result.repeat,
        position=result.position,
        finish=result.finish,
        text=said["text"],
        scores=scores,
        cell=cell,
        error=said.get("error"),
        timings=said.get("timings") or {},
        usage=said.get("usage") or {},
        cost=said.get("cost"),
        tries=result.tries,
        citations=tuple(said.get("citations") or ()),
    )


def _unsearched(row: Row, arm: Arm) -> Row:
    families = _OF_PASSAGES if arm.kind == "refuse" else ("retrieval",)
    lacking = {name: None for name, metric in METRICS.items() if metric.family in families}
    if arm.kind == "oracle":
        return replace(row, scores={**row.scores, **lacking})
    lacking |= {name: None for name, metric in METRICS.items() if metric.unit}
    return replace(row, scores={**row.scores, **lacking}, cell=None, timings={})


def _score(metric: Metric, case: Case, answered: Answered) -> float | None:
    value = _careful(lambda: metric.score(case, answered), metric.name, case)
    return value if isinstance(value, int | float) and math.isfinite(value) else None


def _careful(work: Callable[[], Any], what: str, case: Case) -> Any:
    try:
        return work()
    except Exception:
        _LOG.exception("%s could not be computed for case %s", what, case.id)
        return None


def _closed_book(run: Run, found: Mapping[str, Sequence[Row]]) -> dict[str, bool]:
    """Case id -> whether the model alone gets it right, by the closed-book arm or else a plain one."""
    arm = next((arm for arm in run.arms if arm.kind == "closed_book"), None)
    arm = arm or next((arm for arm in run.arms if arm.approach == "plain"), None)
    if arm is None:
        return {}
    means = averaged([(row.case_id, score) for row in found[arm.name] if (score := row.scores["correct"]) is not None])
    return {id: mean > 0.5 for id, mean in means.items()}
