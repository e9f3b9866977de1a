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
from service.statistics.verdict import FEWEST, FEWEST_CLUSTERS

BOUNDS = ("mean", "low", "high")
PERCENTILES = ("p50", "p95")
CLOCKS = ("first_token", "total", "retrieve")
_SPLIT = re.compile(r"\s*(>=|<=|>|<)\s*")
_SIGNS = re.compile(r"[<>=!≥≤]+")
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
    """What the report has (None: no score) and whether that is enough. `low` and `high` end the 95 % interval of the
    mean or percentile, which `n` questions (of a percentile: answers) about `clusters` documents gave."""

    gate: Gate
    found: float | None
    met: bool
    low: float | None = None
    high: float | None = None
    n: int = 0
    clusters: int | None = None


def parsed(text: str, arms: Collection[str]) -> Gate:
    """Raises `BadRequest` for what is no gate, or names an arm or metric that the run will not have."""
    for sign in _SIGNS.findall(text):
        if sign not in _HOLDS:
            known = ", ".join(_HOLDS)
            raise BadRequest("bad_gate", f"{text!r}: {sign!r} is no comparison.", f"There are {known}. {_HINT}")
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
    """Each gate against the report object (JSON). Without a score, or without its arm, a gate is not met."""
    arms = {arm["variant"]: arm for arm in report["arms"]}
    found = []
    for gate in gates:
        arm = arms.get(gate.arm, {"metrics": {}, "latency": {}})
        if gate.bound in PERCENTILES:
            seen = arm["latency"].get(gate.metric, {}).get(gate.bound) or {}
            value = seen.get("value")
        else:
            seen = arm["metrics"].get(gate.metric) or {}
            value = seen.get(gate.bound)
        met = value is not None and _HOLDS[gate.sign](value, gate.value)
        found.append(Held(gate, value, met, seen.get("low"), seen.get("high"), seen.get("n", 0), seen.get("clusters")))
    return found


def doubt(one: Held) -> str | None:
    """What is to be said of a gate that is met by a few questions, whose interval reaches to where it is not; None
    where there is nothing to say."""
    gate, sure = one.gate, "low" if one.gate.sign in (">=", ">") else "high"
    few_documents = one.clusters is not None and one.clusters < FEWEST_CLUSTERS
    if not one.met or gate.bound == sure or not (one.n < FEWEST or few_documents):
        return None
    end = one.low if sure == "low" else one.high
    if end is not None and _HOLDS[gate.sign](end, gate.value):
        return None
    counted = "answer" if gate.bound in PERCENTILES else "question"
    which = f"{one.n} {counted}{'' if one.n == 1 else 's'}"
    if one.n >= FEWEST:
        which = f"questions about {one.clusters} document{'' if one.clusters == 1 else 's'}"
    known = one.low is not None and one.high is not None
    reach = f"the 95 % interval is {one.low:.3g} to {one.high:.3g}" if known else "there is no interval"
    more = f"ask {FEWEST} or more about {FEWEST_CLUSTERS} documents or more"
    stricter = f"{gate.arm}.{gate.metric}.{sure}{gate.sign}{_SPLIT.split(gate.text)[2]}"
    if gate.bound in PERCENTILES or gate.value in (METRICS[gate.metric].within or ()):
        advice = more[0].upper() + more[1:]  # no percentile has ends to gate on, and no interval ends beyond its scale
    else:
        advice = f"Gate on its {'lower' if sure == 'low' else 'upper'} end, {stricter}, or {more}"
    return f"{gate.text} is met by only {which}: {reach}. {advice}."
