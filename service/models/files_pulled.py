"""Models that somebody fetched by address: `pulled.json` in the folder of models says what each of them is.

    {"version": 1, "models": [{"name", "task", "file", "bytes", "sha256", "source", "license", ...}]}

It is replaced whole, under a lock, after the file it names has been checked: what stands in it is there and right.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from service.errors import ModelFile
from service.models.catalogue_data import Task

LISTING = "pulled.json"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Pulled:
    """A model of one file. `source` is the address as it was given, `url` what that means; `languages` are BCP 47
    codes, empty where its file does not tell; `served` says whether the local server can run it."""

    name: str
    label: str
    task: Task
    file: str
    bytes: int
    sha256: str
    source: str
    url: str
    license: str
    served: bool
    context: int | None = None
    languages: tuple[str, ...] = ()


def listing(folder: Path) -> tuple[Pulled, ...]:
    """What was pulled into that folder; nothing where the list is missing or cannot be read."""
    try:
        stat = (folder / LISTING).stat()
    except OSError:
        return ()
    return _read(folder / LISTING, stat.st_mtime_ns, stat.st_size, stat.st_ino)


def keep(folder: Path, model: Pulled) -> None:
    """Add it to the list, in place of one of the same name. Raises `ModelFile` when it cannot be written."""
    try:
        with (folder / f".{LISTING}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            others = [one for one in listing(folder) if one.name != model.name]
            own = folder / f".{LISTING}.{os.getpid()}"
            rows = {"version": VERSION, "models": [asdict(one) for one in (*others, model)]}
            own.write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")
            os.replace(own, folder / LISTING)
    except OSError as error:
        raise ModelFile(
            "cannot_write", f"Cannot write to {folder}: {error.strerror or error}.", "Check the disk."
        ) from error


@lru_cache(maxsize=8)
def _read(path: Path, _changed: int, _size: int, _inode: int) -> tuple[Pulled, ...]:
    """Read once for each state of the file: the shelf looks at every question."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        return tuple(_pulled(row) for row in table["models"]) if table["version"] == VERSION else ()
    except (OSError, ValueError, TypeError, KeyError):
        return ()


def _pulled(row: Mapping[str, Any]) -> Pulled:
    names = {one.name for one in fields(Pulled)}
    parts = {key: value for key, value in row.items() if key in names}
    return Pulled(**{**parts, "languages": tuple(parts.get("languages", ()))})
