"""Gates of a pipeline: "rag.correct>=0.8", held against a report. Pure."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.errors import BadRequest
from service.metrics import METRICS

BOUNDS = ("mean", "low", "high")
PERCENTILES = ("p50", "p95")
CLOCKS = ("first_token", "total", "retrieve")
_SPLIT = re.compile(r"\s*(>=|<=|>|<)\s*")
_HOLDS: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_HINT = "Write ARM.METRIC>=NUMBER, ARM.METRIC.low>=NUMBER for the interval's lower end, or ARM.total.p95<=SECONDS."


@dataclass(frozen=True, slots=True)
class Gate:
    """`bound` is one of `BOUNDS`, or of `PERCENTILES` for a clock."""

    text: str
    arm: str
    metric: str
    bound: str
    sign: str
    value: float


@dataclass(frozen=True, slots=True)
class Held:
    """What the report has (None: no score) and whether that is enough."""

    gate: Gate
    found: float | None
    met: bool


def parsed(text: str, arms: Collection[str]) -> Gate:
    """Raises `BadRequest` for what is no gate, or names an arm or metric that the run will not have."""
    pieces = _SPLIT.split(text.strip())
    try:
        place, sign, number = pieces
        value = float(number.removesuffix("%")) / (100 if number.endswith("%") else 1)
    except ValueError:
        raise BadRequest("bad_gate", f"{text!r} is not a gate.", _HINT) from None
    if not math.isfinite(value):
        raise BadRequest("bad_gate", f"{text!r}: {number} is no number to hold anything against.", _HINT)
    left, _, last = place.rpartition(".")
    bound = last if last in (*BOUNDS, *PERCENTILES) else "mean"
    arm, _, metric = (left if bound == last else place).rpartition(".")
    if not arm:
        raise BadRequest("bad_gate", f"{text!r} names no arm or no metric.", _HINT)
    if arm not in arms:
        raise BadRequest("bad_gate", f"{text!r}: there is no arm {arm!r}.", f"The arms are: {', '.join(arms)}.")
    if bound in PERCENTILES and metric not in CLOCKS:
        raise BadRequest("bad_gate", f"{text!r}: {metric} has no percentiles.", f"These have: {', '.join(CLOCKS)}.")
    if bound in BOUNDS and metric not in METRICS:
        raise BadRequest("bad_gate", f"{text!r}: there is no metric {metric!r}.", f"Metrics: {', '.join(METRICS)}.")
    if bound in BOUNDS and not METRICS[metric].unit and abs(value) > 1:
        raise BadRequest("bad_gate", f"{text!r}: {metric} is at most 1.", "Write 0.8, or 80%.")
    return Gate(text.strip(), arm, metric, bound, sign, value)


def held(gates: Sequence[Gate], report: Mapping[str, Any]) -> list[Held]:
    """Each gate against the report object (JSON). Without a score a gate is not met."""
    arms = {arm["variant"]: arm for arm in report["arms"]}
    found = []
    for gate in gates:
        arm = arms[gate.arm]
        if gate.bound in PERCENTILES:
            value = (arm["latency"][gate.metric].get(gate.bound) or {}).get("value")
        else:
            value = (arm["metrics"].get(gate.metric) or {}).get(gate.bound)
        found.append(Held(gate, value, value is not None and _HOLDS[gate.sign](value, gate.value)))
    return found
