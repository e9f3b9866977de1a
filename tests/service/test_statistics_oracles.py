"""The formulas against other people's code: scipy for tails and tests, choix for Bradley-Terry."""

from __future__ import annotations

import choix
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]

from service.statistics.arm import interval, wilson
from service.statistics.bootstrap import bca
from service.statistics.cluster import grouped, robust
from service.statistics.paired import mcnemar, paired
from service.statistics.rank import MIDDLE, SCALE, ranking
from service.statistics.ratio import mismatch
from service.statistics.tails import binomial_tail, chi_square_tail, normal_quantile, student_cdf, student_quantile
from service.statistics.votes import Battle


@given(st.floats(0.01, 0.99), st.floats(1, 500))
def test_student(p: float, df: float) -> None:
    assert student_quantile(p, df) == pytest.approx(float(stats.t.ppf(p, df)), rel=1e-7, abs=1e-9)
    assert student_cdf(1.3, df) == pytest.approx(float(stats.t.cdf(1.3, df)), abs=1e-10)


@given(st.floats(0, 80), st.integers(1, 12))
def test_chi_square(x: float, df: int) -> None:
    assert chi_square_tail(x, df) == pytest.approx(float(stats.chi2.sf(x, df)), rel=1e-9, abs=1e-15)


@given(st.integers(0, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.05, 0.95))
def test_binomial(counts: tuple[int, int], p: float) -> None:
    k, n = counts
    assert binomial_tail(k, n, p) == pytest.approx(float(stats.binom.sf(k - 1, n, p)), rel=1e-8, abs=1e-12)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar(better: int, worse: int) -> None:
    wanted = stats.binomtest(better, better + worse).pvalue if better + worse else 1.0
    assert mcnemar(better, worse) == pytest.approx(float(wanted), rel=1e-9)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson(counts: tuple[int, int]) -> None:
    k, n = counts
    wanted = stats.binomtest(k, n).proportion_ci(method="wilson")
    assert wilson(k / n, n) == pytest.approx((wanted.low, wanted.high), abs=1e-9)


def test_t_interval() -> None:
    values = np.random.default_rng(1).normal(3, 2, 25)
    low, high = stats.t.interval(0.95, 24, values.mean(), stats.sem(values))
    it = interval(values, within=None)
    assert it.low == pytest.approx(low, rel=1e-6)
    assert it.high == pytest.approx(high, rel=1e-6)


def test_sign_flips() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.random(11), rng.random(11) + 0.2
    wanted = stats.permutation_test(
        (a, b), lambda x, y, axis: np.mean(x - y, axis=axis), permutation_type="samples", n_resamples=np.inf
    )
    assert paired(a, b, within=None).p == pytest.approx(wanted.pvalue)


def test_bca() -> None:
    values = np.random.default_rng(3).exponential(1.0, 60)
    wanted = stats.bootstrap((values,), np.mean, method="BCa", n_resamples=20_000, rng=np.random.default_rng(5))
    low, high = bca(values, draws=20_000)
    assert low == pytest.approx(wanted.confidence_interval.low, abs=0.012)
    assert high == pytest.approx(wanted.confidence_interval.high, abs=0.012)


def test_chi_square_of_exposures() -> None:
    wanted = stats.chisquare([120, 80, 100], [100, 100, 100])
    it = mismatch([120, 80, 100], [1, 1, 1])
    assert (it.chi2, it.p) == pytest.approx((float(wanted.statistic), float(wanted.pvalue)))


def test_robust_error_as_a_regression_computes_it() -> None:
    """CR2 by the matrices of its definition: intercept-only regression, A = (I - H)^(-1/2) in each cluster."""
    rng = np.random.default_rng(4)
    clusters = [0] * 4 + [1] * 2 + [2] * 5 + [3] + [4] * 3
    values = rng.normal(0, 1, 15)
    n = len(values)
    residuals = values - values.mean()
    meat = 0.0
    for cluster in set(clusters):
        inside = [at for at in range(n) if clusters[at] == cluster]
        weights, vectors = np.linalg.eigh(np.eye(len(inside)) - np.full((len(inside), len(inside)), 1 / n))
        adjusted = vectors @ np.diag(weights**-0.5) @ vectors.T @ residuals[inside]
        meat += adjusted.sum() ** 2
    assert robust(grouped(values, clusters))[0] == pytest.approx(meat / n**2)


def _battles(wins: dict[tuple[str, str], int]) -> list[Battle]:
    return [
        Battle(a, b, "left", str(at)) if at % 2 else Battle(b, a, "right", str(at))
        for (a, b), count in wins.items()
        for at in range(count)
    ]


def test_bradley_terry_golden_and_choix() -> None:
    wins = {("A", "B"): 30, ("B", "A"): 10, ("A", "C"): 25, ("C", "A"): 15, ("B", "C"): 22, ("C", "B"): 18}
    it = ranking(_battles(wins), ridge=0, side=False, draws=50)
    ours = {one.arm: (one.strength - MIDDLE) / SCALE for one in it.standings}
    assert ours == pytest.approx({"A": 0.52568, "B": -0.28033, "C": -0.24535}, abs=5e-6)
    data = [("ABC".index(a), "ABC".index(b)) for (a, b), count in wins.items() for _ in range(count)]
    assert [ours[arm] for arm in "ABC"] == pytest.approx(choix.opt_pairwise(3, data).tolist(), abs=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_bradley_terry_of_many_arms_as_choix(seed: int) -> None:
    rng = np.random.default_rng(seed)
    true = rng.normal(0, 1, 7)
    data = []
    for _ in range(900):
        i, j = rng.choice(7, 2, replace=False)
        data.append((int(i), int(j)) if rng.random() < 1 / (1 + np.exp(true[j] - true[i])) else (int(j), int(i)))
    battles = [Battle(str(won), str(lost), "left", str(at)) for at, (won, lost) in enumerate(data)]
    it = ranking(battles, ridge=0, side=False, draws=10)
    ours = {one.arm: (one.strength - MIDDLE) / SCALE for one in it.standings}
    assert [ours[str(at)] for at in range(7)] == pytest.approx(choix.opt_pairwise(7, data).tolist(), abs=1e-4)


def test_quantile() -> None:
    assert normal_quantile(0.975) == pytest.approx(float(stats.norm.ppf(0.975)))
