"""What an experiment may be: refusals that need nothing but what was asked."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from service.errors import BadRequest
from service.experiments.types import FLOOR, REWARDED, Arm, MetricName, Routing

FEWEST, MOST = 2, 10
"""Lanes of an experiment."""
HEAVIEST = 1_000_000.0
_LABEL = re.compile(r"[^\W_][\w .()=+-]{0,62}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane as somebody asked for it; weights are relative."""

    variant: str
    weight: float
    label: str | None = None


def name(given: str) -> str:
    """The name, trimmed. Raises `BadRequest`."""
    trimmed = given.strip()
    if not trimmed or len(trimmed) > 120 or _CONTROL.search(trimmed):
        raise BadRequest("bad_experiment_name", "A name has 1 to 120 visible characters.", "For example: autumn test.")
    return trimmed


def lanes(given: Sequence[Lane], *, aa: bool) -> tuple[tuple[Arm, ...], tuple[float, ...]]:
    """The arms and their shares, which sum to 1. Raises `BadRequest`."""
    if not FEWEST <= len(given) <= MOST:
        raise BadRequest(
            "number_of_lanes",
            f"An experiment has {FEWEST} to {MOST} lanes, not {len(given)}.",
            "Name each variant once, the control first.",
        )
    names = {lane.variant for lane in given}
    if aa and len(names) > 1:
        raise BadRequest("aa_differs", "An A/A test has the same variant in every lane.", "Leave `aa` out to compare.")
    if not aa and len(names) < len(given):
        raise BadRequest(
            "same_variant_twice", "A variant is named twice.", "Give each lane its own; an A/A test says `aa: true`."
        )
    arms = tuple(Arm(_label(lane, number, aa), lane.variant) for number, lane in enumerate(given))
    if len({arm.label for arm in arms}) < len(arms):
        raise BadRequest("same_label_twice", "Two lanes have the same label.", "Give each lane its own label.")
    return arms, shares([lane.weight for lane in given])


def shares(weights: Sequence[float], *, zero: bool = False) -> tuple[float, ...]:
    """Weights as shares that sum to 1. `zero`: lanes may be off, but two stay. Raises `BadRequest`."""
    for weight in weights:
        if not math.isfinite(weight) or not (weight >= 0 if zero else weight > 0) or weight > HEAVIEST:
            raise BadRequest(
                "bad_weight",
                f"{weight:g} is no weight.",
                f"Weights are {'from' if zero else 'above'} 0 up to {HEAVIEST:,.0f}; their ratio counts.",
            )
    if sum(weight > 0 for weight in weights) < FEWEST:
        raise BadRequest("bad_weight", "Two lanes at least must have traffic.", "Stop the experiment to end it.")
    whole = math.fsum(weights)
    found = tuple(weight / whole for weight in weights)
    if any(weight and share < 0.001 for weight, share in zip(weights, found, strict=True)):
        raise BadRequest("bad_weight", "A lane would get less than 0.1 % of the traffic.", "Give it more weight.")
    return found


def by_label(arms: Iterable[Arm], weights: Mapping[str, float]) -> dict[str, float]:
    """Shares for exactly these arms, some may be 0. Raises `BadRequest`."""
    labels = [arm.label for arm in arms]
    if set(weights) != set(labels):
        raise BadRequest("bad_weight", "The weights do not name each lane once.", f"The lanes: {', '.join(labels)}.")
    return dict(zip(labels, shares([weights[label] for label in labels], zero=True), strict=True))


def routing(given: Routing, metric: MetricName, lanes: int) -> None:
    """Raises `BadRequest` where Thompson routing has nothing to learn from or no room to."""
    if given == "fixed":
        return
    if metric not in REWARDED:
        raise BadRequest(
            "routing_metric",
            f"Thompson routing cannot learn from {metric!r}: an answer must be a success or not.",
            f"Choose one of: {', '.join(REWARDED)}.",
        )
    if lanes * FLOOR >= 1:
        raise BadRequest(
            "number_of_lanes", f"With {FLOOR:.0%} for each, {lanes} lanes leave nothing to route.", "Name fewer."
        )


def _label(lane: Lane, number: int, aa: bool) -> str:
    label = (lane.label or ("ABCDEFGHIJ"[number] if aa else lane.variant)).strip()
    if not _LABEL.fullmatch(label):
        raise BadRequest(
            "bad_label", f"{label[:80]!r} cannot label a lane.", "Begin with a letter or digit; up to 63 characters."
        )
    return label
