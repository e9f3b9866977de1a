"""A value that is read again when it has grown old."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from ingest.threads import in_thread

T = TypeVar("T")


class Fresh(Generic[T]):
    """Keeps what `read` (blocking) returned for `seconds`, so that asking costs no query before the first token.

    Another process's change is therefore seen within that time; this process's own at once, by `forget()`.
    """

    def __init__(self, read: Callable[[], T], seconds: float = 2.0) -> None:
        self._read = read
        self._seconds = seconds
        self._value: T | None = None
        self._until = float("-inf")
        self._forgotten = 0

    async def value(self) -> T:
        if self._value is None or time.monotonic() > self._until:
            asked = self._forgotten
            value = await in_thread(self._read)
            if asked != self._forgotten:
                return value  # forgotten while it was being read: the next one reads again
            self._value, self._until = value, time.monotonic() + self._seconds
        return self._value

    def forget(self) -> None:
        self._forgotten += 1
        self._until = float("-inf")
