"""One arm: the mean of its scores and how far it can be trusted.

A score is one question's (repeats averaged first, see `repeats`); a cluster is whatever makes questions alike.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from service.statistics.cluster import Floats, Grouped, Scores, grouped, robust
from service.statistics.tails import normal_quantile, student_quantile

Method = Literal["none", "wilson", "wilson, clustered", "t", "t, clustered", "constant"]
Range = tuple[float, float]
SHARE: Range = (0.0, 1.0)
"""From wrong to right: the range of most scores."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its interval, of n questions in `clusters` clusters (n where there are none).

    Without scores everything is NaN and the method is "none"; with one score the interval is.
    """

    mean: float
    low: float
    high: float
    n: int
    method: Method
    clusters: int = 0


def interval(
    scores: Scores,
    clusters: Sequence[Hashable] | None = None,
    *,
    within: Range | None = SHARE,
    confidence: float = 0.95,
) -> Interval:
    """The mean with an interval that keeps what it promises from 20 or 30 questions on.

    `within`: the least and the most that a score can be, None for what has no most (money, seconds, tokens). It is
    told, not guessed: costs that are all 0 are no shares, and nothing is known of costs that nobody had.

    - 0/1 scores: Wilson (1927). In clusters: Wilson at the effective n, p(1-p)/V with V the clustered variance, and
      Student's t with clusters - 1 degrees of freedom (Korn and Graubard 1998, Survey Methodology 24, Wilson for
      Clopper-Pearson).
    - other scores: Student's t. In clusters: t on the bias-reduced clustered error, see `cluster.robust`.
    - other scores of a range that is no share (truthfulness: -1 to 1): the same, and where not one score lies at an end
      of the range, half the width towards it and what n may have left `unseen` there, as the hypotenuse of both. A
      sample without a single wrong answer says little about how many there are: without it 90 of 100 are covered.
    - no spread at all: the means that n (or as many clusters) equal scores cannot rule out, the unseen ones being at
      an end of the range; without a range a point.

    The usual advice for few clusters is a BCa bootstrap over them (`bootstrap.bca`). It does not hold at that size:
    of 30 questions in about 11 clusters it covers 90 of 100 times, the above 94 to 96: tests/bench/statistics_hold.py.

    One cluster says nothing about others: it is taken as none, and the interval is about that one document's questions.
    Raises ValueError for a score that is not finite or out of its range, and when there is not one cluster for each.
    """
    values = checked(scores, within)
    if not len(values):
        return Interval(math.nan, math.nan, math.nan, 0, "none")
    groups = grouped(values, clusters)
    alone = groups.count in (1, len(values))
    if alone:
        groups = grouped(values, None)
    n, m, mean = len(values), groups.count, float(values.mean())
    constant = bool(np.ptp(values) == 0)
    binary = within == SHARE and zero_or_one(values)
    if binary and alone:
        low, high = wilson(mean, n, normal_quantile((1 + confidence) / 2))
        return Interval(mean, low, high, n, "wilson", m)
    if binary:
        low, high = wilson(mean, _effective(mean, n, groups), student_quantile((1 + confidence) / 2, m - 1))
        return Interval(mean, low, high, n, "wilson, clustered", m)
    if n == 1:
        return Interval(mean, math.nan, math.nan, n, "none", m)
    variance, df = robust(groups)
    if constant or variance == 0:
        return Interval(mean, *unsure(mean, m, within, confidence), n, "constant", m)
    half = student_quantile((1 + confidence) / 2, round(df, 2)) * math.sqrt(variance)
    least, most = within or (0.0 if values.min() >= 0 else -math.inf, math.inf)
    below = above = half
    if within is not None and within != SHARE:
        low, high = unsure(mean, m, within, confidence)
        below = math.hypot(half, mean - low) if values.min() > least else half
        above = math.hypot(half, high - mean) if values.max() < most else half
    return Interval(mean, max(least, mean - below), min(most, mean + above), n, "t" if alone else "t, clustered", m)


def checked(scores: Scores, within: Range | None) -> Floats:
    """The scores as numbers. Raises ValueError for one that is not finite, or by more than rounding out of range."""
    values = np.asarray(scores, dtype=np.float64)
    if not np.all(np.isfinite(values)):
        raise ValueError("a score is not a finite number")
    if within is not None and len(values) and not within[0] - 1e-9 <= values.min() <= values.max() <= within[1] + 1e-9:
        raise ValueError(f"a score is not within {within[0]:g} to {within[1]:g}")
    return values


def zero_or_one(values: Floats) -> bool:
    """Whether there is nothing else among them."""
    return bool(np.all((values == 0) | (values == 1)))


def _effective(mean: float, n: int, groups: Grouped) -> float:
    """How many independent 0/1 scores are worth as much: as many as clusters where all scores agree, and never more
    than half as many again as there are, since in few clusters the variance can be small by chance."""
    variance, _ = robust(groups)
    return min(1.5 * n, mean * (1 - mean) / variance) if variance > 0 and 0 < mean < 1 else groups.count


def standard_error(scores: Scores) -> float:
    """sqrt(sum (s - mean)^2 / (n (n - 1))); NaN for fewer than two."""
    values = np.asarray(scores, dtype=np.float64)
    return float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.nan


def clustered_error(scores: Scores, clusters: Sequence[Hashable]) -> float:
    """(1/n) sqrt(sum over clusters of (sum of residuals)^2): Liang and Zeger (1986); Miller (2024), eq. 4. Without a
    correction for few clusters: `cluster.robust` has it, and `interval` uses that."""
    values = np.asarray(scores, dtype=np.float64)
    groups = grouped(values, clusters)
    residuals = groups.sums - groups.sizes * values.mean()
    return float(math.sqrt(residuals @ residuals) / len(values))


def wilson(share: float, n: float, quantile: float = normal_quantile(0.975)) -> tuple[float, float]:
    """The score interval of a share of n (Wilson 1927). `quantile` is of the normal or the t distribution."""
    square = quantile * quantile
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = quantile / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return (max(0.0, centre - half) if share > 0 else 0.0), (min(1.0, centre + half) if share < 1 else 1.0)


def unseen(n: int, confidence: float = 0.95) -> float:
    """The largest share of different scores that n equal ones leave possible (Clopper-Pearson at 0 of n, two-sided)."""
    return float(1 - ((1 - confidence) / 2) ** (1 / n))


def unsure(mean: float, n: int, within: Range | None, confidence: float = 0.95) -> Range:
    """The means that n equal scores cannot rule out: the share they leave `unseen` might lie at an end of the range.
    Without a range the mean alone."""
    if within is None:
        return mean, mean
    room = unseen(n, confidence)
    return mean - room * (mean - within[0]), mean + room * (within[1] - mean)
