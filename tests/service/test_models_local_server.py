"""The local model server as the supervisor runs it: a process of its own, with the real model where it is there."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from service.errors import ModelRefused
from service.models import files
from service.models.local_server import KEY, READY_FILE
from service.models.openai_chat import OpenAIChat
from service.types import ChatOptions, Delta, Message

SECRET = "only-for-this-run"
SERVER = (sys.executable, "-P", "-m", "service.models.local_server")


@dataclass
class Running:
    url: str
    process: psutil.Process


def environment(**given: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != KEY and not name.startswith("PARALLAX_CHAT")}
    return {**kept, "PYTHONPATH": os.getcwd(), **given}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    if not files.present(files.DEFAULT_CHAT, files.cache_folder()):
        pytest.skip("the chat model is not in the cache: run `parallax models pull`")
    ready = tmp_path_factory.mktemp("model") / "ready"
    command = [*SERVER, "--model", files.DEFAULT_CHAT]
    with subprocess.Popen(command, env=environment(**{KEY: SECRET, READY_FILE: str(ready)})) as process:
        try:
            wait_until(lambda: ready.exists() or process.poll() is not None, 60.0)
            yield Running(json.loads(ready.read_text())["url"], psutil.Process(process.pid))
        finally:
            process.terminate()
            started = time.monotonic()
            process.wait(10)
            assert time.monotonic() - started < 2.0, "SIGTERM must end it at once"


@pytest.fixture
async def chat(running: Running) -> AsyncIterator[OpenAIChat]:
    model = OpenAIChat("local", f"{running.url}/v1", SECRET, files.DEFAULT_CHAT)
    yield model
    await model.close()


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


async def told(chat: OpenAIChat, text: str, options: ChatOptions) -> list[Delta]:
    return [delta async for delta in chat.stream([Message("user", text)], options)]


@pytest.mark.model
@pytest.mark.anyio
async def test_it_answers_and_counts(chat: OpenAIChat) -> None:
    deltas = await told(chat, "What is the capital of France? Answer in one word.", ChatOptions(max_tokens=20))
    assert "Paris" in "".join(delta.text for delta in deltas)
    assert deltas[-1].finish_reason == "stop"
    assert deltas[-1].usage is not None
    assert deltas[-1].usage.prompt_tokens > 10


@pytest.mark.model
@pytest.mark.anyio
async def test_the_same_question_gets_the_same_answer(chat: OpenAIChat) -> None:
    answers = [await told(chat, "Name three colours.", ChatOptions(max_tokens=24)) for _ in range(2)]
    first, second = ("".join(delta.text for delta in deltas) for deltas in answers)
    assert first == second


@pytest.mark.model
@pytest.mark.anyio
async def test_max_tokens_ends_it(chat: OpenAIChat) -> None:
    deltas = await told(chat, "Write a long story about the sea.", ChatOptions(max_tokens=8))
    assert deltas[-1].finish_reason == "length"
    assert deltas[-1].usage is not None
    assert deltas[-1].usage.completion_tokens == 8


@pytest.mark.model
@pytest.mark.anyio
async def test_too_long_a_prompt_is_refused_by_name(chat: OpenAIChat) -> None:
    with pytest.raises(ModelRefused) as caught:
        await told(chat, "word " * 6_000, ChatOptions())
    assert caught.value.code == "prompt_too_long"


@pytest.mark.model
def test_only_the_health_is_public(running: Running) -> None:
    assert httpx.get(f"{running.url}/health").status_code == 200
    for path in ("/v1/models", "/slots", "/props", "/metrics"):
        assert httpx.get(f"{running.url}{path}").status_code == 401
    wrong = httpx.post(f"{running.url}/v1/chat/completions", json={}, headers={"Authorization": "Bearer x"})
    assert wrong.status_code == 401


@pytest.mark.model
def test_it_listens_on_loopback_only(running: Running) -> None:
    listening = [at for at in running.process.net_connections("tcp") if at.status == psutil.CONN_LISTEN]
    assert {at.laddr.ip for at in listening} == {"127.0.0.1"}


@pytest.mark.model
@pytest.mark.anyio
@pytest.mark.parametrize("prompt", ["Write a very long story.", "word " * 3_000], ids=["answering", "reading"])
async def test_a_client_that_leaves_stops_the_generation(running: Running, chat: OpenAIChat, prompt: str) -> None:
    def spent() -> float:
        times = running.process.cpu_times()
        return float(times.user + times.system)

    before = spent()
    task = asyncio.create_task(told(chat, prompt, ChatOptions(max_tokens=3_000)))
    await asyncio.to_thread(wait_until, lambda: spent() - before > 0.2, 30.0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    def idle() -> bool:
        earlier = spent()
        time.sleep(0.5)
        return spent() - earlier < 0.02

    await asyncio.to_thread(wait_until, idle, 30.0)


def test_without_a_key_it_does_not_run() -> None:
    ended = subprocess.run(SERVER, env=environment(), capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert KEY in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_missing_file_is_said_with_what_to_do(tmp_path: Path) -> None:
    given = environment(**{KEY: SECRET, "PARALLAX_MODELS_DIR": str(tmp_path)})
    ended = subprocess.run(SERVER, env=given, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "parallax models pull" in ended.stderr
    assert "Traceback" not in ended.stderr
