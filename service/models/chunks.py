"""Server-sent chunks of a chat completion, out of bytes that may be anything: bounded, and none of them trusted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from service.types import Usage

LONGEST_LINE = 1 << 20
"""Bytes. A chunk holds a few tokens; a line that does not end is an attack or a mistake."""
MOST_BYTES = 16 << 20
"""Bytes of one answer, its protocol included."""


class Broken(Exception):
    """Not the protocol; the text says how."""


class EndpointError(Exception):
    """The endpoint reported an error inside its stream; `body` is what it said."""

    def __init__(self, body: object) -> None:
        super().__init__(str(body))
        self.body = body


@dataclass(frozen=True, slots=True)
class Piece:
    """What one chunk says. `done` is the end mark of the stream."""

    text: str = ""
    finish_reason: str | None = None
    usage: Usage | None = None
    done: bool = False


class ChunkReader:
    """Feed it bytes as they come; it gives the pieces that became whole. Raises `Broken` and `EndpointError`."""

    def __init__(self) -> None:
        self._rest = b""
        self._seen = 0

    def feed(self, data: bytes) -> Iterator[Piece]:
        self._seen += len(data)
        if self._seen > MOST_BYTES:
            raise Broken(f"more than {MOST_BYTES >> 20} MiB")
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            raise Broken(f"a line of more than {LONGEST_LINE >> 20} MiB")
        for line in lines:
            # Comments, `event:`, `id:` and blank lines carry nothing here; every data line is JSON of its own.
            if line.startswith(b"data:"):
                yield _piece(line[5:].strip())


def _piece(data: bytes) -> Piece:
    if data == b"[DONE]":
        return Piece(done=True)
    try:
        chunk = json.loads(data)
    except (ValueError, RecursionError):
        raise Broken("broken JSON") from None
    if not isinstance(chunk, dict):
        raise Broken("JSON of another shape")
    if chunk.get("error"):
        raise EndpointError(chunk)
    choices = chunk.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    usage = _usage(chunk.get("usage"))
    if not isinstance(choice, dict):
        return Piece(usage=usage)
    delta = choice.get("delta")
    text = delta.get("content") if isinstance(delta, dict) else None  # tool calls and reasoning are nothing to show
    reason = choice.get("finish_reason")
    return Piece(text if isinstance(text, str) else "", reason if isinstance(reason, str) and reason else None, usage)


def _usage(value: object) -> Usage | None:
    if not isinstance(value, dict):
        return None
    prompt, completion = value.get("prompt_tokens"), value.get("completion_tokens")
    if not (isinstance(prompt, int) and isinstance(completion, int)):
        return None
    return Usage(prompt, completion)
