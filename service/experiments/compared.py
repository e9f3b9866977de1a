"""Lanes measured and set against the control, whatever the weights were at the time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from service.experiments.metrics import Metric
from service.experiments.samples import Sample, Visitor
from service.experiments.types import Experiment
from service.statistics import bandit, ratio, sequential, shares
from service.statistics.ratio import Ratio
from service.statistics.sequential import Moments, Sequential
from service.statistics.shares import Share

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


def measured(
    experiment: Experiment, sample: Sample, metric: Metric
) -> tuple[dict[str, Sequential], dict[str, Sequential]]:
    """By lane its mean, and by each lane but the control its mean less the control's.

    Shares under weights that never changed are judged by bets on means in 0..1, which hold from the first visitor on.
    Everything else (seconds, money, means by inverse propensity) is judged by the asymptotic sequence, from 150 on.
    """
    control, *others = (arm.label for arm in experiment.arms)
    if metric.unit == "share" and len({phase.weights for phase in experiment.phases}) == 1:
        each = {lane: share(sample.of(lane), metric) for lane in (control, *others)}
        means = {lane: shares.alone(one) for lane, one in each.items()}
        return means, {lane: shares.difference(each[lane], each[control]) for lane in others}
    log = rows(sample, metric)
    known = {lane: moments(lane, log) for lane in (control, *others)}
    expected = experiment.expected_n
    means = {
        lane: sequential.mean(one.mean, math.sqrt(one.variance), one.n, expected=expected)
        for lane, one in known.items()
    }
    return means, {lane: sequential.difference(known[lane], known[control], expected=expected) for lane in others}


def share(visitors: Iterable[Visitor], metric: Metric) -> Share:
    """Of visitors who have a number: each counts as the share of their own answers."""
    return shares.share(value for visitor in visitors if (value := metric.value(visitor)) is not None)


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
