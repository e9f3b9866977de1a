"""Which models there are, which one is meant, and whether it can be asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from ingest.embed.remote import RemoteEmbeddings
from service.errors import ModelFile, NotReady, Unknown
from service.models import files, shelf
from service.models.catalogue import entries
from service.models.defaults import LocalModel, default_chat, needs_local_server
from service.models.langchain_chat import LangChainChat
from service.models.openai_chat import OpenAIChat
from service.models.shelf import Shelf, embedder_from
from service.models.tuned import Tuned
from service.settings import Settings
from service.types import ChatOptions, Message
from tests.doubles.fake_openai import FakeOpenAI

SMALL, BIG = "qwen2.5-coder-0.5b-instruct-q4_k_m", "qwen2.5-coder-1.5b-instruct-q4_k_m"
KEY = SecretStr("sk-x")
URL = "http://127.0.0.1:9/v1"


@pytest.fixture(autouse=True)
def _own_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # no .env
    for name in ("OPENAI_API_KEY", "PARALLAX_OPENAI_API_KEY", "PARALLAX_CHAT_MODEL", "PARALLAX_CHAT_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def settings(tmp_path: Path, **given: Any) -> Settings:
    return Settings(models_dir=tmp_path / "models", **given)


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as fake:
        yield fake


@pytest.mark.parametrize(
    ("given", "expected", "local"),
    [
        ({}, SMALL, True),
        ({"chat_model": BIG}, BIG, True),
        ({"chat_base_url": URL}, "endpoint", False),
        ({"chat_base_url": URL, "chat_model": "llama"}, "llama", False),
        ({"chat_base_url": URL, "chat_model": SMALL}, SMALL, False),
        ({"chat_model": "anthropic:claude"}, "anthropic:claude", False),
        ({"chat_model": "gpt-x", "openai_api_key": KEY}, "openai:gpt-x", False),
        ({"openai_api_key": KEY}, SMALL, True),
    ],
)
def test_the_default_chat_model(tmp_path: Path, given: dict[str, Any], expected: str, local: bool) -> None:
    assert default_chat(settings(tmp_path, **given)) == expected
    assert needs_local_server(settings(tmp_path, **given)) is local
    listed = entries(settings(tmp_path, **given))
    (default,) = [entry for entry in listed if entry.default and entry.task == "chat"]
    assert default.name == expected


def test_the_catalogue_says_what_is_here(tmp_path: Path) -> None:
    chosen = settings(tmp_path, openai_api_key=KEY, embed_base_url=URL, embed_model="e5")
    listed = {entry.name: entry for entry in entries(chosen)}
    assert {SMALL, BIG, files.DEFAULT_EMBEDDING, "e5", "openai:gpt-5-mini"} <= set(listed)
    assert not listed[SMALL].deployed  # its file is not there
    assert listed[SMALL].default
    assert listed[SMALL].license == "Apache-2.0"
    assert listed["e5"].deployed
    assert listed["e5"].default
    assert not listed[files.DEFAULT_EMBEDDING].default
    assert "leave this machine" in listed["openai:gpt-5-mini"].card["limits"]
    assert [entry.default for entry in entries(chosen)][:2] == [True, True]


@pytest.mark.anyio
async def test_models_by_name(tmp_path: Path) -> None:
    chosen = Shelf(settings(tmp_path, openai_api_key=KEY), local=LocalModel(URL, KEY))
    local = chosen.chat()
    assert isinstance(local, OpenAIChat)
    assert local is chosen.chat(SMALL)
    assert isinstance(chosen.chat("openai:gpt-x"), OpenAIChat)
    assert isinstance(chosen.chat("anthropic:claude"), LangChainChat)
    for unknown in ("gpt-x", "all-minilm-l6-v2", "openai:"):
        with pytest.raises(Unknown):
            chosen.chat(unknown)
    with pytest.raises(NotReady, match=f"runs {re.escape(SMALL)}, not"):
        chosen.chat(BIG)
    await chosen.close()


@pytest.mark.anyio
async def test_without_a_key_there_is_no_openai(tmp_path: Path) -> None:
    chosen = Shelf(settings(tmp_path))
    with pytest.raises(Unknown):
        chosen.chat("openai:gpt-x")
    with pytest.raises(NotReady):
        chosen.chat()
    assert "not running" in str(await chosen.problem())


@pytest.mark.anyio
async def test_a_configured_endpoint_is_asked_with_its_key_and_model(tmp_path: Path, server: FakeOpenAI) -> None:
    given = {"chat_base_url": server.base_url, "chat_api_key": SecretStr(server.key), "chat_model": "llama"}
    chosen = Shelf(settings(tmp_path, **given))
    said = [delta.text async for delta in chosen.chat().stream([Message("user", "hi")], ChatOptions())]
    assert "".join(said) == "The answer is forty-two."
    assert server.chats()[0].body["model"] == "llama"
    await chosen.close()


@pytest.mark.anyio
async def test_the_health_of_the_model_is_asked_now_and_then(
    tmp_path: Path, server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = Shelf(settings(tmp_path), local=LocalModel(server.base_url, SecretStr(server.key)))
    for _ in range(3):
        assert await chosen.problem() is None
    assert len(server.requests) == 1
    await chosen.close()

    monkeypatch.setattr(shelf, "REMEMBER_HEALTH", -1.0)
    chosen = Shelf(settings(tmp_path), local=LocalModel(server.base_url, SecretStr(server.key)))
    assert await chosen.problem() is None
    server.stop()
    problem = await chosen.problem()
    await chosen.close()
    assert "cannot be reached" in str(problem)


def test_the_embedding_model(tmp_path: Path) -> None:
    remote = embedder_from(settings(tmp_path, embed_base_url=URL, embed_model="e5"))
    assert isinstance(remote, RemoteEmbeddings)
    assert remote.name == "e5"
    with pytest.raises(ModelFile, match="all-minilm"):
        embedder_from(settings(tmp_path))


@pytest.mark.anyio
async def test_what_the_settings_name_is_asked_whatever_is_called_so_besides(
    tmp_path: Path, server: FakeOpenAI
) -> None:
    tuned = {"acme": Tuned("acme", "openai", "openai:gpt-4.1", "2026", remote_id="ft:acme", deployed=True)}
    given = settings(tmp_path, chat_base_url=server.base_url, chat_api_key=SecretStr(server.key), chat_model="acme")
    shelf = Shelf(given, tuned=lambda: tuned)
    try:
        for name in ("", "acme"):
            async for _ in shelf.chat(name).stream([Message("user", "Hello?")], ChatOptions()):
                pass
        assert [request.body["model"] for request in server.requests if request.body] == ["acme", "acme"]
        assert shelf.price() is None
        assert not shelf.local()
    finally:
        await shelf.close()
