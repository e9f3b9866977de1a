"""Do live experiments keep what they promise, looked at again and again? Seeded simulations; one JSON line each.

    python -m tests.bench.experiments_hold

Visitors come to two lanes by the toss of a coin and ask 1, 3 or 10 questions. Somebody who asks more than once has a
chance of their own, around the lane's rate. What is asked is what the service asks: `guard.breach` with the guardrails
that hold unless somebody says otherwise, and `compared.measured`, every 20 visitors, 50 times. A smaller run of each is
in tests/service/test_experiments_hold.py.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from service.experiments import compared
from service.experiments.guard import breach
from service.experiments.metrics import VISITORS
from service.experiments.samples import Sample, Visitor
from service.experiments.types import DEFAULT_GUARDRAILS, Arm, Experiment, Phase

CONTROL, OTHER = "plain", "rag"
QUESTIONS = (1, 3, 10)
LOOK_EVERY = 20
LOOKS = 50
RUNS, MANY = 200, 500
ALIKE = 9.0
"""Of the beta law of a visitor's own chance: an intraclass correlation of 1 / (1 + 9) = 0.1."""

Ended = Callable[[Sample], bool]


def tested(*rails: Any) -> Experiment:
    """Two lanes, halves, without a catalogue."""
    return Experiment(
        id="exp_0",
        name="bench",
        metric="feedback",
        status="running",
        arms=(Arm(CONTROL, CONTROL), Arm(OTHER, OTHER)),
        salt="",
        collection=None,
        collection_id=None,
        routing="fixed",
        guardrails=rails or DEFAULT_GUARDRAILS,
        staff=frozenset(),
        aa=False,
        expected_n=LOOK_EVERY * LOOKS,
        created_at="",
        stopped_at=None,
        stop_reason=None,
        winner=None,
        phases=(Phase(1, (0.5, 0.5), "", ""),),
    )


def came(seed: int, questions: int, control: float, other: float) -> list[Visitor]:
    """Visitors in the order they came. `control`, `other`: the shares of answers that fail, and just so are liked.

    An answer takes as long in one lane as in the other, with a long tail.
    """
    rng = np.random.default_rng(seed)
    visitors = []
    for _ in range(LOOK_EVERY * LOOKS):
        lane, rate = (CONTROL, control) if rng.random() < 0.5 else (OTHER, other)
        own = rng.beta(ALIKE * rate, ALIKE * (1 - rate)) if questions > 1 and 0 < rate < 1 else rate
        hits = int(rng.binomial(questions, own))
        seconds = float(rng.lognormal(1.0, 0.8, questions).sum())
        visitors.append(Visitor(lane, 1, 0.5, questions, hits, 0, questions, hits, 0.0, 0, seconds, questions, 0.0, 0))
    return visitors


def ended_after(visitors: Sequence[Visitor], ended: Ended) -> int | None:
    """The visitors of the first look at which it ended; None: at none."""
    for count in range(LOOK_EVERY, len(visitors) + 1, LOOK_EVERY):
        if ended(Sample({}, {}, tuple(visitors[:count]))):
            return count
    return None


def stopped(sample: Sample) -> bool:
    """Whether a guardrail took the lane out."""
    return breach(tested(), sample) is not None


def told_apart(sample: Sample) -> bool:
    """Whether the report calls the lanes different on thumbs up."""
    metric = VISITORS["feedback"]
    values = [value for visitor in sample.visitors if (value := metric.value(visitor)) is not None]
    each = [compared.share(sample.of(lane), metric) for lane in (CONTROL, OTHER)]
    if any(one.n == 0 for one in each):
        return False
    # Against equal means it is the least of all means, so no more than at the mean of all: most looks end here.
    if sum(float(one.evidence(np.array([np.mean(values)]))[0]) for one in each) < math.log(20):
        return False
    return compared.measured(tested(), sample, metric)[1][OTHER].decided


def simulated(questions: int, control: float, other: float, ended: Ended, *, runs: int = RUNS) -> list[int | None]:
    """Of each run the visitors after which it ended."""
    return [ended_after(came(seed, questions, control, other), ended) for seed in range(runs)]


def _counted(what: str, found: Sequence[int | None], **of: Any) -> dict[str, Any]:
    at = [count for count in found if count is not None]
    late = [count if count is not None else math.inf for count in found]
    median = float(np.median(late))
    return {
        "what": what,
        **of,
        "runs": len(found),
        "ended": len(at),
        "median": median if math.isfinite(median) else None,
    }


def lines() -> Iterator[dict[str, Any]]:
    """Everything, in the sizes that the README reports."""
    for questions in QUESTIONS:
        for rate in (0.02, 0.08):
            found = simulated(questions, rate, rate, stopped)
            yield _counted("equal lanes stopped", found, questions=questions, rate=rate)
        for rate in (0.05, 0.2, 0.5, 0.8):
            found = simulated(questions, rate, rate, told_apart, runs=MANY)
            yield _counted("equal lanes called different", found, questions=questions, rate=rate)
        for rate in (1.0, 0.3):
            found = simulated(questions, 0.0, rate, stopped)
            yield _counted("failing lane stopped", found, questions=questions, rate=rate)
        found = simulated(questions, 0.6, 0.8, told_apart)
        yield _counted("80 % thumbs up told from 60 %", found, questions=questions)


def main() -> None:
    began = time.perf_counter()
    for line in lines():
        print(json.dumps({"bench": "experiments_hold"} | line), flush=True)
    print(json.dumps({"bench": "experiments_hold", "what": "all", "seconds": round(time.perf_counter() - began, 1)}))


if __name__ == "__main__":
    main()
