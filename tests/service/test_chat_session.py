"""Asking within a process: names looked up first, answers kept however they end, conversations in order."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine

from ingest.catalogue import collections
from ingest.catalogue.engine import migrate, open_engine, reading, sqlite_url, writing
from ingest.errors import NotFound
from service.chat import examples, history
from service.chat.book import VariantBook
from service.chat.session import Chat, Question
from service.errors import BadRequest, ModelCut, ServiceError, Unknown
from service.experiments.traffic import Traffic
from service.fresh import Fresh
from service.types import DeltaText, Finished, Message
from service.wiring import MIGRATIONS
from tests.doubles.scripted_chat import ScriptedChat

pytestmark = pytest.mark.anyio


class OneModel:
    """A shelf with one model on it."""

    def __init__(self, model: ScriptedChat) -> None:
        self.model = model

    def chat(self, name: str = "") -> ScriptedChat:
        if name not in ("", self.model.name):
            raise Unknown("unknown_model", f"There is no model {name}.")
        return self.model

    def price(self, name: str = "") -> None:
        return None


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(sqlite_url(tmp_path))
    migrate(made, MIGRATIONS)
    with writing(made) as connection:
        collections.ensure(connection, "default", "none")
    yield made
    made.dispose()


def chat(engine: Engine, model: ScriptedChat) -> Chat:
    return Chat(engine, VariantBook(engine), cast(Any, OneModel(model)), cast(Any, None), Traffic(engine))


def kept(engine: Engine, conversation_id: str) -> list[history.Turn]:
    with reading(engine) as connection:
        return history.turns(connection, conversation_id)


async def test_an_answer_is_kept_before_it_is_finished(engine: Engine) -> None:
    asking = chat(engine, ScriptedChat("The sea is deep."))
    prepared = await asking.prepare(Question("Sea?", variant="plain"))
    async with aclosing(asking.stream(prepared)) as events:
        async for event in events:
            if isinstance(event, Finished):
                (turn,) = kept(engine, prepared.ask.conversation_id)
                assert turn.answer["text"] == "The sea is deep."
                assert turn.answer["finish"] == "answered"


async def test_leaving_early_keeps_what_was_said_as_stopped(engine: Engine) -> None:
    model = ScriptedChat("The sea is deep.")
    asking = chat(engine, model)
    prepared = await asking.prepare(Question("Sea?", variant="plain"))
    async with aclosing(asking.stream(prepared)) as events:
        async for event in events:
            if isinstance(event, DeltaText):
                break
    await asking.drain()
    (turn,) = kept(engine, prepared.ask.conversation_id)
    assert (turn.answer["finish"], turn.answer["text"]) == ("stopped", "The sea")
    assert model.open == 0


async def test_a_cancelled_task_keeps_it_too(engine: Engine) -> None:
    asking = chat(engine, ScriptedChat("The sea is deep."))
    prepared = await asking.prepare(Question("Sea?", variant="plain"))
    said = asyncio.Event()

    async def read() -> None:
        async with aclosing(asking.stream(prepared)) as events:
            async for event in events:
                if isinstance(event, DeltaText):
                    said.set()
                    await asyncio.Event().wait()

    reading_it = asyncio.create_task(read())
    await said.wait()
    reading_it.cancel()
    await asyncio.gather(reading_it, return_exceptions=True)
    await asking.drain()
    (turn,) = kept(engine, prepared.ask.conversation_id)
    assert turn.answer["finish"] == "stopped"


async def test_a_fault_is_kept_and_raised_by_collect(engine: Engine) -> None:
    asking = chat(engine, ScriptedChat("The ", error=ModelCut("model_cut", "It broke.", "Ask again.")))
    prepared = await asking.prepare(Question("Sea?", variant="plain"))
    with pytest.raises(ServiceError) as raised:
        await asking.collect(prepared)
    assert raised.value.code == "model_cut"
    assert raised.value.status == 502
    (turn,) = kept(engine, prepared.ask.conversation_id)
    assert (turn.answer["finish"], turn.answer["text"]) == ("failed", "The ")
    assert turn.answer["error"]["code"] == "model_cut"


@pytest.mark.parametrize(
    ("question", "error", "code"),
    [
        (Question(" "), BadRequest, "empty_question"),
        (Question("x" * 8_001), BadRequest, "question_too_long"),
        (Question("Sea?", variant="nobody"), Unknown, "unknown_variant"),
        (Question("Sea?", collection="nowhere"), NotFound, "collection_not_found"),
        (Question("Sea?", conversation_id="conv_none"), Unknown, "unknown_conversation"),
    ],
)
async def test_what_is_not_there_is_said_before_the_model_is_asked(
    engine: Engine, question: Question, error: type[Exception], code: str
) -> None:
    model = ScriptedChat("Yes.")
    with pytest.raises(error) as raised:
        await chat(engine, model).prepare(question)
    assert cast(Any, raised.value).code == code
    assert model.asked == []


async def test_a_conversation_is_read_in_order_without_what_failed_or_is_replaced(engine: Engine) -> None:
    model = ScriptedChat("")
    asking = chat(engine, model)

    async def ask(text: str, says: str, conversation: str | None = None) -> Any:
        model.text = says
        prepared = await asking.prepare(Question(text, variant="plain", conversation_id=conversation))
        return await asking.collect(prepared)

    conversation = (await ask("1?", "First.")).conversation_id
    model.error = ModelCut("model_cut", "It broke.")
    with pytest.raises(ServiceError):
        await ask("broken?", "Half", conversation)
    model.error = None
    second = await ask("2?", "Second.", conversation)
    prepared = await asking.prepare(Question("3?", variant="plain", conversation_id=conversation))
    assert prepared.ask.history == (
        Message("user", "1?"),
        Message("assistant", "First."),
        Message("user", "2?"),
        Message("assistant", "Second."),
    )
    prepared = await asking.prepare(
        Question("2 again?", variant="plain", conversation_id=conversation, replaces=second.id)
    )
    assert prepared.ask.history == (Message("user", "1?"), Message("assistant", "First."))
    assert [turn.question for turn in kept(engine, conversation)] == ["1?", "broken?", "2?"]


async def test_turns_keep_their_order_within_one_instant(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "now", lambda: "2026-01-01T00:00:00.999Z")
    asking = chat(engine, ScriptedChat("Yes."))
    conversation = None
    for number in range(6):
        prepared = await asking.prepare(Question(f"{number}?", variant="plain", conversation_id=conversation))
        conversation = (await asking.collect(prepared)).conversation_id
    turns = kept(engine, str(conversation))
    assert [turn.question for turn in turns] == [f"{number}?" for number in range(6)]
    assert len({turn.created_at for turn in turns}) == 6


async def test_examples_are_read_again_once_forgotten(engine: Engine) -> None:
    asking = chat(engine, ScriptedChat("Yes."))
    assert (await asking.prepare(Question("Sea?", variant="few_shot"))).ask.examples == ()
    with writing(engine) as connection:
        examples.add(connection, [("A?", "a"), ("B?", "b")])
    asking.forget_examples()
    shots = (await asking.prepare(Question("Sea?", variant="few_shot"))).ask.examples
    assert [(shot.question, shot.answer) for shot in shots] == [("A?", "a"), ("B?", "b")]
    assert (await asking.prepare(Question("Sea?", variant="plain"))).ask.examples == ()


async def test_another_book_s_variant_is_seen_in_time(engine: Engine) -> None:
    mine, other = VariantBook(engine), VariantBook(engine)
    mine._known = Fresh(mine._read, seconds=0.0)
    await mine.all()
    await other.create(name="short", label="", approach="plain", model="", parameters={"max_tokens": 5})
    assert (await mine.get("short")).parameters == {"max_tokens": 5}


async def test_fresh_reads_no_more_than_it_must() -> None:
    reads: list[int] = []

    def read() -> int:
        reads.append(1)
        return len(reads)

    value = Fresh(read, seconds=1000.0)
    assert [await value.value() for _ in range(3)] == [1, 1, 1]
    value.forget()
    assert await value.value() == 2
    old = Fresh(read, seconds=-1.0)
    assert await old.value() < await old.value()
