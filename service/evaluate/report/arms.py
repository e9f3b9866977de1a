"""One arm at a time: means with intervals, percentiles of time, what was spent; and who is best for the money."""

from __future__ import annotations

import statistics
from collections.abc import Hashable, Mapping, Sequence

from service.evaluate.report.compare import number
from service.evaluate.report.naming import names
from service.evaluate.report.scored import Row, Scored
from service.evaluate.report.types import (
    BreakEven,
    BreakEvenArm,
    Latency,
    Mean,
    ParetoPoint,
    Percentile,
    ReportArm,
    Spent,
)
from service.evaluate.types import Arm
from service.metrics import METRICS
from service.metrics.expense import per_correct
from service.statistics.arm import Interval, interval
from service.statistics.bootstrap import percentile
from service.statistics.pareto import Point, front
from service.statistics.repeats import stable

PERCENTILES = {"p50": 50, "p95": 95}
CURRENCY = "USD"


def arm(found: Scored, one: Arm, metrics: Sequence[str]) -> ReportArm:
    """Everything about one arm."""
    rows = found.rows[one.name]
    correct: dict[Hashable, list[float]] = {}
    for row in rows:
        score = row.scores["correct"]
        if score is not None:
            correct.setdefault(row.case_id, []).append(score)
    return ReportArm(
        variant=one.name,
        label=names(found.run.arms, "en")[one.name],
        kind=one.kind,
        approach=one.approach,
        model=one.model,
        alias_of=one.alias_of,
        n=len({row.case_id for row in rows}),
        answers=len(rows),
        failed=sum(row.finish == "failed" for row in rows),
        declined=sum(row.finish == "declined" for row in rows),
        metrics=means(found, one.name, metrics),
        latency=Latency(*(_percentiles(rows, clock) for clock in ("first_token", "total", "retrieve"))),
        spent=_spent(rows),
        stability=stable(correct),
    )


def means(found: Scored, name: str, metrics: Sequence[str]) -> dict[str, Mean]:
    """Metric -> mean and interval over questions, clustered by document; metrics without a score are left out."""
    made = {}
    for metric in metrics:
        scores = found.means(name, metric)
        if not scores:
            continue
        clusters = [found.clusters[id] for id in scores]
        made[metric] = mean_of(interval(list(scores.values()), clusters, within=METRICS[metric].within))
    return made


def mean_of(one: Interval) -> Mean:
    """An interval as the report shows it."""
    return Mean(number(one.mean), number(one.low), number(one.high), one.n, one.clusters, one.method)


def pareto(found: Scored, headline: str) -> list[ParetoPoint]:
    """Quality, money and seconds of every variant, and which of them no other beats in all three."""
    points = []
    for one in found.variants():
        scores = found.means(one.name, headline)
        if not scores:
            continue
        rows = [row for row in found.rows[one.name] if row.finish != "failed"]
        costs = [row.cost for row in rows if row.cost is not None]
        seconds = [total for row in rows if (total := row.timings.get("total")) is not None]
        points.append(
            Point(
                one.name,
                statistics.fmean(scores.values()),
                statistics.fmean(costs) if costs else None,
                statistics.median(seconds) if seconds else None,
            )
        )
    best = front(points)
    return [
        ParetoPoint(point.name, round(point.quality, 6), point.cost, point.seconds, point.name in best)
        for point in points
    ]


def break_even(found: Scored) -> BreakEven:
    """What the slider needs: money and tokens an answer, arm by arm, and what training cost where that is known."""
    arms = []
    for one in found.variants():
        rows = [row for row in found.rows[one.name] if row.finish != "failed"]
        if not rows:
            continue
        costs = [row.cost for row in rows if row.cost is not None]
        correct = found.means(one.name, "correct")
        arms.append(
            BreakEvenArm(
                variant=one.name,
                tuned=one.approach in ("fine_tuned", "rag_fine_tuned"),
                cost=statistics.fmean(costs) if costs else None,
                prompt_tokens=statistics.fmean(row.usage.get("prompt_tokens", 0) for row in rows),
                completion_tokens=statistics.fmean(row.usage.get("completion_tokens", 0) for row in rows),
                correct=statistics.fmean(correct.values()) if correct else None,
            )
        )
    return BreakEven(None, CURRENCY, tuple(arms))


def _percentiles(rows: Sequence[Row], clock: str) -> Mapping[str, Percentile]:
    """Of the answers that did not fail: how long something took that ended in an error says nothing."""
    seconds = [
        value
        for row in rows
        if row.finish not in ("failed", "stopped") and (value := row.timings.get(clock)) is not None
    ]
    if not seconds:
        return {}
    made = {}
    for name, q in PERCENTILES.items():
        value, low, high = percentile(seconds, q)
        made[name] = Percentile(number(value), number(low), number(high), len(seconds))
    return made


def _spent(rows: Sequence[Row]) -> Spent:
    priced = [row for row in rows if row.cost is not None]
    costs = [row.cost for row in priced if row.cost is not None]
    correct = [row.scores["correct"] or 0.0 for row in priced]
    return Spent(
        prompt_tokens=sum(row.usage.get("prompt_tokens", 0) for row in rows),
        completion_tokens=sum(row.usage.get("completion_tokens", 0) for row in rows),
        total=sum(costs) if costs else None,
        per_answer=statistics.fmean(costs) if costs else None,
        per_correct=per_correct(costs, correct) if costs else None,
        known=len(priced),
        answers=len(rows),
    )
