"""What children inherit: enough to run, and no secret that they do not need."""

from __future__ import annotations

import os
from collections.abc import Mapping

_PLAIN = frozenset({"PATH", "HOME", "USER", "LOGNAME", "SHELL", "TZ", "TMPDIR", "LANG", "LANGUAGE", "PYTHONPATH"})
_PLAIN_PREFIXES = ("LC_", "XDG_", "LD_LIBRARY_", "DYLD_", "OMP_", "PYTHONHASH")


QUIET = {
    "ANONYMIZED_TELEMETRY": "false",
    "DO_NOT_TRACK": "1",
    "SCARF_NO_ANALYTICS": "true",
    "PYTHONUNBUFFERED": "1",
}
"""No part of an installation reports to anybody."""


def plain(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """For somebody else's program: the machine's basics and `extra`, nothing of ours."""
    kept = {name: value for name, value in os.environ.items() if name in _PLAIN or name.startswith(_PLAIN_PREFIXES)}
    return kept | QUIET | dict(extra or {})


def ours(extra: Mapping[str, str]) -> dict[str, str]:
    """For a worker of ours: everything. It stores files (a cloud's keys) and asks chat models (their keys); what it
    starts itself, the readers of documents, inherits none of that."""
    return dict(os.environ) | QUIET | dict(extra)
