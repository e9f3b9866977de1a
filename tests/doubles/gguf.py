"""GGUF files made for a test: the format's header and tensors by hand, and a LoRA adapter with random weights.

The layout is that of llama.cpp's `docs/gguf.md`, version 3, little-endian: magic, version, counts, key-value pairs, one
description a tensor, then the tensors, each on a multiple of 32 bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ALIGNMENT = 32
F32 = 0
_UINT32, _FLOAT32, _STRING = 4, 6, 8

Value = str | int | float
Tensor = NDArray[np.float32]


@dataclass(frozen=True)
class Shape:
    """What an adapter must know of its base. The numbers are Qwen2 0.5B's."""

    architecture: str = "qwen2"
    layers: int = 24
    width: int = 896
    key_value: int = 128


QWEN2_05B = Shape()


def write(path: Path, values: Mapping[str, Value], tensors: Mapping[str, Tensor]) -> Path:
    """A GGUF file. A tensor of shape (rows, columns) becomes one of ggml's `ne = [columns, rows]`."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(values))
    head += b"".join(_string(name) + _value(value) for name, value in values.items())
    offset, bodies = 0, []
    for name, tensor in tensors.items():
        body = np.ascontiguousarray(tensor, dtype="<f4").tobytes()
        sizes = tuple(reversed(tensor.shape))
        head += _string(name) + struct.pack(f"<I{len(sizes)}QIQ", len(sizes), *sizes, F32, offset)
        bodies.append(_padded(body))
        offset += len(bodies[-1])
    path.write_bytes(_padded(head) + b"".join(bodies))
    return path


def lora(
    path: Path, *, seed: int = 0, strength: float = 1.0, rank: int = 4, alpha: float = 8.0, base: Shape = QWEN2_05B
) -> Path:
    """A LoRA adapter that changes what the base says: random weights on the values of every layer's attention.

    `strength` scales the change; 0 is an adapter without any.
    """
    random = np.random.default_rng(seed)
    tensors: dict[str, Tensor] = {}
    for layer in range(base.layers):
        name = f"blk.{layer}.attn_v.weight"
        tensors[f"{name}.lora_a"] = _normal(random, (rank, base.width), 1.0 / np.sqrt(base.width))
        tensors[f"{name}.lora_b"] = _normal(random, (base.key_value, rank), strength)
    return write(path, header(base.architecture, alpha), tensors)


def header(architecture: str = "qwen2", alpha: float = 8.0, **other: Value) -> dict[str, Value]:
    """The key-value pairs of an adapter."""
    return {
        "general.architecture": architecture,
        "general.type": "adapter",
        "adapter.type": "lora",
        "adapter.lora.alpha": alpha,
        **other,
    }


def _normal(random: np.random.Generator, shape: Sequence[int], scale: float) -> Tensor:
    return np.asarray(random.normal(0.0, scale, tuple(shape)), dtype=np.float32)


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: Value) -> bytes:
    if isinstance(value, str):
        return struct.pack("<I", _STRING) + _string(value)
    if isinstance(value, int):
        return struct.pack("<II", _UINT32, value)
    return struct.pack("<If", _FLOAT32, value)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % ALIGNMENT)
