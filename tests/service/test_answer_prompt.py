"""The one prompt builder: what is put in can be taken out again, byte for byte."""

from __future__ import annotations

import re

import pytest

from service.answer import size, templates
from service.answer.approaches import APPROACHES
from service.answer.history import standalone
from service.answer.presets import PRESETS
from service.answer.prompt import Excerpt, Prompt, build
from service.answer.tables import told
from service.errors import BadRequest
from service.types import Example, Message
from tests.doubles.scripted_chat import passage

QUESTIONS = ["How many days of leave are there?", "特休有幾天？", "Ärger & <b>Übermut</b>?\nzweite Zeile"]
HISTORY = (
    Message("user", "What is PerksPlus?"),
    Message("assistant", "A fitness programme [1]. It is for staff [2, 3]."),
)
EXAMPLES = (Example("Who pays?", "The employer pays."), Example("When?", "On the 5th of each month."))
EXCERPTS = (Excerpt(passage("Leave is 30 days a year."), ((0, 24),)), Excerpt(passage("特休三十日。"), ((0, 6),)))


def language(question: str) -> templates.Language:
    return "zh-TW" if "特" in question else "en"


def made(question: str, **more: object) -> Prompt:
    return build(question, language=language(question), history=HISTORY, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("question", QUESTIONS)
def test_rag_without_its_passages_is_plain(question: str) -> None:
    plain, rag = made(question), made(question, excerpts=EXCERPTS)
    assert rag.block
    assert len(rag.messages) == len(plain.messages)
    assert rag.messages[:-1] == plain.messages[:-1]
    assert rag.messages[-1].content.replace(rag.block, "", 1).encode() == plain.messages[-1].content.encode()
    assert rag.messages[-1].content.startswith(rag.block)


@pytest.mark.parametrize("question", QUESTIONS)
def test_few_shot_without_its_examples_is_plain(question: str) -> None:
    plain, shot = made(question), made(question, examples=EXAMPLES)
    assert shot.shots == 2 * len(EXAMPLES)
    assert (*shot.messages[:1], *shot.messages[1 + shot.shots :]) == plain.messages


def test_passages_and_examples_together_are_each_as_alone() -> None:
    question = QUESTIONS[0]
    both = made(question, examples=EXAMPLES, excerpts=EXCERPTS, mark="docs-x")
    assert both.messages[-1] == made(question, excerpts=EXCERPTS, mark="docs-x").messages[-1]
    assert both.messages[: 1 + both.shots] == made(question, examples=EXAMPLES).messages[: 1 + both.shots]


def test_mark_is_new_for_every_prompt() -> None:
    marks = {re.findall(r"<(docs-\w+)>", made(QUESTIONS[0], excerpts=EXCERPTS).block)[0] for _ in range(20)}
    assert len(marks) == 20


def test_prompt_stays_within_the_local_model_whatever_comes() -> None:
    history = tuple(Message(role, "word " * 5000) for _ in range(50) for role in ("user", "assistant"))  # type: ignore[arg-type]
    prompt = build(
        "why " * 300,
        language="en",
        history=history,
        examples=tuple(Example("q " * 500, "a " * 500) for _ in range(40)),
        excerpts=tuple(Excerpt(passage("字" * 4000), ((0, 4000),)) for _ in range(10)),
    )
    assert prompt.tokens + 400 <= 4096


def test_question_over_the_budget_is_refused() -> None:
    with pytest.raises(BadRequest) as caught:
        build("why " * 3000, language="en")
    assert caught.value.code == "question_too_long"


def test_history_keeps_the_newest_whole_turns_without_markers() -> None:
    turns = tuple(
        Message(role, f"{role} {i} " + "word " * 60 + "[1]")  # type: ignore[arg-type]
        for i in range(9)
        for role in ("user", "assistant")
    )
    kept = build("And now?", language="en", history=turns).messages[1:-1]
    assert 2 <= len(kept) < len(turns)
    assert [message.role for message in kept] == ["user", "assistant"] * (len(kept) // 2)
    assert kept[-1].content.startswith("assistant 8")
    assert not any("[1]" in message.content for message in kept)


@pytest.mark.parametrize(
    ("question", "carried"),
    [
        ("And for Health Plus?", ["deductible", "Northwind"]),
        ("How much is it per year?", ["deductible"]),
        ("那每年呢？", []),
        ("For how many people?", ["deductible", "Northwind"]),
        ("Is there another one?", ["deductible"]),
    ],
)
def test_follow_up_takes_its_subject_from_the_question_before(question: str, carried: list[str]) -> None:
    history = (Message("user", "What is the deductible of Northwind Standard?"), Message("assistant", "It is $2,000."))
    query = standalone(question, history)
    assert query.startswith(question)
    assert all(word in query for word in carried)
    assert len(query) > len(question)


@pytest.mark.parametrize(
    "question",
    [
        "Which documents must be attached to a travel expense report?",
        "capital of France?",
        "office hours",
        "Is there a canteen in Bristol?",
        "How long is the warranty of a sonde that was bought in 2021?",
        "What is this week's password?",
        "Why was the climate chamber sent back?",
        "A customer's Heron shows E-38. What is wrong with it?",
        "其他假別有哪些規定？",
        "十二人的會議該訂哪一間會議室？",
    ],
)
def test_question_that_stands_alone_stays_as_it_is(question: str) -> None:
    history = (Message("user", "What is the deductible of Northwind Standard?"), Message("assistant", "It is $2,000."))
    assert standalone(question, history) == question


def test_without_anything_said_before_nothing_is_borrowed() -> None:
    assert standalone("And now?", ()) == "And now?"
    assert standalone("And now?", (Message("user", "hello"), Message("assistant", "Hi."))) == "And now?"


def test_another_year_is_not_mixed_with_the_one_before() -> None:
    history = (Message("user", "What was the price of a pump in 2025?"), Message("assistant", "It was £40."))
    query = standalone("And in 2026?", history)
    assert "pump" in query
    assert "2025" not in query


def test_follow_up_of_a_follow_up_keeps_the_subject() -> None:
    history = (
        Message("user", "What is the deductible of Northwind Standard?"),
        Message("assistant", "$2,000."),
        Message("user", "And for families?"),
        Message("assistant", "$4,000."),
    )
    assert "deductible" in standalone("What about it abroad?", history)


def test_table_rows_are_told_with_their_headers() -> None:
    text = "Costs\n\n| Plan | Cost | Ends |\n| --- | --- | --- |\n| Standard | 45 | May |\n…\n| Plus | 89 | |\n\nAfter"
    assert told(text) == "Costs\n\n- Plan Standard: Cost = 45; Ends = May\n…\n- Plan Plus: Cost = 89\n\nAfter"
    assert told("| a | b |") == "| a | b |"


def test_size_estimates_high_and_cuts_to_it() -> None:
    assert size.tokens("三十日" * 100) >= 300
    cut = size.cut("some words here " * 500, 100)
    assert size.tokens(cut) <= 102
    assert cut.endswith(" …")


def test_prompt_hash_follows_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: approach.prompt_hash for name, approach in APPROACHES.items()}
    assert before["plain"] == before["few_shot"] != before["rag"]
    original = templates.text
    monkeypatch.setattr(templates, "text", lambda name, tongue: original(name, tongue) + " more" * (name == "passages"))
    templates.version.cache_clear()
    try:
        after = {name: approach.prompt_hash for name, approach in APPROACHES.items()}
    finally:
        templates.version.cache_clear()
    assert after["plain"] == before["plain"]
    assert after["rag"] != before["rag"]


def test_presets_are_valid_variants_of_every_approach() -> None:
    assert [preset.name for preset in PRESETS][:3] == ["plain", "few_shot", "rag"]
    for preset in PRESETS:
        APPROACHES[preset.approach].parameters(preset.parameters)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"passages": 3}, "unknown_parameter"),
        ({"shots": 3}, "unknown_parameter"),
        ({"k": 0}, "bad_parameter"),
        ({"k": 2.5}, "bad_parameter"),
        ({"k": True}, "bad_parameter"),
        ({"check": "yes"}, "bad_parameter"),
        ({"temperature": float("nan")}, "bad_parameter"),
        ({"temperature": "hot"}, "bad_parameter"),
    ],
)
def test_bad_parameter_is_named(given: dict[str, object], code: str) -> None:
    with pytest.raises(BadRequest) as caught:
        APPROACHES["rag"].checked(given)
    assert caught.value.code == code


def test_parameters_are_brought_to_their_type() -> None:
    assert APPROACHES["rag"].checked({"k": 2.0, "temperature": 1}) == {"k": 2, "temperature": 1.0}
    assert APPROACHES["rag"].parameters({"k": 2}).k == 2


def test_what_was_said_to_the_very_same_question_is_not_told() -> None:
    """Else asking again without the documents would copy what was said with them."""
    said = [
        Message("user", "What does it cost?"),
        Message("assistant", "61 euros [1]."),
        Message("user", "And a year?"),
        Message("assistant", "732 euros."),
    ]
    told = build("what does it  cost", language="en", history=said).messages
    assert [message.content for message in told[1:]] == ["And a year?", "732 euros.", "what does it  cost"]
    assert len(build("And a month?", language="en", history=said).messages) == 6


def test_go_on_asks_something_else_every_time() -> None:
    said = [Message("user", "Tell me about boats."), Message("assistant", "Part 1.")]
    said += [Message("user", "Go on."), Message("assistant", "Part 2.")]
    assert len(build("Go on.", language="en", history=said).messages) == 6
