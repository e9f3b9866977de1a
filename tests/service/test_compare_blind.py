"""Blind: who stands where is a fair coin's doing, and no text tells."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import create_engine

from service.answer.presets import PRESETS
from service.chat.book import VariantBook
from service.compare import arms, blind
from service.compare.types import Arm
from service.types import Answer, Variant

pytestmark = pytest.mark.anyio

DRAWS = 400
SIX_SIGMA = 62
"""A fair coin strays so far in 400 throws once in two thousand million tries."""
QUESTION = "How long is the warranty of the pump?"


def arm(name: str = "plain", label: str = "Plain", model: str = "qwen2.5-coder-0.5b-instruct-q4_k_m") -> Arm:
    variant = Variant(name, label, "plain", model, {}, "0", "custom")
    return Arm(variant, name, name)


def answer(text: str, finish: Any = "answered") -> Answer:
    return Answer("ans_1", "conv_1", "rag", "rag", "m", text, finish)


@pytest.mark.parametrize("lanes", [2, 3])
def test_sides_are_drawn_fairly(lanes: int) -> None:
    asked = [arm(str(n)) for n in range(lanes)]
    left: Counter[int] = Counter()
    first: Counter[int] = Counter()
    together: Counter[tuple[int, int]] = Counter()
    for _ in range(DRAWS):
        placed = arms.placed(asked, blind=True)
        assert [lane.number for lane in placed] == list(range(lanes))
        assert sorted(lane.asked for lane in placed) == list(range(lanes))
        assert all(lane.arm is asked[lane.asked] for lane in placed)
        starting = min(placed, key=lambda lane: lane.began)
        left[placed[0].asked] += 1
        first[starting.asked] += 1
        together[placed[0].asked == 0, starting.number == 0] += 1
    for drawn in (left, first):
        assert all(abs(drawn[n] - DRAWS / lanes) <= SIX_SIGMA for n in range(lanes)), drawn
    # Who starts first is drawn apart from who stands left.
    assert abs(together[True, True] - DRAWS / lanes**2) <= SIX_SIGMA, together


def test_open_lanes_stand_as_asked_and_start_in_any_order() -> None:
    asked = [arm(str(n)) for n in range(3)]
    starts = set()
    for _ in range(100):
        placed = arms.placed(asked, blind=False)
        assert [lane.asked for lane in placed] == [0, 1, 2]
        starts.add(tuple(lane.began for lane in placed))
    assert len(starts) == 6


async def test_pairs_of_battles_are_drawn_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    async def presets(_: VariantBook) -> list[Variant]:
        return list(PRESETS)

    monkeypatch.setattr(VariantBook, "all", presets)
    book = VariantBook(create_engine("sqlite://"))
    pairs = Counter([frozenset(one.variant for one in await arms.drawn(book)) for _ in range(600)])
    assert len(pairs) == 3
    assert all(abs(count - 200) < 75 for count in pairs.values()), pairs


def test_citations_and_declines_are_rendered_alike() -> None:
    cited = answer("It is 36 months [1]. Claims go to Dock 7 [1, 2].")
    assert blind.shown(cited, QUESTION) == "It is 36 months. Claims go to Dock 7."
    declined = answer("The documents do not answer this.\n\nSearched the collection “default”.", "declined")
    refused = answer("I am sorry, I do not know.", "declined")
    assert blind.shown(declined, QUESTION) == blind.shown(refused, QUESTION) == "I cannot answer this."
    assert blind.shown(declined, "保固多久？") == "我無法回答這個問題。"
    assert declined.text.startswith("The documents"), "the answer itself stays as it is"


@pytest.mark.parametrize(
    "text",
    [
        "According to the documents, it is 36 months.",
        "Based on the provided context, it is 36 months.",
        "The passages above say 36 months.",
        "The excerpts do not mention it.",
        "In the passages it says 36 months.",
        "The documents do not say how long it lasts.",
        "The sources you have provided say 36 months.",
        "根據文件，保固是三年。",
        "上述資料說保固是三年。",
        "As Qwen, made by Alibaba, I say 36 months.",
        "I am qwen2.5-coder-0.5b-instruct-q4_k_m.",
        "This is the rag-k8 speaking.",
        "I answer with Documents (RAG).",
    ],
)
def test_texts_that_give_their_arm_away(text: str) -> None:
    everybody = [arm(), arm("rag-k8", "Documents (RAG)")]
    assert blind.gives_away(text, QUESTION, everybody) is not None


@pytest.mark.parametrize(
    "text",
    [
        "The warranty lasts 36 months.",
        "It is plain that the warranty lasts 36 months.",
        "Send the warranty document with the pump.",
        "Keep your documents: the invoice is the proof of purchase.",
        "保固期是三年，請保留文件。",
        "The source of the leak must be found first.",
        "In the context of the warranty, 36 months apply.",
        "In this context, the warranty lasts 36 months.",
        "File the invoice in the documents folder.",
        "The documents are available at reception.",
        "Documents for the claim must be provided within 14 days.",
    ],
)
def test_texts_that_give_nothing_away(text: str) -> None:
    assert blind.gives_away(text, QUESTION, [arm(), arm("rag", "Documents (RAG)")]) is None


def test_what_the_question_says_gives_nothing_away() -> None:
    everybody = [arm(), arm("rag", "Documents (RAG)", "openai:gpt-5-mini")]
    text = "GPT stands for generative pre-trained transformer; the documents provided say so."
    assert blind.gives_away(text, QUESTION, everybody)
    assert blind.gives_away(text, "What does GPT mean, and which documents are provided?", everybody) is None


def test_style_is_counted_as_it_is_shown() -> None:
    text = "# Head\n\n- one\n- two\n1. three\n\n**bold** and **more** and 4*5*6"
    assert blind.style(text) | {"tokens": 0} == {"tokens": 0, "headings": 1, "lists": 3, "bold": 2}
    assert blind.style(text * 2)["tokens"] > blind.style(text)["tokens"] > 10


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How long is it?", "  how LONG\nis it? "),
        ("ﬁle ２", "file 2"),
    ],
)
def test_the_same_question_however_it_is_written(one: str, other: str) -> None:
    assert arms.question_key(one, "default") == arms.question_key(other, "default")
    assert arms.question_key(one, "default") != arms.question_key(one, "another")
    assert arms.question_key(one, "default") != arms.question_key(f"{one} now", "default")


def test_a_battle_is_its_question_and_its_arms_in_any_order() -> None:
    a, b, c = arm("a"), arm("b"), arm("c")
    assert arms.battle_key("q", [a, b]) == arms.battle_key("q", [b, a])
    assert len({arms.battle_key("q", [a, b]), arms.battle_key("q", [a, c]), arms.battle_key("r", [a, b])}) == 3
