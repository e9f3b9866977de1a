"""`parallax serve` as a process: what dies with it, what comes back, and what it says when it cannot start."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from service.datafolder import running
from service.supervise.serve import DRAIN_SECONDS
from tests.doubles import served
from tests.doubles.fake_openai import FakeOpenAI, Reply
from tests.doubles.served import alive, descendants, serving, wait_for

PARENT = """
import asyncio, sys
from pathlib import Path
from service.supervise.supervisor import Supervisor
from tests.doubles.tiny_child import tiny

async def main(folder, leash):
    script = 'sleep 600 & touch "$MARK"; wait' if leash == "watch" else 'touch "$MARK"; exec sleep 600'
    children = [tiny(name, folder / f"{name}.mark", script) for name in ("one", "two")]
    async with Supervisor(children, folder, leash):
        print("up", flush=True)
        await asyncio.sleep(600)

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(key="sk-supervisor") as stand_in:
        yield stand_in


@dataclass
class Process:
    """A `parallax serve` that a test may treat as badly as it likes."""

    process: subprocess.Popen[bytes]
    data: Path
    log: Path

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def url(self) -> str:
        found = running(self.data)
        assert found
        return found.url

    def ready(self) -> bool:
        assert self.process.poll() is None, self.said()
        try:
            return bool(running(self.data)) and httpx.get(f"{self.url}/readyz", timeout=10).status_code == 200
        except httpx.TransportError:
            return False

    def child(self, part: str) -> int | None:
        """Process id of the child whose command line has `part` in it."""
        for pid in descendants(self.process.pid):
            try:
                if part in Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace("\0", " "):
                    return pid
            except FileNotFoundError:
                continue
        return None

    def statuses(self) -> dict[str, str]:
        items = httpx.get(f"{self.url}/api/documents", params={"limit": 100}, timeout=30).json()["items"]
        return {item["name"]: item["status"] for item in items}


@contextmanager
def started(folder: Path, fake: FakeOpenAI, *arguments: str) -> Iterator[Process]:
    """`parallax serve` over `folder/data`."""
    with served.started(folder, fake, *arguments) as process:
        yield Process(process, folder / "data", folder / "serve.log")


def _upload(url: str, count: int, first: int = 0) -> set[str]:
    """Names of the accepted files, each of about ten chunks."""
    files = {
        f"note-{number}.md": "\n\n".join(
            f"# Part {part}\n\nNote {number}, part {part}. " + "words " * 60 for part in range(10)
        )
        for number in range(first, first + count)
    }
    body = [("files", (name, text.encode(), "text/markdown")) for name, text in files.items()]
    response = httpx.post(f"{url}/api/documents", data={"collection": "default"}, files=body, timeout=60)
    assert response.status_code == 202, response.text
    assert {item["name"] for item in response.json()["items"]} == set(files)
    return set(files)


def _all_indexed_once(running_service: Process, names: set[str]) -> None:
    wait_for(lambda: set(running_service.statuses().values()) == {"indexed"}, 90, "all are indexed")
    items = httpx.get(f"{running_service.url}/api/documents", params={"limit": 100}, timeout=30).json()["items"]
    assert sorted(item["name"] for item in items) == sorted(names)
    assert {item["version"] for item in items} == {1}
    checked = httpx.post(f"{running_service.url}/api/maintenance/verify", timeout=120)
    assert checked.json()["differences"] == []


@pytest.mark.parametrize("leash", ["signal", "watch"])
def test_children_die_with_a_killed_parent(tmp_path: Path, leash: str) -> None:
    if leash == "signal" and sys.platform != "linux":
        pytest.skip("the kernel's leash is Linux's")
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", PARENT, str(tmp_path), leash]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        below = descendants(parent.pid)
        assert len(below) >= 2
        parent.kill()
        parent.wait()
        wait_for(lambda: not [pid for pid in below if alive(pid)], 5, "every child is gone")


@pytest.mark.timeout(240)
def test_a_kill_9_of_the_service_during_an_ingest_loses_nothing(tmp_path: Path, fake: FakeOpenAI) -> None:
    with started(tmp_path, fake) as service:
        wait_for(service.ready, 90, "ready")
        names = _upload(service.url, 30)
        wait_for(lambda: service.child("parse_child") or "indexed" in service.statuses().values(), 60, "work has begun")
        below = descendants(service.process.pid)
        assert len(below) >= 3
        service.process.kill()
        service.process.wait()
        wait_for(lambda: not [pid for pid in below if alive(pid)], 10, "nobody of it is left")
    with started(tmp_path, fake) as again:
        wait_for(again.ready, 90, "ready again")
        _all_indexed_once(again, names)


@pytest.mark.timeout(300)
def test_a_kill_9_of_each_child_during_an_ingest_loses_nothing(tmp_path: Path, fake: FakeOpenAI) -> None:
    names: set[str] = set()
    with started(tmp_path, fake) as service:
        wait_for(service.ready, 90, "ready")
        for number, part in enumerate(("valkey-server", "chroma_main", "cli.app worker")):
            names |= _upload(service.url, 10, first=number * 10)
            victim = wait_for(lambda part=part: service.child(part), 30, f"{part} runs")
            os.kill(victim, signal.SIGKILL)
            wait_for(lambda part=part, victim=victim: service.child(part) not in {None, victim}, 30, f"{part} is back")
            wait_for(service.ready, 90, "ready again")
        _all_indexed_once(service, names)


def test_a_second_serve_on_the_same_folder_says_who_holds_it(tmp_path: Path, fake: FakeOpenAI) -> None:
    with serving(tmp_path, fake) as first:
        (tmp_path / "second").mkdir()
        with started(tmp_path / "second", fake, "--data", str(first.data)) as second:
            assert second.process.wait(60) == 1
            said = " ".join(second.said().split())
        assert f"process {first.process.pid}" in said
        assert first.url in said
        assert "Traceback" not in said
        assert httpx.get(f"{first.url}/readyz", timeout=10).status_code == 200


def test_two_folders_run_side_by_side(tmp_path: Path, fake: FakeOpenAI) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with serving(tmp_path / "a", fake) as a, serving(tmp_path / "b", fake) as b:
        with a.client() as client:
            a.add(client, "default", "only-in-a.md", "# Only in a\n\nThe lighthouse keeper feeds nine gulls.")
        with b.client() as client:
            assert client.get("/api/documents").json()["items"] == []
        addresses = [found for data in (a.data, b.data) if (found := running(data))]
        assert len({found.url for found in addresses}) == 2
        assert len({found.chroma_url for found in addresses}) == 2
        assert len({found.redis_url for found in addresses}) == 2


def test_a_port_in_use_is_said_before_anything_is_started(tmp_path: Path, fake: FakeOpenAI) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with started(tmp_path, fake, "--port", str(port)) as service:
            assert service.process.wait(60) == 1
            said = " ".join(service.said().split())
    assert f"port {port}" in said
    assert "--port" in said
    assert "Traceback" not in said
    assert not (tmp_path / "data" / "lock").exists()


def test_a_second_interrupt_hurries(tmp_path: Path, fake: FakeOpenAI) -> None:
    with started(tmp_path, fake) as service:
        wait_for(service.ready, 90, "ready")
        below = descendants(service.process.pid)
        fake.replies.append(Reply(text="slow " * 500, pause=0.2))
        with httpx.stream(
            "POST", f"{service.url}/api/chat", json={"question": "Anything?", "variant": "plain"}, timeout=60
        ) as answer:
            events = answer.iter_lines()
            wait_for(lambda: next(events).startswith("event: delta"), 30, "the answer has begun")
            service.process.send_signal(signal.SIGINT)
            wait_for(lambda: "stopping" in service.said(), 10, "the first signal is heard")
            assert service.process.poll() is None, "it waits for the answer"
            service.process.send_signal(signal.SIGINT)
            service.process.wait(15)
        assert not [pid for pid in below if alive(pid)]


def test_a_stream_without_an_end_does_not_hold_the_stop_up(tmp_path: Path, fake: FakeOpenAI) -> None:
    with started(tmp_path, fake) as service:
        wait_for(service.ready, 90, "ready")
        with httpx.stream("GET", f"{service.url}/api/documents/events", timeout=60) as events:
            assert events.status_code == 200
            service.process.send_signal(signal.SIGTERM)
            assert service.process.wait(DRAIN_SECONDS / 2) == 0
            assert list(events.iter_lines()) == [], "it ended properly"
