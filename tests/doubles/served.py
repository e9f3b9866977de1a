"""The real product as a process, its models replaced by the stand-in; at its end no process may be left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from service.datafolder import running
from tests.doubles.fake_openai import FakeOpenAI

PARALLAX = Path(sys.executable).with_name("parallax")
FAKE_KEY = "sk-stand-in-canary-4471"
"""The key of the stand-in; no log may ever have it."""

READY_SECONDS = 90.0
END_SECONDS = 45.0


def wait_for(condition: Callable[[], Any], seconds: float = 30.0, what: str = "") -> Any:
    """The condition's first true value; fails when it does not come in time."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what or condition}"
        time.sleep(0.02)


@dataclass
class Served:
    """A running service. `log` has its stdout and stderr; its children's logs are under `data/logs`."""

    url: str
    fake: FakeOpenAI
    data: Path
    process: subprocess.Popen[bytes]
    log: Path

    def client(self, **options: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60, trust_env=False, **options)

    def logs(self) -> str:
        """Everything that this service and its children wrote so far."""
        files = [self.log, *sorted((self.data / "logs").glob("*"))]
        return "\n".join(file.read_text(errors="replace") for file in files if file.is_file())

    def add(self, api: httpx.Client, collection: str, name: str, content: str | bytes) -> dict[str, Any]:
        """Upload one file and wait until it can be asked about. The document object."""
        response = api.post("/api/documents", data={"collection": collection}, files=[("files", (name, content))])
        assert response.status_code == 202, response.text
        document_id = response.json()["items"][0]["id"]

        def ended() -> dict[str, Any] | None:
            document: dict[str, Any] = api.get(f"/api/documents/{document_id}").json()
            return document if document["status"] in ("indexed", "failed", "cancelled") else None

        document: dict[str, Any] = wait_for(ended, 60, f"{name} ends its ingest")
        assert document["status"] == "indexed", document
        return document


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without anything that would configure Parallax, and these settings."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PARALLAX_") and not name.startswith("OPENAI_")
    }
    return kept | {"PYTHONUNBUFFERED": "1", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"} | dict(settings)


def fake_models(fake: FakeOpenAI) -> dict[str, str]:
    """The settings that make the stand-in the chat model and the embedding model."""
    return {
        "PARALLAX_CHAT_BASE_URL": fake.base_url,
        "PARALLAX_CHAT_API_KEY": fake.key,
        "PARALLAX_CHAT_MODEL": fake.model,
        "PARALLAX_EMBED_BASE_URL": fake.base_url,
        "PARALLAX_EMBED_API_KEY": fake.key,
        "PARALLAX_EMBED_MODEL": "stand-in-embedder",
    }


@contextmanager
def started(folder: Path, fake: FakeOpenAI, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """`parallax serve` over `folder/data`, logging to `folder/serve.log`; killed with everything below it at the end if
    it still runs. `settings` are extra PARALLAX_* values."""
    extra = {f"PARALLAX_{name.upper()}": value for name, value in settings.items()}
    with (folder / "serve.log").open("ab") as output:
        process = subprocess.Popen(
            [str(PARALLAX), "serve", "--port", "0", "--data", str(folder / "data"), *arguments],
            cwd=folder,
            env=environment(fake_models(fake) | extra),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        for pid in [*descendants(process.pid), process.pid] if process.poll() is None else []:
            os.kill(pid, signal.SIGKILL)
        process.wait(10)


@contextmanager
def serving(folder: Path, fake: FakeOpenAI, *arguments: str, **settings: str) -> Iterator[Served]:
    """`parallax serve` over `folder/data` for the length of the block; `settings` are extra PARALLAX_* values.

    At the end it must stop on SIGTERM with status 0 and leave no process behind.
    """
    data, log = folder / "data", folder / "serve.log"
    with started(folder, fake, *arguments, **settings) as process:
        found = wait_for(lambda: _started(process, data, log), READY_SECONDS, "the service publishes its address")
        wait_for(lambda: _ready(process, found.url, log), READY_SECONDS, "the service is ready")
        served = Served(found.url, fake, data, process, log)
        yield served
        _end(served)


def descendants(pid: int) -> list[int]:
    """Every living process under this one."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[0] not in "ZX":
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, waiting = [], [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def sse(response: httpx.Response) -> Iterator[tuple[str, Any]]:
    """(event, data) of a stream, as they come."""
    event, data = "message", []
    for line in response.iter_lines():
        if line.startswith("event:"):
            event = line[6:].strip()
        elif line.startswith("data:"):
            data.append(line[5:].strip())
        elif not line and data:
            yield event, json.loads("\n".join(data))
            event, data = "message", []


def _started(process: subprocess.Popen[bytes], data: Path, log: Path) -> Any:
    assert process.poll() is None, f"`parallax serve` ended with {process.returncode}:\n{_tail(log)}"
    return running(data)


def _ready(process: subprocess.Popen[bytes], url: str, log: Path) -> bool:
    assert process.poll() is None, f"`parallax serve` ended with {process.returncode}:\n{_tail(log)}"
    try:
        return httpx.get(f"{url}/readyz", timeout=10, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _end(served: Served) -> None:
    below = descendants(served.process.pid)
    assert below, "the service had no children to leave behind"
    served.process.send_signal(signal.SIGTERM)
    try:
        status = served.process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"the service runs on after SIGTERM:\n{_tail(served.log)}") from None
    orphans = [pid for pid in below if alive(pid)]
    assert status == 0, f"exit status {status}:\n{_tail(served.log)}"
    assert not orphans, f"left behind: {orphans}"


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-4000:]
