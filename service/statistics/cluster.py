"""Questions that belong together (of one document or conversation): their sums, and an error that allows for it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Scores = Sequence[float] | Floats
_CORRELATION = 0.1


@dataclass(frozen=True)
class Grouped:
    """Scores summed by cluster. `sums`, `sizes`: one entry a cluster; `codes`: the cluster of every score."""

    sums: Floats
    sizes: Floats
    codes: NDArray[np.intp]

    @property
    def count(self) -> int:
        return len(self.sums)


def grouped(scores: Floats, clusters: Sequence[Hashable] | None) -> Grouped:
    """Every score alone where `clusters` is None.

    Raises ValueError when there is not one cluster for each score.
    """
    if clusters is None:
        return Grouped(scores, np.ones(len(scores)), np.arange(len(scores)))
    if len(clusters) != len(scores):
        raise ValueError(f"{len(scores)} scores but {len(clusters)} clusters")
    numbers: dict[Hashable, int] = {}
    codes = np.array([numbers.setdefault(cluster, len(numbers)) for cluster in clusters], dtype=np.intp)
    sums = np.bincount(codes, weights=scores, minlength=len(numbers)).astype(np.float64)
    return Grouped(sums, np.bincount(codes, minlength=len(numbers)).astype(np.float64), codes)


def robust(groups: Grouped) -> tuple[float, float]:
    """(variance of the mean, degrees of freedom), bias-reduced: CR2 of Bell and McCaffrey (2002), Survey Methodology
    28(2), for the mean.

    With h_c = n_c / n the variance is (1/n^2) sum_c r_c^2 / (1 - h_c), r_c the cluster's sum of residuals; with every
    score its own cluster that is s^2 / n. The degrees of freedom are Satterthwaite's, (tr B)^2 / tr(B B) with B the
    covariance of the terms that are squared under a working correlation of 0.1 inside clusters: clusters - 1 where all
    are of one size, less the more their sizes differ.
    """
    sizes, n = groups.sizes, groups.sizes.sum()
    share = sizes / n
    scale = 1 / np.sqrt(1 - share)
    residuals = (groups.sums - share * groups.sums.sum()) * scale / n
    variance = float(residuals @ residuals)
    if np.all(sizes == sizes[0]):
        return variance, float(len(sizes) - 1)
    # B = W (D - h e' - e h') W with D = diag(d), d = n_c (1 + 0.1 (n_c - 1)), e = d - h sum(d) / 2 and W = diag(scale):
    # trace and sum of squares are sums over clusters; a matrix of clusters x clusters is never made
    spread, weight = sizes * (1 + _CORRELATION * (sizes - 1)), scale**2
    apart = spread - share * spread.sum() / 2
    both = 2 * share * apart
    trace = float(weight @ (spread - both))
    rest = float((weight @ share**2) * (weight @ apart**2) + (weight @ (share * apart)) ** 2)
    squares = float(weight**2 @ (spread * (spread - 2 * both))) + 2 * rest
    return variance, float(max(1.0, trace**2 / squares))
