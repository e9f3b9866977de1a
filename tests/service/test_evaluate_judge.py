"""The optional judge: what it is shown, how its words are read, and what the report makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from service.compare.arms import arm_key, question_key
from service.evaluate import judge
from service.evaluate.battles import Battle
from service.evaluate.judge import Key
from service.evaluate.report import judged
from service.evaluate.types import Result
from tests.service.test_evaluate_report import reported, right, spread, wrong


@pytest.mark.parametrize(
    ("said", "allowed", "verdict"),
    [
        ('{"label": "correct"}', judge.LABELS, "correct"),
        ('Well. {"label": "incorrect"} there', judge.LABELS, "incorrect"),
        ('{"label": "correct"} no: {"label": "not_attempted"}', judge.LABELS, "not_attempted"),
        ('{"winner": "tie"}', judge.WINNERS, "tie"),
        ('{"winner": "both"}', judge.WINNERS, judge.FAILED),
        ("correct", judge.LABELS, judge.FAILED),
        ('{"label": ["correct"]}', judge.LABELS, judge.FAILED),
        ("{broken", judge.LABELS, judge.FAILED),
        ("", judge.LABELS, judge.FAILED),
    ],
)
def test_verdicts_are_read_or_failed(said: str, allowed: tuple[str, ...], verdict: str) -> None:
    assert judge.read(said, allowed) == verdict


def test_families() -> None:
    assert judge.family("openai:gpt-5-mini") == judge.family("gpt-4o") == "gpt"
    assert judge.family("Qwen/qwen2.5-coder") == "qwen"
    _, found = reported(spread(2), {"plain": wrong, "rag": right})
    assert judge.warning("openai:m", found.run.arms) is not None
    assert judge.warning("claude-opus", found.run.arms) is None


def results(n: int) -> list[Result]:
    return [
        Result(f"q{number}", arm, 0, 0, say(number), "answered")
        for number in range(n)
        for arm, say in (("plain", wrong), ("rag", right))
    ]


def test_it_sees_no_names_and_every_pair_both_ways_round() -> None:
    _, found = reported(spread(3), {"plain": wrong, "rag": right})
    battle = Battle("cmp_1", "Which?", ("rag", "plain"), ("yes", "no"), "first")
    matters = judge.matters(found.run, spread(3), results(3), [battle])
    keys = [one.key for one in matters]
    assert len(keys) == len(set(keys)) == 3 * 2 + 3 * 2 + 2
    assert all("rag" not in text and "plain" not in text for one in matters for _, text in one.texts)
    pairs = {one.key: [text for _, text in one.texts] for one in matters if one.key[2]}
    for key, texts in pairs.items():
        assert pairs[key[0], key[1], key[2], 1 - key[3]] == texts[::-1]
    failed = [Result(one.case_id, one.arm, 0, 0, one.answer, "failed") for one in results(1)]
    assert judge.matters(found.run, spread(1), failed, []) == []


def verdicts(n: int, winner: Any) -> dict[Key, str]:
    """For n cases: rag right, plain wrong; the pair as `winner(number)` says, in both orders."""
    kept: dict[Key, str] = {}
    for number in range(n):
        kept[f"q{number}", "rag", "", 0] = "correct"
        kept[f"q{number}", "plain", "", 0] = "incorrect"
        kept[f"q{number}", "rag", "plain", 0], kept[f"q{number}", "rag", "plain", 1] = winner(number)
    return kept


def test_a_win_counts_only_when_both_orders_agree() -> None:
    _, found = reported(spread(10), {"plain": wrong, "rag": right}, judge="claude")
    kept = verdicts(10, lambda n: ("first", "second") if n < 6 else ("first", "first"))
    report = judged.report(found, kept, [])
    assert report is not None
    assert report.pair is not None
    assert (report.pair.a, report.pair.b, report.pair.preferred.mean) == ("rag", "plain", 0.8)
    assert (report.inconsistent, report.first_bias) == (0.4, 0.4)
    assert (report.shares["rag"].mean, report.shares["plain"].mean) == (1.0, 0.0)
    assert (report.kappa, report.humans, report.pair.corrected) == (None, 0, None), "nobody has voted"


def test_people_correct_a_judge_by_votes_on_the_runs_own_questions() -> None:
    _, found = reported(spread(40), {"plain": wrong, "rag": right}, judge="claude")
    kept = verdicts(40, lambda n: ("first", "second"))
    keys = {one.name: arm_key(one.name, one.approach, one.model, one.parameters, one.prompt_hash) for one in
            found.run.arms}  # fmt: skip
    same = (keys["rag"], keys["plain"])

    def battle(number: int, collection: str = "default", arms: tuple[str, str] = same) -> Battle:
        people = "second" if number < 5 else "first"
        question = found.cases[f"q{number}"].question
        key = question_key(question, collection)
        return Battle(f"c{number}", question, ("rag", "plain"), ("x", "y"), people, key, arms)

    for number in range(10):
        kept[f"comparison c{number}", "rag", "plain", 0] = "first"
        kept[f"comparison c{number}", "rag", "plain", 1] = "second"
    report = judged.report(found, kept, [battle(number) for number in range(10)])
    assert report is not None
    assert report.pair is not None
    assert report.pair.preferred.mean == 1.0
    assert report.pair.corrected is not None
    assert (report.pair.corrected.n, report.pair.corrected.clusters) == (30, 10)
    assert report.pair.corrected.mean == pytest.approx(0.5)
    assert (report.humans, report.agreed) == (10, 0.5)
    assert report.kappa == pytest.approx(0.0)

    turned = [battle(number, arms=same[::-1]) for number in range(10)]
    seen_so = judged.report(found, kept, turned)
    assert seen_so is not None
    assert seen_so.pair is not None
    assert seen_so.pair.corrected is not None
    assert seen_so.pair.corrected.mean == 1.0  # the other arm stood first: people like rag better
    for strange in (
        [battle(number, collection="elsewhere") for number in range(10)],
        [battle(number, arms=("rag with k=8", keys["plain"])) for number in range(10)],
    ):
        uncorrected = judged.report(found, kept, strange)
        assert uncorrected is not None
        assert uncorrected.pair is not None
        assert uncorrected.pair.corrected is None, "votes on other questions or settings say nothing here"
        assert uncorrected.humans == 10, "they tell how far the judge agrees with people all the same"


def test_nobody_is_asked_unless_a_judge_is_named() -> None:
    _, found = reported(spread(2), {"plain": wrong, "rag": right})
    assert judged.report(found, {}, []) is None
