"""A chat model that answers at once: an OpenAI-compatible endpoint with nothing behind it, in a process of its own.

The answer is the same every time, so whatever time passes before its first token reaches a client is the cost of what
stands in front of it. Run as `python _stand_in_model.py`; prints its port.
"""

from __future__ import annotations

import asyncio
import json
import sys

TOKENS = json.loads(sys.argv[1]) if len(sys.argv) > 1 else ["Hello", " there", "."]


def _event(delta: dict[str, str], finish: str | None = None) -> bytes:
    body = {
        "id": "chatcmpl-0",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "stand-in",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }
    return b"data: " + json.dumps(body).encode() + b"\n\n"


FRAMES = b"".join([_event({"role": "assistant", "content": ""}), *(_event({"content": t}) for t in TOKENS)])
LAST = _event({}, "stop") + b"data: [DONE]\n\n"
HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
    b"transfer-encoding: chunked\r\nconnection: keep-alive\r\n\r\n"
)


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


RESPONSE = HEAD + _chunk(FRAMES) + _chunk(LAST) + b"0\r\n\r\n"
MODELS = b'{"object":"list","data":[{"id":"stand-in","object":"model","created":0,"owned_by":"bench"}]}'


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = next(
                (
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length:")
                ),
                0,
            )
            await reader.readexactly(length)
            if head.startswith(b"POST"):
                writer.write(RESPONSE)
            else:
                size = str(len(MODELS)).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
                    + size
                    + b"\r\n\r\n"
                    + MODELS
                )
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
