"""Parse a file in a child process of its own: limited in time, memory and output, without network, killed when asked.

Children are forked by servers that have the readers loaded (`ingest.parse_child`), one for each family of formats,
started when the first such file comes: in a tenth of a second for plain ones, in seconds for those that need
unstructured. A file then costs a fork, a few milliseconds; a crash, a hang or a flood of text harms that file only.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import anyio

import ingest
from ingest import sniff
from ingest.errors import Cancelled, DocumentRefused, FilesUnavailable, ParsingStopped
from ingest.formats import Family
from ingest.parse_child import FRAME, STARTED, TRAILER, TRAILER_MARK
from ingest.threads import in_thread
from ingest.types import Block, ParsedDocument, ParseLimits

_START_SECONDS = 60.0
_TICK = 0.1
_CHUNK = 1 << 18
_LARGE = 1 << 17  # bytes of JSON worth a thread
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "PYTHONUTF8": "1",
    "HOME": "/nonexistent",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "DO_NOT_TRACK": "true",
    "SCARF_NO_ANALYTICS": "true",
    "UNSTRUCTURED_DISABLE_NOTICE": "1",
}


async def parse(
    path: Path, name: str, limits: ParseLimits | None = None, cancelled: Callable[[], bool] = lambda: False
) -> ParsedDocument:
    """Read the file at `path`, which people call `name` (only its extension matters; it is never used as a path).

    `cancelled` is asked ten times a second. Raises `DocumentRefused` for a file that can never be read,
    `ParsingStopped` (`parser_timeout`, `parser_out_of_memory`, `parser_died`, `too_much_text`) when a limit was hit,
    `FilesUnavailable`, and `Cancelled`. A document without text (a scan, an empty sheet) has no blocks and a warning.
    """
    limits = limits or ParseLimits()
    for last_try in (False, True):
        server, answer = await in_thread(_begin, path, name)
        try:
            return await _converse(answer, name, limits, cancelled)
        except _ServerGone:
            # The server died under us, which says nothing about the file: a fresh one gets one more chance.
            await in_thread(_forget, server)
            if last_try:
                raise _no_parser() from None
        finally:
            answer.close()
    raise AssertionError("unreachable")


async def warm(*families: Family) -> None:
    """Start servers (all, unless named) before the first file comes, so that it does not wait for their imports."""
    for family in families or get_args(Family):
        await in_thread(_server, family)


def close() -> None:
    """Stop the servers; running children die with them. They start again when needed."""
    with _lock:
        for server in _servers.values():
            server.stop()
        _servers.clear()


class _ServerGone(Exception):
    """The server closed the socket before a child had started, or without saying how the child ended."""


class _Server:
    """A running `ingest.parse_child`, reached through one control socket."""

    def __init__(self, family: Family) -> None:
        self._control, theirs = socket.socketpair()
        root = str(Path(ingest.__file__).parent.parent)
        command = [
            sys.executable,
            "-P",
            "-s",
            "-m",
            "ingest.parse_child",
            str(theirs.fileno()),
            family,
        ]
        with theirs:
            self._process = subprocess.Popen(
                command,
                env=_ENVIRONMENT | {"PYTHONPATH": root},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def send(self, answer: socket.socket, file: int) -> None:
        socket.send_fds(self._control, [b"F"], [answer.fileno(), file])

    def stop(self) -> None:
        self._control.close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


_servers: dict[Family, _Server] = {}
_lock = threading.Lock()


def _server(family: Family) -> _Server:
    with _lock:
        server = _servers.get(family)
        if server is None or not server.alive:
            if server is not None:
                server.stop()
            elif not _servers:
                atexit.register(close)
            server = _servers[family] = _Server(family)
        return server


def _forget(server: _Server) -> None:
    with _lock:
        for family, known in list(_servers.items()):
            if known is server:
                del _servers[family]
    server.stop()


def _begin(path: Path, name: str) -> tuple[_Server, socket.socket]:
    """Hand the open file and a new socket to the right server; the socket's other end comes back, non-blocking."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise FilesUnavailable("file_unreadable", f"The stored file cannot be opened: {error.strerror}.") from error
    try:
        format = sniff.identify(os.pread(file, sniff.HEAD, 0), name, os.fstat(file).st_size)
        for _ in range(2):
            server = _server(format.family)
            ours, theirs = socket.socketpair()
            with theirs:
                try:
                    server.send(theirs, file)
                except OSError:
                    ours.close()
                    _forget(server)
                    continue
            ours.setblocking(False)
            return server, ours
    finally:
        os.close(file)
    raise _no_parser()


def _no_parser() -> ParsingStopped:
    error = ParsingStopped(
        "parser_died", "The parser could not be started.", "Its first words are in the service's log."
    )
    error.retryable = True
    return error


async def _converse(
    answer: socket.socket, name: str, limits: ParseLimits, cancelled: Callable[[], bool]
) -> ParsedDocument:
    started = b""
    with anyio.move_on_after(_START_SECONDS):
        started = await _receive(answer, 1, cancelled)
    if started != STARTED:
        raise _ServerGone
    request = json.dumps({"name": name, "limits": asdict(limits)}).encode("utf-8", "surrogatepass")
    body = bytearray()
    most = limits.output_bytes + FRAME.size + TRAILER.size
    with anyio.move_on_after(limits.seconds):
        await _send(answer, FRAME.pack(b"Q", len(request)) + request)
        while len(body) <= most and (part := await _receive(answer, _CHUNK, cancelled)):
            body += part
        if len(body) < _LARGE:
            return _document(body, limits)
        return await in_thread(_document, body, limits)
    raise ParsingStopped(
        "parser_timeout",
        f"Reading the file took longer than {limits.seconds:g} s.",
        "Split it into parts, or save it again with its own program.",
    )


async def _receive(answer: socket.socket, count: int, cancelled: Callable[[], bool]) -> bytes:
    while True:
        if cancelled():
            raise Cancelled("cancelled", "The work was stopped.")
        try:
            return answer.recv(count)
        except BlockingIOError:
            with anyio.move_on_after(_TICK):
                await anyio.wait_readable(answer)
        except ConnectionResetError:
            return b""


async def _send(answer: socket.socket, data: bytes) -> None:
    view = memoryview(data)
    while view:
        try:
            view = view[answer.send(view) :]
        except BlockingIOError:
            await anyio.wait_writable(answer)
        except (BrokenPipeError, ConnectionResetError):
            return


def _document(body: bytearray, limits: ParseLimits) -> ParsedDocument:
    """What the child said, checked: it may have been taken over by the file it read."""
    status = _status(body)
    if len(body) >= FRAME.size:
        kind, length = FRAME.unpack_from(body)
        if kind == b"R" and length <= limits.output_bytes and len(body) >= FRAME.size + length:
            try:
                said = json.loads(body[FRAME.size : FRAME.size + length])
                return _checked(said)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise ParsingStopped("parser_died", "The parser answered nonsense.", "Report this file.") from error
    if status is None and len(body) <= limits.output_bytes:
        raise _ServerGone
    if len(body) > limits.output_bytes:
        raise ParsingStopped("too_much_text", "The document holds more text than is taken.", "Split it into parts.")
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        raise ParsingStopped(
            "parser_timeout",
            f"Reading the file took more than {limits.cpu_seconds} s of computing.",
            "Split it into parts.",
        )
    if status == 77:
        raise ParsingStopped(
            "parser_out_of_memory",
            f"Reading the file needed more than {limits.memory_bytes >> 20} MB of memory.",
            "Split it into parts, or save it again with its own program.",
        )
    how = f" (signal {-status})" if status is not None and status < 0 else ""
    raise ParsingStopped("parser_died", f"The parser crashed on this file{how}.", "Save it again with its own program.")


def _status(body: bytearray) -> int | None:
    with contextlib.suppress(Exception):
        mark, status = TRAILER.unpack(body[-TRAILER.size :])
        if mark == TRAILER_MARK:
            return int(status)
    return None


def _checked(said: dict[str, Any]) -> ParsedDocument:
    if error := said.get("error"):
        made = DocumentRefused if error["kind"] == "refused" else ParsingStopped
        raise made(str(error["code"]), str(error["message"]), str(error["hint"]))
    document = said["document"]
    kinds = {"heading", "text", "list", "table", "code"}
    blocks = tuple(
        Block(
            kind=block["kind"] if block["kind"] in kinds else "text",
            text=str(block["text"]).replace("\0", ""),
            level=int(block["level"]),
            page=None if block["page"] is None else int(block["page"]),
        )
        for block in document["blocks"]
    )
    return ParsedDocument(
        blocks=blocks,
        pages=None if document["pages"] is None else int(document["pages"]),
        title=None if document["title"] is None else str(document["title"]).replace("\0", "")[:500],
        language=None if document["language"] is None else str(document["language"])[:16],
        warnings=tuple(str(warning)[:1000] for warning in document["warnings"]),
    )
