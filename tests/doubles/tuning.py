"""A service whose local trainer is the stand-in: its parts with a worker and its API, or the worker as a child."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from service.api.app import create_app
from service.models import files
from service.parts import Parts
from service.settings import Settings
from service.tune.local_trainer import LocalTrainer
from service.tune.trainer import Trainer
from service.work.worker import run_worker
from tests.doubles.stores import service_parts

ROOT = Path(__file__).parent.parent.parent
TRAINER = Path(__file__).with_name("fake_trainer.py")
PAIRS = [
    {"question": f"What is the code of room {n}?", "answer": f"The code of room {n} is {n * 37}."} for n in range(12)
]


class StandInTrainer(LocalTrainer):
    """The real one but for the program it starts and the files it begins with."""

    def __init__(self, settings: Settings, *, steps: int = 12, pause: float = 0.02) -> None:
        command = (sys.executable, str(TRAINER), str(steps), str(pause))
        super().__init__(settings, command=command, extra=())

    def check(self, base: str, kind: Any) -> str:
        return base or files.DEFAULT_CHAT

    def _base(self, job: Any) -> tuple[Path, str]:
        return Path("/nonexistent/base.gguf"), "0" * 64


@asynccontextmanager
async def tuning_parts(
    data: Path, chroma_url: str, redis_url: str, trainers: dict[str, Trainer] | None = None, **settings: Any
) -> AsyncIterator[Parts]:
    async with service_parts(data, chroma_url, redis_url, **settings) as parts:
        chosen = trainers or {"local": StandInTrainer(parts.settings)}
        yield replace(parts, trainers=chosen)


@asynccontextmanager
async def client(parts: Parts) -> AsyncIterator[httpx.AsyncClient]:
    """The API over these parts, without a socket."""
    transport = httpx.ASGITransport(app=create_app(parts))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=60) as http:
        yield http


@asynccontextmanager
async def working(parts: Parts) -> AsyncIterator[asyncio.Event]:
    """A worker in this process; set the event to stop it."""
    stop = asyncio.Event()
    work = asyncio.create_task(run_worker(parts, stop.wait))
    try:
        yield stop
    finally:
        stop.set()
        await work


async def _child(data: str, chroma_url: str, redis_url: str, steps: str, pause: str) -> None:
    async with service_parts(Path(data), chroma_url, redis_url) as parts:
        trainer = StandInTrainer(parts.settings, steps=int(steps), pause=float(pause))
        await run_worker(replace(parts, trainers={"local": trainer}))


def worker_child(data: Path, chroma_url: str, redis_url: str, *, steps: int, pause: float, **environ: str) -> Any:
    """Such a worker in a process of its own, to be killed."""
    command = [sys.executable, "-m", "tests.doubles.tuning", str(data), chroma_url, redis_url, str(steps), str(pause)]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environ})


if __name__ == "__main__":
    asyncio.run(_child(*sys.argv[1:]))
