"""Lanes measured and set against the control, whatever the weights were at the time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from service.experiments.metrics import Metric
from service.experiments.samples import Sample, Visitor
from service.experiments.types import Experiment
from service.statistics import bandit, ratio, sequential
from service.statistics.ratio import Ratio
from service.statistics.sequential import Moments, Sequential
from service.statistics.shares import shares

Row = tuple[str, float, float]
"""(lane, its propensity then, the visitor's number)."""


def rows(sample: Sample, metric: Metric) -> list[Row]:
    """One a visitor who has a number."""
    return [
        (visitor.arm, visitor.propensity, value)
        for visitor in sample.visitors
        if (value := metric.value(visitor)) is not None
    ]


def moments(arm: str, log: Sequence[Row]) -> Moments:
    """Of a lane, by inverse propensity: while the weights never change that is the plain mean and variance."""
    found = bandit.weighted_mean(arm, log)
    if found.n < 2:
        return Moments(found.n, found.mean, 0.0)
    return Moments(found.n, found.mean, found.error**2 * found.n * found.n / (found.n - 1))


def alone(known: Moments, *, expected: int, alpha: float = sequential.ALPHA) -> Sequential:
    """A lane's mean with its anytime interval."""
    return sequential.mean(known.mean, math.sqrt(known.variance), known.n, alpha=alpha, expected=expected)


def against(
    experiment: Experiment, sample: Sample, metric: Metric, known: Mapping[str, Moments], arm: str
) -> Sequential:
    """A lane minus the control. Shares that the asymptotic sequence cannot judge (few visitors, or no spread at all)
    are judged exactly, while the weights never changed."""
    control = experiment.arms[0].label
    found = sequential.difference(known[arm], known[control], expected=experiment.expected_n)
    steady = len({phase.weights for phase in experiment.phases}) == 1
    if math.isfinite(found.low) or metric.unit != "share" or not steady:
        return found
    return shares(*mostly(sample.of(arm), metric), *mostly(sample.of(control), metric))


def split(experiment: Experiment, sample: Sample) -> tuple[Ratio, dict[str, float]]:
    """Visitors against the weights of the phases in which they came; and how many each lane should have."""
    by_phase = {phase.number: phase.weights for phase in experiment.phases}
    wanted = [0.0] * len(experiment.arms)
    for visitor in sample.visitors:
        for place, weight in enumerate(by_phase[visitor.phase]):
            wanted[place] += weight
    came = [len(sample.of(arm.label)) for arm in experiment.arms]
    labels = [arm.label for arm in experiment.arms]
    if not sample.visitors:
        return Ratio(0.0, 1.0, False), dict.fromkeys(labels, 0.0)
    return ratio.mismatch(came, wanted), dict(zip(labels, wanted, strict=True))


def mostly(visitors: Sequence[Visitor], metric: Metric) -> tuple[int, int]:
    """(visitors for whom at least half of the answers were, visitors with a number): a share as yes or no."""
    values = [value for visitor in visitors if (value := metric.value(visitor)) is not None]
    return sum(value >= 0.5 for value in values), len(values)
