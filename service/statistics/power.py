"""What a number of questions or votes can show, and how many are needed. Two-sided tests throughout.

Miller (2024), *Adding Error Bars to Evals*, section 5: n = (z_{alpha/2} + z_beta)^2 * variance / delta^2.
"""

from __future__ import annotations

import math
from functools import lru_cache

from service.statistics.tails import normal_quantile

ALPHA = 0.05
POWER = 0.8


@lru_cache(maxsize=256)
def reach(alpha: float = ALPHA, power: float = POWER) -> float:
    """z_{alpha/2} + z_beta: how many standard errors an effect must be away to be found with this power."""
    return normal_quantile(1 - alpha / 2) + normal_quantile(power)


def questions_needed(
    difference: float,
    variance: float,
    *,
    noise: float = 0.0,
    repeats: int = 1,
    alpha: float = ALPHA,
    power: float = POWER,
    exact: bool = False,
) -> int:
    """Questions for a paired difference of this size (0.1: ten points) to be found.

    `variance` is that of one question's difference; for 0/1 scores `binary_variance` of the share of questions that
    differ. `noise` is sigma_A^2 + sigma_B^2 of a repeat, averaged away by `repeats`.

    With `exact` for 0/1 scores and McNemar's exact test: Connor (1987, Biometrics 43), which takes the larger variance
    of no difference for the test, and for its being discrete the correction of Fleiss et al. (2003, Statistical Methods
    for Rates and Proportions, 3.2), n/4 (1 + sqrt(1 + 4/(n delta)))^2.

    Raises ValueError for a difference of 0.
    """
    size = abs(difference)
    if size == 0:
        raise ValueError("no number of questions shows a difference of 0")
    n = reach(alpha, power) ** 2 * (variance + noise / repeats) / size**2
    if exact:
        unequal = normal_quantile(power) * math.sqrt(variance)
        n = (normal_quantile(1 - alpha / 2) * math.sqrt(variance + size**2) + unequal) ** 2 / size**2
        n = n / 4 * (1 + math.sqrt(1 + 4 / (n * size))) ** 2
    return math.ceil(n - 1e-9)


def binary_variance(discordant: float, difference: float) -> float:
    """Of one question's difference in -1, 0, 1, when this share of questions differs."""
    return max(0.0, discordant - difference**2)


def detectable(variance: float, n: int, *, alpha: float = ALPHA, power: float = POWER) -> float:
    """The smallest difference that n questions show with this power (minimum detectable effect); infinite for n = 0."""
    return reach(alpha, power) * math.sqrt(variance / n) if n else math.inf


def votes_needed(share: float, *, alpha: float = ALPHA, power: float = POWER) -> int:
    """Decisive votes, their number fixed beforehand, for a true share of wins to be told from one half.

    ((z_{alpha/2} / 2 + z_beta sqrt(p (1 - p))) / (p - 1/2))^2. Raises ValueError for one half.
    """
    if share == 0.5:
        raise ValueError("no number of votes tells one half from one half")
    above = normal_quantile(1 - alpha / 2) / 2 + normal_quantile(power) * math.sqrt(share * (1 - share))
    return math.ceil((above / (share - 0.5)) ** 2 - 1e-9)
