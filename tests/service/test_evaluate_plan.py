"""What a run asks: arms frozen, order by the seed alone, nothing that favours an arm; hygiene; gates."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from service.answer.presets import PRESETS
from service.errors import BadRequest
from service.evaluate import gates, plan
from service.evaluate.asking import mark
from service.evaluate.cases import checked
from service.evaluate.types import StoredCase
from service.hygiene import overlaps
from service.types import Variant

ROOT = Path(__file__).resolve().parents[2]
PLAIN, FEW_SHOT, RAG = (next(one for one in PRESETS if one.name == name) for name in ("plain", "few_shot", "rag"))


def variant(name: str, approach: Any, **parameters: Any) -> Variant:
    return Variant(name, name, approach, parameters.pop("model", ""), parameters, "", "custom")


def test_arms_are_frozen_with_every_parameter_in_effect() -> None:
    plain, rag = plan.arms([PLAIN, RAG], [], "tiny")
    assert (plain.model, rag.model) == ("tiny", "tiny")
    assert set(plain.parameters) == {"temperature", "max_tokens"}
    assert {"k", "candidates", "check", "passage_chars"} <= set(rag.parameters)
    assert rag.prompt_hash == RAG.prompt_hash != plain.prompt_hash
    (wide,) = plan.arms([variant("rag", "rag", k=5)], [], "tiny")
    assert wide.config_hash != rag.config_hash


def test_the_reference_arms_share_the_settings_of_the_arm_that_searches() -> None:
    warm = variant("warm", "rag", temperature=0.7, max_tokens=99)
    arms = {arm.name: arm for arm in plan.arms([PLAIN, warm], plan.REFERENCES, "tiny")}
    assert arms["closed_book"].parameters == {"temperature": 0.7, "max_tokens": 99}
    assert arms["closed_book"].alias_of is None, "plain has other settings: it is asked for itself"
    assert (arms["oracle"].parameters["check"], arms["oracle"].parameters["temperature"]) == (False, 0.7)
    assert arms["refuse"].model == ""
    same = {arm.name: arm for arm in plan.arms([PLAIN, RAG], plan.REFERENCES, "tiny")}
    assert same["closed_book"].alias_of == "plain"


def stored(number: int, *, gold: bool, answerable: bool = True) -> StoredCase:
    passages = [{"doc": "a.md", "text": f"fact {number}"}] if gold else []
    body = checked({"id": f"q{number}", "question": f"What is {number}?", "gold_docs": ["a.md"],
                    "gold_passages": passages, "answerable": answerable}).body  # fmt: skip
    return StoredCase(f"q{number}", number, "accepted", body)


def test_no_perfect_search_stands_among_the_arms_when_no_question_names_its_passages() -> None:
    arms = plan.arms([PLAIN, RAG], plan.REFERENCES, "tiny")
    without = [stored(number, gold=False, answerable=number < 6) for number in range(8)]
    assert [arm.name for arm in plan.askable(arms, without)] == ["plain", "rag", "closed_book", "refuse"]
    (said,) = plan.passageless(plan.REFERENCES, without)
    assert said.startswith("Perfect search is not asked: no question names the passages (`gold_passages`)")
    some = [stored(0, gold=True), *without[1:]]
    assert plan.askable(arms, some) == arms
    (said,) = plan.passageless(plan.REFERENCES, some)
    assert said.startswith("Perfect search is asked 1 of the 6 questions that have an answer: 5 name no passages")
    assert plan.passageless(["refuse"], without) == [], "who does not want it is told nothing of it"
    assert plan.passageless(plan.REFERENCES, [stored(0, gold=True), stored(1, gold=False, answerable=False)]) == []


@pytest.mark.parametrize(
    ("variants", "code"),
    [([], "no_variants"), ([RAG, RAG], "variant_twice"), ([variant("oracle", "plain")], "variant_name")],
)
def test_arms_that_cannot_be(variants: list[Variant], code: str) -> None:
    with pytest.raises(BadRequest) as raised:
        plan.arms(variants, [], "tiny")
    assert raised.value.code == code


def test_the_order_asks_everything_once_and_is_the_seeds_alone() -> None:
    arms = plan.arms([PLAIN, FEW_SHOT, RAG], ["oracle", "closed_book"], "tiny")
    gold = [True, False, True, True]
    tasks = plan.order(gold, arms, 3, seed=7)
    assert tasks == plan.order(gold, arms, 3, seed=7) != plan.order(gold, arms, 3, seed=8)
    assert [task.position for task in tasks] == list(range(len(tasks)))
    wanted = {
        (case, arm, repeat)
        for case in range(4)
        for arm in ("plain", "few_shot", "rag", "oracle")
        for repeat in range(3)
        if arm != "oracle" or gold[case]
    }
    assert {(task.case, task.arm, task.repeat) for task in tasks} == wanted
    assert len(tasks) == len(wanted), "an alias is not asked"


def test_arms_are_interleaved_and_take_turns_in_going_first() -> None:
    arms = plan.arms([PLAIN, FEW_SHOT, RAG], [], "tiny")
    tasks = plan.order([True] * 300, arms, 1, seed=3)
    blocks = [tasks[at : at + 3] for at in range(0, 900, 3)]
    assert all(len({task.case for task in block}) == 1 and len({task.arm for task in block}) == 3 for block in blocks)
    first = Counter(block[0].arm for block in blocks)
    assert min(first.values()) > 70, first
    assert [block[0].case for block in blocks] != sorted(block[0].case for block in blocks)


@pytest.mark.parametrize("repeats", [1, 3])
def test_tasks_are_counted_without_making_them(repeats: int) -> None:
    cases = [True, False, True, True]
    for some in (0, 1, 2, 3):
        columns = plan.arms([PLAIN, RAG], plan.REFERENCES[:some], "tiny")
        assert plan.count(cases, columns, repeats) == len(plan.order(cases, columns, repeats, 1))


def test_a_limit_is_a_fair_sample() -> None:
    assert plan.sampled(5, None, 1) == plan.sampled(5, 9, 1) == [0, 1, 2, 3, 4]
    drawn = plan.sampled(1000, 100, 1)
    assert drawn == sorted(set(drawn)) == plan.sampled(1000, 100, 1) != plan.sampled(1000, 100, 2)
    assert 350 < sum(drawn) / 100 < 650


def test_settings_that_differ_are_said() -> None:
    assert plan.differences(plan.arms([PLAIN, RAG], ["oracle"], "tiny")) == []
    (said,) = plan.differences(plan.arms([PLAIN, variant("hot", "plain", temperature=1.0)], [], "tiny"))
    assert "temperature" in said
    (said,) = plan.differences(plan.arms([PLAIN, variant("big", "plain", model="gpt")], [], "tiny"))
    assert "model" in said


def test_the_mark_is_the_runs_own() -> None:
    assert mark(1, "q1", 0) == mark(1, "q1", 0)
    assert len({mark(seed, case, repeat) for seed in (1, 2) for case in ("q1", "q2") for repeat in (0, 1)}) == 8


CASES = [
    ("q1", "How long does the warranty of the Heron pump last?"),
    ("q2", "到職滿三年未滿五年的員工，每年有幾天特休？"),
    ("q3", "What does an HX-4410 cost in 2026?"),
]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("how long does the warranty of the HERON pump last", [("q1", "same")]),
        ("How  long does the  warranty of the Heron-Pump last ?!", [("q1", "same")]),
        ("How long does the warranty of a Heron pump last?", [("q1", "near")]),
        ("到職滿三年未滿五年的員工每年有幾天特休", [("q2", "same")]),
        ("到職滿三年、未滿五年的員工，一年有幾天特休？", [("q2", "near")]),
        ("What does an HX-4420 cost in 2026?", []),
        ("What does an HX-4410 cost in 2025?", []),
        ("Who pays for training?", []),
        ("", []),
    ],
)
def test_overlaps(given: str, found: list[tuple[str, str]]) -> None:
    assert [(one.case_id, one.kind) for one in overlaps([given], CASES)] == found


def test_the_examples_of_the_example_company_are_clean() -> None:
    def questions(name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (ROOT / "examples" / name).read_text("utf-8").splitlines()]

    cases = [(case["id"], case["question"]) for case in questions("dataset.jsonl")]
    for name in ("few_shot.jsonl", "pairs.jsonl"):
        assert [str(one) for one in overlaps((one["question"] for one in questions(name)), cases)] == []


ARMS = ["plain", "rag", "rag-k.8"]
REPORT = {
    "arms": [
        {
            "variant": "rag",
            "metrics": {"correct": {"mean": 0.8, "low": 0.7, "high": None}},
            "latency": {"total": {"p95": {"value": 3.0}}, "first_token": {}, "retrieve": {}},
        },
        {"variant": "rag-k.8", "metrics": {}, "latency": {"total": {}, "first_token": {}, "retrieve": {}}},
    ]
}


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("rag.correct>=0.8", True),
        ("rag.correct > 0.8", False),
        ("rag.correct>=80%", True),
        ("rag.correct.low>=0.7", True),
        ("rag.correct.low>=0.71", False),
        ("rag.correct.high<=1", False),
        ("rag.total.p95<=3", True),
        ("rag.total.p50<=3", False),
        ("rag-k.8.correct>=0", False),
    ],
)
def test_gates(text: str, met: bool) -> None:
    (one,) = gates.held([gates.parsed(text, ARMS)], REPORT)
    assert one.met is met


@pytest.mark.parametrize(
    "text",
    ["", "rag", "rag.correct", "rag.correct>=", "rag.correct>=x", "correct>=1", "nobody.correct>=1", "rag.none>=1",
     "rag.correct==1", "rag.correct.p95<=1", "rag.correct>=1>=0"],
)  # fmt: skip
def test_what_is_no_gate(text: str) -> None:
    with pytest.raises(BadRequest) as raised:
        gates.parsed(text, ARMS)
    assert raised.value.code == "bad_gate"
