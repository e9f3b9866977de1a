"""Golden numbers, edge cases and laws of the statistics of one arm, two arms and many comparisons."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.statistics.agreement import agreement, both_orders, prediction_powered
from service.statistics.arm import clustered_error, interval, standard_error, wilson
from service.statistics.bootstrap import bca, percentile
from service.statistics.breakeven import questions_a_month, questions_to_pay_back
from service.statistics.paired import Difference, mcnemar, paired
from service.statistics.pareto import Point, front
from service.statistics.power import binary_variance, detectable, questions_needed, votes_needed
from service.statistics.repeats import averaged, stable, variance
from service.statistics.sentence import sentence
from service.statistics.verdict import Pair, holm, verdicts

SCORES = [1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1]
CLUSTERS = ["a"] * 3 + ["b"] * 2 + ["c"] * 4 + ["d"] + ["e"] * 2
binary = st.lists(st.sampled_from((0.0, 1.0)), min_size=1, max_size=60)
scores = st.lists(st.floats(0, 1, allow_nan=False), min_size=1, max_size=40)


def test_wilson_golden() -> None:
    assert wilson(42 / 50, 50) == pytest.approx((0.71486, 0.91663), abs=5e-6)


def test_mean_and_clustered_error_golden() -> None:
    assert interval(SCORES).mean == pytest.approx(0.58333, abs=5e-6)
    assert standard_error(SCORES) == pytest.approx(0.14865, abs=5e-6)
    assert clustered_error(SCORES, CLUSTERS) == pytest.approx(0.14198, abs=5e-6)


def test_mcnemar_golden() -> None:
    assert mcnemar(15, 5) == pytest.approx(0.04139, abs=5e-6)
    assert mcnemar(5, 15) == mcnemar(15, 5)
    assert mcnemar(0, 0) == 1.0


@pytest.mark.parametrize(
    ("gap", "discordant", "n"), [(0.05, 0.25, 778), (0.1, 0.25, 189), (0.1, 0.35, 267), (0.15, 0.35, 115)]
)
def test_questions_needed_golden(gap: float, discordant: float, n: int) -> None:
    assert questions_needed(gap, binary_variance(discordant, gap)) == n
    assert questions_needed(-gap, binary_variance(discordant, gap), exact=True) > n


@pytest.mark.parametrize(("share", "n"), [(0.55, 783), (0.6, 194), (0.65, 85)])
def test_votes_needed_golden(share: float, n: int) -> None:
    assert votes_needed(share) == votes_needed(1 - share) == n


@pytest.mark.parametrize(("n", "effect"), [(60, 0.18), (120, 0.13), (190, 0.10), (350, 0.075)])
def test_detectable_golden(n: int, effect: float) -> None:
    assert detectable(0.25, n) == pytest.approx(effect, abs=0.0025)


def test_repeats_lower_what_is_needed() -> None:
    once = questions_needed(0.1, 0.1, noise=0.2)
    assert questions_needed(0.1, 0.1, noise=0.2, repeats=4) < once
    with pytest.raises(ValueError, match="difference of 0"):
        questions_needed(0.0, 0.1)
    with pytest.raises(ValueError, match="one half"):
        votes_needed(0.5)


def test_no_scores_and_bad_scores() -> None:
    nothing = interval([])
    assert nothing.n == 0
    assert math.isnan(nothing.mean)
    with pytest.raises(ValueError, match="finite"):
        interval([0.5, math.nan])
    with pytest.raises(ValueError, match="clusters"):
        interval([1, 0], ["a"])
    with pytest.raises(ValueError, match="pairs"):
        paired([1, 0], [1])


def test_one_cluster_is_taken_as_none() -> None:
    assert interval([1, 0, 1, 1], ["a"] * 4) == interval([1, 0, 1, 1])
    assert paired([1, 0, 1], [0, 0, 1], ["a"] * 3) == paired([1, 0, 1], [0, 0, 1])


def test_clusters_that_agree_are_worth_no_more_than_their_number() -> None:
    same = [1.0] * 12 + [0.0] * 12
    alone = interval(same)
    told = interval(same, [at // 4 for at in range(24)])
    assert told.high - told.low > 1.8 * (alone.high - alone.low)
    # 6 independent ones with t in place of z
    assert told.low < wilson(0.5, 6)[0] + 1e-9


def test_all_right_is_not_certain() -> None:
    assert interval([1.0] * 20).low == pytest.approx(0.8389, abs=1e-4)
    assert interval([0.7] * 20).low < 0.6
    few = interval([1.0] * 20, [at // 5 for at in range(20)])
    assert few.low < 0.45, "four clusters that agree are four observations"


@given(binary)
def test_binary_interval_holds_its_mean_within_0_and_1(values: list[float]) -> None:
    it = interval(values)
    assert 0 <= it.low <= it.mean <= it.high <= 1
    opposite = interval([1 - value for value in values])
    assert opposite.low == pytest.approx(1 - it.high)


@given(scores, st.integers(1, 5))
def test_interval_holds_its_mean_whatever_the_clusters(values: list[float], size: int) -> None:
    it = interval(values, [at // size for at in range(len(values))])
    if len(values) > 1:
        assert it.low <= it.mean + 1e-9
        assert it.mean - 1e-9 <= it.high


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=30))
def test_a_difference_turns_around(pairs: list[tuple[float, float]]) -> None:
    a, b = [x for x, _ in pairs], [y for _, y in pairs]
    one, other = paired(a, b), paired(b, a)
    assert one.difference == pytest.approx(-other.difference)
    assert one.p == pytest.approx(other.p)
    assert one.low == pytest.approx(-other.high)
    assert 0 < one.p <= 1


def test_sign_flips_are_all_tried_when_few() -> None:
    it = paired([0.9, 0.8, 0.7, 0.9, 0.6, 0.8], [0.1] * 6)
    assert it.p == pytest.approx(2 / 2**6)
    assert it.method == "sign flips"
    clustered = paired([1.0] * 20, [0.0] * 20, [at // 5 for at in range(20)])
    assert clustered.p == pytest.approx(2 / 2**4), "whole clusters flip, four of them"


def test_drawn_sign_flips_agree_with_the_normal_law() -> None:
    rng = np.random.default_rng(3)
    for n in (200, 600):
        a, b = rng.random(n) + 0.04, rng.random(n)
        it = paired(a, b, within=None)
        z = (a - b).mean() / ((a - b).std(ddof=1) / math.sqrt(n))
        assert it.method == "sign flips, drawn"
        assert it.p == pytest.approx(math.erfc(abs(z) / math.sqrt(2)), abs=0.02)
        assert it == paired(a, b, within=None)


def test_few_discordant_questions_do_not_make_a_narrow_interval() -> None:
    same = paired([1.0] * 30, [1.0] * 30)
    assert same.p == 1.0
    assert same.high > 0.09
    one = paired([1.0] * 30, [0.0] + [1.0] * 29)
    assert one.low < 0 < one.high
    every = paired([1.0] * 30, [0.0] * 30)
    assert every.low < 0.95


def test_holm() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []
    assert holm([0.6, 0.7]) == [1.0, 1.0]


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_keeps_the_order_and_never_lowers(p: list[float]) -> None:
    adjusted = holm(p)
    assert all(one >= other for one, other in zip(adjusted, p, strict=True))
    assert [adjusted[i] for i in sorted(range(len(p)), key=p.__getitem__)] == sorted(adjusted)


def _pair(a: list[float], b: list[float], **other: object) -> Pair:
    return Pair("rag", "plain", "correct", paired(a, b), **other)  # type: ignore[arg-type]


def test_eight_of_eight_is_undecided() -> None:
    verdict = verdicts([_pair([1.0] * 8, [0.0] * 8)])[0]
    assert verdict.p_adjusted == pytest.approx(0.0078125)
    assert verdict.word == "undecided"
    assert verdict.more_needed == 12
    assert sentence(verdict) == (
        "Not decided yet, as a verdict needs 20 questions, and there are 8: "
        "rag differs from plain on correct by +100 points (95 % interval 35 to 100)."
    )
    assert "要有 20 題才下定論，目前有 8 題" in sentence(verdict, "zh-TW")


def test_few_questions_about_fewer_documents_ask_for_both() -> None:
    pair = Pair("rag", "plain", "correct", paired([1.0] * 8, [0.0] * 8, ["one", "other"] * 4))
    said = sentence(verdicts([pair])[0])
    assert said.startswith(
        "Not decided yet, as a verdict needs 20 questions about 6 documents, and there are 8 about 2: "
    )


def test_an_interval_beyond_zero_that_decides_nothing_is_explained() -> None:
    a, b = [1.0] * 15 + [0.0] * 5 + [1.0] * 30, [0.0] * 15 + [1.0] * 5 + [1.0] * 30
    first, second = verdicts([_pair(a, b), _pair(a, b)])
    assert first.word == "undecided"
    assert first.pair.difference.low > 0
    assert "but its test gives p = 0.083 after Holm's correction for all that is compared at once" in sentence(first)
    assert "a verdict needs 0.05" in sentence(second)


def test_one_question_is_said_in_the_singular() -> None:
    verdict = verdicts([_pair([1.0], [0.0])])[0]
    assert sentence(verdict) == (
        "Not decided yet, as a verdict needs 20 questions, and there is one: rag against plain on correct."
    )


def test_few_questions_that_hardly_differ_need_more_than_any_verdict_does() -> None:
    verdict = verdicts([_pair([1.0] * 12, [1.0] * 11 + [0.0])])[0]
    assert re.search(
        r"about \d+ more questions are needed to tell a difference of 8\S* points", sentence(verdict), re.I
    )


def test_better_worse_and_the_sentence() -> None:
    a, b = [1.0] * 35 + [0.0] * 11, [1.0] * 16 + [0.0] * 30
    better, worse = verdicts([_pair(a, b)])[0], verdicts([_pair(b, a)])[0]
    assert (better.word, worse.word, better.more_needed) == ("better", "worse", 0)
    assert sentence(better) == "rag is better than plain on correct by 41 points (95 % interval 27 to 56, n = 46)."
    assert sentence(worse).startswith("rag is worse than plain on correct by 41 points (95 % interval 27 to 56")
    assert sentence(better, "zh-TW") == "在「correct」上，rag 比 plain 好 41 個百分點（95% 區間 27 到 56，n = 46）。"


def test_lower_is_better() -> None:
    rng = np.random.default_rng(1)
    quick, slow = rng.normal(1.0, 0.2, 40), rng.normal(2.0, 0.2, 40)
    pair = Pair("a", "b", "first token", paired(quick, slow, within=None), higher_is_better=False, unit="s", margin=0.1)
    verdict = verdicts([pair])[0]
    assert verdict.word == "better"
    assert sentence(verdict) == "a is better than b on first token by 0.97 s (95 % interval 0.9 to 1.04, n = 40)."


def test_equivalent_and_undecided() -> None:
    same = [1.0] * 1_900 + [0.0] * 100
    near = [1.0] * 1_901 + [0.0] * 99
    assert verdicts([_pair(same, near)])[0].word == "equivalent"
    assert verdicts([_pair(same, near, margin=None)])[0].word == "undecided"
    verdict = verdicts([_pair([1.0] * 60, [1.0] * 55 + [0.0] * 5)])[0]
    assert verdict.word == "undecided"
    assert re.search(
        r"About \d+ more questions are needed to tell a difference of 8\S* points from none\.", sentence(verdict)
    )
    assert "n = 60" in sentence(verdict)


def test_the_family_is_paid_for() -> None:
    a, b = [1.0] * 15 + [0.0] * 5 + [1.0] * 30, [0.0] * 15 + [1.0] * 5 + [1.0] * 30
    assert verdicts([_pair(a, b)])[0].word == "better"
    both = verdicts([_pair(a, b), _pair(a, b)])
    assert [one.word for one in both] == ["undecided", "undecided"]
    assert both[0].more_needed is not None


def test_few_documents_are_undecided_and_said_to_be_the_reason() -> None:
    a, b = [1.0] * 40, [0.0] * 40
    pair = Pair("rag", "plain", "correct", paired(a, b, [at // 10 for at in range(40)]))
    verdict = verdicts([pair])[0]
    assert verdict.word == "undecided"
    assert "only 4 documents, and no verdict is given on fewer than 6" in sentence(verdict)


def test_nothing_scored() -> None:
    verdict = verdicts([_pair([], [])])[0]
    assert verdict.word == "undecided"
    assert sentence(verdict) == "Not decided yet: nothing was scored for both rag and plain on correct."


def test_repeats() -> None:
    rows = [("q1", 1.0), ("q2", 0.0), ("q1", 0.0), ("q2", 0.0)]
    assert averaged(rows) == {"q1": 0.5, "q2": 0.0}
    by_question = {"q1": [1.0, 0.0], "q2": [0.0, 0.0], "q3": [1.0, 1.0]}
    assert stable(by_question) == pytest.approx(2 / 3)
    assert stable({"q1": [1.0]}) is None
    between, inside = variance(by_question)
    assert inside == pytest.approx(np.mean([0.25, 0.0, 0.0]) / 3)
    assert between + inside == pytest.approx(np.var([0.5, 0.0, 1.0], ddof=1) / 3)


def test_repeats_split_the_variance_as_it_was_made() -> None:
    rng = np.random.default_rng(0)
    made = {at: rng.normal(mean, 0.5, 5).tolist() for at, mean in enumerate(rng.normal(0, 1.0, 4_000))}
    between, inside = variance(made)
    assert between * 4_000 == pytest.approx(1.0, rel=0.06)
    assert inside * 4_000 == pytest.approx(0.25 / 5, rel=0.06)


def test_percentile_and_bca() -> None:
    rng = np.random.default_rng(2)
    times = rng.exponential(1.0, 500)
    value, low, high = percentile(times, 95)
    assert low < value < high
    held = sum(
        ends[1] <= -math.log(0.05) <= ends[2]
        for ends in (percentile(rng.exponential(1.0, 300), 95, draws=500) for _ in range(150))
    )
    assert held >= 133, "95 % of 150, less three times the chance error"
    assert (value, low, high) == percentile(times, 95)
    assert math.isnan(percentile([], 50)[0])
    skewed = bca(times)
    assert skewed[0] < times.mean() < skewed[1]
    assert skewed[1] - times.mean() > times.mean() - skewed[0], "skewed to the right"
    with pytest.raises(ValueError, match="one cluster"):
        bca([1, 0], ["a", "a"])


def test_kappa() -> None:
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: observed .7, expected .5
    one = ["y"] * 25 + ["n"] * 25
    other = ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15
    found = agreement(one, other)
    assert found.n == 50
    assert found.share == pytest.approx(0.7)
    assert found.kappa == pytest.approx(0.4)
    assert agreement(["y"], ["y"]).kappa is None


def test_both_orders() -> None:
    found = both_orders([("a", "a"), ("a", "b"), ("b", "b"), ("tie", "tie"), ("a", "b")])
    assert found.winners == ("a", "tie", "b", "tie", "tie")
    assert found.inconsistent == pytest.approx(0.4)
    assert found.first_bias == pytest.approx((6 - 2) / 10)


def test_prediction_powered_is_right_for_a_wrong_judge_and_narrow_for_a_good_one() -> None:
    rng = np.random.default_rng(4)
    held, gains = 0, []
    for _ in range(400):
        truth = (rng.random(1_100) < 0.6).astype(float)
        judge = np.where(rng.random(1_100) < 0.9, truth, 1.0)  # too kind
        it = prediction_powered(judge[100:], judge[:100], truth[:100])
        held += it.low <= 0.6 <= it.high
        gains.append(it.gain)
    assert 0.92 <= held / 400 <= 0.98
    assert np.mean(gains) > 1.5


def test_prediction_powered_counts_documents_and_not_questions() -> None:
    rng = np.random.default_rng(5)
    held, naive = 0, 0
    for _ in range(400):
        level = rng.normal(0.5, 0.2, 40)  # of each of 40 documents, which have 5 questions unlabelled and 3 labelled
        judge = np.repeat(level, 8) + rng.normal(0, 0.1, 320)
        truth = judge + 0.1
        places = np.arange(320).reshape(40, 8)
        unlabelled, labelled = places[:, :5].ravel(), places[:, 5:].ravel()
        clusters = [int(place) // 8 for place in (*unlabelled, *labelled)]
        given = (judge[unlabelled], judge[labelled], truth[labelled])
        it = prediction_powered(*given, clusters=clusters)
        held += it.low <= 0.6 <= it.high
        plain = prediction_powered(*given)
        naive += plain.low <= 0.6 <= plain.high
        assert it.mean == plain.mean
    assert 0.92 <= held / 400 <= 0.98
    assert naive / 400 < 0.8, "questions about one document are alike"
    alone = prediction_powered(*given, clusters=list(range(320)))
    assert (alone.low, alone.high) == (plain.low, plain.high), "a document each: nothing to be clustered"
    with pytest.raises(ValueError, match="a cluster for every item"):
        prediction_powered(*given, clusters=[1, 1, 1])
    with pytest.raises(ValueError, match="two clusters"):
        prediction_powered(*given, clusters=[1] * 320)


def test_pareto() -> None:
    points = [
        Point("plain", 0.2, 0.0, 1.0),
        Point("rag", 0.8, 0.2, 2.0),
        Point("bad", 0.7, 0.3, 3.0),
        Point("unpriced", 0.9, None, 1.5),
        Point("twin", 0.2, 0.0, 1.0),
    ]
    assert front(points) == ("plain", "unpriced", "twin")
    assert front(points[:3]) == ("plain", "rag")


def test_break_even() -> None:
    assert questions_to_pay_back(100, 0.03, 0.01) == 5_000
    assert questions_to_pay_back(100, 0.01, 0.01) is None
    assert questions_to_pay_back(0, 0.01, 0.02) == 0
    assert questions_a_month(120, 0.03, 0.01, months=12) == 500
    assert questions_a_month(120, 0.03, 0.01, months=12, monthly=10) == 1_000


def test_an_exact_test_that_says_no_is_not_one_question_from_a_yes() -> None:
    """An interval beyond 0 with p = 0.12: the variance alone would have it that 71 questions were more than enough."""
    seen = Difference(-0.056, -0.096, -0.017, 0.12, 71, 0.06, "sign flips", 5, 10, 0.028, True)
    (verdict,) = verdicts([Pair("few_shot", "plain", "correct", seen)])
    assert verdict.word == "undecided"
    assert verdict.more_needed == pytest.approx(42, abs=2)
