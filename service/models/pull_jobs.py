"""Fetching a model's files in the background of a service: one model at a time, watched, ended with the service.

Only models of the table: a page may ask for these and for nothing else, so that no page makes this machine fetch an
address of its choice. Others are fetched by `parallax models pull` on the machine itself.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.threads import in_thread
from service.errors import Busy, Conflict, ServiceError, Unknown
from service.models import files
from service.models.pull import pull


@dataclass(frozen=True, slots=True)
class Pulling:
    """How far a fetch is, in bytes; `error` is why it ended, None while it goes on."""

    done: int
    total: int
    error: str | None = None


class _Stopped(Exception):
    """The service ends."""


class Pulls:
    """The fetches of this process, by model. `close()` ends the one that runs: what was fetched of it stays."""

    def __init__(self) -> None:
        self._known: dict[str, Pulling] = {}
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    def of(self, name: str) -> Pulling | None:
        """The fetch that runs, or the failed last one; None when there is none."""
        return self._known.get(name)

    def start(self, name: str, folder: Path) -> Pulling:
        """Begin to fetch it, or go on as begun. Raises `Unknown`, `Conflict` when it is there, `Busy` while another one
        is fetched."""
        known = files.known().get(name)
        if known is None:
            raise Unknown("unknown_model", f"There are no files to fetch for {name[:80]!r}.", "Fetch it by command.")
        if files.present(name, folder):
            raise Conflict("model_here", f"The files of {name} are here.", "There is nothing to fetch.")
        if self._task is not None and not self._task.done():
            if (running := self._known.get(name)) is not None and running.error is None:
                return running
            raise Busy("pull_runs", "Another model is being fetched.", "Wait until it is there.", retry_after=30)
        self._known[name] = Pulling(0, known.bytes)
        self._task = asyncio.create_task(self._run(name, folder))
        return self._known[name]

    async def close(self) -> None:
        self._stopped = True
        if self._task is not None:
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self, name: str, folder: Path) -> None:
        def seen(done: int, total: int) -> None:
            if self._stopped:
                raise _Stopped
            self._known[name] = Pulling(done, total)

        try:
            await in_thread(lambda: pull(name, folder, progress=seen))
        except _Stopped:
            return
        except ServiceError as error:
            self._known[name] = replace(self._known[name], error=f"{error.message} {error.hint}".strip())
        else:
            del self._known[name]
