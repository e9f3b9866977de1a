"""A child's output on disk: bounded, with its last lines at hand for the moment it dies."""

from __future__ import annotations

import os
import re
from collections import deque
from io import FileIO
from pathlib import Path

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class ChildLog:
    """Two files at most: `NAME.log` and, once that has grown to `limit` bytes, `NAME.log.1`."""

    def __init__(self, path: Path, limit: int = 4_000_000, lines: int = 40) -> None:
        self.path = path
        self._limit = limit
        self._tail: deque[str] = deque(maxlen=lines)
        self._rest = b""
        self._file = _append(path)
        self._size = os.fstat(self._file.fileno()).st_size

    def write(self, data: bytes) -> None:
        """Append what the child said. A full disk loses log lines, never the child."""
        *whole, rest = (self._rest + data).split(b"\n")
        self._rest = rest[-8192:]
        self._tail.extend(_COLOUR.sub("", line.decode(errors="replace"))[:500] for line in whole)
        try:
            if self._size + len(data) > self._limit:
                self._turn()
            self._file.write(data)
            self._size += len(data)
        except OSError:
            self._tail.append("(this log could not be written)")

    def note(self, line: str) -> None:
        """A line of the supervisor's own."""
        self.write(f"--- {line}\n".encode())

    def tail(self, lines: int = 12) -> str:
        last = [*self._tail, self._rest.decode(errors="replace")]
        return "\n".join(line for line in last[-lines - 1 :] if line.strip())

    def close(self) -> None:
        self._file.close()

    def _turn(self) -> None:
        self._file.close()
        self.path.replace(self.path.with_name(self.path.name + ".1"))
        self._file = _append(self.path)
        self._size = 0


def _append(path: Path) -> FileIO:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    return FileIO(descriptor, "ab")
