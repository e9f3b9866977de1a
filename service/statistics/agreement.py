"""Judges against people: how far they agree, and what few human labels make of many of a judge's."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from service.statistics.cluster import Scores
from service.statistics.tails import normal_quantile, student_quantile

Preferred = Literal["a", "b", "tie"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """`share` of labels that are equal, `kappa` beyond chance (None where chance alone agrees always), `n` labels."""

    share: float
    kappa: float | None
    n: int


def agreement(first: Sequence[Hashable], second: Sequence[Hashable]) -> Agreement:
    """Cohen's kappa (1960): (observed - expected) / (1 - expected), labels of the same items by two judges.

    Raises ValueError for lengths that differ and for no labels.
    """
    if len(first) != len(second) or not first:
        raise ValueError("agreement needs the same items, and at least one")
    n = len(first)
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / n
    ours, theirs = Counter(first), Counter(second)
    expected = sum(count * theirs[label] for label, count in ours.items()) / n**2
    return Agreement(observed, (observed - expected) / (1 - expected) if expected < 1 else None, n)


@dataclass(frozen=True, slots=True)
class Powered:
    """A mean over many items with its interval; `gain` is the width of people alone over this one."""

    mean: float
    low: float
    high: float
    gain: float


def prediction_powered(
    judged: Scores,
    judged_too: Scores,
    human: Scores,
    *,
    clusters: Sequence[Hashable] | None = None,
    confidence: float = 0.95,
) -> Powered:
    """Prediction-powered inference (Angelopoulos et al. 2023, Science 382): valid for any judge, narrow for a good one.

    `judged` are the judge's scores of items nobody else labelled, `judged_too[i]` and `human[i]` of the item i that a
    person labelled. mean = mean(judged) + mean(human - judged_too); var = Var(judged)/N + Var(human - judged_too)/n.
    `clusters`: what each item of `judged`, then each of `human`, belongs to. Var is then the sum over clusters of the
    squared sums of what their items add to the mean, times m / (m - 1) for m clusters, with Student's t of m - 1 (the
    delta method with the sandwich of Liang and Zeger 1986); with one item a cluster it is the above within 1/N.
    Raises ValueError for fewer than two of either, and for a single cluster.
    """
    if len(judged) < 2 or len(human) < 2 or len(human) != len(judged_too):
        raise ValueError("two items of each kind at least, and a judge's score for every human one")
    many = np.asarray(judged, dtype=np.float64)
    people = np.asarray(human, dtype=np.float64)
    rectified = people - np.asarray(judged_too, dtype=np.float64)
    mean = float(many.mean() + rectified.mean())
    variance = float(many.var(ddof=1) / len(many) + rectified.var(ddof=1) / len(people))
    wide = normal_quantile((1 + confidence) / 2)
    if clusters is not None and len(set(clusters)) < len(clusters):
        variance, wide = _clustered(many, rectified, clusters, confidence)
    half = wide * math.sqrt(variance)
    alone = float(people.var(ddof=1)) / len(people)
    return Powered(mean, mean - half, mean + half, math.sqrt(alone / variance) if variance > 0 else 1.0)


def _clustered(many: Scores, rectified: Scores, clusters: Sequence[Hashable], confidence: float) -> tuple[float, float]:
    """The variance of the powered mean, and how many of its roots reach to the interval's end."""
    if len(clusters) != len(many) + len(rectified):
        raise ValueError("a cluster for every item")
    sums: dict[Hashable, float] = {}
    for part, belongs in ((many, clusters[: len(many)]), (rectified, clusters[len(many) :])):
        values = np.asarray(part, dtype=np.float64)
        for name, adds in zip(belongs, (values - values.mean()) / len(values), strict=True):
            sums[name] = sums.get(name, 0.0) + float(adds)
    m = len(sums)
    if m < 2:
        raise ValueError("two clusters at least")
    return sum(one * one for one in sums.values()) * m / (m - 1), student_quantile((1 + confidence) / 2, m - 1)


@dataclass(frozen=True, slots=True)
class Swapped:
    """What a pairwise judge said in both orders: a winner each, `inconsistent` share, and its bias to the first place.

    `first_bias` is how much more often than the second the first place won, of all single verdicts (-1..1).
    """

    winners: tuple[Preferred, ...]
    inconsistent: float
    first_bias: float


def both_orders(verdicts: Sequence[tuple[Preferred, Preferred]]) -> Swapped:
    """Each pair is the winner with a shown first, and with b shown first, both named by answer, not by place.

    A win counts when both orders agree, else it is a tie (Zheng et al. 2023, MT-Bench). Raises ValueError for none.
    """
    if not verdicts:
        raise ValueError("no verdicts")
    winners: tuple[Preferred, ...] = tuple(one if one == other else "tie" for one, other in verdicts)
    first = sum((one == "a") + (other == "b") for one, other in verdicts)
    second = sum((one == "b") + (other == "a") for one, other in verdicts)
    n = len(verdicts)
    return Swapped(winners, sum(one != other for one, other in verdicts) / n, (first - second) / (2 * n))
