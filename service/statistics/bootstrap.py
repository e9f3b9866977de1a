"""Intervals by drawing again: BCa of a mean over whole clusters, and percentiles (of latencies)."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import numpy as np

from service.statistics.cluster import Scores, grouped
from service.statistics.tails import normal_cdf, normal_quantile

DRAWS = 2_000
_CELLS = 4_000_000  # numbers drawn at once


def bca(
    scores: Scores,
    clusters: Sequence[Hashable] | None = None,
    *,
    confidence: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> tuple[float, float]:
    """The bias-corrected and accelerated interval of the mean (Efron 1987, JASA 82), drawing whole clusters.

    The acceleration is the jackknife's over clusters. Needs two clusters at least: raises ValueError otherwise.
    """
    values = np.asarray(scores, dtype=np.float64)
    groups = grouped(values, clusters)
    if groups.count < 2:
        raise ValueError("one cluster cannot be resampled")
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(groups.count, np.full(groups.count, 1 / groups.count), size=draws)
    means = np.sort((counts @ groups.sums) / (counts @ groups.sizes))
    mean = values.mean()
    below = (np.sum(means < mean) + np.sum(means == mean) / 2) / draws
    bias = normal_quantile(min(max(float(below), 1 / draws), 1 - 1 / draws))
    left_out = (groups.sums.sum() - groups.sums) / (groups.sizes.sum() - groups.sizes)
    apart = left_out.mean() - left_out
    spread = float(np.sum(apart**2)) ** 1.5
    acceleration = float(np.sum(apart**3)) / (6 * spread) if spread > 0 else 0.0
    ends = []
    for p in ((1 - confidence) / 2, (1 + confidence) / 2):
        shifted = bias + normal_quantile(p)
        ends.append(float(np.quantile(means, normal_cdf(bias + shifted / (1 - acceleration * shifted)))))
    return ends[0], ends[1]


def percentile(
    values: Scores, q: float, *, confidence: float = 0.95, draws: int = DRAWS, seed: int = 0
) -> tuple[float, float, float]:
    """(the q-th percentile, low, high), 0 < q < 100, by the percentile bootstrap; NaN for no values.

    For p95 of fewer than about 60 values the upper end is the largest seen: more is not known.
    """
    known = np.asarray(values, dtype=np.float64)
    if not len(known):
        return math.nan, math.nan, math.nan
    rng = np.random.default_rng(seed)
    step = max(1, _CELLS // len(known))
    found = np.concatenate(
        [
            np.percentile(known[rng.integers(len(known), size=(min(step, draws - at), len(known)))], q, axis=1)
            for at in range(0, draws, step)
        ]
    )
    low, high = np.quantile(found, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(np.percentile(known, q)), float(low), float(high)
