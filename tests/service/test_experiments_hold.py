"""The simulations of tests/bench/experiments_hold.py, small."""

from __future__ import annotations

import pytest

from tests.bench import experiments_hold as hold


@pytest.mark.parametrize("questions", hold.QUESTIONS)
def test_equal_lanes_are_neither_stopped_nor_called_different(questions: int) -> None:
    assert hold.simulated(questions, 0.08, 0.08, hold.stopped, runs=10) == [None] * 10
    apart = hold.simulated(questions, 0.5, 0.5, hold.told_apart, runs=40)
    assert sum(at is not None for at in apart) <= 2


@pytest.mark.parametrize("questions", hold.QUESTIONS)
def test_lanes_that_differ_are_told_apart(questions: int) -> None:
    assert hold.simulated(questions, 0.0, 1.0, hold.stopped, runs=5) == [hold.LOOK_EVERY] * 5
    failing = hold.simulated(questions, 0.0, 0.3, hold.stopped, runs=5)
    assert all(at is not None and at <= 300 for at in failing)
    liked = hold.simulated(questions, 0.6, 0.8, hold.told_apart, runs=10)
    assert all(at is not None for at in liked)
