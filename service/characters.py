"""Characters that JSON can spell and stores cannot keep."""

from __future__ import annotations

import re
from collections.abc import Iterator

HALF = re.compile("[\ud800-\udfff]")
"""Half of a character (a lone surrogate): UTF-8 has no form for it."""
UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
"""That, and NUL, which PostgreSQL does not keep."""


def strings(given: object) -> Iterator[str]:
    """Every string anywhere in a JSON value, keys included."""
    waiting = [given]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += one
            waiting += one.values()
        elif isinstance(one, list | tuple):
            waiting += one
