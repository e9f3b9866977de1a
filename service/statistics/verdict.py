"""What many comparisons at once allow one to say: better, worse, equivalent, or not decided yet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from service.statistics.paired import Difference
from service.statistics.power import ALPHA, questions_needed
from service.statistics.sequential import FEWEST as FEWEST_ANYTIME
from service.statistics.sequential import Sequential, needed

Word = Literal["better", "worse", "equivalent", "undecided"]
Counted = Literal["questions", "visitors", "votes"]

MARGIN = 0.02
"""The difference nobody would act on: two points of a score in 0..1."""

FEWEST = 20
"""Questions below which nothing is decided, whatever p is.

8 of 8 wins give p = 0.008, but eight questions are eight somebody picked: with so few neither the interval nor the
power can be trusted, one mislabelled reference moves the result by 12 points, and questions picked to show a
difference cannot be told from a sample. 20 is where `arm.interval` begins to hold in the simulations."""

FEWEST_CLUSTERS = 6
"""Clusters below which a sign-flip test cannot reach 0.05 (2 of 2^5 is 0.0625)."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Arm `a` against arm `b` on a metric. `margin` in the metric's unit; None: no difference is too small to matter.

    `unit` is "" for scores in 0..1 (told in points), else what is written after a number ("s", "tokens").
    `counted` is what n counts.
    """

    a: str
    b: str
    metric: str
    difference: Difference
    higher_is_better: bool = True
    unit: str = ""
    margin: float | None = MARGIN
    counted: Counted = "questions"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`word` says what `a` is, compared with `b`. `more_needed` questions are wanting; 0 when decided, None when no
    number of questions is known to decide it."""

    pair: Pair
    word: Word
    p_adjusted: float
    more_needed: int | None


def fewest(pair: Pair) -> int:
    """Observations below which this pair's verdict is "undecided"."""
    it = pair.difference
    return FEWEST_ANYTIME if it.method == "anytime" and not math.isfinite(it.low) else FEWEST


def holm(p: Sequence[float]) -> list[float]:
    """Adjusted p-values, in the order given (Holm 1979, Scand. J. Statist. 6)."""
    adjusted = [0.0] * len(p)
    most = 0.0
    for rank, at in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        most = max(most, min(1.0, (len(p) - rank) * p[at]))
        adjusted[at] = most
    return adjusted


def verdicts(family: Sequence[Pair], *, alpha: float = ALPHA) -> list[Verdict]:
    """One verdict a pair, in order. A family is looked at together: every arm against the baseline, on a metric.

    Better or worse needs Holm's p at most alpha and an interval beyond 0; equivalent an interval within the margin.
    """
    adjusted = holm([pair.difference.p for pair in family])
    return [_verdict(pair, p, alpha, len(family)) for pair, p in zip(family, adjusted, strict=True)]


def anytime(it: Sequential, *, null: float = 0.0) -> Difference:
    """A sequential result in the shape of a comparison, for a `Pair` whose verdict may be looked at every day.

    `null` is what no difference is: 0.5 for the share of votes won.
    """
    known = math.isfinite(it.low) and math.isfinite(it.high)
    return Difference(
        difference=it.estimate - null,
        low=it.low - null,
        high=it.high - null,
        p=it.p,
        n=it.n,
        detectable=(it.high - it.low) / 2 if known else math.inf,
        method="anytime",
        discordant=0,
        clusters=it.n,
        variance=it.variance,
        binary=False,
    )


def _verdict(pair: Pair, p: float, alpha: float, tests: int) -> Verdict:
    it = pair.difference
    if it.n >= fewest(pair) and it.clusters >= FEWEST_CLUSTERS:
        if p <= alpha and (it.low > 0 or it.high < 0):
            return Verdict(pair, "better" if (it.difference > 0) == pair.higher_is_better else "worse", p, 0)
        if pair.margin is not None and -pair.margin <= it.low and it.high <= pair.margin:
            return Verdict(pair, "equivalent", p, 0)
    return Verdict(pair, "undecided", p, _more(pair, alpha / tests))


def _by_test(it: Difference, alpha: float) -> int:
    """Questions with which the test that was made would reach alpha if all stayed as it was seen: z grows with the root
    of n. More than the variance promises where the test is exact and has few values to choose from."""
    seen, wanted = (NormalDist().inv_cdf(1 - one / 2) for one in (min(max(it.p, 1e-12), 1.0), alpha))
    return math.ceil(it.n * (wanted / seen) ** 2) if seen > 1e-3 else it.n


def _more(pair: Pair, alpha: float) -> int | None:
    """Questions still needed to show the difference that was seen, or the margin where that is larger. None where
    there are enough of them and only clusters are wanting: more questions about the same decide nothing."""
    it = pair.difference
    missing = fewest(pair) - it.n
    if it.n < 2 or not math.isfinite(it.variance) or not math.isfinite(it.low):
        return missing if missing > 0 else None
    size = max(abs(it.difference), pair.margin or 0.0)
    if size == 0:
        return None
    variance = max(it.variance, 1e-12)
    if it.method == "anytime":
        whole = needed(size, math.sqrt(variance), alpha=alpha)
    else:
        whole = questions_needed(size, variance, alpha=alpha, exact=it.method == "mcnemar")
        if it.clusters >= FEWEST_CLUSTERS:  # a test of fewer reaches no alpha, whatever is asked
            whole = max(whole, _by_test(it, alpha))
    more = max(whole - it.n, missing)
    return None if more < 1 and it.clusters < FEWEST_CLUSTERS else max(more, 1)
