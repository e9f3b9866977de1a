"""Asking tuned models: where, under what name, with which prompt; and answers that run while adapters come and go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from ingest.catalogue.engine import writing
from ingest.files import LocalFiles
from service.answer import presets
from service.answer.ask import Ask
from service.answer.run import answer
from service.errors import ModelUnreachable, NotReady
from service.evaluate import snapshot
from service.models import adapter_chat, adapters, tuned
from service.models.adapter_chat import AdapterChat
from service.models.adapters import Holding, Place
from service.models.openai_chat import OpenAIChat
from service.models.tuned import Tuned
from service.settings import Settings
from service.types import ChatOptions, Delta, Finished, Message, Variant
from tests.doubles.fake_openai import FakeOpenAI, Reply
from tests.doubles.scripted_chat import FixedSearch, passage
from tests.tune.serving.machine import BASE, Machine, folder, keep, machine, trained

pytestmark = pytest.mark.anyio
LONG = Reply(text=" ".join(f"word{number}" for number in range(60)), pause=0.01)


def asked(model: Any) -> AsyncGenerator[Delta]:
    return cast(AsyncGenerator[Delta], model.stream([Message("user", "hi")], ChatOptions()))


async def said(model: Any) -> str:
    async with aclosing(asked(model)) as deltas:
        return "".join([delta.text async for delta in deltas])


async def test_loading_and_retiring_others_drops_nothing_of_a_running_answer(
    here: Machine, engine: Engine, store: LocalFiles, tmp_path: Path
) -> None:
    first, second = trained(engine, store, tmp_path, "first", "second")
    await here.deployments.deploy("first")
    here.fakes[first].default = LONG
    text = ""
    async with aclosing(asked(here.shelf.chat("first"))) as deltas:
        async for delta in deltas:
            if not text:
                await here.deployments.deploy("second")
                await here.deployments.make_current("second")
                await here.deployments.retire("first")
                assert "speaking" in await said(here.shelf.chat("second"))
            text += delta.text
    assert text == LONG.text
    assert len(here.fakes[second].chats()) == 1


async def test_an_answer_goes_on_where_it_began_and_the_next_one_is_asked_where_the_adapter_is_now(
    here: Machine, engine: Engine, store: LocalFiles, tmp_path: Path
) -> None:
    """The local server was started anew, and the old one still ends its answers."""
    (key,) = trained(engine, store, tmp_path, "house")
    await here.deployments.deploy("house")
    here.fakes[key].default = LONG
    model = here.shelf.chat("house")
    with FakeOpenAI(key="local") as new:
        async with aclosing(asked(model)) as deltas:
            text = (await anext(deltas)).text
            adapters.tell(here.folder, Holding(2, {key: Place(new.base_url)}))
            assert await said(model) == "The answer is forty-two."
            text += "".join([delta.text async for delta in deltas])
        assert text == LONG.text
        assert new.chats()[0].headers["authorization"] == "Bearer local"


async def test_a_question_waits_for_an_adapter_that_is_being_loaded(
    here: Machine, engine: Engine, store: LocalFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(engine, store, tmp_path, "house")
    with writing(engine) as connection:  # as another process does
        tuned.deploy(connection, "house", True)
    await here.tuned.refresh()
    chat = here.shelf.chat("house")
    assert isinstance(chat, AdapterChat)
    waiting = asyncio.create_task(said(chat))
    await asyncio.sleep(0)
    assert not waiting.done()
    await here.tending.step()
    assert "speaking" in await waiting

    monkeypatch.setattr(adapter_chat, "LOADING_SECONDS", 0.0)
    adapters.tell(here.folder, Holding(2))
    with pytest.raises(ModelUnreachable, match="not loaded yet"):
        await said(chat)
    adapters.tell(here.folder, Holding(2, {chat.sha256: Place(problem="it is broken")}))
    with pytest.raises(NotReady, match="it is broken"):
        here.shelf.chat("house")


async def test_a_model_tuned_at_openai_is_asked_there_by_its_name_there(
    tmp_path: Path, engine: Engine, store: LocalFiles
) -> None:
    remote = "ft:gpt-4.1-mini-2025-04-14:acme::abc"
    keep(engine, Tuned("hosted", "openai", "openai:gpt-4.1-mini", "2026", remote_id=remote))
    with FakeOpenAI(key="sk-openai") as openai:
        given = {"openai_api_key": SecretStr("sk-openai"), "openai_base_url": openai.base_url}
        async with machine(folder(tmp_path, "m"), engine, store, **given) as one:
            await one.deployments.deploy("hosted")
            chat = one.shelf.chat("hosted")
            assert isinstance(chat, OpenAIChat)
            assert await said(chat) == "The answer is forty-two."
            assert openai.chats()[0].body["model"] == remote
            assert chat.name == "hosted"
            assert not one.shelf.local("hosted")
            price = one.shelf.price("hosted")
            assert price is not None
            assert price.output > 0
            assert (await one.book.get("rag_fine_tuned")).model == "hosted"
    async with machine(folder(tmp_path, "keyless"), engine, store) as one:
        await one.tuned.refresh()
        with pytest.raises(NotReady, match="runs at OpenAI"):
            one.shelf.chat("hosted")


async def test_a_name_given_again_is_another_model(
    here: Machine, engine: Engine, store: LocalFiles, tmp_path: Path
) -> None:
    trained(engine, store, tmp_path, "one", "two")
    await here.deployments.deploy("one")
    await here.deployments.deploy("two")
    before = await said(here.shelf.chat("one"))
    other = here.tuned.known["two"].file_sha256
    await here.deployments.retire("one")
    with writing(engine) as connection:
        tuned.remove(connection, "one")
        tuned.add(connection, Tuned("one", "local", BASE, "2027", file_sha256=other))
    await here.deployments.deploy("one")
    assert await said(here.shelf.chat("one")) not in ("", before)


@pytest.mark.parametrize(("of", "on_tuned"), [("plain", "fine_tuned"), ("rag", "rag_fine_tuned")])
async def test_a_tuned_model_is_asked_with_the_same_bytes(of: str, on_tuned: str) -> None:
    variants = {one.name: one for one in (*presets.PRESETS, *presets.of_tuned("house"))}
    with FakeOpenAI(key="local") as server:
        server.default = Reply(text="Employees have 25 days of annual leave.")
        for name in (of, on_tuned):
            await finished(variants[name], OpenAIChat(name, server.base_url, "local", "same"))
        plain, on = (request.body for request in server.chats())
    assert plain == on
    assert "leave" in plain["messages"][-1]["content"]
    assert ("25 days" in plain["messages"][-1]["content"]) is (of == "rag"), "the passages are in it"
    assert variants[of].prompt_hash == variants[on_tuned].prompt_hash


async def finished(variant: Variant, model: OpenAIChat) -> None:
    ask = Ask(
        id="ans_1",
        conversation_id="conv_1",
        question="How many days of annual leave do employees have?",
        variant=variant,
        collection="default",
        mark="docs-bcdfghjkm",
    )
    retriever = FixedSearch(passage("Employees have 25 days of annual leave a year."))
    events = [event async for event in answer(ask, model=model, retriever=retriever)]
    await model.close()
    assert isinstance(events[-1], Finished)
    assert events[-1].answer.approach == variant.approach
    assert events[-1].answer.text


async def test_a_run_remembers_which_model_it_was(
    here: Machine, engine: Engine, store: LocalFiles, tmp_path: Path
) -> None:
    (key,) = trained(engine, store, tmp_path, "house")
    keep(engine, Tuned("hosted", "openai", "openai:gpt-4.1-mini", "2026", remote_id="ft:x", finetune_id="ft_2"))
    await here.tuned.refresh()
    settings = Settings(_env_file=None, models_dir=tmp_path)
    found = snapshot.models(["hosted", "house", BASE], settings, here.tuned.known)
    assert found["house"] == {"adapter": key, "base": BASE, "finetune": "ft_1"}
    assert found["hosted"] == {
        "endpoint": "openai", "model": "ft:x", "base": "openai:gpt-4.1-mini", "finetune": "ft_2",
    }  # fmt: skip
    assert found[BASE]["files"]
