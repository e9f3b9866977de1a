"""Tails and quantiles of the normal, Student's t, chi-square and binomial distributions, without scipy.

The incomplete beta function is Lentz's continued fraction (Press et al., Numerical Recipes, 3rd ed., 6.4), to 1e-12.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

_STANDARD = NormalDist()
_TINY = 1e-300


def normal_quantile(p: float) -> float:
    return _STANDARD.inv_cdf(p)


def normal_cdf(x: float) -> float:
    return _STANDARD.cdf(x)


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised I_x(a, b), 0 <= x <= 1."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(b, a, 1 - x)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x) - math.log(a)
    )
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 500):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away(1 + numerator * d)
            c = _away(1 + numerator / c)
            value *= c * d
        if abs(c * d - 1) < 1e-13:
            break
    return front * value


def _away(x: float) -> float:
    return x if abs(x) > _TINY else _TINY


def student_cdf(t: float, df: float) -> float:
    tail = incomplete_beta(df / 2, 0.5, df / (df + t * t)) / 2
    return 1 - tail if t > 0 else tail


@lru_cache(maxsize=4096)
def student_quantile(p: float, df: float) -> float:
    """t with P(T <= t) = p, by bisection; df need not be whole. Above 1e6 the normal quantile."""
    if df > 1e6:
        return normal_quantile(p)
    if p < 0.5:
        return -student_quantile(1 - p, df)
    low, high = 0.0, 2.0
    while student_cdf(high, df) < p:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if student_cdf(middle, df) < p else (low, middle)
    return (low + high) / 2


def chi_square_tail(x: float, df: int) -> float:
    """P(X >= x): for whole df a finite sum, by Q(a+1, y) = Q(a, y) + y^a e^-y / Gamma(a+1) with y = x/2."""
    y = x / 2
    if y <= 0:
        return 1.0
    a, q = (0.5, math.erfc(math.sqrt(y))) if df % 2 else (1.0, math.exp(-y))
    while a < df / 2:
        q += math.exp(a * math.log(y) - y - math.lgamma(a + 1))
        a += 1
    return min(1.0, q)


def binomial_tail(successes: int, n: int, p: float = 0.5) -> float:
    """P(X >= successes) for X ~ Binomial(n, p)."""
    if successes <= 0:
        return 1.0
    return incomplete_beta(successes, n - successes + 1, p) if successes <= n else 0.0
