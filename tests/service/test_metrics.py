"""Metrics of one answer: what counts as right, found, cited and declined, in English and in Chinese."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.metrics import METRICS, Answered, Case, Cited, GoldPassage, Retrieved, diagnosis
from service.metrics.abstention import Counts, counts, outcome, truth
from service.metrics.citation import entails, statements
from service.metrics.expense import per_correct
from service.metrics.normal import normal, pieces
from service.metrics.quantity import quantities
from service.metrics.reference import correct, f1
from service.metrics.relevance import relevant
from service.types import Message

CASE = Case(
    "q1",
    "How long is the notice?",
    answers=("30 days",),
    gold_docs=("handbook.pdf",),
    gold_passages=(GoldPassage("handbook.pdf", "notice of thirty days", 4),),
)
GOLD = Retrieved("handbook.pdf", "Everybody has a notice of  Thirty days.", 1, 4)
OTHER = Retrieved("travel.pdf", "Trips are booked 14 days ahead.", 2, 1)
CITED = Cited(1, "handbook.pdf", "The notice is 30 days.", "notice of thirty days", GOLD.text, page=4)
ANSWER = Answered("The notice is 30 days [1].", passages=(GOLD, OTHER), citations=(CITED,), grounded=True)
DECLINED = Answered("I do not know.", "declined", passages=(GOLD, OTHER), grounded=True)
FAILED = Answered("", "failed", error="model_timeout", grounded=True, total=30.0, first_token=2.0)
NO_ANSWER = Case("q2", "What is the Wi-Fi password?", answerable=False)


def score(name: str, case: Case, answer: Answered) -> float | None:
    return METRICS[name].score(case, answer)


def asked(*answers: str) -> Case:
    return Case("q", "?", answers=answers)


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("$1,500.00", "$1500"),
        ("三十日", "30日"),
        ("１２００元", "1200元"),
        ("百分之二十", "20%"),
        ("20 percent", "20%"),
        ("The Twelve  weeks!", "12 weeks"),
        ("二〇二四", "2024"),
        ("once a year", "once per year"),
    ],
)
def test_one_spelling(written: str, same: str) -> None:
    assert normal(written) == normal(same)


def test_pieces_are_words_and_chinese_characters() -> None:
    assert pieces("加班費 is $1,200") == ["加", "班", "費", "is", "$1200"]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (("$1,000", "1000 dollars"), "You can expense up to $1000 through PerksPlus."),
        (("2023-03-05", "March 5, 2023"), "It was last updated on 5 March 2023."),
        (("30 days",), "You have to give 30 calendar days' notice."),
        (("twelve weeks",), "12 weeks"),
        (("14日", "14天"), "滿三年者每年有十四日特休。"),
        (("30日",), "應於三十天內發給"),
        (("95.3%",), "Revenues rose by 95.3 percent."),
        (("95.3%",), "Revenues rose by 95.4%."),
        (("$1.5 million",), "About $1,500,000.00, so 1.5 million dollars."),
        (("SKU-4563",), "It is SKU-4563."),
        (("A",), "A"),
        (("A",), "A."),
        (("A",), "They need grade A at least."),
        (("Vitamin A",), "vitamin A"),
        (("Yes",), "Yes, you can."),
        (("Yes",), "You can browse without an account."),
        (("No",), "Employees cannot do that."),
        (("No",), "It isn't allowed. Yes-men notwithstanding."),
        (("Yes",), "Yes. Nobody is excluded, and there is no fee."),
        (("可以",), "是的，可以委託他人代辦。"),
        (("不得", "不可以"), "雇主不得終止契約。"),
        (("不得",), "根據規定是不可以。"),
        (("可以", "得委託他人代辦"), "依規定，得委託他人代辦請假手續。"),
        (("Emily Rodriguez",), "The cashier was Emily Rodriguez."),
        (("~70%", "about 70%"), "About 70% of it."),
    ],
)
def test_right(answers: tuple[str, ...], said: str) -> None:
    assert correct(asked(*answers), Answered(said)) == 1.0


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (("30 days",), "You have to give 30 weeks' notice."),
        (("30 days",), "130 days"),
        (("30 days",), "30.5 days"),
        (("$1,500",), "It is $1,490."),
        (("4小時",), "連續工作十四小時"),
        (("1年",), "一日"),
        (("6%",), "六個月"),
        (("2023-03-05",), "It was updated on 6 March 2023."),
        (("15 minutes before the next team meeting",), "15"),
        (("Yes",), "No."),
        (("No",), "Yes, they may."),
        (("可以",), "不可以。"),
        (("可以",), "三十日"),
        (("不可以",), "可以。"),
        (("cat",), "concatenate"),
        (("A",), "Grade B."),
        (("A",), "A driver needs grade B."),
        (("A",), "It is B. A driver needs it."),
        (("SKU-4563",), "SKU-4564"),
        (("Bangor",), ""),
    ],
)
def test_wrong(answers: tuple[str, ...], said: str) -> None:
    assert correct(asked(*answers), Answered(said)) == 0.0


def test_markers_are_not_part_of_what_is_said() -> None:
    assert correct(asked("3"), Answered("There are two [3].")) == 0.0
    assert score("exact", asked("Bangor, Wales"), Answered("Bangor, Wales [1].")) == 1.0


def test_correct_of_declines_failures_and_long_references() -> None:
    assert correct(NO_ANSWER, DECLINED) == 1.0
    assert correct(NO_ANSWER, ANSWER) == 0.0
    assert correct(CASE, DECLINED) == 0.0
    assert correct(CASE, FAILED) == 0.0
    assert correct(CASE, replace(ANSWER, finish="stopped")) == 0.0
    assert correct(CASE, replace(DECLINED, text="30 days is the closest I have.")) == 0.0, "a decline is no answer"
    long = asked("word " * 40)
    assert correct(long, ANSWER) is None
    assert score("f1", long, ANSWER) is not None
    assert correct(replace(CASE, answerable=None), ANSWER) is None
    chinese = asked("五年以下有期徒刑、拘役或科或併科新臺幣七十五萬元以下罰金")
    assert correct(chinese, Answered("處五年以下有期徒刑、拘役或科或併科新臺幣七十五萬元以下罰金。")) == 1.0


def test_nuggets() -> None:
    case = Case("q", "?", nuggets=(("$25", "25 dollars"), ("in-network",), ("copay", "co-payment")))
    assert score("nuggets", case, Answered("It pays 25 dollars for each visit in-network.")) == pytest.approx(2 / 3)
    assert correct(case, Answered("The copay is $25 per visit, in-network.")) == 1.0
    assert correct(case, Answered("It pays $25.")) == 0.0
    assert score("nuggets", CASE, ANSWER) is None


def test_f1_by_words_and_by_characters() -> None:
    assert f1(asked("the black cat"), Answered("a cat, black")) == 1.0
    assert f1(asked("black cat"), Answered("white cat sleeps")) == pytest.approx(2 * 1 / (2 + 3))
    assert f1(asked("特別休假"), Answered("休假")) == pytest.approx(2 * 2 / (4 + 2))
    assert f1(asked("x"), Answered("")) == 0.0


@given(st.text(max_size=60), st.text(max_size=60))
def test_scores_against_references_stay_in_0_to_1(reference: str, said: str) -> None:
    case = asked(reference)
    for name in ("correct", "contains", "exact", "f1", "numeric", "truthfulness"):
        value = score(name, case, Answered(said))
        assert value is None or -1 <= value <= 1
    if pieces(reference) and len(reference) < 20:
        assert f1(case, Answered(reference)) == pytest.approx(1.0)


def test_quantities() -> None:
    read = quantities("Up to $1,200.50 or 12 % within 2個月, from 3 May 2024, 4.5 million units, and 30 working days")
    assert [(q.value, q.unit) for q in read.numbers] == [
        (1200.5, "$"),
        (12, "%"),
        (2, "month"),
        (4_500_000, ""),
        (30, "day"),
    ]
    assert read.dates == {(2024, 5, 3)}
    assert not quantities("none at all")


def test_relevance() -> None:
    assert relevant(CASE, GOLD.document, GOLD.text)
    assert not relevant(CASE, "other.pdf", GOLD.text)
    assert not relevant(CASE, "handbook.pdf", "Something else", 4), "the evidence decides, not the page"
    paged = replace(
        CASE, gold_passages=(GoldPassage("handbook.pdf", page=4, also_pages=(5,), also_docs=("copy.pdf",)),)
    )
    assert relevant(paged, "handbook.pdf", "anything", 5)
    assert relevant(paged, "copy.pdf", "anything", 4)
    assert not relevant(paged, "handbook.pdf", "anything", 6)
    assert relevant(replace(CASE, gold_passages=()), "handbook.pdf", "anything", 9)


def test_ndcg_golden() -> None:
    case = replace(CASE, gold_passages=tuple(GoldPassage("d", f"fact {at};") for at in range(3)))
    found = tuple(Retrieved("d", {1: "fact 0;", 4: "fact 1;"}.get(rank, "noise"), rank) for rank in range(1, 11))
    answer = replace(ANSWER, passages=found)
    assert score("ndcg_10", case, answer) == pytest.approx(0.67139, abs=5e-6)
    assert score("recall_5", case, answer) == pytest.approx(2 / 3)
    assert score("mrr_10", case, answer) == 1.0


def test_one_fact_counts_once() -> None:
    """However a chunker overlaps, three passages with the same fact are one fact."""
    thrice = tuple(replace(GOLD, rank=rank) for rank in (1, 2, 3))
    case = replace(CASE, gold_passages=(*CASE.gold_passages, GoldPassage("handbook.pdf", "never found")))
    answer = replace(ANSWER, passages=thrice)
    assert score("recall_5", case, answer) == 0.5
    assert score("ndcg_10", case, answer) == pytest.approx(1 / (1 + 1 / math.log2(3)))
    both = replace(answer, passages=(replace(GOLD, text=GOLD.text + " Never found."),))
    assert score("ndcg_10", case, both) == 1.0


def test_retrieval_applies_to_arms_that_retrieve_only() -> None:
    plain = Answered("30 days")
    names = [metric.name for metric in METRICS.values() if metric.family == "retrieval"]
    assert all(score(name, CASE, plain) is None for name in names)
    assert score("hit_5", NO_ANSWER, ANSWER) is None
    assert score("hit_5", CASE, FAILED) == 0.0, "an error is a miss, not a missing row"
    assert score("hit_1", CASE, replace(ANSWER, passages=(replace(OTHER, rank=1), replace(GOLD, rank=2)))) == 0.0
    assert score("hit_3", CASE, replace(ANSWER, passages=(replace(OTHER, rank=1), replace(GOLD, rank=2)))) == 1.0
    assert score("document_hit_5", CASE, replace(ANSWER, passages=(replace(GOLD, text="else"),))) == 1.0
    assert score("context_tokens", CASE, ANSWER) == len(pieces(GOLD.text)) + len(pieces(OTHER.text))
    assert score("context_precision", CASE, ANSWER) == pytest.approx(6 / 12)


def test_entails() -> None:
    text = "Write to hr@acme.example by 5 March 2024. The allowance is $1,200 a year for remote staff."
    assert entails(text, "Remote staff have an allowance of 1200 dollars a year.")
    assert not entails(text, "Remote staff have an allowance of 1300 dollars a year.")
    assert entails(text, "Write to HR@acme.example by 2024-03-05.")
    assert not entails(text, "Write to it@acme.example by 2024-03-05.")
    assert not entails(text, "Write to hr@acme.example by 6 March 2024.")
    assert not entails(text, "Penguins breed noisily near volcanoes.")
    assert entails("特別休假為每年十四日。", "每年特別休假14日")
    assert not entails("特別休假為每年十四日。", "每年特別休假15日")


def test_statements() -> None:
    said = statements("Yes. The notice is 30 days [1]. It begins:\n- on the first [2]\n- in writing\n[3]")
    assert [(one.text, sorted(one.cites)) for one in said] == [
        ("The notice is 30 days.", [1]),
        ("on the first", [2]),
        ("in writing", [3]),
    ]


def test_citation_recall_and_precision_as_in_alce() -> None:
    first = Cited(1, "a", "", "", "The notice is 30 days.")
    second = Cited(2, "b", "", "", "Lunch is served at noon in the canteen.")
    both = replace(ANSWER, text="The notice is 30 days [1][2]. Lunch is at 13.", citations=(first, second))
    assert score("citation_recall", CASE, both) == 0.5
    assert score("citation_precision", CASE, both) == 0.5, "[2] does not bear it, and [1] does without it"
    halves = (replace(first, text="The notice period"), replace(second, text="30 days"))
    needed = replace(both, text="The notice period of employees is 30 days [1][2].", citations=halves)
    assert score("citation_recall", CASE, needed) == 1.0
    assert score("citation_precision", CASE, needed) == 1.0, "neither is enough alone"
    wrong = replace(both, text="The notice is 45 days [1].")
    assert score("citation_precision", CASE, wrong) == 0.0


def test_citations_of_the_right_place() -> None:
    assert score("gold_citation_precision", CASE, ANSWER) == 1.0
    assert score("gold_citation_recall", CASE, ANSWER) == 1.0
    elsewhere = Cited(2, "travel.pdf", "", "", OTHER.text)
    assert score("gold_citation_precision", CASE, replace(ANSWER, citations=(CITED, elsewhere))) == 0.5
    assert score("gold_citation_recall", CASE, replace(ANSWER, citations=(elsewhere,))) == 0.0
    assert score("gold_citation_precision", CASE, replace(ANSWER, citations=())) is None


def test_uncited_dangling_and_invented() -> None:
    assert (score("uncited", CASE, ANSWER), score("dangling", CASE, ANSWER)) == (0.0, 0.0)
    assert score("uncited", CASE, replace(ANSWER, citations=())) == 1.0
    assert score("dangling", CASE, replace(ANSWER, citations=())) == 1.0
    assert score("dangling", CASE, replace(ANSWER, text="30 days [1, 2].")) == 1.0
    assert score("invented_number", CASE, ANSWER) == 0.0
    assert score("invented_number", CASE, replace(ANSWER, text="The notice is 45 days [1].")) == 1.0
    said = replace(CASE, history=(Message("user", "I have worked here for 45 days."),))
    assert score("invented_number", said, replace(ANSWER, text="After 45 days it is 30 [1].")) == 0.0
    listed = replace(ANSWER, text="1. Ask.\n2. The notice is 30 days [1].\n3. Leave.")
    assert score("invented_number", CASE, listed) == 0.0
    for name in ("uncited", "dangling", "invented_number", "citation_recall"):
        assert score(name, CASE, DECLINED) is None
        assert score(name, CASE, Answered("45 days")) is None, "an arm without documents cites nothing"


def test_abstention() -> None:
    assert score("declined_rightly", NO_ANSWER, DECLINED) == 1.0
    assert score("declined_rightly", CASE, DECLINED) is None
    assert score("declined_wrongly", CASE, DECLINED) == 1.0
    assert (score("coverage", CASE, DECLINED), score("coverage", CASE, ANSWER)) == (0.0, 1.0)
    assert score("attempted", CASE, DECLINED) is None
    vague = replace(CASE, answerable=None)
    assert score("asked_back", vague, Answered("Which contract do you mean?")) == 1.0
    assert score("asked_back", vague, ANSWER) == 0.0
    assert score("asked_back", CASE, ANSWER) is None
    assert score("declined_wrongly", CASE, replace(ANSWER, text="I do not know.")) == 0.0, "the flag, never a phrase"


def test_truthfulness_punishes_what_misleads() -> None:
    wrong = replace(ANSWER, text="45 days")
    assert [score("truthfulness", CASE, answer) for answer in (ANSWER, DECLINED, wrong, FAILED)] == [
        1.0,
        0.0,
        -1.0,
        -1.0,
    ]
    assert [score("truthfulness", NO_ANSWER, answer) for answer in (ANSWER, DECLINED)] == [-1.0, 1.0]
    assert truth(None) is None


def test_counts() -> None:
    it = Counts(right=6, wrong=1, declined=3, declined_rightly=4, answered_wrongly=1)
    assert it.decline_recall == pytest.approx(4 / 5)
    assert it.false_declines == pytest.approx(3 / 10)
    assert it.decline_f1 == pytest.approx(2 * 4 / (2 * 4 + 1 + 3))
    assert it.accuracy_on_attempted == pytest.approx(6 / 7)
    assert it.coverage == pytest.approx(7 / 10)
    assert it.truthfulness == pytest.approx((6 + 4 - 1 - 1) / 15)
    assert Counts().truthfulness is None
    rows = [(CASE, ANSWER), (CASE, DECLINED), (CASE, FAILED), (NO_ANSWER, DECLINED), (NO_ANSWER, ANSWER)]
    found = [outcome(case, answer, correct(case, answer)) for case, answer in rows]
    assert counts([*found, None]) == Counts(1, 1, 1, 1, 1)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["right", "wrong", "declined", "failed"])), min_size=1))
def test_counts_and_rows_agree(rows: list[tuple[bool, str]]) -> None:
    """Truthfulness of the counts is the mean of the rows'."""
    answers = {"right": ANSWER, "wrong": replace(ANSWER, text="45 days"), "declined": DECLINED, "failed": FAILED}
    pairs = [(CASE if known else NO_ANSWER, answers[kind]) for known, kind in rows]
    scores = [score("truthfulness", case, answer) or 0.0 for case, answer in pairs]
    whole = counts(outcome(case, answer, correct(case, answer)) for case, answer in pairs)
    assert whole.truthfulness == pytest.approx(sum(scores) / len(scores))


def test_expense() -> None:
    it = replace(ANSWER, prompt_tokens=400, completion_tokens=0, cost=0.002, first_token=1.0, total=2.5)
    wanted = {"prompt_tokens": 400.0, "completion_tokens": 0.0, "cost": 0.002, "first_token": 1.0, "total": 2.5}
    assert {name: score(name, CASE, it) for name in wanted} == wanted
    assert score("total", CASE, FAILED) is None, "times of calls that failed are not averaged"
    assert score("first_token", CASE, FAILED) is None
    assert (score("error", CASE, FAILED), score("error", CASE, ANSWER), score("error", CASE, DECLINED)) == (
        1.0,
        0.0,
        0.0,
    )
    assert per_correct([0.1, 0.1, 0.2], [1, 0, 1]) == pytest.approx(0.2)
    assert per_correct([0.1], [0]) is None


def test_diagnosis() -> None:
    missed = (OTHER,)
    wrong = replace(ANSWER, text="45 days")
    assert diagnosis(CASE, ANSWER) == "good"
    assert diagnosis(CASE, wrong) == "generation_miss"
    assert diagnosis(CASE, DECLINED) == "over_cautious"
    assert diagnosis(CASE, replace(ANSWER, passages=missed)) == "prior_knowledge"
    assert diagnosis(CASE, replace(wrong, passages=missed)) == "retrieval_miss"
    assert diagnosis(CASE, replace(DECLINED, passages=missed)) == "honest_miss"
    assert diagnosis(CASE, wrong, closed_book_right=True) == "distracted"
    assert diagnosis(CASE, wrong, closed_book_right=False) == "generation_miss"
    assert diagnosis(NO_ANSWER, DECLINED) == "declined_rightly"
    assert diagnosis(NO_ANSWER, ANSWER) == "answered_unanswerable"
    assert diagnosis(CASE, FAILED) == "failed"
    assert diagnosis(CASE, Answered("30 days")) is None
    assert diagnosis(replace(CASE, gold_docs=(), gold_passages=()), ANSWER) is None


def test_answers_are_read_from_the_public_object() -> None:
    passage = {"chunk_id": "c1", "name": "handbook.pdf", "text": GOLD.text, "page": 4}
    citation = {
        "n": 1,
        "name": "handbook.pdf",
        "claim": "The notice is 30 days.",
        "quote": "thirty days",
        "chunk_id": "c1",
        "verdict": "weak",
        "page": 4,
    }
    given_ = {
        "text": "The notice is 30 days [1].",
        "finish": "answered",
        "approach": "rag",
        "passages": [passage],
        "citations": [citation, citation | {"n": 2, "chunk_id": "gone"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5},
        "cost": None,
        "timings": {"first_token": 0.5, "total": 1.0},
        "error": None,
    }
    it = Answered.of(given_, repeat=2)
    assert it.grounded
    assert not it.failed
    assert it.repeat == 2
    assert it.passages == (Retrieved("handbook.pdf", GOLD.text, 1, 4),)
    assert [cited.text for cited in it.citations] == [GOLD.text, "thirty days"]
    assert (it.prompt_tokens, it.first_token, it.cost) == (10, 0.5, None)
    failed = Answered.of({"text": "", "finish": "failed", "approach": "plain", "error": {"code": "model_timeout"}})
    assert failed.failed
    assert failed.error == "model_timeout"
    assert not failed.grounded


def test_the_table() -> None:
    assert next(iter(METRICS)) == "correct"
    for name, metric in METRICS.items():
        assert metric.name == name
        assert metric.label
        assert metric.label_zh
        assert metric.meaning
        assert (metric.unit == "") == (metric.kind in ("binary", "score"))
        for case in (CASE, NO_ANSWER, replace(CASE, answerable=None), Case("q", "?")):
            for answer in (ANSWER, DECLINED, FAILED, Answered(""), Answered("x", "stopped")):
                value = metric.score(case, answer)
                assert value is None or math.isfinite(value), (name, case, answer)
