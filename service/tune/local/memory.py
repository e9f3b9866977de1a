"""Whether the machine has the memory for a training, asked before minutes of it are spent."""

from __future__ import annotations

from pathlib import Path

import torch

from service.tune.local.failure import Failure

ADAM = 16
"""Bytes for each trained weight: itself, its gradient and AdamW's two moments, float32 each."""
COPIES = 8
"""Bytes for each trained weight besides: the best weights so far, and those of the best setting before."""
WORKING = 900 << 20
"""Bytes for Python, PyTorch and one tensor of the file on its way from its quantised form."""
PER_TOKEN_LAYER = 44
"""Bytes of what the backward pass needs, for each token of a batch, layer and unit of width, measured in bfloat16 with
LoRA on every linear layer (the intermediate width counts as well); twice that in float32."""


def needed(weights: int, trained: int, *, token_layers: int, vocabulary: int, counted: int, width: int) -> int:
    """Bytes a training takes at most: `weights` of the base at `width` bytes each, `trained` ones on top.

    `token_layers`: tokens of a batch x layers x (hidden + intermediate units); `counted`: targets of a batch.
    """
    activations = token_layers * PER_TOKEN_LAYER * width // 8 + 3 * 4 * counted * vocabulary
    return weights * width + trained * (ADAM + COPIES) + activations + WORKING


def check(bytes_needed: int, device: torch.device) -> None:
    """Raises `Failure` (`out_of_memory`) when less is free; says how much and how much it takes."""
    free = available(device)
    if free is not None and free < bytes_needed:
        raise Failure(
            "out_of_memory",
            f"Training needs about {_gib(bytes_needed)} of memory; {_gib(free)} are free.",
            "Stop other programs, choose a smaller base, or lower batch or max_tokens.",
        )


def available(device: torch.device) -> int | None:
    """Bytes that can be had: of the graphics card, else of main memory within this process' limit; None: not known."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    found = [value for value in (_system(), _limit()) if value is not None]
    return min(found) if found else None


def _system() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    values = {line.split(":")[0]: int(line.split()[1]) << 10 for line in lines if len(line.split()) == 3}
    return values.get("MemAvailable")


def _limit() -> int | None:
    """What a container's limit (cgroup 2) leaves."""
    try:
        most, used = (Path(f"/sys/fs/cgroup/memory.{name}").read_text().strip() for name in ("max", "current"))
    except OSError:
        return None
    return None if most == "max" else int(most) - int(used)


def _gib(count: int) -> str:
    return f"{count / (1 << 30):.1f} GiB"
