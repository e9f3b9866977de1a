"""What a model file says of itself: the header of a GGUF file, and whether a file is what its name says.

Only headers are read, never weights, and nothing in them is trusted: `adapters.header` bounds every length.
"""

from __future__ import annotations

import json
import os
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from service.errors import ModelFile
from service.models import adapters
from service.models.catalogue_data import Architecture, Task

FORMATS = (".gguf", ".safetensors", ".onnx")
"""What is fetched by address. Others (pickles above all) can run code when they are opened."""

MOST_TENSORS = 1 << 16
MOST_DIMENSIONS = 8
LONGEST_NAME = 1 << 10
LONGEST_JSON = 100 << 20
"""Bytes. As safetensors itself bounds its header."""

_ENCODERS = ("bert", "nomic-bert", "jina-bert-v2", "modern-bert", "eurobert", "neo-bert")
_BOTH = ("t5", "t5encoder")
_FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S", 12: "Q3_K_M",
    13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS", 20: "IQ2_XS",
    21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S",
    29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4",
}  # fmt: skip
"""llama.cpp's `LLAMA_FTYPE`, as `general.file_type` has it."""
QUANTISATIONS = frozenset(_FILE_TYPES.values())


@dataclass(frozen=True, slots=True)
class Facts:
    """None or empty stands for what the file does not tell. `family` is llama.cpp's name of the architecture (`qwen2`),
    `parameters` counts weights, `template`: it knows how a conversation is written down for it."""

    family: str | None = None
    architecture: Architecture | None = None
    context: int | None = None
    quantisation: str | None = None
    parameters: int | None = None
    languages: tuple[str, ...] = ()
    license: str | None = None
    title: str | None = None
    template: bool = False

    @property
    def task(self) -> Task:
        return "embedding" if self.architecture == "encoder" else "chat"


def facts(path: Path) -> Facts:
    """What a GGUF file says of itself, read once for each state of the file. Raises `ModelFile`, `OSError`."""
    stat = path.stat()
    return _facts(path, stat.st_mtime_ns, stat.st_size)


def must_be(path: Path) -> None:
    """Raises `ModelFile` unless the file is of the format that its name says, and one that is safe to open."""
    kind = path.suffix.lower()
    if kind not in FORMATS:
        raise refused(path.name)
    try:
        with path.open("rb") as file:
            if kind == ".gguf":
                adapters.header(file)
            elif kind == ".safetensors":
                _safetensors(file)
            elif not _onnx(file.read(16)):
                raise ModelFile("not_onnx", f"{path.name} is not a readable ONNX file.", "Nothing else is kept.")
    except OSError as error:
        raise ModelFile("missing", f"{path.name} cannot be read: {error.strerror or error}.") from error


def refused(name: str) -> ModelFile:
    """For a name that is none of `FORMATS`."""
    return ModelFile(
        "format_refused",
        f"{name[:120]} is neither GGUF, safetensors nor ONNX.",
        "Other formats can run code when they are opened, and are never fetched.",
        status=422,
    )


@lru_cache(maxsize=64)
def _facts(path: Path, _changed: int, _size: int) -> Facts:
    with path.open("rb") as file:
        found = adapters.header(file)
        try:
            parameters = _weights(file)
        except struct.error:
            raise ModelFile("not_gguf", f"{path.name} ends within its header.", "Fetch it again.") from None
    family = _text(found.get("general.architecture"))
    languages, kind = found.get("general.languages"), _number(found.get("general.file_type"))
    return Facts(
        family=family,
        architecture="encoder" if family in _ENCODERS else "encoder-decoder" if family in _BOTH else "decoder",
        context=_number(found.get(f"{family}.context_length")),
        quantisation=None if kind is None else _FILE_TYPES.get(kind),
        parameters=parameters,
        languages=tuple(str(one) for one in languages) if isinstance(languages, list) else (),
        license=_text(found.get("general.license")),
        title=_text(found.get("general.name")),
        template=bool(found.get("tokenizer.chat_template")),
    )


def _weights(file: BinaryIO) -> int | None:
    """Weights in all: `adapters.header` has left the file where the list of tensors begins."""
    here = file.tell()
    file.seek(8)
    (tensors,) = struct.unpack("<Q", file.read(8))
    file.seek(here)
    if tensors > MOST_TENSORS:
        return None
    total = 0
    for _ in range(tensors):
        (length,) = struct.unpack("<Q", file.read(8))
        if length > LONGEST_NAME:
            return None
        file.seek(length, os.SEEK_CUR)
        (dimensions,) = struct.unpack("<I", file.read(4))
        if dimensions > MOST_DIMENSIONS:
            return None
        weights = 1
        for size in struct.unpack(f"<{dimensions}Q", file.read(8 * dimensions)):
            weights *= size
        total += weights
        file.seek(12, os.SEEK_CUR)  # its type and its place
    return total


def _safetensors(file: BinaryIO) -> None:
    """Eight bytes of length, then that much JSON: an object of tensors."""
    head = file.read(8)
    length = int.from_bytes(head, "little")
    try:
        if len(head) < 8 or not 2 <= length <= LONGEST_JSON:
            raise ValueError
        if not isinstance(json.loads(file.read(length)), dict):
            raise ValueError
    except (ValueError, RecursionError):
        raise ModelFile(
            "not_safetensors", "The file is not a readable safetensors file.", "Nothing else is kept."
        ) from None


def _onnx(head: bytes) -> bool:
    """A protobuf that begins with ModelProto's `ir_version`, a small number. No pickle and no archive does."""
    return len(head) == 16 and head[0] == 0x08 and 1 <= head[1] <= 0x7F


def _text(value: object) -> str | None:
    return value[:200] if isinstance(value, str) and value else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
