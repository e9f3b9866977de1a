"""What gives a question away is found without comparing everything: the very pairs that comparing everything finds."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service import hygiene
from service.hygiene import SAME, normal, overlaps

WORDS = [
    *("what", "does", "the", "heron", "pump", "cost", "in", "hall", "HX-4410", "2025", "aaaa", "abab"),
    *("到職", "滿三年", "特休", "！"),
]
Found = list[tuple[str, str, float, str]]


def plain(questions: Sequence[str], cases: Sequence[tuple[str, str]]) -> Found:
    """Every pair compared."""

    def bag(text: str) -> Counter[str]:
        packed = text.replace(" ", "")
        return Counter(packed[at : at + 2] for at in range(max(1, len(packed) - 1)))

    found: Found = []
    for one in questions:
        text = normal(one)
        if not text:
            continue
        same: Found = []
        near: Found = []
        for id, question in cases:
            other = normal(question)
            if other.replace(" ", "") == text.replace(" ", ""):
                same.append((one, id, 1.0, "same"))
                continue
            likeness = 2 * (bag(text) & bag(other)).total() / (bag(text).total() + bag(other).total())
            numbers = [hygiene._NUMBER.findall(each) for each in (text, other)]
            if likeness >= SAME and numbers[0] == numbers[1]:
                near.append((one, id, likeness, "near"))
        found += same + near
    return found


def told(questions: Sequence[str], cases: Sequence[tuple[str, str]]) -> Found:
    return [(one.given, one.case_id, one.likeness, one.kind) for one in overlaps(questions, cases)]


@st.composite
def alike(draw: st.DrawFn) -> tuple[list[str], list[tuple[str, str]]]:
    """Questions and cases made of few stems by small changes, so that many are nearly, and only nearly, the same."""
    stems = draw(st.lists(st.lists(st.sampled_from(WORDS), min_size=0, max_size=12), min_size=1, max_size=4))

    def made() -> str:
        letters = list(" ".join(draw(st.sampled_from(stems))))
        for _ in range(draw(st.integers(0, 5))):
            at = draw(st.integers(0, len(letters)))
            letters[at : at + draw(st.integers(0, 2))] = draw(st.sampled_from(["", "a", "ab", "年", " ", "7", "-"]))
        return "".join(letters)

    questions = [made() for _ in range(draw(st.integers(0, 6)))]
    return questions, [(str(n), made()) for n in range(draw(st.integers(0, 12)))]


@given(alike())
@settings(max_examples=400, deadline=None)
def test_nothing_is_missed_and_nothing_is_made_up(made: tuple[list[str], list[tuple[str, str]]]) -> None:
    assert told(*made) == plain(*made)


def test_the_very_edge_of_alike_is_found() -> None:
    """Bags of every two sizes that share just enough bigrams, and one too few."""
    rng = random.Random(3)
    letters = [chr(0x4E00 + n) for n in range(4000)]
    edges = 0
    for _ in range(300):
        rng.shuffle(letters)
        size = rng.randint(2, 60)
        text = "".join(letters[:size])
        cases = [(str(cut), text[:cut] + "".join(letters[size : size + more])) for cut in range(1, size) for more in
                 (0, 1, rng.randint(0, size))]  # fmt: skip
        found = told([text], cases)
        assert found == plain([text], cases)
        edges += len(found) not in (0, len(cases))
    assert edges > 200


def test_few_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty examples and thousands of cases of one company's words: what is counted is the work, not the time."""
    rng = random.Random(4)
    words = ["".join(rng.choices("abcdefghijklmnoprstuvwy", k=rng.randint(2, 9))) for _ in range(300)]

    def made() -> str:
        return "What is " + " ".join(rng.choices(words, k=8)) + "?"

    cases = [(str(n), made()) for n in range(4000)]
    questions = [made() for _ in range(20)]
    counted = []

    class Counted(Counter[object]):
        def __init__(self, *args: object) -> None:
            super().__init__(*args)  # type: ignore[arg-type]
            counted.append(1)

    monkeypatch.setattr(hygiene, "Counter", Counted)
    assert told([*questions, cases[7][1]], cases) == [(cases[7][1], "7", 1.0, "same")]
    assert len(counted) < 200, "bags were made of cases that are not near"
