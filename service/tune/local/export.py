"""The result as a GGUF file that llama.cpp reads: an adapter over its base, or a whole (tiny) model."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from service.tune.local.base import ARCHITECTURE
from service.tune.local.failure import disk_full

KEPT = "The training itself is kept: resuming the job writes the file again."


def adapter(path: Path, weights: Mapping[str, Tensor], alpha: float, layers: int, about: str) -> None:
    """A LoRA adapter as llama.cpp's `convert_lora_to_gguf.py` writes it: two tensors a layer, half precision.

    `weights`: `<layer>.lora_A` (rank, inputs) and `<layer>.lora_B` (outputs, rank), by the layer's name in the PyTorch
    model; llama.cpp adds alpha / rank of their product. Raises `Failure` (`disk_full`); `path` is whole or not there.
    """
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN2, layers)
    tensors: dict[str, NDArray[Any]] = {}
    for name, weight in sorted(weights.items()):
        layer, half = name.rsplit(".lora_", 1)
        stored = names.get_name(f"{layer}.weight", try_suffixes=(".weight",))
        tensors[f"{stored}.lora_{half.lower()}"] = weight.detach().float().cpu().numpy().astype(np.float16)
    about_it = {"general.type": "adapter", "general.name": about, "adapter.type": "lora"}
    _write(path, about_it, {"adapter.lora.alpha": alpha}, {}, tensors)


def model(path: Path, weights: Mapping[str, Tensor], facts: Mapping[str, Any], layers: int) -> None:
    """A whole model: `facts` is the file's metadata with the vocabulary, as `base.load` reads it. Raises `Failure`."""
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN2, layers)
    tensors: dict[str, NDArray[Any]] = {}
    for name, weight in weights.items():
        stored = names.get_name(name, try_suffixes=(".weight", ".bias"))
        tensors[stored] = weight.detach().float().cpu().numpy().astype(np.float32 if weight.dim() == 1 else np.float16)
    texts = {key: value for key, value in facts.items() if isinstance(value, str)}
    numbers = {key: value for key, value in facts.items() if isinstance(value, float)}
    others = {key: value for key, value in facts.items() if isinstance(value, int | list)}
    _write(path, texts, numbers, others, tensors)


def _write(
    path: Path,
    texts: Mapping[str, str],
    numbers: Mapping[str, float],
    others: Mapping[str, int | bool | list[Any]],
    tensors: Mapping[str, NDArray[Any]],
) -> None:
    beside = path.with_name(path.name + ".tmp")
    writer = gguf.GGUFWriter(beside, ARCHITECTURE)
    try:
        for key, text in texts.items():
            if key != "general.architecture":  # the writer has put that already
                writer.add_string(key, text)
        for key, number in numbers.items():
            writer.add_float32(key, number)
        for key, value in others.items():
            if isinstance(value, bool):
                writer.add_bool(key, value)
            elif isinstance(value, int):
                writer.add_uint32(key, value)
            else:
                writer.add_array(key, value)
        for name, tensor in tensors.items():
            writer.add_tensor(name, tensor)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        with beside.open("rb+") as stream:
            os.fsync(stream.fileno())
        os.replace(beside, path)
    except OSError as error:
        with suppress(OSError):  # it tries once more to write what it holds
            writer.close()
        raise disk_full(error, KEPT) or error from error
