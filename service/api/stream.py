"""Server-sent events: typed events out, a comment line when nothing is said, an end when the reader has gone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ingest.errors import IngestError
from service.errors import ServiceError

KEEPALIVE_SECONDS = 15.0
CLIENT_LEFT = 499
"""The status that is counted for an answer nobody waited for (nginx's number; nobody reads it)."""
T = TypeVar("T")
_LOG = logging.getLogger(__name__)


class EventStream(Response):
    """Sends what `events` yields (complete SSE frames as bytes).

    The connection is watched beside the generator, because an answer that is being checked may send nothing for
    seconds: when the reader leaves, the generator is closed at once. An exception inside becomes a `failed` frame,
    since HTTP has said 200 by then. A stream without an end of its own is given `until`: it ends when that is set.
    `after` is called when it has ended, also when none of it was ever sent.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        events: AsyncGenerator[bytes, None],
        until: asyncio.Event | None = None,
        after: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(
            media_type=self.media_type,
            headers={"cache-control": "no-cache", "x-accel-buffering": "no"},
        )
        del self.headers["content-length"]
        self._events = events
        self._until = until
        self._after = after
        self._last_sent = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._stream(receive, send)
        finally:
            if self._after is not None:
                self._after()

    async def _stream(self, receive: Receive, send: Send) -> None:
        self._last_sent = asyncio.get_running_loop().time()
        sending = asyncio.create_task(self._send_all(send))
        beside = [asyncio.create_task(_left(receive)), asyncio.create_task(self._keep_awake(send))]
        if self._until is not None:
            beside.append(asyncio.create_task(_set(self._until)))
        try:
            await asyncio.wait({sending, *beside}, return_when=asyncio.FIRST_COMPLETED)
            told_to_end = self._until is not None and self._until.is_set() and not sending.done()
        finally:
            for task in (sending, *beside):
                task.cancel()
            await asyncio.gather(sending, *beside, return_exceptions=True)
        if told_to_end:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_all(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async with aclosing(_never_silent(self._events)) as frames:
            async for frame in frames:
                await self._send_frame(send, frame)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_frame(self, send: Send, frame: bytes) -> None:
        self._last_sent = asyncio.get_running_loop().time()
        await send({"type": "http.response.body", "body": frame, "more_body": True})

    async def _keep_awake(self, send: Send) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            silent = clock() - self._last_sent
            if silent >= KEEPALIVE_SECONDS:
                await self._send_frame(send, b": still here\n\n")
                silent = 0.0
            await asyncio.sleep(KEEPALIVE_SECONDS - silent)


def frame(event: str, data: bytes) -> bytes:
    """One SSE frame. `data` is JSON, so it has no line breaks."""
    return b"event: " + event.encode() + b"\ndata: " + data + b"\n\n"


def failure(error: dict[str, Any]) -> bytes:
    """The `failed` frame of an error body."""
    return frame("failed", orjson.dumps(error))


async def unless_left(request: Request, work: Coroutine[Any, Any, T]) -> T | None:
    """What `work` gives; None when the caller hung up first, and the work is cancelled then.

    For answers that are sent whole. The request's body must have been read.
    """
    working = asyncio.create_task(work)
    leaving = asyncio.create_task(_left(request.receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _set(event: asyncio.Event) -> None:
    await event.wait()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _never_silent(events: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    try:
        async with aclosing(events) as open_events:
            async for event in open_events:
                yield event
    except (ServiceError, IngestError) as error:
        yield failure(error.as_dict())
    except Exception:
        _LOG.exception("a stream broke")
        yield failure(
            {"code": "internal", "message": "Something went wrong here.", "hint": "Try again; the log has the details."}
        )
