"""Named places at which a test may let the process die, as a power cut would: nothing flushed, nothing cleaned up."""

from __future__ import annotations

import os

VARIABLE = "PARALLAX_CRASH_AT"
STATUS = 86

_passed: dict[str, int] = {}


def crash_point(name: str) -> None:
    """Die here when the environment says `name`, or `name:n` and this is the n-th time."""
    wanted = os.environ.get(VARIABLE)
    if not wanted:
        return
    place, _, nth = wanted.partition(":")
    if place == name:
        _passed[name] = _passed.get(name, 0) + 1
        if _passed[name] == int(nth or 1):
            os._exit(STATUS)
