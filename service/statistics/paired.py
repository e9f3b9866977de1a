"""Two arms on the same questions: their difference, its interval, and whether it can be chance."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from service.statistics.arm import SHARE, Range, checked, unsure, zero_or_one
from service.statistics.cluster import Floats, Grouped, Scores, grouped, robust
from service.statistics.power import ALPHA, POWER, reach
from service.statistics.tails import binomial_tail, student_quantile

DRAWS = 10_000
_ENUMERATED = 14  # clusters whose sign flips are all tried: 2^14 of them
_FEW = 5  # discordant questions below which t would be too sure
Method = Literal["none", "mcnemar", "sign flips", "sign flips, drawn", "anytime"]


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean of a - b over n questions, with its interval, and p of "there is none".

    `detectable` is the smallest true difference this many questions find with power 0.8, `variance` that of one
    question's difference (the clusters' effect in it), `discordant` how many questions the arms scored differently,
    `clusters` how many clusters (n where there are none). `binary`: all scores were 0 or 1. NaN and p = 1 where n < 2.
    Where nothing varies in what has no range, the interval is a point, and what could be found (NaN) is not known.
    """

    difference: float
    low: float
    high: float
    p: float
    n: int
    detectable: float
    method: Method
    discordant: int
    clusters: int
    variance: float
    binary: bool


def paired(
    a: Scores,
    b: Scores,
    clusters: Sequence[Hashable] | None = None,
    *,
    within: Range | None = SHARE,
    confidence: float = 0.95,
    seed: int = 0,
) -> Difference:
    """Compares scores question by question: `a[i]`, `b[i]` and `clusters[i]` belong to one question.

    `within` is the range of a score, None for money, seconds and tokens (`arm.interval`).

    p: McNemar's exact test for 0/1 scores without clusters; else the sign-flip permutation test (Fisher 1935), where
    whole clusters flip, over all flips up to 14 clusters and 10,000 seeded ones above, (1 + as far)/(1 + drawn). So
    fewer than 6 clusters never reach p < 0.05.

    Interval: Student's t on the differences with the bias-reduced clustered error (`cluster.robust`), rather than a
    bootstrap over clusters, which at 30 questions is too narrow (see `arm.interval`). With fewer than 5 discordant 0/1
    questions, or all of them one way, Bonett and Price (2012, J. Educ. Behav. Stat. 37): one question more on either
    side. A difference that is the same everywhere gets what n cannot rule out (`arm.unsure`); without a range, a point.

    Raises ValueError for lengths that differ and for scores that are not finite or out of their range.
    """
    first, second = checked(a, within), checked(b, within)
    if first.shape != second.shape:
        raise ValueError(f"{len(first)} scores against {len(second)}: pairs need as many of each")
    apart = first - second
    n = len(apart)
    binary = within is not None and zero_or_one(first) and zero_or_one(second)
    if n < 2:
        mean = float(apart.mean()) if n else math.nan
        count = int(np.count_nonzero(apart))
        return Difference(mean, math.nan, math.nan, 1.0, n, math.inf, "none", count, n, math.nan, binary)
    groups = grouped(apart, clusters)
    if groups.count in (1, n):  # one cluster says nothing of others: taken as none
        groups = grouped(apart, None)
    discordant = int(np.count_nonzero(apart))
    if binary and groups.count == n:
        p = mcnemar(int(np.sum(apart > 0)), int(np.sum(apart < 0)))
        method: Method = "mcnemar"
    else:
        p, method = _flipped(groups, seed)
    low, high, variance = _bounds(apart, groups, discordant, binary, within, confidence)
    return Difference(
        difference=float(apart.mean()),
        low=low,
        high=high,
        p=p,
        n=n,
        detectable=reach(ALPHA, POWER) * math.sqrt(variance / n),
        method=method,
        discordant=discordant,
        clusters=groups.count,
        variance=variance,
        binary=binary,
    )


def mcnemar(better: int, worse: int) -> float:
    """Exact two-sided p of this many discordant questions each way (McNemar 1947; binomial with one half)."""
    return min(1.0, 2 * binomial_tail(max(better, worse), better + worse))


def _flipped(groups: Grouped, seed: int) -> tuple[float, Method]:
    sums = groups.sums[groups.sums != 0]
    if not len(sums):
        return 1.0, "sign flips"
    far = abs(sums.sum()) - 1e-9 * np.abs(sums).sum()
    if len(sums) <= _ENUMERATED:
        totals = _signs(len(sums)) @ sums
        return int(np.sum(np.abs(totals) >= far)) / len(totals), "sign flips"
    # eight clusters flip with one random byte: a table holds what each of its 256 values makes of their sums
    eights = np.pad(sums, (0, -len(sums) % 8)).reshape(-1, 8)
    totals, rng = np.zeros(DRAWS), np.random.default_rng(seed)
    for eight in eights:
        totals += (_signs(8) @ eight)[rng.integers(256, size=DRAWS, dtype=np.uint8)]
    return (1 + int(np.sum(np.abs(totals) >= far))) / (1 + DRAWS), "sign flips, drawn"


@lru_cache(maxsize=_ENUMERATED + 1)
def _signs(count: int) -> Floats:
    """Every way to flip so many: 2^count x count, of 1 and -1."""
    bits: NDArray[np.int64] = np.arange(2**count)[:, None] >> np.arange(count) & 1
    return np.float64(1) - np.float64(2) * bits.astype(np.float64)


def _bounds(
    apart: Floats, groups: Grouped, discordant: int, binary: bool, within: Range | None, confidence: float
) -> tuple[float, float, float]:
    """Low, high, and the variance of one question's difference that `detectable` goes by."""
    n, m, mean = len(apart), groups.count, float(apart.mean())
    variance, df = robust(groups)
    most = within[1] - within[0] if within else math.inf
    if binary and discordant > 0 and (discordant < _FEW or variance == 0):
        worth = min(n, float(apart.var(ddof=1)) / variance) if variance > 0 and m < n else n
        centre = mean * worth / (worth + 2)
        spread = (discordant / n * worth + 2) / (worth + 2) - centre**2
        half = student_quantile((1 + confidence) / 2, m - 1) * math.sqrt(spread / (worth + 2))
        return max(-most, centre - half), min(most, centre + half), n * spread / (worth + 2)
    if variance == 0 or np.ptp(apart) == 0:  # the same difference everywhere
        if within is None:
            return mean, mean, math.nan
        return *unsure(mean, m, (-most, most), confidence), n * (2 / (m + 2)) / (m + 2) * most**2
    half = student_quantile((1 + confidence) / 2, round(df, 2)) * math.sqrt(variance)
    return max(-most, mean - half), min(most, mean + half), n * variance
