"""Where a training stands, in one file: whatever kills the process, the last whole checkpoint is there to go on from.

`checkpoint/state.safetensors` holds tensors only and, in its header, the position as JSON: nothing in it can run. It is
written beside, synced, then renamed. Random numbers need no place in it: every draw follows from seed and position.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

Weights = Mapping[str, Tensor]
GROUPS = ("weights", "mean", "square", "best", "winner")
"""`mean` and `square` are AdamW's running moments of the gradient, `best` the weights of the best validation of this
setting, `winner` those of the best setting before."""


@dataclass(slots=True)
class Position:
    """`setting`: index in the sweep; `step`: steps done of it; `flat`: validations in a row without progress.

    `results`: what the settings before came to. Losses in nats a token; `seconds` and `tokens` over the whole job.
    `peak`: most bytes of memory seen.
    """

    of: str
    setting: int = 0
    step: int = 0
    flat: int = 0
    best_step: int = 0
    best_loss: float | None = None
    train_loss: float | None = None
    validation_loss: float | None = None
    first_loss: float | None = None
    ended: bool = False
    seconds: float = 0.0
    tokens: int = 0
    peak: int = 0
    resumed: int = 0
    results: list[dict[str, Any]] = field(default_factory=list)


class Keeper:
    """Keeps checkpoints of one job. `of` names what they belong to: data, base and settings; others are not read."""

    def __init__(self, folder: Path, of: str) -> None:
        self._path = folder / "checkpoint" / "state.safetensors"
        self.of = of

    def save(self, position: Position, groups: Mapping[str, Weights]) -> None:
        """All or nothing. Raises `OSError` when the disk is full; the checkpoint before stays."""
        tensors = {
            f"{group}/{name}": one.detach().cpu() for group, some in groups.items() for name, one in some.items()
        }
        body = save(tensors, {"position": json.dumps(asdict(position))})
        self._path.parent.mkdir(exist_ok=True)
        whole(self._path, body)

    def load(self) -> tuple[Position, dict[str, dict[str, Tensor]]] | None:
        """What was saved last for the same data, base and settings; None where there is nothing that can be used."""
        try:
            with safe_open(str(self._path), framework="pt") as stored:
                position = _position(json.loads(stored.metadata()["position"]))
                if position.of != self.of:
                    return None
                groups: dict[str, dict[str, Tensor]] = {group: {} for group in GROUPS}
                for key in stored.keys():  # noqa: SIM118, it is no mapping
                    group, name = key.split("/", 1)
                    groups[group][name] = stored.get_tensor(key)
        except (FileNotFoundError, SafetensorError, KeyError, TypeError, ValueError):
            return None
        return position, groups


def whole(path: Path, body: bytes) -> None:
    """Write a file so that its name shows the old content or the new, never half of it. Raises `OSError`."""
    beside = path.with_name(path.name + ".tmp")
    with beside.open("wb") as stream:
        stream.write(body)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(beside, path)


def _position(stored: dict[str, Any]) -> Position:
    return Position(**{each.name: stored[each.name] for each in fields(Position)})
