"""The worker: one process that takes documents, runs and trainings from the queue until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import anyio
from redis.exceptions import RedisError

from ingest.errors import IngestError
from ingest.pipeline import Pipeline
from ingest.sandbox import parse, warm
from service.documents.upload import enqueue
from service.errors import ServiceError
from service.evaluate.execute import Runner
from service.parts import Parts
from service.tune.work import Tuner
from service.work.queue import Queue
from service.work.reconcile import keep_reconciling

AT_ONCE = 64
"""Versions in hand: enough to fill the embedder's batches from many small files."""
GRACE_SECONDS = 3.0
CHECKPOINT_SECONDS = 12.0
"""How long trainers may take to keep where they stand: a step, and some hundred megabytes."""
READY_FILE = "PARALLAX_READY_FILE"
_LOG = logging.getLogger(__name__)


async def run_worker(
    parts: Parts, stopped: Callable[[], Awaitable[object]] | None = None, at_once: int = AT_ONCE
) -> None:
    """Work until SIGTERM or SIGINT (or until `stopped()` returns); then finish what ends soon and give the rest back.

    Writes the file named by the environment variable PARALLAX_READY_FILE once it takes work. Cancelling it drains too.
    """
    changes = _Changes(parts.queue)
    pipeline = Pipeline(
        engine=parts.engine,
        index=parts.index,
        embedder=parts.embedder,
        files=parts.files,
        parse=parse,
        changed=changes.note,
    )
    runner = Runner(parts)
    tuner = Tuner(parts)
    async with _told_to_stop(stopped) as told, anyio.create_task_group() as group:
        group.start_soon(pipeline.serve)
        group.start_soon(runner.serve)
        group.start_soon(tuner.serve)
        group.start_soon(_warm)
        group.start_soon(changes.keep_telling)
        group.start_soon(keep_reconciling, parts, pipeline)
        # A task of its own, cancelled once: docket finishes what it holds after that, which a cancelled scope forbids.
        working = asyncio.create_task(_take_work(parts, pipeline, runner, tuner, at_once), name="worker")
        try:
            ready = os.environ.get(READY_FILE)
            if ready:
                await anyio.Path(ready).write_text(str(os.getpid()))
            await _first(working, told)
        finally:
            with anyio.CancelScope(shield=True):
                async with anyio.create_task_group() as both:
                    both.start_soon(pipeline.give_back, GRACE_SECONDS)
                    both.start_soon(runner.give_back, GRACE_SECONDS)
                    both.start_soon(tuner.give_back, CHECKPOINT_SECONDS)
                working.cancel()
                with suppress(asyncio.CancelledError, RedisError):
                    await working
                await changes.tell()
        group.cancel_scope.cancel()


async def _warm() -> None:
    """The readers of plain formats, so that the first file does not wait for them; the heavy ones take seconds and
    memory, and come with the first file that needs them."""
    try:
        await warm("text")
    except (OSError, IngestError) as error:
        _LOG.warning("the parser did not start yet: %s", error)


async def _take_work(parts: Parts, pipeline: Pipeline, runner: Runner, tuner: Tuner, at_once: int) -> None:
    async def run(document_id: str, version: int) -> None:
        again = await pipeline.run(document_id, version)
        if again is not None:
            await enqueue(parts, [document_id])

    while True:
        try:
            await parts.queue.work(run, runner.run, tuner.run, at_once=at_once)
            return
        except (RedisError, OSError) as error:
            _LOG.warning("the queue cannot be reached: %s", error)
            await asyncio.sleep(1.0)


async def _first(working: asyncio.Task[None], stopped: Callable[[], Awaitable[object]]) -> None:
    """Until told to stop; raises what ended the work before that."""
    waiting = asyncio.ensure_future(_await(stopped))
    try:
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    finally:
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting


async def _await(stopped: Callable[[], Awaitable[object]]) -> None:
    await stopped()


@asynccontextmanager
async def _told_to_stop(
    stopped: Callable[[], Awaitable[object]] | None,
) -> AsyncIterator[Callable[[], Awaitable[object]]]:
    """Signals count from the beginning of the block on, so that none that comes early kills us undrained."""
    if stopped is not None:
        yield stopped
        return
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        yield lambda: anext(aiter(signals))


class _Changes:
    """Ids of documents that changed, told to the queue's listeners a few times a second."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._ids: set[str] = set()

    def note(self, document_id: str) -> None:
        self._ids.add(document_id)

    async def keep_telling(self) -> None:
        while True:
            await anyio.sleep(0.15)
            await self.tell()

    async def tell(self) -> None:
        ids, self._ids = self._ids, set()
        with suppress(ServiceError):  # who listens finds out from the catalogue
            await self._queue.tell(sorted(ids))
