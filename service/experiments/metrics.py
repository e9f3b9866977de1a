"""What an experiment measures: one number a visitor, or None where it does not apply.

| metric | what it is |
|---|---|
| feedback | share of thumbs up among the answers that were rated |
| feedback_per_exposure | share of answers with a thumb up among all that were shown |
| votes | share of wins among blind votes between the two variants (not a number a visitor: see `votes`) |
| declined_rate, error_rate | share of answers that were declined, that failed |
| first_token, total | seconds, of answers that neither failed nor were stopped |
| cost | money an answer |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from service.experiments.samples import Visitor
from service.experiments.types import MetricName

Unit = Literal["share", "seconds", "money"]


@dataclass(frozen=True, slots=True)
class Metric:
    """`margin`: a difference nobody would act on, in the metric's unit; None: every difference matters."""

    name: MetricName
    higher_is_better: bool
    unit: Unit
    margin: float | None
    value: Callable[[Visitor], float | None]


def _ratio(part: float, whole: int) -> float | None:
    return part / whole if whole else None


VISITORS: Mapping[MetricName, Metric] = {
    metric.name: metric
    for metric in (
        Metric("feedback", True, "share", 0.02, lambda v: _ratio(v.up, v.rated)),
        Metric("feedback_per_exposure", True, "share", 0.02, lambda v: _ratio(v.up, v.shown)),
        Metric("declined_rate", False, "share", 0.02, lambda v: _ratio(v.declined, v.shown)),
        Metric("error_rate", False, "share", 0.02, lambda v: _ratio(v.failed, v.shown)),
        Metric("first_token", False, "seconds", 0.1, lambda v: _ratio(v.first_token, v.first_token_n)),
        Metric("total", False, "seconds", 0.25, lambda v: _ratio(v.total, v.total_n)),
        Metric("cost", False, "money", None, lambda v: _ratio(v.cost, v.cost_n)),
    )
}
"""Metrics with a number a visitor, in the order of the report."""
VOTES = Metric("votes", True, "share", 0.02, lambda _: None)
