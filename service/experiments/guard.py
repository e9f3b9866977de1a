"""Guardrails: is a lane surely worse than the control by more than it may be?"""

from __future__ import annotations

from dataclasses import dataclass

from service.experiments.compared import moments, rows, share, stretches
from service.experiments.metrics import VISITORS, Metric
from service.experiments.samples import Sample
from service.experiments.types import Experiment, Guardrail
from service.statistics import sequential, shares
from service.statistics.sequential import Sequential

ALPHA = 0.05
"""The chance that an experiment whose lanes all keep their limits ever loses one, however often one looks
and however often their proportions change."""


@dataclass(frozen=True, slots=True)
class Breach:
    """The lane to stop, and why."""

    arm: str
    reason: str


def breach(experiment: Experiment, sample: Sample) -> Breach | None:
    """The first lane that breaks a guardrail. The alpha is shared by all lanes and guardrails (Bonferroni)."""
    lanes = [arm.label for arm, weight in zip(experiment.arms[1:], experiment.weights[1:], strict=True) if weight > 0]
    tests = len(experiment.guardrails) * (len(experiment.arms) - 1)
    for rail in experiment.guardrails:
        metric = VISITORS[rail.metric]
        for lane in lanes:
            found = _worse_by(experiment, sample, rail, lane, ALPHA / tests)
            if found is not None and found.low > rail.worse_than_control_by:
                return Breach(lane, _reason(experiment, rail, metric, lane, found))
    return None


def _worse_by(experiment: Experiment, sample: Sample, rail: Guardrail, lane: str, alpha: float) -> Sequential | None:
    """How much worse the lane is: above 0 is worse, for metrics of either direction. None: not by more than it may.

    Shares are compared by bets on the visitors' means, which speak from the first visitor on: a lane that always fails
    has no spread for the asymptotic sequence and must be stopped early.
    """
    metric = VISITORS[rail.metric]
    control = experiment.arms[0].label
    first, second = (control, lane) if metric.higher_is_better else (lane, control)
    if metric.unit == "share":
        phases, alpha = _comparable(experiment, lane, alpha)
        a, b = (share(sample.of(arm, phases), metric) for arm in (first, second))
        if shares.beyond(a, b, rail.worse_than_control_by) > alpha:
            return None
        return shares.difference(a, b, alpha=alpha)
    log = rows(sample, metric)
    return sequential.difference(moments(first, log), moments(second, log), alpha=alpha, expected=experiment.expected_n)


def _comparable(experiment: Experiment, lane: str, alpha: float) -> tuple[frozenset[int], float]:
    """The phases whose visitors are compared, and the alpha of that: those since the two lanes' proportion changed
    last. As each change begins another test, the k-th has alpha/(k (k + 1)), which sum to alpha.

    Under Thompson routing proportions move all the time; there the lanes are taken to be steady.
    """
    if experiment.routing == "thompson":
        return frozenset(phase.number for phase in experiment.phases), alpha
    known = stretches(experiment, lane)
    return (known[-1].phases if known else frozenset()), alpha / max(1, len(known) * (len(known) + 1))


def _reason(experiment: Experiment, rail: Guardrail, metric: Metric, lane: str, found: Sequential) -> str:
    by, least, most = (_told(value, metric) for value in (found.estimate, found.low, rail.worse_than_control_by))
    return (
        f"guardrail {rail.metric}: {lane} is worse than {experiment.arms[0].label} by {by}, "
        f"surely by more than {least} (n = {found.n}); the limit is {most}"
    )


def _told(value: float, metric: Metric) -> str:
    if metric.unit == "share":
        return f"{100 * value:.1f} points"
    return f"{value:.2f} s" if metric.unit == "seconds" else f"{value:.4g}"
