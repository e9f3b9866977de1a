"""Fusing, by itself: what each part may and may not do."""

from __future__ import annotations

import pytest

from ingest.catalogue.ranking import Matches, score_text
from ingest.lexical import tokens
from ingest.terms import analyse
from ingest.types import Hit
from service.retrieve.distinct import distinct
from service.retrieve.fit import fit, signals
from service.retrieve.fuse import Scored, dense_weight, fuse, is_english
from service.retrieve.kinds import asked, holds

MINILM = "all-minilm-l6-v2"


def stored(text: str) -> str:
    return f" {'  '.join(['|', *tokens(text)])} "


def fused(query: str, texts: dict[str, str], near: dict[str, float], embedder: str = MINILM) -> list[Scored]:
    """All texts, with made-up cosines for some and an idf of 2 for every term."""
    question = analyse(query)
    idf = dict.fromkeys(question.terms, 2.0)
    matches = {name: score_text(question, idf, name, stored(text), 1.0) for name, text in texts.items()}
    hits = sorted((m for m in matches.values() if m.score), key=lambda m: -m.score)
    lexical = Matches(tuple(hits), idf, dict.fromkeys(question.terms, 1), 100, 20.0, True)
    dense = sorted((Hit(name, cosine) for name, cosine in near.items()), key=lambda hit: -hit.score)
    return fuse(question, lexical, matches, dense, embedder)


def names(scored: list[Scored]) -> list[str]:
    return [one.match.chunk_id for one in scored]


def test_english_vectors_do_not_overrule_chinese_words() -> None:
    texts = {"right": "特別休假每年十四日", "wrong": "本公司設於台北市"}
    near = {"wrong": 0.7, "right": 0.1}
    assert names(fused("特別休假有幾日？", texts, near))[0] == "right"
    assert dense_weight(MINILM, "zh", 0.5) < 0.1 < dense_weight(MINILM, "en", 0.5)


def test_vectors_decide_where_no_word_is_shared() -> None:
    texts = {"right": "At most two sondes in hand luggage", "wrong": "Hotels cost 120 a night"}
    near = {"right": 0.6, "wrong": 0.2}
    assert names(fused("May I bring it aboard an aircraft?", texts, near))[0] == "right"


def test_a_model_of_many_languages_counts_more_when_words_are_missing() -> None:
    assert dense_weight("multilingual-e5-small", "zh", 0.0) > 2 > 1 > dense_weight("multilingual-e5-small", "zh", 0.9)


@pytest.mark.parametrize(
    ("name", "english"),
    [
        ("all-minilm-l6-v2", True),
        ("sentence-transformers/all-MiniLM-L12-v2", True),
        ("BAAI/bge-small-en-v1.5", True),
        ("intfloat/e5-base-v2", True),
        ("intfloat/multilingual-e5-base", False),
        ("text-embedding-3-small", False),
        ("bge-m3", False),
        ("", False),
    ],
)
def test_which_models_know_english_only(name: str, english: bool) -> None:
    assert is_english(name) is english


def test_a_rare_code_beats_words_and_nearness() -> None:
    texts = {
        "right": "QZ0073 is kept in store",
        "wrong": "The rated pressure of the steel pump QZ0074 and the steel pump QZ0075 is high",
    }
    near = {"wrong": 0.9, "right": 0.0}
    assert names(fused("What is the rated pressure of the steel pump QZ0073?", texts, near))[0] == "right"


def test_neighbouring_words_beat_scattered_ones() -> None:
    texts = {
        "right": "the notice period is long and for the trial",
        "wrong": "a period is long and for notice the trial",
    }
    assert names(fused("notice period", texts, {}))[0] == "right"


@pytest.mark.parametrize(
    ("question", "holding", "lacking"),
    [
        ("What is the e-mail address for appeals?", "Write to appeals@example.com", "Write to the appeals desk"),
        ("Which phone number do I call?", "Call 1-800-123-4567 any time", "Call us any time, 24 hours"),
        ("When does it start?", "It starts on 3 May", "It starts with a word of welcome"),
        ("How many days?", "It is twenty days", "It is a good number of days"),
        ("特別休假有幾日？", "特別休假三十日", "特別休假之給假規定"),
    ],
)
def test_the_kind_of_thing_asked_for(question: str, holding: str, lacking: str) -> None:
    patterns = asked(question)
    assert holds(stored(holding), patterns) == 1.0
    assert holds(stored(lacking), patterns) == 0.0


def test_a_question_for_no_such_kind_prefers_nothing() -> None:
    assert asked("Who wrote the handbook?") == ()
    assert holds(stored("7 days"), ()) == 0.0


def test_repetitions_come_last_but_facts_are_kept_apart() -> None:
    said = "the yearly allowance for books and courses of each employee of the company in any of its offices is {}"
    texts = {"a": said.format("1,000"), "b": said.format("1,000"), "c": said.format("2,000"), "d": "the allowance"}
    order = fused("yearly allowance for books", texts, {})
    assert names(order)[:2] == ["a", "b"]
    assert names(distinct(order, 3)) == ["a", "c", "d"]
    assert names(distinct(order, 4)) == ["a", "c", "d", "b"]


def test_fit_is_higher_for_what_stands_there() -> None:
    texts = {"a": "The notice period after probation is eight weeks", "b": "Hotels cost 120 a night"}

    def of(query: str, near: dict[str, float]) -> float:
        question = analyse(query)
        scored = fused(query, texts, near)
        return fit(signals(question, dict.fromkeys(question.terms, 2.0), scored), question, MINILM)

    good = of("How long is the notice period after probation?", {"a": 0.7, "b": 0.1})
    weak = of("What is the wireless password in the notice?", {"a": 0.2, "b": 0.1})
    none = of("Quelle heure?", {})
    assert good > 0.8 > 0.5 > weak > none == 0.0
