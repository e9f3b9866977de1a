"""The parser's side of the fence: a server that forks one child a file. Started by `ingest.sandbox`, never by hand.

The server imports the readers of one family (seconds, for unstructured), then only waits: it reads no document itself.
For each request it gets two descriptors, a socket and the open file, and forks. The child confines itself
(`ingest.confine`) and answers on the socket with one byte when it starts and one framed JSON object when it is done.
After the child's death the server adds a trailer with its exit status. When the other side closes the socket, the
server kills the child: that is how time limits and cancelling work, and what makes every child die with the service.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, NoReturn

from ingest import sniff
from ingest.confine import die_with, limit, no_network
from ingest.errors import DocumentRefused, IngestError, ParsingStopped
from ingest.formats import FORMATS, Format
from ingest.readers.archive import damaged
from ingest.types import ParsedDocument, ParseLimits

STARTED = b"S"
FRAME = struct.Struct("!cQ")
TRAILER = struct.Struct("!4si")
TRAILER_MARK = b"EXIT"
_SAMPLE = (
    b"<p>\n\n# One\n\nSome *words*, `code` &amp; [more](https://example.org).\n\n- item\n\n|a|b|\n|-|-|\n|1|2|\n</p>"
)
_COLLECTED = 1 << 20  # bytes from which on a child collects its garbage


def main() -> None:
    """Serve requests from the control socket, whose descriptor is the first argument; the second is the family."""
    control = socket.socket(fileno=int(sys.argv[1]))
    no_network()
    readers = preload(sys.argv[2])
    # Children share these pages as long as nothing writes to them, and are too short-lived to need a collector.
    gc.collect()
    gc.freeze()
    gc.disable()
    Server(control, readers).serve()


def preload(family: str) -> dict[str, Callable[..., ParsedDocument]]:
    """Import the readers of one family, so that each fork has them already. By key of the format."""
    if family == "office":
        importlib.import_module("ingest.readers.elements").offline()
    readers: dict[str, Callable[..., ParsedDocument]] = {}
    for format in FORMATS:
        if format.family == family:
            module, function = format.reader.split(":")
            reader = readers[format.key] = getattr(importlib.import_module(f"ingest.readers.{module}"), function)
            if format.container == "text":
                # What a reader does only the first time (compiling patterns, importing late) is done before the forks.
                with contextlib.suppress(IngestError):
                    reader(_SAMPLE, f"sample{format.extensions[0]}", ParseLimits())
    return readers


class Server:
    """Forks a child a request, reaps it, tells how it ended."""

    def __init__(self, control: socket.socket, readers: dict[str, Callable[..., ParsedDocument]]) -> None:
        self._control = control
        self._readers = readers
        self._children: dict[int, socket.socket] = {}

    def serve(self) -> None:
        """Until the control socket closes; then every child is killed."""
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_read, False)
        os.set_blocking(wake_write, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if threading.active_count() != 1:
            raise RuntimeError("a server that forks must have one thread")
        while True:
            poll = select.poll()
            poll.register(self._control, select.POLLIN)
            poll.register(wake_read, select.POLLIN)
            by_descriptor = {answer.fileno(): pid for pid, answer in self._children.items()}
            for descriptor in by_descriptor:
                poll.register(descriptor, 0)  # only: the other side has gone
            for descriptor, _ in poll.poll():
                if descriptor == wake_read:
                    with contextlib.suppress(BlockingIOError):
                        os.read(wake_read, 4096)
                elif descriptor == self._control.fileno():
                    if not self._accept():
                        self._kill_all()
                        return
                elif (pid := by_descriptor.get(descriptor)) is not None:
                    _kill(pid)
            self._reap()

    def _accept(self) -> bool:
        try:
            message, descriptors, _, _ = socket.recv_fds(self._control, 1, 2)
        except OSError:
            return False
        if not message or len(descriptors) != 2:
            return False
        answer, file = socket.socket(fileno=descriptors[0]), descriptors[1]
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError:  # no memory, no process left: the other side sees a closed socket
            answer.close()
            os.close(file)
            return True
        if pid == 0:
            _child(answer, file, parent, self._readers)
        os.close(file)
        self._children[pid] = answer
        return True

    def _reap(self) -> None:
        while self._children:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            answer = self._children.pop(pid, None)
            if answer is not None:
                with contextlib.suppress(OSError):
                    answer.send(TRAILER.pack(TRAILER_MARK, os.waitstatus_to_exitcode(status)), socket.MSG_DONTWAIT)
                answer.close()

    def _kill_all(self) -> None:
        for pid in self._children:
            _kill(pid)


def _kill(pid: int) -> None:
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _child(
    answer: socket.socket, file: int, parent: int, readers: dict[str, Callable[..., ParsedDocument]]
) -> NoReturn:
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        die_with(parent)
        keep = sorted((answer.fileno(), file))
        os.closerange(3, keep[0])
        os.closerange(keep[0] + 1, keep[1])
        os.closerange(keep[1] + 1, 4096)
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        answer.setblocking(True)
        answer.sendall(STARTED)
        request = json.loads(_read_frame(answer))
        limits = ParseLimits(**request["limits"])
        body = _work(file, request["name"], limits, readers)
        if len(body) > limits.output_bytes:
            body = _error(
                ParsingStopped("too_much_text", "The document holds more text than is taken.", "Split it into parts.")
            )
        answer.sendall(FRAME.pack(b"R", len(body)) + body)
        status = 0
    except MemoryError:
        status = 77
    finally:
        os._exit(status)


def _work(file: int, name: str, limits: ParseLimits, readers: dict[str, Callable[..., ParsedDocument]]) -> bytes:
    try:
        limit(limits)
        with os.fdopen(file, "rb") as stream:
            data = stream.read()
        if len(data) > _COLLECTED:
            gc.enable()
        format = sniff.identify(data[: sniff.HEAD], name, len(data))
        return json.dumps(_parsed(readers, format, data, name, limits)).encode("utf-8", "surrogatepass")
    except IngestError as error:
        return _error(error)
    except RecursionError:
        return _error(damaged(_label(name), "it is nested too deeply"))
    except MemoryError:
        gc.collect()
        return _error(_too_much_memory(limits))
    except Exception as error:
        # Whatever a reader trips over is the file's fault here: the type names it, the text may quote the document.
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:
            return _error(_too_much_memory(limits))
        return _error(damaged(_label(name), type(error).__name__))


def _parsed(
    readers: dict[str, Callable[..., ParsedDocument]], format: Format, data: bytes, name: str, limits: ParseLimits
) -> dict[str, Any]:
    parsed = readers[format.key](data, name, limits)
    return {"document": asdict(parsed)}


def _error(error: IngestError) -> bytes:
    kind = "refused" if isinstance(error, DocumentRefused) else "stopped"
    return json.dumps({"error": {"kind": kind, **error.as_dict()}}).encode()


def _too_much_memory(limits: ParseLimits) -> ParsingStopped:
    return ParsingStopped(
        "parser_out_of_memory",
        f"Reading the file needed more than {limits.memory_bytes >> 20} MB of memory.",
        "Split it into parts, or save it again with its own program.",
    )


def _label(name: str) -> str:
    from_name = next((f.label for f in FORMATS if name.lower().endswith(f.extensions)), "")
    return from_name or "document"


def _read_frame(answer: socket.socket) -> bytes:
    header = _exactly(answer, FRAME.size)
    return _exactly(answer, FRAME.unpack(header)[1])


def _exactly(answer: socket.socket, count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        part = answer.recv(count - len(parts))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


if __name__ == "__main__":
    main()
