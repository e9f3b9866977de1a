"""Logs, ports, environments, and the real servers that an installation starts."""

from __future__ import annotations

import os
import signal
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis

from service.datafolder import open_folder
from service.errors import Conflict
from service.settings import Settings
from service.supervise import environment
from service.supervise.embedded import Installation, embedded
from service.supervise.log import ChildLog
from service.supervise.ports import reserve
from tests.doubles.tiny_child import until

pytestmark = pytest.mark.anyio


def _settings(folder: Path, **given: object) -> Settings:
    return Settings(_env_file=None, data_dir=folder, **given)  # type: ignore[call-arg, arg-type]


def _redis(installation: Installation) -> Redis:
    assert installation.settings.redis_url is not None
    return Redis.from_url(installation.settings.redis_url.get_secret_value(), decode_responses=True)


def test_a_log_is_bounded_and_keeps_its_last_lines(tmp_path: Path) -> None:
    log = ChildLog(tmp_path / "a.log", limit=10_000, lines=5)
    for number in range(2_000):
        log.write(f"line {number}\n".encode())
    log.write(b"\x1b[31mred\x1b[0m and cut o")
    log.close()
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 20_000
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.log", "a.log.1"]
    assert log.tail(3).splitlines() == ["line 1997", "line 1998", "line 1999", "\x1b[31mred\x1b[0m and cut o"]
    assert stat.S_IMODE((tmp_path / "a.log").stat().st_mode) == 0o600


def test_an_endless_line_takes_no_endless_memory(tmp_path: Path) -> None:
    log = ChildLog(tmp_path / "a.log", limit=100_000)
    for _ in range(100):
        log.write(b"x" * 65_536)
    log.close()
    assert len(log.tail()) <= 8_192


def test_reserved_ports_differ_and_can_be_listened_on() -> None:
    ports = [reserve() for _ in range(50)]
    try:
        assert len({port.number for port in ports}) == 50
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", ports[0].number), timeout=1)
        with socket.socket() as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(("127.0.0.1", ports[0].number))
            server.listen()
            socket.create_connection(("127.0.0.1", ports[0].number), timeout=1).close()
    finally:
        for port in ports:
            port.release()


def test_children_get_no_secret_they_do_not_need(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "PARALLAX_CHAT_API_KEY", "AWS_SECRET_ACCESS_KEY", "PARALLAX_DATABASE_URL"):
        monkeypatch.setenv(name, "secret-value")
    assert "secret-value" not in environment.plain().values()
    assert environment.ours({})["AWS_SECRET_ACCESS_KEY"] == "secret-value"


async def test_valkey_and_chroma_answer_and_only_we_can_reach_the_socket(tmp_path: Path) -> None:
    async with embedded(_settings(tmp_path / "data"), {"redis", "chroma"}) as installation:
        assert installation.supervisor.names == ("valkey", "chroma")
        client = _redis(installation)
        assert await client.ping()
        assert (await client.config_get("port"))["port"] == "0"
        await client.aclose()
        path = tmp_path / "data" / "run" / "valkey.sock"
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        async with httpx.AsyncClient(base_url=installation.settings.chroma_url or "") as web:
            assert (await web.get("/api/v2/heartbeat")).status_code == 200
    assert not path.exists()


async def test_what_has_a_url_is_not_started(tmp_path: Path) -> None:
    settings = _settings(
        tmp_path / "data", redis_url="redis://127.0.0.1:1/0", chroma_url="http://127.0.0.1:1", workers=0,
        chat_base_url="http://127.0.0.1:1/v1",
    )  # fmt: skip
    async with embedded(settings) as installation:
        assert installation.supervisor.names == ()
        assert installation.settings.chroma_url == "http://127.0.0.1:1"


async def test_chroma_comes_back_at_the_same_address_with_its_data(tmp_path: Path) -> None:
    async with embedded(_settings(tmp_path / "data"), {"chroma"}) as installation:
        collections = "/api/v2/tenants/default_tenant/databases/default_database/collections"
        async with httpx.AsyncClient(base_url=installation.settings.chroma_url or "") as web:
            assert (await web.post(collections, json={"name": "kept"})).status_code == 200
            first = installation.supervisor.state("chroma").pid
            os.kill(first or 0, signal.SIGKILL)
            await until(lambda: installation.supervisor.state("chroma").pid not in {first, None})
            await until(lambda: installation.supervisor.state("chroma").ok, within=30)
            assert [found["name"] for found in (await web.get(collections)).json()] == ["kept"]


async def test_the_queue_survives_a_restart_of_the_installation(tmp_path: Path) -> None:
    settings = _settings(tmp_path / "data")
    async with embedded(settings, {"redis"}) as installation:
        client = _redis(installation)
        await client.set("task", "waiting")
        await client.aclose()
    async with embedded(settings, {"redis"}) as installation:
        client = _redis(installation)
        assert await client.get("task") == "waiting"
        await client.aclose()


async def test_a_queue_file_that_cannot_be_read_is_set_aside(tmp_path: Path) -> None:
    settings = _settings(tmp_path / "data")
    folder = open_folder(settings.data_dir)
    (folder.valkey / "appendonlydir").mkdir()
    (folder.valkey / "appendonlydir" / "appendonly.aof.manifest").write_text("file nonsense seq x type ?\n")
    async with embedded(settings, {"redis"}) as installation:
        assert installation.supervisor.state("valkey").ok
    assert (tmp_path / "data" / "valkey.broken" / "appendonlydir").exists()


@pytest.fixture
def short_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="px", dir="/tmp") as folder:
        yield Path(folder)


async def test_a_long_folder_name_still_has_a_socket(
    tmp_path: Path, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_folder))
    deep = tmp_path / ("x" * 100) / "data"
    async with embedded(_settings(deep), {"redis"}) as installation:
        assert installation.settings.redis_url is not None
        assert installation.settings.redis_url.get_secret_value().startswith(f"unix://{short_folder}/")
        client = _redis(installation)
        assert await client.ping()
        await client.aclose()


async def test_the_folder_is_held_while_something_runs_in_it(tmp_path: Path) -> None:
    settings = _settings(tmp_path / "data")
    async with embedded(settings, frozenset(), command="parallax ingest"):
        with pytest.raises(Conflict, match=f"process {os.getpid()} .`parallax ingest`"):
            async with embedded(settings, frozenset(), command="parallax search"):
                pytest.fail("two in one folder")
    async with embedded(settings, frozenset()):
        pass
