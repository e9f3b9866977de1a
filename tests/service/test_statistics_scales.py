"""Scores with a range and without one, and datasets of thousands of documents."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.metrics import METRICS
from service.statistics.arm import interval, unseen
from service.statistics.cluster import grouped, robust
from service.statistics.paired import paired
from service.statistics.sentence import sentence
from service.statistics.verdict import Pair, verdicts

NINE = [f"{at % 9}.md" for at in range(80)]
ROOM = 24_000_000
"""Bytes: far more than 20,000 scores need, a thirtieth of one matrix of their 10,000 clusters."""


@pytest.mark.parametrize("clusters", [None, NINE])
@pytest.mark.parametrize("value", [0.0, 1.0, 0.7, 412.0])
def test_what_has_no_range_is_a_point_where_it_is_always_the_same(value: float, clusters: list[str] | None) -> None:
    one = interval([value] * 80, clusters, within=None)
    assert one.mean == pytest.approx(value)
    assert (one.low, one.high, one.method) == (one.mean, one.mean, "constant")
    same = paired([value] * 80, [value] * 80, clusters, within=None)
    assert (same.difference, same.low, same.high, same.p, same.binary) == (0.0, 0.0, 0.0, 1.0, False)
    assert math.isnan(same.detectable)


def test_free_answers_are_told_to_cost_the_same() -> None:
    free = Pair("rag", "plain", "Cost", paired([0.0] * 80, [0.0] * 80, within=None), False, "USD", None)
    assert sentence(verdicts([free])[0]) == (
        "Not decided yet: rag differs from plain on Cost by 0 USD (95 % interval 0 to 0, n = 80). "
        "So far they do not differ at all."
    )
    longer = Pair(
        "rag", "plain", "Tokens", paired([412.0] * 80, [400.0] * 80, NINE, within=None), False, "tokens", None
    )
    assert sentence(verdicts([longer])[0]) == (
        "rag is worse than plain on Tokens by 12 tokens (95 % interval 12 to 12, n = 80)."
    )


def test_seconds_that_are_0_or_1_are_no_shares() -> None:
    """The bench's clock may be as coarse as that: Student's t, which can pass 1."""
    seconds = [1.0] * 28 + [0.0] * 2
    assert interval(seconds, within=None).high > 1
    assert paired(seconds, [0.0] * 30, within=None).method == "sign flips, drawn"
    assert interval(seconds).method == "wilson"


def test_what_was_not_seen_may_lie_at_either_end_of_the_range() -> None:
    room = unseen(20)
    right = interval([1.0] * 20, within=(-1.0, 1.0))
    assert [right.low, right.high] == pytest.approx([1 - 2 * room, 1.0])
    silent = interval([0.0] * 20, within=(-1.0, 1.0))
    assert [silent.low, silent.high] == pytest.approx([-room, room])
    half = interval([0.5] * 20)
    assert [half.low, half.high] == pytest.approx([0.5 - room / 2, 0.5 + room / 2])
    same = paired([1.0] * 20, [1.0] * 20, within=(-1.0, 1.0))
    assert [same.low, same.high] == pytest.approx([-2 * room, 2 * room])
    apart = paired([1.0] * 20, [-1.0] * 20, within=(-1.0, 1.0))
    assert [apart.low, apart.high] == pytest.approx([2 - 4 * room, 2.0])


@pytest.mark.parametrize(("right", "declined", "n"), [(0.90, 0.05, 50), (0.70, 0.25, 30), (0.85, 0.10, 50)])
def test_truthfulness_without_a_wrong_answer_promises_no_more_than_it_holds(
    right: float, declined: float, n: int
) -> None:
    """Those very samples: a share's interval holds half of them, all too high."""
    drawn = np.random.default_rng(5)
    true, held, seen = 2 * right + declined - 1, 0, 0
    for _ in range(1_500):
        sample = drawn.choice([1.0, 0.0, -1.0], p=[right, declined, 1 - right - declined], size=n)
        if sample.min() >= 0 and np.ptp(sample) > 0:
            found = interval(sample.tolist(), within=(-1.0, 1.0))
            seen, held = seen + 1, held + (found.low <= true <= found.high)
    assert seen > 60
    assert held / seen > 0.9


def test_a_score_out_of_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="within 0 to 1"):
        interval([0.2, 1.5])
    with pytest.raises(ValueError, match="within -1 to 1"):
        paired([0.2, -1.0], [0.0, -1.5], within=(-1.0, 1.0))
    assert interval([0.0, 1.0 + 1e-12]).n == 2, "rounding is none of it"


def test_clusters_that_cancel_out_are_no_certainty() -> None:
    """Every document one question up and one down: no variance between documents, which is no proof of anything."""
    scores, clusters = [0.9, 0.1] * 8, [at // 2 for at in range(16)]
    one = interval(scores, clusters)
    assert one.low < 0.45
    assert one.high > 0.55


@given(st.lists(st.sampled_from((-1.0, 0.0, 1.0)), min_size=2, max_size=40), st.integers(1, 4))
def test_intervals_stay_within_the_range_and_hold_the_mean(values: list[float], size: int) -> None:
    one = interval(values, [at // size for at in range(len(values))], within=(-1.0, 1.0))
    assert -1 <= one.low <= one.mean + 1e-9
    assert one.mean - 1e-9 <= one.high <= 1


def test_every_metric_says_its_range() -> None:
    """What is told in points has one, what is told in a unit has none."""
    assert METRICS["truthfulness"].within == (-1.0, 1.0)
    for metric in METRICS.values():
        assert (metric.within is None) == (metric.kind in ("money", "seconds", "count")) == bool(metric.unit)


@pytest.mark.parametrize("sizes", [list(range(1, 51)), [1] * 49 + [7], [3, 1, 4, 1, 5, 9, 2, 6, 5, 3], [400, 2, 1]])
def test_degrees_of_freedom_as_the_matrix_gives_them(sizes: list[int]) -> None:
    """(tr B)^2 / tr(B B) with B = W (I - h 1') D (I - 1 h') W written out."""
    n = np.array(sizes, dtype=np.float64)
    share, spread = n / n.sum(), n * (1 + 0.1 * (n - 1))
    centre = np.eye(len(n)) - share[:, None]
    scale = 1 / np.sqrt(1 - share)
    terms = np.diag(scale) @ centre @ np.diag(spread) @ centre.T @ np.diag(scale)
    clusters = np.repeat(np.arange(len(n)), sizes).tolist()
    found = robust(grouped(np.arange(len(clusters)) % 3 / 2, clusters))[1]
    assert found == pytest.approx(max(1.0, np.trace(terms) ** 2 / np.trace(terms @ terms)), rel=1e-6)


def test_twenty_thousand_cases_need_no_matrix_of_clusters() -> None:
    rng = np.random.default_rng(0)
    clusters = [at if at < 9_000 else at // 2 for at in range(20_000)]
    a, b = rng.random(20_000), rng.random(20_000)
    tracemalloc.start()
    try:
        interval(a, clusters)
        paired(a, b, clusters)
        assert tracemalloc.get_traced_memory()[1] < ROOM
    finally:
        tracemalloc.stop()
