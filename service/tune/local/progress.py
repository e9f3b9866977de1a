"""progress.jsonl: one line an event, flushed as it happens; whoever watches reads whole lines only."""

from __future__ import annotations

import json
import math
import os
import time
from pathlib import Path
from typing import Literal

Event = Literal["preparing", "step", "validation", "checkpoint", "setting", "exporting", "note"]
Field = str | int | float | None


class Progress:
    """Appends to the file; a process that goes on after a crash goes on appending.

    `step` and `steps` count over the whole job, all settings of a sweep together. Losses are nats a token of the
    answers (natural logarithm), speeds tokens a second, times seconds.
    """

    def __init__(self, path: Path) -> None:
        # A line that a killed process left half-written must not swallow the next one.
        torn = path.exists() and path.stat().st_size > 0 and path.read_bytes()[-1:] != b"\n"
        self._file = path.open("a", encoding="utf-8")
        if torn:
            self._file.write("\n")

    def tell(self, event: Event, **fields: Field) -> None:
        """One line. What is None or not finite is left out. Raises `OSError` when the disk is full."""
        told = {key: _rounded(value) for key, value in fields.items() if _told(value)}
        line = json.dumps({"at": round(time.time(), 3), "event": event, **told}, ensure_ascii=False)
        self._file.write(line + "\n")
        self._file.flush()

    def close(self) -> None:
        os.fsync(self._file.fileno())
        self._file.close()


def _told(value: Field) -> bool:
    return value is not None and not (isinstance(value, float) and not math.isfinite(value))


def _rounded(value: Field) -> Field:
    return round(value, 5) if isinstance(value, float) else value
