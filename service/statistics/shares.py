"""Two shares (declined, failed, liked) of different visitors, looked at from the first visitor on."""

from __future__ import annotations

import math

from service.statistics.sequential import ALPHA, Sequential, votes

_SMALLEST = -80.0  # ln of the smallest p that is told apart


def shares(
    a_successes: int, a_n: int, b_successes: int, b_n: int, *, margin: float = 0.0, alpha: float = ALPHA
) -> Sequential:
    """a - b with an anytime interval that holds for any number of visitors, a handful included.

    Each share gets the mixture interval of `sequential.votes` at alpha/2, and the difference lies between their ends
    (union bound): wider than `sequential.difference` where that may be used, but exact, also where one arm never or
    always succeeds. `decided`, and p, are about `|a - b| > margin`; p is the smallest alpha at which it is decided.
    Raises ValueError for more successes than visitors.
    """
    counts = ((a_successes, a_n), (b_successes, b_n))
    low, high = _between(counts, alpha)
    estimate = a_successes / a_n - b_successes / b_n if a_n and b_n else math.nan
    decided = low > margin or high < -margin
    n = a_n + b_n
    spread = sum(wins / count * (1 - wins / count) / count for wins, count in counts) * n if a_n and b_n else math.nan
    return Sequential(estimate, low, high, _p(counts, margin), n, decided, spread)


def _between(counts: tuple[tuple[int, int], tuple[int, int]], alpha: float) -> tuple[float, float]:
    a, b = (votes(wins, n, alpha=alpha / 2) for wins, n in counts)
    return a.low - b.high, a.high - b.low


def _p(counts: tuple[tuple[int, int], tuple[int, int]], margin: float) -> float:
    """By bisection on ln alpha: the smaller alpha, the wider the interval."""

    def decides(log_alpha: float) -> bool:
        low, high = _between(counts, math.exp(log_alpha))
        return low > margin or high < -margin

    below, above = _SMALLEST, 0.0
    if not decides(above):
        return 1.0
    for _ in range(40):
        middle = (below + above) / 2
        below, above = (below, middle) if decides(middle) else (middle, above)
    return math.exp(above)
