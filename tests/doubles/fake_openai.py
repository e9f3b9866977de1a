"""A real loopback HTTP server that speaks OpenAI's protocol and misbehaves on request.

    with FakeOpenAI() as server:
        server.replies.append(Reply(fault="cut", after=3))
        ... server.base_url, server.requests, server.aborted

As a program (`python -m tests.doubles.fake_openai`) it serves `Reply()` in its own process and prints its base URL.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.doubles.hash_embedder import HashEmbedder

Fault = Literal[
    "status",  # answers `status` with an error body (and `headers`)
    "html",  # a 200 with a web page
    "hang",  # accepts the request and says nothing
    "hang_midway",  # says nothing more after `after` pieces
    "cut",  # closes the connection in the middle of a chunk after `after` pieces
    "no_finish",  # ends the stream properly but never says why
    "garbage",  # broken JSON after `after` pieces
    "wrong_shape",  # valid JSON of the wrong kind after `after` pieces
    "error_event",  # an error object inside the stream after `after` pieces
    "empty",  # a proper stream without any text
    "tool_calls",  # tool calls among the text
    "lying_finish",  # says "stop" with every piece and goes on
    "endless",  # never stops
    "huge",  # one event of 64 MB that never ends its line
    "keep_alive",  # comments and empty lines only, for ever
    "refuse",  # closes the connection without a word
]
Messages = Sequence[Mapping[str, str]]
Text = str | Callable[[Messages], str]


def echo(messages: Messages) -> str:
    """The last thing the user said."""
    return messages[-1]["content"]


@dataclass(frozen=True)
class Reply:
    """What one request gets. Text is streamed in pieces of a word each; `pause` seconds before each piece."""

    text: Text = "The answer is forty-two."
    fault: Fault | None = None
    after: int = 2
    status: int = 500
    error: Mapping[str, Any] = field(default_factory=lambda: {"message": "it broke", "type": "server_error"})
    headers: Mapping[str, str] = field(default_factory=dict)
    pause: float = 0.0
    usage: bool = True
    finish_reason: str = "stop"


@dataclass(frozen=True)
class Request:
    path: str
    headers: Mapping[str, str]
    body: Any


class FakeOpenAI:
    """`replies` are used one a chat request, then `default`. `aborted` counts clients that left before the end."""

    def __init__(self, *, key: str = "test-key", port: int = 0, model: str = "stand-in") -> None:
        self.key = key
        self.model = model
        self.also: list[str] = []
        """Models it lists beside its own."""
        self.default = Reply()
        self.replies: deque[Reply] = deque()
        self.requests: list[Request] = []
        self.aborted = 0
        self.connections = 0
        self._port = port
        self._started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="fake-openai", daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def __enter__(self) -> FakeOpenAI:
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Close every connection and the port; a second time does nothing."""
        if not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def chats(self) -> list[Request]:
        """The chat requests so far."""
        return [request for request in self.requests if request.path == "/v1/chat/completions"]

    def wait_for(self, condition: Callable[[FakeOpenAI], bool], seconds: float = 5.0) -> bool:
        """Whether the condition came true in time."""
        deadline = time.monotonic() + seconds
        while not condition(self):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._run())
        finally:
            self._loop.close()

    async def _run(self) -> None:
        self._stop = asyncio.Event()
        open_connections: set[_Connection] = set()
        server = await self._loop.create_server(lambda: _Connection(self, open_connections), "127.0.0.1", self._port)
        self._port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        server.close()
        for connection in list(open_connections):
            connection.end()
        await asyncio.sleep(0)  # lets cancelled answers end before the loop closes


class _Connection(asyncio.Protocol):
    """One HTTP/1.1 connection with keep-alive; no pipelining."""

    def __init__(self, server: FakeOpenAI, all_open: set[_Connection]) -> None:
        self._server, self._all = server, all_open
        self._buffer = b""
        self._answer: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._ended_by_us = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.connections += 1
        self._all.add(self)

    def connection_lost(self, _: Exception | None) -> None:
        self._all.discard(self)
        if self._answer is not None and not self._answer.done():
            self._answer.cancel()
            if not self._ended_by_us:
                self._server.aborted += 1

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def end(self) -> None:
        self._ended_by_us = True
        if self._answer is not None:
            self._answer.cancel()
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        body = json.loads(rest[:length]) if length else None
        request = Request(first.split(" ")[1], headers, body)
        self._server.requests.append(request)
        self._answer = asyncio.get_running_loop().create_task(self._reply(request))

    async def _reply(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {self._server.key}":
            self._json({"error": {"message": "Incorrect API key provided.", "code": "invalid_api_key"}}, 401)
        elif request.path == "/v1/models":
            ids = [self._server.model, *self._server.also]
            rows = [{"id": id, "object": "model", "owned_by": "tests"} for id in ids]
            self._json({"object": "list", "data": rows})
        elif request.path == "/v1/embeddings":
            self._json(_embeddings(request.body))
        elif request.path == "/v1/chat/completions":
            reply = self._server.replies.popleft() if self._server.replies else self._server.default
            await self._chat(request.body, reply)
        else:
            self._json({"error": {"message": "Not found."}}, 404)

    async def _chat(self, body: Any, reply: Reply) -> None:
        if reply.fault == "refuse":
            self.end()
        elif reply.fault == "hang":
            await asyncio.Event().wait()
        elif reply.fault == "status":
            self._json({"error": dict(reply.error)}, reply.status, reply.headers)
        elif reply.fault == "html":
            self._send_whole(b"<!doctype html><title>Sign in</title>", "text/html", 200)
        elif body.get("stream"):
            await self._stream(body, reply)
        else:
            text = "" if reply.fault == "empty" else _text(reply, body["messages"])
            message = {"role": "assistant", "content": text}
            choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason}
            self._json(self._object("chat.completion", [choice]) | {"usage": _usage(body["messages"], text)})

    async def _stream(self, body: Any, reply: Reply) -> None:
        self._write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        text = "" if reply.fault == "empty" else _text(reply, body["messages"])
        self._event(self._delta({"role": "assistant", "content": ""}))
        for number, piece in enumerate(_pieces(text, endless=reply.fault == "endless")):
            if reply.pause:
                await asyncio.sleep(reply.pause)
            if number == reply.after and await self._misbehave(reply.fault):
                return
            await self._writable.wait()
            finish = "stop" if reply.fault == "lying_finish" else None
            self._event(self._delta({"content": piece}, finish))
            if number % 16 == 0:
                await asyncio.sleep(0)
        if reply.fault != "no_finish":
            self._event(self._delta({}, reply.finish_reason))
        if reply.usage and body.get("stream_options", {}).get("include_usage"):
            self._event(self._object("chat.completion.chunk", []) | {"usage": _usage(body["messages"], text)})
        self._chunk(b"data: [DONE]\n\n")
        self._write(b"0\r\n\r\n")

    async def _misbehave(self, fault: Fault | None) -> bool:
        """The fault's own behaviour; whether the answer ends with it."""
        match fault:
            case "hang_midway":
                await asyncio.Event().wait()
            case "cut":
                self._write(b"ff\r\ndata: {")
                self._ended_by_us = True
                self._transport.close()
                return True
            case "garbage":
                self._chunk(b'data: {"choices": [{"delta": {"con\n\n')
            case "wrong_shape":
                self._chunk(b'data: ["not", "an", "object"]\n\n')
            case "error_event":
                self._chunk(b'data: {"error": {"message": "out of memory", "code": 500}}\n\n')
            case "tool_calls":
                call = {"index": 0, "id": "x", "type": "function", "function": {"name": "rm", "arguments": "{}"}}
                self._event(self._delta({"tool_calls": [call]}))
            case "huge":
                self._chunk(b'data: {"choices": [{"delta": {"content": "')
                for _ in range(64):
                    await self._writable.wait()
                    self._chunk(b"x" * (1 << 20))
                await asyncio.Event().wait()
            case "keep_alive":
                while True:
                    self._chunk(b": still here\n\n")
                    await asyncio.sleep(0.01)
            case _:
                pass
        return False

    def _delta(self, delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
        return self._object("chat.completion.chunk", [{"index": 0, "delta": dict(delta), "finish_reason": finish}])

    def _object(self, kind: str, choices: list[Any]) -> dict[str, Any]:
        return {"id": "c1", "object": kind, "created": 1, "model": self._server.model, "choices": choices}

    def _event(self, value: Mapping[str, Any]) -> None:
        self._chunk(b"data: " + json.dumps(value).encode() + b"\n\n")

    def _chunk(self, data: bytes) -> None:
        self._write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def _json(self, value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        self._send_whole(json.dumps(value).encode(), "application/json", status, headers)

    def _send_whole(self, body: bytes, kind: str, status: int, headers: Mapping[str, str] | None = None) -> None:
        lines = {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._write(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body)

    def _write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)


def _text(reply: Reply, messages: Messages) -> str:
    return reply.text(messages) if callable(reply.text) else reply.text


def _pieces(text: str, *, endless: bool) -> Iterator[str]:
    pieces = re.findall(r"\s*\S+\s*$|\s*\S+", text)
    while endless:
        yield from pieces
    yield from pieces


def _usage(messages: Messages, text: str) -> dict[str, int]:
    prompt, said = sum(len(m["content"].split()) for m in messages), len(text.split())
    return {"prompt_tokens": prompt, "completion_tokens": said, "total_tokens": prompt + said}


def _embeddings(body: Any) -> dict[str, Any]:
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    vectors = HashEmbedder().embed_documents([text if isinstance(text, str) else str(text) for text in texts])
    rows = [{"object": "embedding", "index": n, "embedding": vector} for n, vector in enumerate(vectors)]
    usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
    return {"object": "list", "model": body["model"], "data": rows, "usage": usage}


def main() -> None:
    with FakeOpenAI() as server:
        print(server.base_url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
