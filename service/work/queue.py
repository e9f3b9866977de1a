"""The queue: pydocket over Redis or Valkey. It may lose everything; the catalogue is what is true.

stream, schedule and leases   {NAME}:...           pydocket's own
documents that changed        {NAME}:documents     pub/sub; a message is document ids, comma separated
marks of what goes on         {NAME}:mark:...      keys that expire
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

import anyio
from docket import Docket, Worker
from redis.asyncio import Redis
from redis.exceptions import RedisError

from ingest.catalogue.versions import Due
from service.errors import NotReady

NAME = "parallax"
CHANGES = f"{NAME}:documents"

Run = Callable[[str, int], Awaitable[None]]
Evaluate = Callable[[str], Awaitable[None]]
_run: ContextVar[Run] = ContextVar("run")
_evaluate: ContextVar[Evaluate] = ContextVar("evaluate")
_train: ContextVar[Evaluate] = ContextVar("train")
_TIMEOUT = 5.0


async def ingest(document_id: str, version: int) -> None:
    """The task: what to do with the version is the worker's to know (see `Queue.work`)."""
    await _run.get()(document_id, version)


async def evaluate(job_id: str) -> None:
    """The other task: an evaluation run, or the drafting of a dataset; the id's prefix says which."""
    await _evaluate.get()(job_id)


async def train(job_id: str) -> None:
    """The third: a training job, or the drafting of training pairs."""
    await _train.get()(job_id)


class Queue:
    """Open it with `async with`. Methods raise `NotReady` when Redis cannot be reached."""

    def __init__(self, url: str, redis: Redis) -> None:
        self._url = url
        self._redis = redis
        self._docket: Docket | None = None
        self._opening = anyio.Lock()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Queue:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._docket = None
        await self._stack.aclose()

    async def add(self, due: Sequence[Due]) -> None:
        """Say that these versions want a worker. Saying it twice is saying it once.

        The key holds the number of claims so far, so a version whose worker died is new to the queue whatever the queue
        believes about the old claim; what comes twice in the end is stopped by the claim itself.
        """
        if not due:
            return
        with _translated(), anyio.fail_after(_TIMEOUT):
            docket = await self._opened()
            await docket.add_many(
                [
                    docket.call(
                        ingest,
                        key=f"ingest:{item.document_id}:{item.version}:{item.attempts}",
                        when=datetime.now(UTC) + timedelta(seconds=item.wait) if item.wait else None,
                    )(item.document_id, item.version)
                    for item in due
                ]
            )

    async def evaluate(self, jobs: Sequence[tuple[str, int]]) -> None:
        """Say that these runs and draftings (id, claims so far) want a worker; twice is once, as with `add`."""
        await self._call("evaluate", evaluate, jobs)

    async def train(self, jobs: Sequence[tuple[str, int]]) -> None:
        """The same of trainings and of draftings of pairs."""
        await self._call("train", train, jobs)

    async def _call(self, name: str, task: Evaluate, jobs: Sequence[tuple[str, int]]) -> None:
        if not jobs:
            return
        with _translated(), anyio.fail_after(_TIMEOUT):
            docket = await self._opened()
            calls = [docket.call(task, key=f"{name}:{job_id}:{attempts}")(job_id) for job_id, attempts in jobs]
            await docket.add_many(calls)

    async def tell(self, document_ids: Sequence[str]) -> None:
        """Tell everybody who listens to `changes` that these documents changed."""
        if document_ids:
            with _translated(), anyio.fail_after(_TIMEOUT):
                await self._redis.publish(CHANGES, ",".join(document_ids))

    async def mark(self, name: str, seconds: int) -> None:
        """Say to every process that something goes on here, for so long."""
        with _translated(), anyio.fail_after(_TIMEOUT):
            await self._redis.set(f"{{{NAME}}}:mark:{name}", b"1", ex=seconds)

    async def marked(self, name: str) -> bool:
        """Whether some process has said so, and not too long ago."""
        with _translated(), anyio.fail_after(_TIMEOUT):
            return bool(await self._redis.exists(f"{{{NAME}}}:mark:{name}"))

    @asynccontextmanager
    async def changes(self) -> AsyncIterator[AsyncIterator[list[str]]]:
        """Ids of documents that change from now on; an empty list now and then, when nothing does."""
        with _translated():
            async with self._redis.pubsub() as channel:
                await channel.subscribe(CHANGES)

                async def messages() -> AsyncIterator[list[str]]:
                    while True:
                        message = await channel.get_message(ignore_subscribe_messages=True, timeout=1.0)
                        data = message["data"] if message else b""
                        text = data.decode() if isinstance(data, bytes) else str(data)
                        yield [part for part in text.split(",") if part]

                async with aclosing(messages()) as stream:  # type: ignore[type-var]
                    yield stream

    async def work(
        self, run: Run, evaluate: Evaluate, train: Evaluate, *, at_once: int, name: str | None = None
    ) -> None:
        """Take work until cancelled; then finish or give back what was begun."""
        _run.set(run)
        _evaluate.set(evaluate)
        _train.set(train)
        docket = await self._opened()
        worker = Worker(
            docket,
            name=name,
            concurrency=at_once,
            redelivery_timeout=timedelta(seconds=8),
            reconnection_delay=timedelta(seconds=1),
            # A worker with all hands full looks again after this long: at the default of 250 ms, 200 small tasks
            # took 13 s.
            minimum_check_interval=timedelta(milliseconds=50),
            scheduling_resolution=timedelta(milliseconds=250),
            schedule_automatic_tasks=False,
        )
        async with worker:
            await worker.run_forever()

    async def _opened(self) -> Docket:
        async with self._opening:
            if self._docket is None:
                docket = Docket(
                    name=NAME,
                    url=self._url,
                    heartbeat_interval=timedelta(seconds=2),
                    execution_ttl=timedelta(0),
                )
                self._docket = await self._stack.enter_async_context(docket)
                self._docket.register(ingest)
                self._docket.register(evaluate)
                self._docket.register(train)
            return self._docket


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        raise NotReady(
            "queue_unavailable",
            f"Redis does not answer: {error}",
            "What was accepted is kept, and worked on when it is back.",
        ) from error
