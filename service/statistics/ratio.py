"""Sample-ratio mismatch: do the exposures fit the weights they should have been drawn with?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.statistics.tails import chi_square_tail

ALARM = 0.001
"""Below this p something is broken (assignment, logging, bots), and the experiment's figures mean nothing."""


@dataclass(frozen=True, slots=True)
class Ratio:
    chi2: float
    p: float
    alarm: bool


def mismatch(exposures: Sequence[int], weights: Sequence[float]) -> Ratio:
    """Pearson's chi-square of exposures against weights, which need not add up to 1 (Fabijan et al. 2019, KDD).

    Raises ValueError when lengths differ or no weight is above 0; exposures of an arm of weight 0 alarm at once.
    """
    if len(exposures) != len(weights):
        raise ValueError(f"{len(exposures)} arms were shown, {len(weights)} have weights")
    whole, shown = sum(weights), sum(exposures)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must not be negative, and one must be above 0")
    if any(count and not weight for count, weight in zip(exposures, weights, strict=True)):
        return Ratio(float("inf"), 0.0, True)
    pairs = [(count, shown * weight / whole) for count, weight in zip(exposures, weights, strict=True) if weight]
    if len(pairs) < 2 or not shown:
        return Ratio(0.0, 1.0, False)
    chi2 = sum((count - expected) ** 2 / expected for count, expected in pairs)
    p = chi_square_tail(chi2, len(pairs) - 1)
    return Ratio(chi2, p, p < ALARM)
