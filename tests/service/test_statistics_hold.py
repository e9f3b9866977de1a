"""The simulations of tests/bench/statistics_hold.py, small: bounds allow for three times their own chance error."""

from __future__ import annotations

import math

import pytest

from tests.bench import statistics_hold as hold


def slack(share: float, runs: int) -> float:
    return 3 * math.sqrt(share * (1 - share) / runs)


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("kind", ["binary", "continuous"])
@pytest.mark.parametrize("n", [30, 100])
def test_intervals_cover(kind: hold.Kind, n: int, clustered: bool) -> None:
    room = slack(0.95, 500)
    assert 0.935 - room <= hold.single_coverage(kind, n, clustered=clustered, runs=500) <= 0.965 + room
    assert 0.935 - room <= hold.paired_coverage(kind, n, clustered=clustered, runs=500) <= 0.965 + room


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("kind", ["binary", "continuous"])
def test_equal_arms_are_not_called_different(kind: hold.Kind, clustered: bool) -> None:
    assert hold.false_verdicts(kind, 60, clustered=clustered, runs=400) <= 0.055 + slack(0.055, 400)


def test_the_promised_number_of_questions_finds_the_gap() -> None:
    n, found = hold.power(0.15, 0.35, runs=600)
    assert n < 150
    assert found >= 0.8 - slack(0.8, 600)


def test_looking_at_every_vote_raises_few_false_alarms() -> None:
    ours, naive = hold.peeked_votes(runs=1_000)
    assert ours <= 0.05
    assert naive > 0.3, "the usual test would"
    found, _ = hold.peeked_votes(share=0.65, runs=300)
    assert found > 0.95, "and a real difference is found"


def test_looking_at_every_visitor_raises_few_false_alarms() -> None:
    ours, naive = hold.peeked_means(1_000, runs=800)
    assert ours <= 0.05 + slack(0.05, 800)
    assert naive > 0.2


@pytest.mark.parametrize(("visitors", "questions"), [(40, 1), (20, 3), (8, 10)])
def test_looking_at_every_answer_raises_few_false_alarms(visitors: int, questions: int) -> None:
    assert hold.peeked_shares(visitors, questions, share=0.2, runs=100) <= 0.05


@pytest.mark.parametrize("voters", [8, 20])
def test_people_who_vote_again_and_again_raise_few_false_alarms(voters: int) -> None:
    """Were a voter's side what most of their votes say so far, 6 of 100 would after 600 votes, and ever more later."""
    assert hold.peeked_voters(voters, 600, runs=150) <= 0.05


def test_intervals_of_strengths_cover() -> None:
    assert 0.9 <= hold.strength_coverage(runs=25, draws=200) <= 1.0
