"""LoRA adapters as files: which ones are safe to load, which are wanted, and where each of them answers.

Two small files of the run folder say it all; each has one writer, is replaced whole, and may be read by anybody:

    adapters.json   what the local server should hold: [{"sha256", "path", "asked"}]   (the service writes it)
    model.json      what it holds: {"pid", "adapters": {sha256: {"url" or "problem", "asked"}}}   (that server does)

A file is loaded only when it is GGUF, says that it is a LoRA adapter for this kind of model, and has the hash it is
known by; llama.cpp itself checks that its tensors fit the base. No other format is ever opened.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO

from service.errors import ModelFile
from service.models.files import sha256_of, wrong_hash

WANTED = "adapters.json"
HELD = "model.json"

MOST_PAIRS = 4096
MOST_VALUES = 1 << 24
MOST_WORDS = 64
LONGEST_STRING = 1 << 20
"""Bytes. Bounds of what a header may hold: more is a broken file, or one made to exhaust memory."""

_FIXED = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter's file on this machine. `asked` grows when one that could not be loaded is asked for anew."""

    sha256: str
    path: str
    asked: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where an adapter answers (`.../v1`), or why it does not, when it was `asked` for."""

    url: str | None = None
    problem: str | None = None
    asked: int = 0


@dataclass(frozen=True, slots=True)
class Holding:
    """What the local server's process `pid` holds, by SHA-256. One it knows nothing of is not loaded yet."""

    pid: int = 0
    adapters: Mapping[str, Place] = field(default_factory=dict)


def want(folder: Path, adapters: Sequence[Adapter]) -> None:
    """Say what the local server should hold."""
    _replace(folder / WANTED, [asdict(adapter) for adapter in adapters])


def wanted(folder: Path) -> tuple[Adapter, ...]:
    """What it should hold; nothing where nobody has said so."""
    try:
        return tuple(Adapter(**row) for row in json.loads((folder / WANTED).read_bytes()))
    except (OSError, ValueError, TypeError):
        return ()


def tell(folder: Path, holding: Holding) -> None:
    """Say what is held."""
    _replace(folder / HELD, asdict(holding))


def told(folder: Path) -> Holding:
    """What is held; nothing where nobody has said so."""
    try:
        found = json.loads((folder / HELD).read_bytes())
        return Holding(found["pid"], {key: Place(**place) for key, place in found["adapters"].items()})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Holding()


def forget(folder: Path) -> None:
    """Remove what an earlier service has left."""
    for name in (WANTED, HELD):
        (folder / name).unlink(missing_ok=True)


def check(path: Path, sha256: str, architecture: str) -> None:
    """Raises `ModelFile` unless that file has this hash and is a GGUF LoRA adapter for models of that architecture."""
    try:
        with path.open("rb") as file:
            found = header(file)
    except OSError as error:
        raise ModelFile("missing", f"The adapter {path.name} cannot be read: {error.strerror or error}.") from error
    says = tuple(found.get(key) for key in ("general.type", "adapter.type", "general.architecture"))
    if says != ("adapter", "lora", architecture):
        raise ModelFile(
            "not_an_adapter",
            f"{path.name[:12]} is no LoRA adapter for a model of the kind {architecture}: its header says {says}.",
            "Adapters are made by `parallax finetune` on the model that runs here.",
        )
    actual = sha256_of(path)
    if actual != sha256:
        raise wrong_hash(path, sha256, actual, "Train the model again.")


def architecture(path: Path) -> str:
    """What kind of model a GGUF file holds (`qwen2`). Raises `ModelFile`."""
    with path.open("rb") as file:
        return str(header(file).get("general.architecture", ""))


def header(file: BinaryIO) -> dict[str, object]:
    """The key-value pairs of a GGUF file (version 2 or 3, see llama.cpp's `docs/gguf.md`); arrays are skipped, but for
    a few words. The file is left where its list of tensors begins.

    Nothing in it is trusted: every length is bounded before it is read. Raises `ModelFile`.
    """
    try:
        if file.read(4) != b"GGUF":
            raise _Broken("it does not begin with GGUF")
        version, _, pairs = _numbers(file, "<IQQ")
        if version not in (2, 3) or pairs > MOST_PAIRS:
            raise _Broken(f"version {version} with {pairs} entries")
        return {_string(file): _value(file, *_numbers(file, "<I")) for _ in range(pairs)}
    except (_Broken, UnicodeDecodeError) as error:
        raise ModelFile(
            "not_gguf", f"The file is not a readable GGUF file: {error}.", "Nothing else is loaded."
        ) from None


class _Broken(Exception):
    pass


def _numbers(file: BinaryIO, form: str) -> tuple[int, ...]:
    size = struct.calcsize(form)
    data = file.read(size)
    if len(data) < size:
        raise _Broken("it ends within its header")
    return struct.unpack(form, data)


def _string(file: BinaryIO) -> str:
    (length,) = _numbers(file, "<Q")
    if length > LONGEST_STRING:
        raise _Broken(f"a string of {length} bytes")
    data = file.read(length)
    if len(data) < length:
        raise _Broken("it ends within its header")
    return data.decode()


def _value(file: BinaryIO, kind: int) -> object:
    if kind in _FIXED:
        return _numbers(file, f"<{_FIXED[kind]}")[0]
    if kind == _STRING:
        return _string(file)
    if kind != _ARRAY:
        raise _Broken(f"a value of kind {kind}")
    inner, count = _numbers(file, "<IQ")
    if inner in _FIXED and count <= MOST_VALUES:
        file.seek(count * struct.calcsize(_FIXED[inner]), os.SEEK_CUR)
    elif inner == _STRING and count <= MOST_VALUES:
        if count <= MOST_WORDS:
            return [_string(file) for _ in range(count)]
        for _ in range(count):  # a vocabulary: read, not kept
            _string(file)
    else:
        raise _Broken(f"an array of {count} values of kind {inner}")
    return None


def _replace(path: Path, value: object) -> None:
    """Whole or not at all, readable by its owner only: an address is no secret, but it is nobody else's business."""
    own = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(value, file)
    os.replace(own, path)
