"""The doctor: what it finds on this machine, and what it says to do about what is broken."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from service.datafolder import hold, open_folder
from service.doctor import Finding, examine
from service.settings import Settings

pytestmark = pytest.mark.anyio


def _settings(folder: Path, **given: object) -> Settings:
    return Settings(_env_file=None, data_dir=folder, port=0, **given)  # type: ignore[call-arg, arg-type]


async def _found(settings: Settings) -> dict[str, Finding]:
    return {finding.name: finding for finding in await examine(settings)}


async def test_every_failure_says_what_to_do(tmp_path: Path) -> None:
    nobody = "127.0.0.1:1"
    found = await _found(
        _settings(
            tmp_path / "data",
            redis_url=f"redis://:secret@{nobody}/0",
            chroma_url=f"http://{nobody}",
            database_url=f"postgresql://somebody:secret@{nobody}/parallax",
            chat_base_url=f"http://{nobody}/v1",
            embed_base_url=f"http://{nobody}/v1",
        )
    )
    for name in ("redis", "chroma", "catalogue", "chat endpoint", "embeddings endpoint"):
        assert found[name].level == "failed", found[name]
        assert found[name].hint
        assert "secret" not in found[name].detail + found[name].hint
    assert "models" not in found, "with both endpoints configured no local model is needed"


async def test_the_private_parts_are_there(tmp_path: Path) -> None:
    found = await _found(_settings(tmp_path / "data"))
    assert found["valkey"].level == found["chroma"].level == found["catalogue"].level == "ok"
    assert "private" in found["valkey"].detail
    assert not (tmp_path / "data").exists(), "examining makes nothing"


async def test_a_missing_model_is_named_with_the_command_that_fetches_it(tmp_path: Path) -> None:
    found = await _found(_settings(tmp_path / "data", models_dir=tmp_path / "models"))
    assert found["models"].level == "failed"
    assert "parallax models pull" in found["models"].hint


async def test_a_port_in_use_is_found(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        settings = _settings(tmp_path / "data").model_copy(update={"port": other.getsockname()[1]})
        found = await _found(settings)
    assert found["address"].level == "failed"
    assert "--port" in found["address"].hint


async def test_the_holder_of_the_folder_is_named(tmp_path: Path) -> None:
    with hold(open_folder(tmp_path / "data"), "parallax ingest"):
        found = await _found(_settings(tmp_path / "data"))
    assert f"process {os.getpid()} (`parallax ingest`" in found["data folder"].detail


async def test_a_folder_of_other_things_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").write_text("mine")
    found = await _found(_settings(tmp_path))
    assert found["data folder"].level == "failed"
    assert "--data" in found["data folder"].hint


async def test_an_env_file_that_others_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("PARALLAX_CHAT_API_KEY=x\n")
    for mode, level in ((0o644, "warning"), (0o600, "ok")):
        (tmp_path / ".env").chmod(mode)
        assert (await _found(_settings(tmp_path / "data")))[".env"].level == level


@pytest.mark.parametrize(
    ("script", "level"), [("echo v16.4.0", "warning"), ("echo v22.1.0", "ok"), ("exit 1", "warning")]
)
async def test_an_old_node_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, level: str) -> None:
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\n{script}\n")
    node.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert (await _found(_settings(tmp_path / "data")))["Node"].level == level
