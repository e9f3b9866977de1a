"""Shares of visitors (declined, failed, liked) as means in 0..1, looked at from the first visitor on.

A visitor is one number: the share of their own answers. Bets against a mean m of such numbers (Waudby-Smith and Ramdas
2024, "Estimating means of bounded random variables by betting", JRSS B 86(1)): of independent x in 0..1 with mean m,

    E(m) = integral of prod_i (x_i t/m + (1 - x_i) (1 - t)/(1 - m)) over a prior of t

grows beyond 1/alpha at any time with a chance of at most alpha (Ville), whatever the spread and however few they are.
Where every x is 0 or 1 it is the likelihood of a share t over that of m. The prior is arcsine (Krichevsky and Trofimov
1981), on `NODES` points: any prior holds, so nothing is lost to numerics but a little width.

Ville's inequality is about numbers that stay. That of a visitor who asks on moves a little, ever less; with a look
after every answer that raised no more false alarms in simulation (`peeked_shares` of tests/bench/statistics_hold.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.statistics.sequential import ALPHA, Sequential, half_width

Floats = NDArray[np.float64]

NODES = 256
LEVELS = 120
"""Values are kept as counts of 0/120 to 120/120, which hit the shares of up to six answers exactly. One between two
levels is shared by them so that the mean stays; as ln is concave that only lowers E, so the promise holds."""
CELLS = 200
"""Of a range of means in which E is known; an end is rounded outwards to a cell."""
_T = np.sin((np.arange(NODES) + 0.5) * math.pi / (2 * NODES)) ** 2
_EDGE = 1e-12


@dataclass(frozen=True)
class Share:
    """`counts` of visitors by level, `n` in all, their `mean` and sample variance.

    `settled`: by node of the prior, what those at 0 and at 1 say whatever m is.
    """

    counts: Floats
    settled: Floats
    n: int
    mean: float
    variance: float

    def evidence(self, means: Floats) -> Floats:
        """ln E of each of these means; convex between 0 and 1."""
        m = np.clip(means, _EDGE, 1 - _EDGE)
        between = np.flatnonzero(self.counts[1:-1]) + 1
        grown = np.tile(self.settled, (len(m), 1)) if len(between) else self.settled[None, :]
        levels, counts = (between / LEVELS)[:, None], self.counts[between]
        for row, one in zip(grown, m, strict=False) if len(between) else ():
            row += counts @ np.log(levels * (_T / one) + (1 - levels) * ((1 - _T) / (1 - one)))
        most = grown.max(axis=1)
        of_nodes = most + np.log(np.exp(grown - most[:, None]).mean(axis=1))
        found: Floats = of_nodes - self.counts[-1] * np.log(m) - self.counts[0] * np.log1p(-m)
        return found


def share(values: Iterable[float]) -> Share:
    """Of one number a visitor. Raises ValueError for one outside 0..1."""
    given = np.fromiter(values, dtype=np.float64)
    if given.size and not (given.min() >= 0 and given.max() <= 1):
        raise ValueError("a share lies in 0..1")
    scaled = given * LEVELS
    near = np.rint(scaled)
    scaled = np.where(np.abs(scaled - near) < 1e-9, near, scaled)
    below = np.minimum(np.floor(scaled), LEVELS - 1).astype(np.intp)
    upper = scaled - below
    counts: Floats = np.bincount(below, 1 - upper, LEVELS + 1).astype(np.float64)
    counts += np.bincount(below + 1, upper, LEVELS + 1)
    settled = counts[0] * np.log1p(-_T) + counts[-1] * np.log(_T)
    mean = float(given.mean()) if given.size else math.nan
    return Share(counts, settled, given.size, mean, float(given.var(ddof=1)) if given.size > 1 else 0.0)


def alone(known: Share, *, alpha: float = ALPHA) -> Sequential:
    """The mean with its anytime interval; nothing is decided, and p is 1, as there is nothing it should not be."""
    if not known.n:
        return Sequential(math.nan, 0.0, 1.0, 1.0, 0, False)
    low, high = _range(known, -math.log(alpha))
    return Sequential(known.mean, low, high, 1.0, known.n, False, known.variance)


def difference(a: Share, b: Share, *, alpha: float = ALPHA) -> Sequential:
    """a - b of different visitors, with an anytime interval that holds for any number of them, a handful included.

    What is bet against a and against b multiplies: the interval is of all differences of two means with
    E_a(m_a) E_b(m_b) < 1/alpha, and p is 1 over the least such product among equal means. `variance` is what the
    asymptotic sequence would need to be as wide, so that `sequential.needed` goes on from the width there is.
    """
    n = a.n + b.n
    if not a.n or not b.n:
        return Sequential(math.nan, -1.0, 1.0, 1.0, n, False)
    level = -math.log(alpha)
    a_means, a_evidence = _known(a, level - _least(b))
    b_means, b_evidence = _known(b, level - _least(a))
    low = -_furthest(b_means, b_evidence, a_means, a_evidence, level)
    high = _furthest(a_means, a_evidence, b_means, b_evidence, level)
    p = math.exp(-max(0.0, _least_apart(a, b, 0.0)))
    wide = (high - low) / 2 / half_width(1.0, n, alpha=alpha)
    return Sequential(a.mean - b.mean, low, high, p, n, low > 0 or high < 0, wide**2)


def beyond(a: Share, b: Share, limit: float) -> float:
    """The anytime p of "a - b is no more than the limit" (which lies in 0..1): a quick look, without the interval."""
    if not a.n or not b.n or not a.mean - b.mean > limit:
        return 1.0
    return math.exp(-max(0.0, _least_apart(a, b, limit)))


def _least(known: Share) -> float:
    """ln E of the mean that was seen: the smallest, or next to it, with a little room."""
    return float(known.evidence(np.array([known.mean]))[0]) - 0.01


def _range(known: Share, level: float) -> tuple[float, float]:
    """The means whose ln E is below the level, which that of the mean that was seen is."""
    return _end(known, level, 0.0), _end(known, level, 1.0)


def _end(known: Share, level: float, outside: float) -> float:
    if known.evidence(np.array([outside]))[0] < level:
        return outside
    inside = known.mean
    for _ in range(24):
        middle = (outside + inside) / 2
        outside, inside = (outside, middle) if known.evidence(np.array([middle]))[0] < level else (middle, inside)
    return outside


def _known(known: Share, level: float) -> tuple[Floats, Floats]:
    means = np.linspace(*_range(known, level), CELLS + 1)
    return means, known.evidence(means)


def _furthest(upper: Floats, upper_evidence: Floats, lower: Floats, lower_evidence: Floats, level: float) -> float:
    """The largest m_upper - m_lower with a summed ln E below the level, rounded outwards to the grids' next points."""
    most = -math.inf
    bottom = int(lower_evidence.argmin())
    falling = lower_evidence[: bottom + 1]  # of a convex function: the first place below a bound is where it enters
    for at, spent in enumerate(upper_evidence):
        enters = int(np.searchsorted(-falling, -(level - spent), side="right"))
        if enters <= bottom:
            most = max(most, float(upper[min(at + 1, CELLS)] - lower[max(enters - 1, 0)]))
    return most


def _least_apart(a: Share, b: Share, apart: float) -> float:
    """The least summed ln E of two means so far apart, by golden section."""

    def summed(lower: float) -> float:
        return float(a.evidence(np.array([lower + apart]))[0] + b.evidence(np.array([lower]))[0])

    golden = (math.sqrt(5) - 1) / 2
    low, high = 0.0, 1.0 - apart
    left, right = high - golden * (high - low), low + golden * (high - low)
    at_left, at_right = summed(left), summed(right)
    for _ in range(45):
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - golden * (high - low)
            at_left = summed(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + golden * (high - low)
            at_right = summed(right)
    return min(at_left, at_right)
