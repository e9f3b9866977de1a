"""A real ingest worker in a process of its own, with the word embedder: `python -m ... DATA CHROMA_URL REDIS_URL`."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from ingest.crash import VARIABLE
from service.work.worker import READY_FILE, run_worker
from tests.doubles.stores import service_parts

ROOT = Path(__file__).parent.parent.parent


async def main(data: str, chroma_url: str, redis_url: str) -> None:
    async with service_parts(Path(data), chroma_url, redis_url) as parts:
        await run_worker(parts)


def start(data: Path, chroma_url: str, redis_url: str, crash_at: str = "") -> subprocess.Popen[bytes]:
    """The worker as a child; it dies with status 86 when it comes by the crash point."""
    ready = data / "worker.ready"
    ready.unlink(missing_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "tests.doubles.worker_child", str(data), chroma_url, redis_url],
        cwd=ROOT,
        env={**os.environ, VARIABLE: crash_at, READY_FILE: str(ready)},
    )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
