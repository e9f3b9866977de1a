"""Evidence that may be looked at after every arrival: the false-alarm rate holds however often and whenever one stops.

Votes: the mixture e-value of a fair coin against a uniform prior (Ville's inequality; Howard et al. 2021, Annals of
Statistics 49(2)). Means and differences: the asymptotic confidence sequence of Waudby-Smith et al. (2021),
arXiv:2103.06476, as GrowthBook uses it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

ALPHA = 0.05
EXPECTED = 500
"""N*: the observations at which one hopes to decide, where the sequence is tightest."""
FEWEST = 150
"""Observations below which the asymptotic sequence promises nothing: earlier, a mean of skewed numbers (exponential, or
0/1 with 10 % ones) raises a false alarm more often than 5 times of 100. A difference needs half as many in each arm."""


@dataclass(frozen=True, slots=True)
class Sequential:
    """An estimate with its anytime interval and p. `decided`: the interval excludes no difference.

    `variance` is that of one observation (for two arms: n SE^2). NaN for no data.
    """

    estimate: float
    low: float
    high: float
    p: float
    n: int
    decided: bool
    variance: float = math.nan


def e_value(wins: int, n: int) -> float:
    """2^n B(1 + wins, 1 + n - wins): how much more likely the decisive votes are under some coin than a fair one."""
    return math.exp(min(700.0, n * math.log(2) + _log_beta(wins, n)))


def anytime_p(outcomes: Iterable[bool]) -> float:
    """min(1, 1 / the largest e-value so far) over decisive votes in the order in which they came."""
    wins = n = 0
    most = 1.0
    for outcome in outcomes:
        wins, n = wins + outcome, n + 1
        most = max(most, e_value(wins, n))
    return 1 / most


def firsts(decided: Iterable[tuple[str, bool]]) -> list[bool]:
    """The first outcome of each voter, from (voter, outcome) in the order in which they came.

    One coin a voter, which stays as it fell. A side that followed the voter's later votes would be tossed anew at every
    look: the e-value of such sides passes 20 sooner or later whatever people prefer.
    """
    sides: dict[str, bool] = {}
    for voter, outcome in decided:
        sides.setdefault(voter, outcome)
    return list(sides.values())


def votes(wins: int, n: int, *, alpha: float = ALPHA, best: float = 1.0) -> Sequential:
    """The share of wins among n decisive votes, with all shares t that B(1+w, 1+n-w) / (t^w (1-t)^(n-w)) < 1/alpha.

    `best` is the largest e-value of earlier looks, where it is kept: p never rises again. Raises ValueError unless
    0 <= wins <= n.
    """
    if not 0 <= wins <= n:
        raise ValueError(f"{wins} wins of {n}")
    if n == 0:
        return Sequential(math.nan, 0.0, 1.0, 1.0, 0, False)
    share = wins / n
    bound = _log_beta(wins, n) + math.log(alpha)
    low = _edge(wins, n, bound, 0.0, share) if wins else 0.0
    high = _edge(wins, n, bound, 1.0, share) if wins < n else 1.0
    p = 1 / max(1.0, best, e_value(wins, n))
    return Sequential(share, low, high, p, n, low > 0.5 or high < 0.5, share * (1 - share))


def _log_beta(wins: int, n: int) -> float:
    return math.lgamma(1 + wins) + math.lgamma(1 + n - wins) - math.lgamma(2 + n)


def _edge(wins: int, n: int, bound: float, outside: float, inside: float) -> float:
    """Where the likelihood falls to the bound, between a share that is out and one that is in."""
    for _ in range(60):
        middle = (outside + inside) / 2
        if not 0 < middle < 1:  # as near to 0 or 1 as a float can tell
            break
        lost = n - wins
        likelihood = (wins * math.log(middle) if wins else 0.0) + (lost * math.log1p(-middle) if lost else 0.0)
        outside, inside = (outside, middle) if likelihood > bound else (middle, inside)
    return outside


def rho(alpha: float = ALPHA, expected: int = EXPECTED) -> float:
    """The tuning of the sequence: sqrt((-2 ln alpha + ln(-2 ln alpha + 1)) / N*), Waudby-Smith et al., appendix B.2."""
    return math.sqrt((-2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)) / expected)


def half_width(deviation: float, n: int, *, alpha: float = ALPHA, expected: int = EXPECTED) -> float:
    """Of the sequence after n observations with this standard deviation.

    s sqrt(2 (n r^2 + 1) / (n^2 r^2) ln(sqrt(n r^2 + 1) / alpha)), r = `rho`.
    """
    square = n * rho(alpha, expected) ** 2
    return deviation * math.sqrt(2 * (square + 1) / (n * square) * math.log(math.sqrt(square + 1) / alpha))


def mean(
    estimate: float, deviation: float, n: int, *, null: float = 0.0, alpha: float = ALPHA, expected: int = EXPECTED
) -> Sequential:
    """A mean of n independent observations, or a difference (`difference`), against `null`.

    p = 1/E, E = exp(r^2 S^2 / (2 (n r^2 + 1))) / sqrt(n r^2 + 1), S^2 = n (estimate - null)^2 n / s^2. It is the p of
    this look; the smallest of all looks is valid too. Nothing is decided below 150
    observations, or where they do not vary: how much they might is not known then.
    """
    if n < FEWEST or not math.isfinite(estimate) or deviation == 0:
        return Sequential(estimate, -math.inf, math.inf, 1.0, n, False)
    half = half_width(deviation, n, alpha=alpha, expected=expected)
    square = n * rho(alpha, expected) ** 2
    away = estimate - null
    evidence = square * n * (away / deviation) ** 2 / (2 * (square + 1)) - math.log(square + 1) / 2
    p = math.exp(-max(0.0, evidence))
    return Sequential(estimate, estimate - half, estimate + half, p, n, abs(away) > half, deviation**2)


def needed(size: float, deviation: float, *, alpha: float = ALPHA, expected: int = EXPECTED) -> int:
    """Observations after which the sequence is no wider than a difference of this size on either side.

    Raises ValueError for a size of 0.
    """
    if size <= 0:
        raise ValueError("no number of observations shows a difference of 0")
    low, high = 1, FEWEST
    while half_width(deviation, high, alpha=alpha, expected=expected) > size:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        wide = half_width(deviation, middle, alpha=alpha, expected=expected) > size
        low, high = (middle, high) if wide else (low, middle)
    return max(high, FEWEST)


@dataclass(frozen=True, slots=True)
class Moments:
    """What is known of one arm's metric: how many, their mean and their sample variance."""

    n: int
    mean: float
    variance: float


def difference(a: Moments, b: Moments, *, alpha: float = ALPHA, expected: int = EXPECTED) -> Sequential:
    """a - b of two arms with different visitors: SE^2 = v_a/n_a + v_b/n_b, and as n the observations of both.

    Both arms need 75 observations, and one of them some spread. For shares `shares.difference` holds earlier.
    """
    n = a.n + b.n
    if min(a.n, b.n) < FEWEST // 2 or a.variance + b.variance == 0:
        estimate = a.mean - b.mean if a.n and b.n else math.nan
        return Sequential(estimate, -math.inf, math.inf, 1.0, n, False)
    error = math.sqrt(a.variance / a.n + b.variance / b.n)
    return mean(a.mean - b.mean, error * math.sqrt(n), n, alpha=alpha, expected=expected)
