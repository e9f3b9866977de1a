"""Server-sent events on their own: kept awake, never silent about a fault, ended when the reader leaves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Message

from service.api import stream
from service.api.stream import EventStream, frame, unless_left
from service.errors import ModelCut

pytestmark = pytest.mark.anyio


class Wire:
    """One connection: what was sent over it, and when the reader hangs up."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.left = asyncio.Event()
        self._news = asyncio.Condition()

    async def receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        async with self._news:
            self.sent.append(message)
            self._news.notify_all()

    async def has(self, text: bytes) -> None:
        """Wait until this was sent."""
        async with self._news:
            await self._news.wait_for(lambda: text in self.body)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    async def carry(self, events: AsyncGenerator[bytes, None]) -> None:
        await EventStream(events)({"type": "http"}, self.receive, self.send)


async def test_frames_come_in_order_and_the_end_is_said() -> None:
    async def events() -> AsyncGenerator[bytes, None]:
        yield frame("one", b"1")
        yield frame("two", b"2")

    wire = Wire()
    await wire.carry(events())
    assert wire.sent[0]["status"] == 200
    headers = dict(wire.sent[0]["headers"])
    assert headers[b"content-type"].startswith(b"text/event-stream")
    assert b"content-length" not in headers
    assert wire.body == b"event: one\ndata: 1\n\nevent: two\ndata: 2\n\n"
    assert wire.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}


@pytest.mark.parametrize(
    ("error", "code"),
    [(ModelCut("model_cut", "It broke.", "Ask again."), "model_cut"), (ZeroDivisionError(), "internal")],
)
async def test_a_fault_inside_is_told(error: Exception, code: str) -> None:
    async def events() -> AsyncGenerator[bytes, None]:
        yield frame("one", b"1")
        raise error

    wire = Wire()
    await wire.carry(events())
    last = wire.body.decode().rstrip().rsplit("\n\n", 1)[-1]
    assert last.startswith("event: failed\n")
    told = json.loads(last.split("data: ", 1)[1])
    assert set(told) == {"code", "message", "hint"}
    assert told["code"] == code
    assert "ZeroDivision" not in str(told)


async def test_silence_is_filled_with_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "KEEPALIVE_SECONDS", 0.02)
    goes_on = asyncio.Event()

    async def events() -> AsyncGenerator[bytes, None]:
        await goes_on.wait()
        yield frame("one", b"1")

    wire = Wire()
    carried = asyncio.create_task(wire.carry(events()))
    async with asyncio.timeout(5):
        await wire.has(b": still here\n\n" * 3)
        goes_on.set()
        await carried
    assert wire.body.endswith(b"event: one\ndata: 1\n\n")


async def test_the_generator_is_closed_when_the_reader_leaves() -> None:
    closed = asyncio.Event()

    async def events() -> AsyncGenerator[bytes, None]:
        try:
            yield frame("one", b"1")
            await asyncio.Event().wait()
        finally:
            closed.set()

    wire = Wire()
    carried = asyncio.create_task(wire.carry(events()))
    async with asyncio.timeout(5):
        await wire.has(b"one")
        wire.left.set()
        await carried
    assert closed.is_set()
    assert wire.sent[-1].get("more_body") is True, "an answer that was cut must not look whole"


async def test_work_for_a_caller_who_left_is_cancelled() -> None:
    wire, cancelled = Wire(), asyncio.Event()

    async def work() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return "never"

    request = Request({"type": "http"}, wire.receive)
    waiting = asyncio.create_task(unless_left(request, work()))
    await asyncio.sleep(0)
    wire.left.set()
    async with asyncio.timeout(5):
        assert await waiting is None
    assert cancelled.is_set()


async def test_work_for_a_caller_who_waits_is_done_and_its_fault_raised() -> None:
    async def good() -> int:
        return 7

    async def bad() -> Any:
        raise ModelCut("model_cut", "It broke.")

    request = Request({"type": "http"}, Wire().receive)
    assert await unless_left(request, good()) == 7
    with pytest.raises(ModelCut):
        await unless_left(request, bad())


async def test_what_comes_after_is_done_also_when_nothing_was_sent() -> None:
    begun, done = [], []

    async def events() -> AsyncGenerator[bytes, None]:
        begun.append(1)
        yield frame("one", b"1")

    async def nobody(_message: Message) -> None:
        raise OSError("the reader has gone")

    wire = Wire()
    wire.left.set()
    await EventStream(events(), after=lambda: done.append(1))({"type": "http"}, wire.receive, nobody)
    assert (begun, done) == ([], [1])
    wire = Wire()
    await EventStream(events(), after=lambda: done.append(2))({"type": "http"}, wire.receive, wire.send)
    assert (begun, done) == ([1], [1, 2])
