"""Rankings of blind votes: what moves them, what must not, and when there is none."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.statistics import strength as strength_module
from service.statistics.rank import MIDDLE, Ranking, ranking
from service.statistics.votes import Battle, Side


def votes(rng: np.random.Generator, count: int, *, side: float = 0.0, style: float = 0.0) -> list[Battle]:
    """Between a, b and c, 0.7 logits apart; the left one and the longer one have an advantage."""
    strength = {"a": 0.7, "b": 0.0, "c": -0.7}
    battles = []
    for at in range(count):
        left, right = rng.choice(list("abc"), 2, replace=False).tolist()
        long = (float(rng.integers(20, 400)), float(rng.integers(20, 400)))
        odds = strength[left] - strength[right] + side + style * (long[0] - long[1]) / sum(long)
        winner: Side = "left" if rng.random() < 1 / (1 + math.exp(-odds)) else "right"
        battles.append(Battle(left, right, winner, f"voter-{at % 40}", {"tokens": long}))
    return battles


def strengths(it: Ranking) -> dict[str, float]:
    return {one.arm: one.strength for one in it.standings}


def test_finds_the_order_the_side_and_the_style() -> None:
    it = ranking(votes(np.random.default_rng(1), 3_000, side=0.5, style=1.2), draws=200)
    assert [one.arm for one in it.standings] == ["a", "b", "c"]
    assert [(one.rank_low, one.rank_high) for one in it.standings] == [(1, 1), (2, 2), (3, 3)]
    assert it.position_bias is not None
    assert it.position_bias.low < 0.5 < it.position_bias.high
    assert it.styles["tokens"].low > 0
    assert it.matrix[0][2] == pytest.approx(1 / (1 + math.exp(-1.4)), abs=0.04)
    assert it.resampled == "voters"
    assert it.voters == 40


def test_a_biased_page_does_not_move_the_ranking_when_the_side_is_controlled() -> None:
    """All of a's battles have it on the left: its wins there are the side's."""
    rng = np.random.default_rng(2)
    battles = []
    for at in range(2_000):
        left, right = ("a", "b") if at % 4 else ("b", "a")
        winner: Side = "left" if rng.random() < 0.7 else "right"
        battles.append(Battle(left, right, winner, str(at)))
    assert abs(strengths(ranking(battles, draws=20))["a"] - MIDDLE) < 25
    assert strengths(ranking(battles, draws=20, side=False))["a"] - MIDDLE > 30


def test_ties_pull_together() -> None:
    won = [Battle("a", "b", "left", str(at)) if at % 2 else Battle("b", "a", "right", str(at)) for at in range(20)]
    tied = [Battle("a", "b", "tie", str(at)) for at in range(20)]
    apart, near = strengths(ranking(won, draws=20)), strengths(ranking(won + tied, draws=20))
    assert MIDDLE < near["a"] < apart["a"] < MIDDLE + 2_000, "separated votes stay finite"
    assert near["a"] + near["b"] == pytest.approx(2 * MIDDLE)


def test_both_bad_is_an_alarm_and_no_tie() -> None:
    base = votes(np.random.default_rng(3), 200)
    bad = [Battle("a", "b", "both_bad", "voter-1")] * 50
    one, other = ranking(base, draws=20), ranking(base + bad, draws=20)
    assert strengths(one) == pytest.approx(strengths(other))
    assert other.both_bad_rate == pytest.approx(50 / 250)
    assert {s.arm: s.both_bad for s in other.standings} == {"a": 50, "b": 50, "c": 0}


def test_refuses_to_rank_what_votes_do_not_connect() -> None:
    battles = [Battle("a", "b", "left", "v"), Battle("c", "d", "left", "v"), Battle("b", "c", "both_bad", "v")]
    it = ranking(battles)
    assert not it.connected
    assert it.groups == (("a", "b"), ("c", "d"))
    assert it.matrix == ()
    assert all(math.isnan(one.strength) and one.rank_low == 0 for one in it.standings)
    joined = ranking([*battles, Battle("b", "c", "tie", "v")], draws=20)
    assert joined.connected
    assert not ranking([]).connected
    assert ranking([]).standings == ()


def test_one_voter_gets_intervals_over_votes() -> None:
    battles = [Battle("a", "b", "left" if at % 3 else "right", "me") for at in range(30)]
    it = ranking(battles, draws=300)
    assert it.resampled == "votes"
    assert it.standings[0].high - it.standings[0].low > 50


def test_votes_that_agree_are_not_certain() -> None:
    for count, voter in ((1, "me"), (4, "v{}"), (8, "v{}")):
        it = ranking([Battle("a", "b", "left", voter.format(at)) for at in range(count)], draws=100)
        assert it.standings[0].low < MIDDLE < it.standings[0].high, f"after {count} votes"
        assert (it.standings[0].rank_low, it.standings[0].rank_high) == (1, 2)


def test_an_effect_that_may_be_anything_is_not_told() -> None:
    one = ranking([Battle("a", "b", "left", "me", {"tokens": (9.0, 2.0)})], draws=100)
    assert one.position_bias is not None
    assert not one.position_bias.telling
    assert not any(effect.telling for effect in one.styles.values())
    sides = [("a", "b"), ("b", "a")]
    many = ranking([Battle(*sides[at % 2], "left" if at % 3 else "right", f"v{at}") for at in range(60)], draws=100)
    assert many.position_bias is not None
    assert many.position_bias.telling


def test_few_votes_overlap_in_rank() -> None:
    it = ranking(votes(np.random.default_rng(5), 12), draws=300)
    assert {one.rank_low for one in it.standings} == {1}
    assert {one.rank_high for one in it.standings} == {3}


def test_clicking_often_is_not_many_voters() -> None:
    """Twenty votes each of 6 voters who agree with themselves say less than 120 voters."""

    def cast(voter: int, at: int, won: bool) -> Battle:
        left, right = ("a", "b") if at % 2 else ("b", "a")
        return Battle(left, right, "left" if won == (left == "a") else "right", f"v{voter}")

    many = [cast(at, at, bool(at // 2 % 3)) for at in range(120)]
    few = [cast(voter, at, bool(voter % 3)) for voter in range(6) for at in range(20)]
    wide, narrow = ranking(few, draws=400).standings[0], ranking(many, draws=400).standings[0]
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_the_hundredth_vote_moves_the_board_as_the_formula_says() -> None:
    """Two arms, no ridge: the strength is half the log odds of the wins, on the scale of the board."""
    battles: list[Battle] = []
    for at in range(100):
        battles.append(Battle("a", "b", "left", str(at)) if at % 4 else Battle("a", "b", "right", str(at)))
        wins = sum(battle.winner == "left" for battle in battles)
        if 0 < wins < len(battles) and at % 9 == 0:
            it = ranking(battles, ridge=0, side=False, draws=2)
            wanted = MIDDLE + 400 / math.log(10) * math.log(wins / (len(battles) - wins)) / 2
            assert strengths(it)["a"] == pytest.approx(wanted, abs=0.01)


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.sampled_from("abc"), st.sampled_from(("left", "right", "tie", "both_bad"))
        ),
        max_size=25,
    )
)
def test_never_breaks_and_mirrors(rows: list[tuple[str, str, Side]]) -> None:
    battles = [Battle(left, right, winner, "v") for left, right, winner in rows]
    turned: dict[Side, Side] = {"left": "right", "right": "left", "tie": "tie", "both_bad": "both_bad"}
    mirrored = [Battle(right, left, turned[winner], "v") for left, right, winner in rows]
    one, other = ranking(battles, draws=5), ranking(mirrored, draws=5)
    assert one.connected == other.connected
    if one.connected:
        assert strengths(one) == pytest.approx(strengths(other), abs=1e-2)
        assert all(one.low <= one.high for one in one.standings)
    assert sum(standing.wins for standing in one.standings) == sum(standing.losses for standing in one.standings)


@pytest.mark.parametrize("gap", [0.4, 1.0])
def test_many_votes_are_redrawn_in_two_steps_as_well_as_to_the_end(gap: float, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(7)
    arms = rng.permuted(np.tile(np.arange(3), (1_200, 1)), axis=1)[:, :2]
    won = rng.random(1_200) < 1 / (1 + np.exp(gap * (arms[:, 0] - arms[:, 1])))
    battles = [
        Battle("abc"[i], "abc"[j], "left" if left else "right", str(at % 80))
        for at, ((i, j), left) in enumerate(zip(arms, won, strict=True))
    ]
    two_steps = ranking(battles, draws=400).standings
    monkeypatch.setattr(strength_module, "MANY", 10**9)
    for ours, whole in zip(two_steps, ranking(battles, draws=400).standings, strict=True):
        assert ours.arm == whole.arm
        assert [ours.low, ours.high] == pytest.approx([whole.low, whole.high], abs=2)


def test_thousands_of_votes_need_no_matrix_of_votes() -> None:
    """With fewer than five voters every vote is drawn by itself, and no two have the same lengths."""
    rng = np.random.default_rng(3)
    lengths = rng.integers(20, 3_000, (6_000, 2))
    battles = [
        Battle("ab"[at % 2], "ba"[at % 2], "left" if at % 3 else "right", str(at % 4), {"tokens": (left, right)})
        for at, (left, right) in enumerate(lengths.tolist())
    ]
    tracemalloc.start()
    try:
        assert ranking(battles).resampled == "votes"
        assert tracemalloc.get_traced_memory()[1] < 140_000_000, "a matrix of votes and votes is 288 MB"
    finally:
        tracemalloc.stop()
