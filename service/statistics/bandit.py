"""Sending more visitors to what works, with every arm kept alive and every chance logged (off unless asked for)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

FLOOR = 0.1
DRAWS = 4_000


def propensities(
    outcomes: Mapping[str, tuple[float, float]], *, floor: float = FLOOR, draws: int = DRAWS, seed: int = 0
) -> dict[str, float]:
    """The chance of each arm to be shown next: Thompson sampling (1933) over Beta(1 + successes, 1 + failures).

    `outcomes` are (successes, failures), by parts where an outcome lies between 0 and 1. Each arm gets `floor`, what is
    left is shared by the probability of being best. To be logged with the exposure: `weighted_mean` needs it. Raises
    ValueError when the floors exceed 1.
    """
    if not outcomes or floor * len(outcomes) > 1 + 1e-9:
        raise ValueError(f"a floor of {floor} for {len(outcomes)} arms")
    rng = np.random.default_rng(seed)
    known = np.array(list(outcomes.values()), dtype=np.float64)
    drawn = rng.beta(1 + known[:, 0], 1 + known[:, 1], size=(draws, len(known)))
    best = np.bincount(drawn.argmax(axis=1), minlength=len(known)) / draws
    left = 1 - floor * len(known)
    return {arm: float(floor + left * share) for arm, share in zip(outcomes, best, strict=True)}


@dataclass(frozen=True, slots=True)
class Weighted:
    """An arm's mean outcome with its standard error, from `n` of its own exposures."""

    mean: float
    error: float
    n: int


def weighted_mean(arm: str, log: Sequence[tuple[str, float, float]]) -> Weighted:
    """The mean of an arm as if it had been shown to everybody, from (arm shown, its propensity then, outcome) rows.

    Inverse propensities, normalised by their sum (Hajek 1971); the error is of the linearised ratio. A naive mean of
    what a bandit showed is biased downwards. NaN where the arm was never shown; raises ValueError for a propensity
    outside (0, 1].
    """
    rows = [(propensity, outcome) for shown, propensity, outcome in log if shown == arm]
    if any(not 0 < propensity <= 1 for propensity, _ in rows):
        raise ValueError("a propensity lies above 0 and not above 1")
    if not rows:
        return Weighted(math.nan, math.nan, 0)
    weights = 1 / np.array([propensity for propensity, _ in rows])
    outcomes = np.array([outcome for _, outcome in rows], dtype=np.float64)
    mean = float(weights @ outcomes / weights.sum())
    error = float(np.sqrt(np.sum((weights * (outcomes - mean)) ** 2)) / weights.sum())
    return Weighted(mean, error if len(rows) > 1 else math.nan, len(rows))
