"""Tiny children and waiting for conditions, for the tests of the supervisor."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from service.supervise import ready
from service.supervise.child import Child, Restart

QUICK = Restart(first=0.01, most=0.05, stable_after=5.0, give_up_after=3)


def tiny(name: str, mark: Path, script: str = 'touch "$MARK"; exec sleep 600', **changes: Any) -> Child:
    """A child made of a shell script, ready when it has made the file `mark`."""
    child = Child(
        name=name,
        command=("/bin/sh", "-c", script),
        environment={"PATH": os.environ["PATH"], "MARK": str(mark)},
        ready=ready.file(mark),
        prepare=lambda: mark.unlink(missing_ok=True),
        restart=QUICK,
        ready_within=10.0,
        stop_within=5.0,
    )
    return replace(child, **changes)


async def until(condition: Callable[[], object], within: float = 10.0) -> None:
    """Wait for a condition; fails when it does not come true in time."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        await asyncio.sleep(0.01)


def eventually(condition: Callable[[], object], within: float = 10.0) -> None:
    """`until` for tests that are not async."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie that nobody has reaped does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):
        return False
