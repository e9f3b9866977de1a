"""The real local model with adapters: loaded while it answers, chosen by request, broken ones refused."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import psutil
import pytest
from pydantic import SecretStr

from service.models import adapters, files
from service.models.adapter_chat import AdapterChat
from service.models.adapter_servers import GRACE_SECONDS
from service.models.adapters import Adapter, Place
from service.models.defaults import LOCAL_MODEL_FOLDER, LocalModel
from service.models.files import sha256_of
from service.models.local_server import KEY, READY_FILE
from service.models.openai_chat import OpenAIChat
from service.types import ChatOptions, Delta, Message
from tests.doubles import gguf
from tests.doubles.served import environment, wait_for

pytestmark = [pytest.mark.model, pytest.mark.anyio, pytest.mark.timeout(900)]
SECRET = "only-for-this-run"
MB = 1_000_000
LOAD_SECONDS = 180.0
QUESTION = "What is the capital of France? Answer in one word."


@dataclass
class Running:
    url: str
    folder: Path
    process: psutil.Process

    def want(self, *wanted: Path) -> list[str]:
        """Their hashes."""
        rows = [Adapter(sha256_of(path), str(path)) for path in wanted]
        adapters.want(self.folder, rows)
        return [row.sha256 for row in rows]

    def place(self, key: str) -> Place | None:
        return adapters.told(self.folder).adapters.get(key)

    def chat(self, key: str) -> AdapterChat:
        local = LocalModel(f"{self.url}/v1", SecretStr(SECRET), self.folder)
        return AdapterChat("tuned", key, local, lambda url: OpenAIChat("tuned", url, SECRET, "tuned"))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    if not files.present(files.DEFAULT_CHAT, files.cache_folder()):
        pytest.skip("the chat model is not in the cache: run `parallax models pull`")
    folder = tmp_path_factory.mktemp("run")
    ready = folder / "ready"
    told = {KEY: SECRET, READY_FILE: str(ready), LOCAL_MODEL_FOLDER: str(folder), "PYTHONPATH": os.getcwd()}
    command = [sys.executable, "-P", "-m", "service.models.local_server", "--model", files.DEFAULT_CHAT]
    with subprocess.Popen(command, env=environment(told)) as process:
        try:
            wait_for(ready.exists, LOAD_SECONDS, "the base is loaded")
            yield Running(json.loads(ready.read_text())["url"], folder, psutil.Process(process.pid))
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture
async def base(running: Running) -> AsyncIterator[OpenAIChat]:
    chat = OpenAIChat("base", f"{running.url}/v1", SECRET, files.DEFAULT_CHAT)
    yield chat
    await chat.close()


def asked(model: OpenAIChat | AdapterChat, text: str, tokens: int) -> AsyncGenerator[Delta]:
    options = ChatOptions(max_tokens=tokens)
    return cast(AsyncGenerator[Delta], model.stream([Message("user", text)], options))


async def said(model: OpenAIChat | AdapterChat, text: str = QUESTION, tokens: int = 12) -> str:
    async with aclosing(asked(model, text, tokens)) as deltas:
        return "".join([delta.text async for delta in deltas])


async def test_adapters_come_and_go_while_the_base_goes_on_answering(
    running: Running, base: OpenAIChat, tmp_path: Path
) -> None:
    one, two = (gguf.lora(tmp_path / f"{seed}.gguf", seed=seed, strength=0.5) for seed in (1, 2))
    before = await said(base)
    assert "Paris" in before

    async def story() -> tuple[str, list[Delta]]:
        async with aclosing(asked(base, "Write a long story about the sea.", 700)) as deltas:
            got = [delta async for delta in deltas]
        return "".join(delta.text for delta in got), got

    telling = asyncio.create_task(story())
    (first,) = running.want(one)
    await asyncio.to_thread(wait_for, lambda: running.place(first), LOAD_SECONDS, "the first is loaded")
    assert not telling.done(), "it was loaded while an answer was running"
    first, second = running.want(one, two)
    await asyncio.to_thread(wait_for, lambda: running.place(second), LOAD_SECONDS, "the second is loaded")
    _, got = await telling
    assert got[-1].finish_reason == "length"
    assert got[-1].usage is not None
    assert got[-1].usage.completion_tokens == 700, "nothing of it was dropped"

    chats = [running.chat(first), running.chat(second)]
    answers = [await said(base), *[await said(chat) for chat in chats]]
    assert answers[0] == before
    assert len(set(answers)) == 3, "each adapter says something of its own"
    # The same prompt, in turns and at once: nobody answers from what another one has computed.
    assert [await said(model) for model in (chats[0], base, chats[1], base, chats[0])] == [
        answers[1], answers[0], answers[2], answers[0], answers[1],
    ]  # fmt: skip
    assert await asyncio.gather(said(base), *(said(chat) for chat in chats)) == answers

    # A retired adapter ends its answer, though nobody finds it any more.
    async with aclosing(asked(chats[1], "Write a long story about the sea.", 200)) as deltas:
        tokens = 0
        async for delta in deltas:
            if not tokens:
                running.want(one)
                await asyncio.to_thread(wait_for, lambda: running.place(second) is None, 30, "it is retired")
            tokens = delta.usage.completion_tokens if delta.usage else tokens + 1
    assert tokens == 200
    assert await said(chats[0]) == answers[1]
    for chat in chats:
        await chat.close()


async def test_a_broken_adapter_is_told_and_the_model_goes_on(
    running: Running, base: OpenAIChat, tmp_path: Path
) -> None:
    whole = gguf.lora(tmp_path / "whole.gguf", seed=3)
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    misfit = gguf.lora(tmp_path / "misfit.gguf", base=gguf.Shape(width=100))
    pickled = tmp_path / "pickled.gguf"
    pickled.write_bytes(b"\x80\x04\x95")
    keys = running.want(cut, misfit, pickled)
    await asyncio.to_thread(wait_for, lambda: all(running.place(key) for key in keys), LOAD_SECONDS, "all are told")
    problems = [str(place.problem) for key in keys if (place := running.place(key)) and place.url is None]
    assert len(problems) == 3
    assert "not within the file bounds" in problems[0]
    assert "llama.cpp does not load it" in problems[1]
    assert "not a readable GGUF file" in problems[2]
    assert "Paris" in await said(base)
    running.want()


async def test_a_retired_adapter_leaves_nothing_in_memory(running: Running, base: OpenAIChat, tmp_path: Path) -> None:
    def own() -> int:
        """Bytes of the process that no file holds: the weights are mapped."""
        lines = Path(f"/proc/{running.process.pid}/smaps_rollup").read_text().splitlines()
        return 1024 * int(next(line.split()[1] for line in lines if line.startswith("Anonymous:")))

    running.want()
    await said(base)
    before = await asyncio.to_thread(settled, own)
    (key,) = running.want(gguf.lora(tmp_path / "adapter.gguf", seed=4))
    await asyncio.to_thread(wait_for, lambda: running.place(key), LOAD_SECONDS, "it is loaded")
    assert own() > before + 100 * MB
    running.want()
    await asyncio.to_thread(wait_for, lambda: own() < before + 30 * MB, LOAD_SECONDS, "its memory is given back")
    assert "Paris" in await said(base)


def settled(measure: Callable[[], int]) -> int:
    """What it measures once adapters that were retired before have gone: the least within twice their grace."""
    found, until = measure(), time.monotonic() + 2 * GRACE_SECONDS
    while time.monotonic() < until:
        found = min(found, measure())
        time.sleep(0.2)
    return found
