"""Answering, told as events: what reaches the reader, what never does, and how it ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from service.answer import Ask, Draft, answer
from service.answer.presets import PRESETS
from service.answer.statements import Statements
from service.errors import ModelCut, Unknown
from service.ports import ChatModel, Retriever
from service.types import (
    Answer,
    ApproachName,
    ChatOptions,
    Citations,
    Delta,
    DeltaText,
    Event,
    Example,
    Failed,
    Finished,
    Message,
    Retrieved,
    SearchResult,
    Started,
)
from tests.doubles.scripted_chat import FixedSearch, ScriptedChat, passage

pytestmark = pytest.mark.anyio

PERKS = passage(
    "PerksPlus reimburses employees up to $1,000 per year. Scuba diving lessons are covered by PerksPlus. "
    "The programme began on March 5, 2023.",
    name="PerksPlus.pdf",
    heading=("Benefits", "PerksPlus"),
    start=500,
    page=3,
)
HANDBOOK = passage("The Compliance Hotline is 1-800-555-1212. It is open on working days.", name="handbook.md", page=8)
QUESTION = "How much does PerksPlus reimburse per year?"


def ask(question: str = QUESTION, approach: ApproachName = "rag", **more: object) -> Ask:
    parameters = more.pop("parameters", {})
    variant = next(preset for preset in PRESETS if preset.approach == approach)
    return Ask("ans_1", "conv_1", question, replace(variant, parameters=parameters), "default", **more)  # type: ignore[arg-type]


async def told(asked: Ask, model: ChatModel, retriever: Retriever | None = None) -> list[Event]:
    return [event async for event in answer(asked, model=model, retriever=retriever)]


def text_of(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, DeltaText))


def end_of(events: Sequence[Event]) -> Answer:
    last = events[-1]
    assert isinstance(last, Finished), last
    return last.answer


@pytest.mark.parametrize("approach", ["plain", "few_shot"])
async def test_without_documents_the_model_is_passed_on_as_it_comes(approach: ApproachName) -> None:
    model = ScriptedChat("Paris is the capital. It has 2 million people.", size=5)
    events = await told(ask("What is the capital of France?", approach), model)
    assert isinstance(events[0], Started)
    assert [event.text for event in events if isinstance(event, DeltaText)] == [
        model.text[i : i + 5] for i in range(0, len(model.text), 5)
    ]
    result = end_of(events)
    assert (result.text, result.finish, result.citations, result.passages) == (model.text, "answered", (), ())
    assert result.usage.completion_tokens == 20
    assert [step.step for step in result.trace] == ["prompt", "model"]
    assert result.timings["retrieve"] is None
    assert 0 <= (result.timings["first_token"] or -1) <= (result.timings["total"] or -1)


@pytest.mark.parametrize("approach", ["plain", "few_shot"])
@pytest.mark.parametrize(
    ("said", "finish"),
    [
        ("I don't know. The documents do not say it.", "declined"),
        ("I'm sorry, but I do not have access to that. Please ask the front desk.", "declined"),
        ("我不知道。", "declined"),
        ("I don't know the exact sum, but it is about $20.", "answered"),
        ("The set does not include a battery.", "answered"),
        ("員工未說明理由者，不得請假。", "answered"),
    ],
)
async def test_model_that_says_it_does_not_know_has_declined(approach: ApproachName, said: str, finish: str) -> None:
    result = end_of(await told(ask("What did the sculpture cost?", approach), ScriptedChat(said)))
    assert (result.text, result.finish) == (said, finish)


async def test_few_shot_takes_the_nearest_examples() -> None:
    examples = tuple(Example(f"What colour is number {i}?", str(i)) for i in range(10))
    near = Example("Who founded the PerksPlus programme?", "Ada.")
    model = ScriptedChat("Ada did.")
    asked = ask("Who runs the PerksPlus programme?", "few_shot", examples=(*examples, near), parameters={"shots": 2})
    await told(asked, model)
    said = [message.content for message in model.asked[0]]
    assert said[-3:-1] == [near.question, near.answer]
    assert len(said) == 1 + 2 * 2 + 1


async def test_rag_answers_with_citations_that_resolve() -> None:
    model = ScriptedChat("PerksPlus reimburses up to $1000 per year [7]. Scuba diving lessons are covered, too.")
    events = await told(ask(), model, FixedSearch(HANDBOOK, PERKS))
    result = end_of(events)
    assert result.finish == "answered"
    assert result.text == ("PerksPlus reimburses up to $1000 per year. [1] Scuba diving lessons are covered, too. [2]")
    assert [citation.n for citation in result.citations] == [1, 2]
    first = result.citations[0]
    assert (first.name, first.page, first.heading, first.verdict) == ("PerksPlus.pdf", 3, PERKS.heading, "verified")
    assert first.quote == "PerksPlus reimburses employees up to $1,000 per year."
    assert PERKS.text[first.start - PERKS.start : first.end - PERKS.start] == first.quote
    assert result.passages == (HANDBOOK, PERKS)
    retrieved = next(event for event in events if isinstance(event, Retrieved))
    assert retrieved.passages == result.passages
    assert [event for event in events if isinstance(event, Citations)][-1].citations == result.citations
    assert text_of(events) == result.text


async def test_every_marker_resolves_as_soon_as_it_is_shown() -> None:
    model = ScriptedChat("PerksPlus reimburses up to $1,000 per year. Scuba diving lessons are covered by PerksPlus.")
    known: set[int] = set()
    shown: list[str] = []
    async for event in answer(ask(), model=model, retriever=FixedSearch(PERKS)):
        if isinstance(event, DeltaText):
            shown.append(event.text)
        if isinstance(event, Citations):
            known = {citation.n for citation in event.citations}
            assert all(f"[{n}]" in "".join(shown) for n in known)
    assert known == {1, 2}


async def test_number_that_stands_nowhere_never_reaches_the_reader() -> None:
    model = ScriptedChat("PerksPlus reimburses up to $1,000 per year. It pays 7,777 dollars to managers.", size=3)
    events = await told(ask(), model, FixedSearch(PERKS))
    assert "7,777" not in text_of(events)
    assert end_of(events).text == "PerksPlus reimburses up to $1,000 per year. [1]"
    check = next(step for step in end_of(events).trace if step.step == "check")
    assert "7777" in " ".join(check.detail["dropped"])
    assert check.detail["left_out"] == 1


async def test_decline_leaves_nothing_out_and_neither_does_a_whole_answer() -> None:
    for said in ("It pays 7,777 dollars to managers.", "PerksPlus reimburses up to $1,000 per year."):
        result = end_of(await told(ask(), ScriptedChat(said), FixedSearch(PERKS)))
        assert [step.detail["left_out"] for step in result.trace if step.step == "check"][-1] == 0


async def test_statement_is_held_until_it_is_whole() -> None:
    """Nothing of a sentence is shown before its last word was judged."""

    class Pausing(ScriptedChat):
        async def stream(self, messages: Sequence[Message], options: ChatOptions) -> AsyncIterator[Delta]:
            for piece in ("PerksPlus reimburses up to ", "$1,000", " per year", ". ", "Scuba"):
                yield Delta(piece)
                seen.append(piece)
            yield Delta(finish_reason="stop")

    seen: list[str] = []
    at_first_text = 0
    async for event in answer(ask(), model=Pausing(""), retriever=FixedSearch(PERKS)):
        if isinstance(event, DeltaText) and not at_first_text:
            at_first_text = len(seen)
    assert at_first_text == 4


async def test_made_up_answer_is_declined_with_what_was_searched() -> None:
    model = ScriptedChat("PerksPlus reimburses up to $9,999 per year.")
    events = await told(ask(), model, FixedSearch(PERKS))
    result = end_of(events)
    assert result.finish == "declined"
    assert "9,999" not in result.text
    assert "found no answer" in result.text
    assert QUESTION in result.text
    assert "PerksPlus.pdf" in result.text
    assert "p. 3" in result.text
    assert result.citations == ()
    assert result.passages == (PERKS,)
    assert text_of(events) == result.text


async def test_question_no_passage_is_about_is_declined_without_asking_the_model() -> None:
    model = ScriptedChat("The password is hunter2.")
    events = await told(ask("What is the Wi-Fi password of the office?"), model, FixedSearch(HANDBOOK, PERKS))
    result = end_of(events)
    assert result.finish == "declined"
    assert model.asked == []
    assert next(step for step in result.trace if step.step == "gate").detail["reason"]


async def test_name_that_no_passage_has_is_declined() -> None:
    model = ScriptedChat("Fabrikam reimburses up to $1,000 per year.")
    question = "How much does the PerksPlus programme of Fabrikam reimburse per year?"
    assert end_of(await told(ask(question), model, FixedSearch(PERKS))).finish == "declined"
    assert model.asked == []


async def test_name_with_a_letter_wrong_is_still_that_name() -> None:
    model = ScriptedChat("PerksPlus reimburses up to $1,000 per year.")
    question = "How much does the programme called PerkPlus reimburse per year?"
    assert end_of(await told(ask(question), model, FixedSearch(PERKS))).finish == "answered"


async def test_year_that_no_passage_speaks_of_is_declined() -> None:
    model = ScriptedChat("PerksPlus reimbursed up to $1,000.")
    asked = ask("How much did PerksPlus reimburse per year in 1997?")
    assert end_of(await told(asked, model, FixedSearch(PERKS))).finish == "declined"
    assert model.asked == []


async def test_nothing_found_is_declined() -> None:
    result = end_of(await told(ask(), ScriptedChat("It is $1,000."), FixedSearch()))
    assert result.finish == "declined"
    assert "Nothing came close" in result.text


async def test_empty_collection_says_so_and_how_to_fill_it() -> None:
    class Empty:
        async def search(self, query: str, collection: str, k: int) -> SearchResult:
            return SearchResult((), {}, 0.0, chunks=0)

    model = ScriptedChat("It is $1,000.")
    result = end_of(await told(ask(), model, Empty()))
    assert result.finish == "declined"
    assert "“default” holds no documents yet" in result.text
    assert "parallax ingest" in result.text
    assert model.asked == []
    chinese = end_of(await told(ask("婚假有幾天？"), model, Empty()))
    assert "「default」裡還沒有任何文件" in chinese.text
    assert "parallax ingest" in chinese.text


async def test_chinese_question_is_answered_and_declined_in_chinese() -> None:
    leave = passage("勞工結婚者給予婚假八日，工資照給。勞工事假一年內合計不得超過十四日。", name="請假規則.md", page=2)
    right = end_of(
        await told(ask("勞工結婚可以請幾天婚假？"), ScriptedChat("勞工結婚可請婚假8日。", size=2), FixedSearch(leave))
    )
    assert (right.finish, right.text) == ("answered", "勞工結婚可請婚假8日。 [1]")
    assert right.citations[0].quote == "勞工結婚者給予婚假八日，工資照給。"
    wrong = end_of(
        await told(ask("勞工結婚可以請幾天婚假？"), ScriptedChat("勞工結婚可請婚假12日。"), FixedSearch(leave))
    )
    assert wrong.finish == "declined"
    assert "找不到文件足以支持的答案" in wrong.text
    assert "第 2 頁" in wrong.text


async def test_lead_in_waits_for_what_it_leads_to() -> None:
    model = ScriptedChat("Yes. Scuba diving lessons are covered by PerksPlus.")
    result = end_of(await told(ask("Are scuba diving lessons covered by PerksPlus?"), model, FixedSearch(PERKS)))
    assert result.text == "Yes. Scuba diving lessons are covered by PerksPlus. [1]"


async def test_repetition_is_shown_once() -> None:
    model = ScriptedChat("PerksPlus reimburses up to $1,000 per year. " * 3)
    result = end_of(await told(ask(), model, FixedSearch(PERKS)))
    assert result.text.count("1,000") == 1


async def test_model_that_makes_things_up_is_stopped() -> None:
    model = ScriptedChat(" ".join(f"It pays {n} euros." for n in range(5000, 5100)))
    result = end_of(await told(ask(), model, FixedSearch(PERKS)))
    assert result.finish == "declined"
    assert model.given < len(model.text) / model.size / 2
    assert model.open == 0


async def test_check_can_be_switched_off_and_then_tells_the_verdict() -> None:
    model = ScriptedChat("PerksPlus reimburses up to $9,999 per year.")
    result = end_of(await told(ask(parameters={"check": False}), model, FixedSearch(PERKS)))
    assert result.finish == "answered"
    assert "9,999" in result.text
    assert [citation.verdict for citation in result.citations] == ["unsupported"]


async def test_given_passages_stand_in_for_search() -> None:
    search = FixedSearch(HANDBOOK)
    model = ScriptedChat("PerksPlus reimburses up to $1,000 per year.")
    result = end_of(await told(ask(passages=(PERKS,)), model, search))
    assert search.queries == []
    assert result.passages == (PERKS,)


async def test_search_is_asked_the_question_made_whole() -> None:
    search = FixedSearch(PERKS)
    history = (Message("user", "What is the PerksPlus programme?"), Message("assistant", "A benefit."))
    await told(ask("How much is it?", history=history, parameters={"candidates": 5}), ScriptedChat("$1,000."), search)
    query, collection, k = search.queries[0]
    assert "PerksPlus" in query
    assert (collection, k) == ("default", 5)


async def test_model_cut_after_text_was_shown_fails_with_what_was_said() -> None:
    cut = ModelCut("model_cut", "The stream broke.", "Ask again.")
    events = await told(ask("Why?", "plain"), ScriptedChat("Because of ", error=cut))
    last = events[-1]
    assert isinstance(last, Failed)
    assert (last.code, last.message, last.hint) == ("model_cut", "The stream broke.", "Ask again.")
    assert last.answer is not None
    assert (last.answer.text, last.answer.finish) == ("Because of ", "failed")
    assert last.answer.error == {"code": "model_cut", "message": "The stream broke.", "hint": "Ask again."}


async def test_model_cut_before_anything_was_shown_is_asked_once_more() -> None:
    cut = ModelCut("model_cut", "The stream broke.")
    model = ScriptedChat("PerksPlus reimburses up", error=cut)
    events = await told(ask(), model, FixedSearch(PERKS))
    assert isinstance(events[-1], Failed)
    assert len(model.asked) == 2
    assert text_of(events) == ""


async def test_silent_model_is_an_error_not_an_empty_answer() -> None:
    events = await told(ask("Why?", "plain"), ScriptedChat(" \n"))
    assert isinstance(events[-1], Failed)
    assert events[-1].code == "model_said_nothing"


async def test_error_of_the_search_is_told_by_its_code() -> None:
    class Missing:
        async def search(self, query: str, collection: str, k: int) -> SearchResult:
            raise Unknown("unknown_collection", "There is no collection 'x'.")

    events = await told(ask(), ScriptedChat("never"), Missing())
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Failed)
    assert events[-1].code == "unknown_collection"


async def test_unexpected_error_says_nothing_of_its_inside(caplog: pytest.LogCaptureFixture) -> None:
    events = await told(ask("Why?", "plain"), ScriptedChat("x", error=RuntimeError("secret path /etc")))
    last = events[-1]
    assert isinstance(last, Failed)
    assert last.code == "internal"
    assert "secret" not in last.message + last.hint
    assert "secret path" in caplog.text


async def test_without_a_retriever_rag_is_not_ready() -> None:
    events = await told(ask(), ScriptedChat("x"))
    assert isinstance(events[-1], Failed)
    assert events[-1].code == "no_retriever"


@pytest.mark.parametrize("approach", ["plain", "rag"])
async def test_closing_stops_the_model_at_once_and_leaves_the_draft(approach: ApproachName) -> None:
    model = ScriptedChat("PerksPlus reimburses up to $1,000 per year. " + "Scuba diving lessons are covered. " * 50)
    asked = ask(approach=approach)
    draft = Draft(asked, model.name)
    events = answer(asked, model=model, retriever=FixedSearch(PERKS), draft=draft)
    async for event in events:
        if isinstance(event, DeltaText):
            break
    await events.aclose()
    assert model.open == 0
    assert model.given < 20
    stopped = draft.answer("stopped")
    assert stopped.finish == "stopped"
    assert stopped.text
    assert stopped.timings["first_token"] is not None


async def test_trace_names_every_step_and_queue_counts() -> None:
    model = ScriptedChat("PerksPlus reimburses up to $1,000 per year.")
    result = end_of(await told(ask(queue_seconds=0.25), model, FixedSearch(PERKS)))
    assert [step.step for step in result.trace] == ["retrieve", "gate", "prompt", "model", "check"]
    assert result.timings["queue"] == 0.25
    assert (result.timings["first_token"] or 0) > 0.25
    prompt = next(step for step in result.trace if step.step == "prompt")
    assert prompt.detail["chunks"] == [PERKS.chunk_id]


async def test_options_come_from_the_variant() -> None:
    model = ScriptedChat("Yes.")
    await told(ask("Why?", "plain", parameters={"temperature": 0.5, "max_tokens": 50}), model)
    assert (model.options[0].temperature, model.options[0].max_tokens) == (0.5, 50)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One. ", "Two! ", "Three? ", "Four"]),
        ("It costs 1.500,00 or 2.5 kg. Done.", ["It costs 1.500,00 or 2.5 kg. ", "Done."]),
        ("Dr. Smith e.g. and Mr. J. Doe agree. Yes.", ["Dr. Smith e.g. and Mr. J. Doe agree. ", "Yes."]),
        ("At 9 a.m. it opens. Then", ["At 9 a.m. it opens. ", "Then"]),
        ("See example.com for more. Bye.", ["See example.com for more. ", "Bye."]),
        ("List:\n1. First item\n2. Second item\n", ["List:\n", "1. First item\n", "2. Second item\n"]),
        ("特休十日。事假十四日！好嗎？好", ["特休十日。", "事假十四日！", "好嗎？", "好"]),
        ("他說「可以。」然後離開。", ["他說「可以。」", "然後離開。"]),
        ('He said "yes." Then left.', ['He said "yes." ', "Then left."]),
        ("It is so. [1] And more.", ["It is so. ", "[1] And more."]),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_statements_are_cut_where_they_end(text: str, expected: list[str], size: int) -> None:
    statements = Statements()
    found = [one for i in range(0, len(text), size) for one in statements.feed(text[i : i + size])]
    found += statements.flush()
    assert "".join(found) == text
    assert found == expected


def test_endless_statement_is_judged_as_it_stands() -> None:
    statements = Statements()
    assert statements.feed("word " * 400) != []


class _SecondThought(ScriptedChat):
    """Says `text` at first and `later` from the second question on."""

    def __init__(self, text: str, later: str) -> None:
        super().__init__(text)
        self._texts = [text, later]

    async def stream(self, messages: Sequence[Message], options: ChatOptions) -> AsyncIterator[Delta]:
        self.text = self._texts[min(len(self.asked), 1)]
        async for delta in super().stream(messages, options):
            yield delta


async def test_when_nothing_stands_the_best_passage_is_tried_alone() -> None:
    rival = passage("PerksPlus Premium reimburses employees up to $2,500 per year.", name="Premium.pdf")
    model = _SecondThought("PerksPlus reimburses $9,999 per year.", "PerksPlus reimburses up to $1,000 per year.")
    result = end_of(await told(ask(), model, FixedSearch(PERKS, rival)))
    assert (result.finish, result.text) == ("answered", "PerksPlus reimburses up to $1,000 per year. [1]")
    both, alone = (message[-1].content for message in model.asked)
    assert "$2,500" in both
    assert ("$2,500" in alone) + ("$1,000" in alone) == 1
    assert result.citations[0].name == "PerksPlus.pdf"
    assert [step.step for step in result.trace if step.step in ("prompt", "check")] == ["prompt", "check"] * 2


async def test_it_is_tried_alone_once_and_then_declined() -> None:
    rival = passage("PerksPlus Premium reimburses employees up to $2,500 per year.", name="Premium.pdf")
    model = _SecondThought("PerksPlus reimburses $9,999 per year.", "PerksPlus reimburses $8,888 per year.")
    result = end_of(await told(ask(), model, FixedSearch(PERKS, rival)))
    assert result.finish == "declined"
    assert "8,888" not in result.text
    assert len(model.asked) == 2
    calls = [step.detail["completion_tokens"] for step in result.trace if step.step == "model"]
    assert len(calls) == 2
    assert result.usage.completion_tokens == sum(calls) > max(calls)
