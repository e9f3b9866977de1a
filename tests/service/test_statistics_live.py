"""Statistics of data that still arrive: votes, visitors, assignment, routing."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.statistics.assign import assigned, position
from service.statistics.bandit import propensities, weighted_mean
from service.statistics.ratio import mismatch
from service.statistics.sentence import sentence
from service.statistics.sequential import Moments, anytime_p, difference, e_value, half_width, mean, needed, rho, votes
from service.statistics.shares import Share, alone, beyond, share
from service.statistics.shares import difference as difference_of_shares
from service.statistics.verdict import Pair, anytime, verdicts


def test_e_value_golden() -> None:
    assert e_value(40, 60) == pytest.approx(4.509, abs=5e-4)
    assert e_value(45, 60) == pytest.approx(355.3, abs=0.05)
    assert e_value(0, 0) == 1.0


def test_confidence_sequence_golden() -> None:
    assert rho() == pytest.approx(0.125985, abs=5e-7)
    assert half_width(0.55, 400) == pytest.approx(0.08361, abs=5e-6)


def test_e_value_averages_to_one_under_a_fair_coin() -> None:
    """What makes it valid at any time: its expectation is 1, at any n."""
    for n in (1, 7, 50):
        assert sum(math.comb(n, w) / 2**n * e_value(w, n) for w in range(n + 1)) == pytest.approx(1.0)


def test_anytime_p_remembers_the_best_moment() -> None:
    won = [True] * 12
    assert anytime_p(won) == pytest.approx(1 / e_value(12, 12))
    assert anytime_p(won + [False] * 12) == pytest.approx(1 / e_value(12, 12))
    assert votes(12, 24, best=e_value(12, 12)).p == pytest.approx(1 / e_value(12, 12))
    assert anytime_p([]) == 1.0


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_interval_of_votes_and_its_p_agree(counts: tuple[int, int]) -> None:
    it = votes(*counts)
    assert 0 <= it.low <= it.estimate <= it.high <= 1
    assert it.decided == (e_value(*counts) >= 20)
    assert it.decided == (it.p <= 0.05)


@pytest.mark.parametrize(("share", "median"), [(0.6, 208), (0.65, 88), (0.7, 45)])
def test_median_stop_golden(share: float, median: int) -> None:
    drawn = np.random.default_rng(1).random((1_500, 1_500)) < share
    wins = np.cumsum(drawn, axis=1)
    n = np.arange(1, 1_501)
    least = np.array([next((w for w in range(k // 2, k + 1) if e_value(w, k) >= 20), k + 1) for k in range(1, 1_501)])
    stopped = np.argmax((wins >= least[n - 1]), axis=1) + 1
    assert np.median(stopped) == pytest.approx(median, rel=0.1)


def test_difference_of_arms() -> None:
    early = difference(Moments(40, 0.9, 0.09), Moments(400, 0.1, 0.09))
    assert not early.decided
    assert early.p == 1.0
    assert math.isinf(early.high)
    a, b = Moments(2_000, 0.6, 0.24), Moments(2_000, 0.5, 0.25)
    late = difference(a, b)
    assert late.decided
    assert late.p < 0.05
    assert late.low == pytest.approx(-difference(b, a).high)
    # a little wider than the interval for an n fixed beforehand
    assert 1.3 < (late.high - late.low) / 2 / (1.96 * math.sqrt(0.49 / 2_000)) < 2


@given(st.floats(-0.5, 0.5), st.integers(150, 5_000))
def test_p_and_interval_of_a_mean_agree(estimate: float, n: int) -> None:
    it = mean(estimate, 0.5, n)
    assert it.decided == (abs(estimate) > half_width(0.5, n))
    if abs(abs(estimate) - half_width(0.5, n)) > 1e-9:
        assert it.decided == (it.p < 0.05)


def test_needed_is_where_the_sequence_is_narrow_enough() -> None:
    n = needed(0.1, 0.7)
    assert half_width(0.7, n) <= 0.1 < half_width(0.7, n - 1)


def counted(wins: int, n: int) -> Share:
    return share([1.0] * wins + [0.0] * (n - wins))


def test_shares_decide_early_when_everything_fails() -> None:
    broken = difference_of_shares(counted(30, 30), counted(6, 300))
    assert broken.decided
    assert broken.p < 1e-4
    assert broken.low > 0.5
    assert not difference_of_shares(counted(3, 3), counted(0, 3)).decided
    assert not difference_of_shares(counted(3, 4), counted(0, 4)).decided
    nobody = difference_of_shares(counted(0, 0), counted(1, 1))
    assert (nobody.low, nobody.high, nobody.p, nobody.decided) == (-1.0, 1.0, 1.0, False)
    assert beyond(counted(14, 30), counted(60, 300), 0.2) > 0.05
    with pytest.raises(ValueError, match=r"0\.\.1"):
        share([0.5, 1.1])


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 6), st.floats(0, 0.3))
@settings(max_examples=40, deadline=None)
def test_p_of_shares_and_their_interval_agree(a: int, b: int, answers: int, margin: float) -> None:
    one, other = share([a / 60] * answers + [1.0, 0.0] * 20), counted(b, 60)
    it = difference_of_shares(one, other)
    assert -1 <= it.low <= it.estimate <= it.high <= 1
    assert not it.decided or it.p <= 0.05
    if beyond(one, other, margin) > 0.05:  # the interval is rounded outwards, never inwards
        assert it.low <= margin
    turned = difference_of_shares(other, one)
    assert (turned.low, turned.high) == (pytest.approx(-it.high), pytest.approx(-it.low))


def test_evidence_about_a_share_averages_to_one_at_its_truth() -> None:
    """What makes it valid at any time: whatever the chances of 0, 1/2 and 1, E of the true mean is 1 on average."""
    chances = {0.0: 0.5, 0.5: 0.3, 1.0: 0.2}
    for n in (1, 2, 5):
        total = sum(
            math.prod(chances[value] for value in drawn) * math.exp(share(drawn).evidence(np.array([0.35]))[0])
            for drawn in itertools.product(chances, repeat=n)
        )
        assert total == pytest.approx(1.0)
    # a value between two levels is shared by them, at a little less evidence and never more
    truth = np.array([0.35])
    between = sum(0.5 * math.exp(share([0.35 + off]).evidence(truth)[0]) for off in (-1 / 7, 1 / 7))
    assert 0.999 < between <= 1.0 + 1e-12


def test_the_interval_of_a_share_narrows_where_visitors_agree() -> None:
    """Means of many answers vary little, and the interval knows: no assumption that each is 0 or 1."""
    coins, means = alone(counted(100, 200)), alone(share([0.45, 0.55] * 100))
    assert coins.low < means.low < 0.5 < means.high < coins.high
    assert means.high - means.low < (coins.high - coins.low) / 2


def test_verdict_of_visitors_and_of_votes() -> None:
    won = Pair("rag", "plain", "votes", anytime(votes(45, 60), null=0.5), counted="votes")
    verdict = verdicts([won])[0]
    assert verdict.word == "better"
    assert sentence(verdict).startswith("rag is better than plain on votes by 25 points")
    few = verdicts([Pair("a", "b", "liked", anytime(difference(Moments(10, 0.9, 0.1), Moments(10, 0.1, 0.1))))])[0]
    assert few.word == "undecided"
    assert few.more_needed == 130
    open_ = Pair(
        "a", "b", "liked", anytime(difference(Moments(400, 0.6, 0.24), Moments(400, 0.5, 0.25))), counted="visitors"
    )
    undecided = verdicts([open_])[0]
    assert undecided.word == "undecided"
    assert "more visitors are needed" in sentence(undecided)


def test_sample_ratio_golden() -> None:
    it = mismatch([5_000, 5_200], [0.5, 0.5])
    assert it.chi2 == pytest.approx(3.9216, abs=5e-5)
    assert it.p == pytest.approx(0.04767, abs=5e-6)
    assert not it.alarm


def test_sample_ratio_alarms() -> None:
    assert mismatch([5_000, 5_600], [1, 1]).alarm
    assert not mismatch([900, 100], [9, 1]).alarm
    assert mismatch([900, 1, 100], [9, 0, 1]).alarm, "an arm without weight was shown"
    assert mismatch([0, 0], [1, 1]).p == 1.0
    with pytest.raises(ValueError, match="weights"):
        mismatch([1, 2], [1])


def test_assignment_is_sticky_and_fair() -> None:
    weights = {"a": 1.0, "off": 0.0, "b": 3.0}
    units = [f"visitor-{at}" for at in range(20_000)]
    arms = {unit: assigned(unit, weights, experiment="e1", salt="s") for unit in units}
    assert arms == {unit: assigned(unit, weights, experiment="e1", salt="s") for unit in units}
    shown = Counter(arms.values())
    assert "off" not in shown
    assert not mismatch([shown["a"], shown["b"]], [1, 3]).alarm
    other = [assigned(unit, weights, experiment="e2", salt="s") for unit in units if arms[unit] == "a"]
    assert not mismatch([other.count("a"), other.count("b")], [1, 3]).alarm, "experiments do not depend on each other"


def test_position_is_as_written_down() -> None:
    # printf s:e:u | sha256sum
    assert position("u", "e", "s") == int("194dd162af02c", 16) / 16**13


def test_a_larger_weight_keeps_who_was_there() -> None:
    """Cumulative weights in a fixed order: raising the first arm's share moves nobody out of it."""
    units = [str(at) for at in range(2_000)]
    before = {u for u in units if assigned(u, {"new": 1, "old": 9}, experiment="e", salt="s") == "new"}
    after = {u for u in units if assigned(u, {"new": 3, "old": 7}, experiment="e", salt="s") == "new"}
    assert before < after


def test_bandit_keeps_everybody_alive_and_its_estimate_is_unbiased() -> None:
    found = propensities({"good": (90, 10), "bad": (10, 90), "worse": (5, 95)})
    assert sum(found.values()) == pytest.approx(1.0)
    assert found["bad"] == pytest.approx(0.1)
    assert found["good"] == pytest.approx(0.8)
    with pytest.raises(ValueError, match="floor"):
        propensities({str(at): (0, 0) for at in range(11)})
    rng = np.random.default_rng(1)
    truth, errors, inside = {"a": 0.5, "b": 0.3}, [], 0
    for run in range(150):
        tally, log = {"a": [0, 0], "b": [0, 0]}, []
        for step in range(200):
            if step % 20 == 0:
                chances = propensities({arm: (t[0], t[1]) for arm, t in tally.items()}, draws=200, seed=run + step)
            arm = "a" if rng.random() < chances["a"] else "b"
            won = rng.random() < truth[arm]
            tally[arm][0 if won else 1] += 1
            log.append((arm, chances[arm], float(won)))
        it = weighted_mean("b", log)
        errors.append(it.mean - 0.3)
        inside += abs(it.mean - 0.3) <= 1.96 * it.error
    assert abs(np.mean(errors)) < 0.03
    assert inside / 150 > 0.85
    assert math.isnan(weighted_mean("nobody", log).mean)
