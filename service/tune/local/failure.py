"""What a training that failed says to people."""

from __future__ import annotations

import errno
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Literal

Code = Literal[
    "bad_base",
    "bad_job",
    "disk_full",
    "nan_loss",
    "no_extra",
    "out_of_memory",
    "too_few",
    "too_long",
    "training_failed",
]


class Failure(Exception):
    """`code` is stable and machine-readable; `message` says what happened, `hint` what to do."""

    def __init__(self, code: Code, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code: Code = code
        self.message = message
        self.hint = hint


def disk_full(error: OSError, kept: str) -> Failure | None:
    """The failure for an error that means "no space left"; None for any other."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return None
    return Failure("disk_full", f"There is no space left on the disk. {kept}", "Free some space and resume the job.")


def write(folder: Path, failure: Failure) -> None:
    """error.json, whole or not at all. On a full disk the half-written checkpoint makes room for it."""
    body = json.dumps({"code": failure.code, "message": failure.message, "hint": failure.hint})
    if failure.code == "disk_full":
        for leftover in (*folder.glob("*.tmp"), *folder.glob("*/*.tmp")):
            leftover.unlink(missing_ok=True)
    whole = folder / "error.json.tmp"
    with suppress(OSError):  # the exit status and the log still say it
        whole.write_text(body, encoding="utf-8")
        os.replace(whole, folder / "error.json")
