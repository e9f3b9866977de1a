"""The values of an experiment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

MetricName = Literal[
    "feedback", "feedback_per_exposure", "votes", "declined_rate", "error_rate", "first_token", "total", "cost"
]
METRICS: tuple[MetricName, ...] = get_args(MetricName)
GuardedMetric = Literal[
    "feedback", "feedback_per_exposure", "declined_rate", "error_rate", "first_token", "total", "cost"
]
Routing = Literal["fixed", "thompson"]
Status = Literal["running", "stopped"]

REWARDED: tuple[MetricName, ...] = ("feedback", "declined_rate", "error_rate")
"""Metrics that Thompson routing can learn from: an answer is a success, a failure or neither."""
FLOOR = 0.1
"""The least share of traffic of every lane that is not stopped, under Thompson routing."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A lane. In an A/A test several have the same variant, so lanes are told apart by their labels."""

    label: str
    variant: str


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A lane is stopped once it is surely worse than the control by more than this (shares, seconds, money)."""

    metric: GuardedMetric
    worse_than_control_by: float


DEFAULT_GUARDRAILS = (Guardrail("error_rate", 0.05), Guardrail("total", 10.0))


@dataclass(frozen=True, slots=True)
class Phase:
    """A time with the same weights: shares by arm, in the order of the arms, summing to 1."""

    number: int
    weights: tuple[float, ...]
    started_at: str
    reason: str
    stopped_arm: str | None = None


@dataclass(frozen=True, slots=True)
class Experiment:
    """`arms[0]` is the control. `collection` None means all. `phases` are in order; the last one is in force."""

    id: str
    name: str
    metric: MetricName
    status: Status
    arms: tuple[Arm, ...]
    salt: str
    collection: str | None
    collection_id: str | None
    routing: Routing
    guardrails: tuple[Guardrail, ...]
    staff: frozenset[str]
    aa: bool
    expected_n: int
    created_at: str
    stopped_at: str | None
    stop_reason: str | None
    winner: str | None
    phases: tuple[Phase, ...]

    @property
    def weights(self) -> tuple[float, ...]:
        """Those in force."""
        return self.phases[-1].weights

    @property
    def stopped_arms(self) -> Mapping[str, Phase]:
        """Lanes that a guardrail took out and nobody put back, with the phase that says why."""
        taken = {phase.stopped_arm: phase for phase in self.phases if phase.stopped_arm is not None}
        return {
            arm.label: taken[arm.label]
            for arm, weight in zip(self.arms, self.weights, strict=True)
            if weight == 0 and arm.label in taken
        }
