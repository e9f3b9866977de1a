"""Lanes measured and set against the control, whatever the weights were at the time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.experiments.metrics import Metric
from service.experiments.samples import Sample, Visitor
from service.experiments.types import Experiment
from service.statistics import bandit, ratio, sequential, shares
from service.statistics.ratio import Ratio
from service.statistics.sequential import Moments, Sequential
from service.statistics.shares import Share

Row = tuple[str, float, float]
"""(lane, its propensity then, the visitor's number)."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Phases one after the other, by number, in which a lane had `odds` times the control's traffic, and both had some.

    Visitors of one stretch can be thrown together. Those of stretches with other odds cannot: a bad day would count
    more for one lane than for the other.
    """

    phases: frozenset[int]
    odds: float


def stretches(experiment: Experiment, lane: str) -> list[Stretch]:
    """In order. What other lanes get does not matter, nor does a time without the lane or without the control."""
    place = [arm.label for arm in experiment.arms].index(lane)
    found: list[Stretch] = []
    together = False
    for phase in experiment.phases:
        control, weight = phase.weights[0], phase.weights[place]
        goes_on, together = together, control > 0 and weight > 0
        if not together:
            continue
        odds = weight / control
        if goes_on and math.isclose(odds, found[-1].odds, rel_tol=1e-9):
            found[-1] = Stretch(found[-1].phases | {phase.number}, found[-1].odds)
        else:
            found.append(Stretch(frozenset({phase.number}), odds))
    return found


def steady(experiment: Experiment, lane: str) -> frozenset[int]:
    """The phases with traffic for both the lane and the control, if its proportion was the same in all; else none."""
    known = stretches(experiment, lane)
    if not all(math.isclose(one.odds, known[0].odds, rel_tol=1e-9) for one in known):
        return frozenset()
    return frozenset[int]().union(*(one.phases for one in known))


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

    Shares of two lanes whose proportion never changed are judged by bets on means in 0..1, which hold from the first
    visitor on; a lane that was stopped is held against the control's visitors of its own time. Everything else
    (seconds, money, means by inverse propensity) is judged by the asymptotic sequence, from 150 on.
    """
    control, *others = (arm.label for arm in experiment.arms)
    log = rows(sample, metric)
    expected = experiment.expected_n
    known = {lane: moments(lane, log) for lane in (control, *others)}
    means = {
        lane: sequential.mean(one.mean, math.sqrt(one.variance), one.n, expected=expected)
        for lane, one in known.items()
    }
    apart = {lane: sequential.difference(known[lane], known[control], expected=expected) for lane in others}
    if metric.unit != "share":
        return means, apart
    for lane in others:
        if phases := steady(experiment, lane):
            one, other = (share(sample.of(arm, phases), metric) for arm in (lane, control))
            means[lane], apart[lane] = shares.alone(one), shares.difference(one, other)
    if exact(experiment, metric):
        means[control] = shares.alone(share(sample.of(control), metric))
    return means, apart


def exact(experiment: Experiment, metric: Metric) -> bool:
    """Whether nothing of it is a mean by inverse propensity or an asymptotic interval."""
    return metric.unit == "share" and all(steady(experiment, arm.label) for arm in experiment.arms[1:])


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
