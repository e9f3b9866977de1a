"""What servers list, fetching in the background, and what answers say of the models that gave them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from service.cards import answered
from service.errors import Busy, Conflict, Unknown
from service.models import catalogue_remote, files, pull_jobs
from service.models.catalogue import Listed, entries
from service.models.catalogue_remote import Listings
from service.models.openai_chat import OpenAIChat
from service.models.pull_jobs import Pulls
from service.models.shelf import Shelf
from service.settings import Settings
from tests.doubles.fake_openai import FakeOpenAI

pytestmark = pytest.mark.anyio
BIG = "qwen2.5-coder-1.5b-instruct-q4_k_m"


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as running:
        running.also = ["stand-in-large", "embed-small", "x" * 500, "bad\nname", "stand-in-large"]
        yield running


def settings(folder: Path, **given: Any) -> Settings:
    return Settings(_env_file=None, models_dir=folder, **given)


async def until(condition: Any) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_what_an_endpoint_lists_is_in_the_catalogue_and_can_be_asked(server: FakeOpenAI, tmp_path: Path) -> None:
    given = {"chat_base_url": server.base_url, "chat_model": server.model, "chat_api_key": SecretStr(server.key)}
    chosen = settings(tmp_path, **given)
    listed = await Listings().all(chosen)
    assert listed == Listed([server.model, "stand-in-large", "embed-small"], None)
    found = {entry.name: entry for entry in entries(chosen, (), listed)}
    assert found[server.model].default
    assert found["endpoint:stand-in-large"].deployed
    assert found["endpoint:stand-in-large"].task == "chat"
    assert found["endpoint:embed-small"].task == "embedding"
    assert f"endpoint:{server.model}" not in found
    assert "leave this machine" in found["endpoint:stand-in-large"].card["about"]

    shelf = Shelf(chosen)
    chat = shelf.chat("endpoint:stand-in-large")
    assert isinstance(chat, OpenAIChat)
    assert chat.model == "stand-in-large"
    assert shelf.price("endpoint:stand-in-large") is None
    await shelf.close()


async def test_a_server_is_asked_once_in_a_while(server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    listings, key = Listings(), SecretStr(server.key)
    await asyncio.gather(*(listings.ids(server.base_url, key) for _ in range(5)))
    assert len(server.requests) == 1
    monkeypatch.setattr(catalogue_remote, "REMEMBER_SECONDS", -1.0)
    fresh = Listings()
    await fresh.ids(server.base_url, key)
    await fresh.ids(server.base_url, key)
    assert len(server.requests) == 3


async def test_a_server_that_does_not_answer_lists_nothing(server: FakeOpenAI, tmp_path: Path) -> None:
    assert await Listings().ids(server.base_url, SecretStr("wrong")) is None
    assert await Listings().ids(f"{server.base_url}/elsewhere", SecretStr(server.key)) is None
    assert await Listings().ids("http://127.0.0.1:9/v1", None) is None
    assert await Listings().ids("http://[broken", None) is None
    assert await Listings().all(settings(tmp_path)) == Listed(None, None)


def test_an_account_shows_what_it_has(tmp_path: Path) -> None:
    chosen = settings(tmp_path, openai_api_key=SecretStr("k"))
    ids = ["gpt-4.1-mini", "gpt-9", "gpt-4.1-mini-2025-04-14", "tts-1"]
    found = {entry.name: entry for entry in entries(chosen, (), Listed(openai=ids))}
    assert found["openai:gpt-4.1-mini"].deployed
    assert not found["openai:gpt-5"].deployed, "this account does not have it"
    assert found["openai:gpt-9"].deployed
    assert not {"openai:gpt-4.1-mini-2025-04-14", "openai:tts-1"} & set(found)
    unasked = {entry.name: entry for entry in entries(chosen)}
    assert unasked["openai:gpt-5"].deployed, "nobody could be asked: the key alone makes it available"


async def test_files_are_fetched_in_the_background(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(name: str, folder: Path, *, progress: Any) -> None:
        progress(10, 100)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(20)
        progress(100, 100)

    monkeypatch.setattr(pull_jobs, "pull", slow)
    pulls = Pulls()
    assert pulls.start(BIG, tmp_path).done == 0
    await until(lambda: (found := pulls.of(BIG)) is not None and found.done == 10)
    assert pulls.start(BIG, tmp_path).done == 10, "asked twice, fetched once"
    with pytest.raises(Busy):
        pulls.start(files.DEFAULT_CHAT, tmp_path)
    with pytest.raises(Unknown):
        pulls.start("no-such", tmp_path)
    go_on.set()
    await until(lambda: pulls.of(BIG) is None)
    await pulls.close()


async def test_a_fetch_that_fails_says_why_and_can_be_tried_again(tmp_path: Path) -> None:
    blocked = tmp_path / "models"
    blocked.write_text("a file where the folder should be")
    pulls = Pulls()
    for _ in range(2):
        assert pulls.start(BIG, blocked).error is None
        await until(lambda: (found := pulls.of(BIG)) is not None and found.error is not None)
    assert "Check the disk" in str(getattr(pulls.of(BIG), "error", ""))
    await pulls.close()


async def test_the_end_of_the_service_ends_a_fetch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[str] = []

    def endless(name: str, folder: Path, *, progress: Any) -> None:
        try:
            while True:
                progress(1, 100)
                time.sleep(0.005)
        except BaseException as error:
            ended.append(type(error).__name__)
            raise

    monkeypatch.setattr(pull_jobs, "pull", endless)
    pulls = Pulls()
    pulls.start(BIG, tmp_path)
    await until(lambda: (found := pulls.of(BIG)) is not None and found.done == 1)
    async with asyncio.timeout(10):
        await pulls.close()
    assert ended == ["_Stopped"]


def test_what_is_here_is_not_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "present", lambda _name, _folder: True)
    with pytest.raises(Conflict):
        Pulls().start(BIG, tmp_path)


def body(model: str, total: float, cost: float | None, finish: str = "answered") -> dict[str, Any]:
    timings = {"first_token": total / 2, "total": total}
    return {"model": model, "finish": finish, "cost": cost, "timings": timings, "usage": {"completion_tokens": 10}}


def test_figures_come_from_answers_alone() -> None:
    said = [body("a", 1.0, 0.5), body("a", 3.0, 0.5), body("a", 2.0, 0.2, "declined")]
    said += [body("b", 1.0, None)] * 4 + [body("c", 1.0, 0.0)] * 2 + [body("a", 99.0, 9.0, "failed")] * 5
    found = answered.by_model(said)
    assert found["a"]["answers"] == 3
    assert (found["a"]["total_p50"], found["a"]["first_token_p50"]) == (2.0, 1.0)
    assert found["a"]["cost_mean"] == pytest.approx(0.4)
    assert found["a"]["declined"] == pytest.approx(1 / 3)
    assert "cost_mean" not in found["b"], "a price that is not known is not zero"
    assert found["c"] == {"answers": 2.0}, "two answers are no median"
    assert answered.by_model([]) == {}
