"""How long a model is waited for: two settings, held all the way from the settings to the answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from service.answer import Ask, answer
from service.answer.presets import PRESETS
from service.errors import ModelTimeout
from service.models.shelf import Shelf
from service.settings import Settings
from service.types import ChatOptions, DeltaText, Failed, Message, Patience
from tests.doubles.fake_openai import FakeOpenAI, Reply

pytestmark = pytest.mark.anyio
PLAIN = next(preset for preset in PRESETS if preset.name == "plain")
LONG, SHORT = 60.0, 0.2


@pytest.fixture
def fake() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


def shelf(fake: FakeOpenAI, folder: Path, first: float, token: float) -> Shelf:
    return Shelf(
        Settings(
            data_dir=folder, chat_base_url=fake.base_url, chat_api_key=fake.key, chat_model=fake.model,
            chat_first_token_seconds=first, chat_token_seconds=token,
        )
    )  # fmt: skip


async def said(shelf: Shelf) -> tuple[str, Failed]:
    """What was shown of a plain answer, and how it failed."""
    ask = Ask(id="ans_1", conversation_id="conv_1", question="How deep is the sea?", variant=PLAIN, collection="none")
    events: list[Any] = [event async for event in answer(ask, model=shelf.chat(), retriever=None)]
    await shelf.close()
    assert isinstance(events[-1], Failed)
    return "".join(event.text for event in events if isinstance(event, DeltaText)), events[-1]


@pytest.mark.parametrize("fault", ["hang", "keep_alive"])
async def test_a_model_that_never_begins(fake: FakeOpenAI, tmp_path: Path, fault: Any) -> None:
    fake.default = Reply(fault=fault, after=0)
    text, failed = await said(shelf(fake, tmp_path, SHORT, LONG))
    assert (text, failed.code, failed.status) == ("", "model_timeout", 504)
    assert f"did not begin to answer within {SHORT:g} s" in failed.message
    assert fake.wait_for(lambda server: server.aborted == 1), "the request goes on without a reader"


async def test_a_model_that_falls_silent(fake: FakeOpenAI, tmp_path: Path) -> None:
    fake.default = Reply("The sea is deep.", fault="hang_midway", after=2)
    text, failed = await said(shelf(fake, tmp_path, LONG, SHORT))
    assert text.startswith("The sea")
    assert (failed.code, failed.status) == ("model_timeout", 504)
    assert f"said nothing for {SHORT:g} s" in failed.message
    assert failed.answer is not None
    assert failed.answer.text == text, "what was shown is kept"


async def test_a_slow_model_that_goes_on_is_let_finish(fake: FakeOpenAI, tmp_path: Path) -> None:
    """Longer in all than either time-out; each word comes well within its own."""
    fake.default = Reply("one two three four five six seven eight", pause=0.3)
    model = shelf(fake, tmp_path, 2.0, 2.0)
    deltas = [delta.text async for delta in model.chat().stream([Message("user", "count")], ChatOptions())]
    await model.close()
    assert "".join(deltas).split()[-1] == "eight"


async def test_the_shorter_of_the_two_counts(fake: FakeOpenAI, tmp_path: Path) -> None:
    fake.default = Reply(fault="hang")
    model = shelf(fake, tmp_path, LONG, LONG)
    stream = model.chat().stream([Message("user", "x")], ChatOptions(first_token_timeout=SHORT))
    with pytest.raises(ModelTimeout, match=f"within {SHORT:g} s"):
        await anext(stream)
    await model.close()
    assert Patience(3.0, 2.0).applied(ChatOptions()).token_timeout == 2.0


@pytest.mark.parametrize("bad", [0, -1, "soon"])
def test_patience_is_a_time(bad: Any) -> None:
    with pytest.raises(ValidationError):
        Settings(chat_first_token_seconds=bad)
