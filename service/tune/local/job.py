"""A job's folder: what it is to do, and the pairs, as the service wrote them there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from service.tune.local.failure import Failure

Kind = Literal["lora", "scratch"]
CORPUS = "corpus.jsonl"


@dataclass(frozen=True, slots=True)
class Pair:
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train. Measured for sets of some dozen to some hundred pairs; a job may set each of them.

    `rank` and `alpha`: LoRA's r, and its scale alpha / r (Hu et al. 2021). `learning_rate`: the highest, after the
    warm-up. `batch`: pairs a step. `max_tokens`: most tokens of one pair with its prompt. `patience`: validations
    without progress after which a training ends. `paraphrase`: train each question in more wordings as well.
    """

    rank: int = 16
    alpha: float = 32.0
    learning_rate: float = 5e-4
    epochs: int = 12
    batch: int = 8
    max_tokens: int = 512
    patience: int = 4
    seed: int = 0
    paraphrase: bool = True

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Settings:
        """Defaults with what is given over them; null means the default. Raises `Failure` (`bad_job`)."""
        chosen = {field.name: given[field.name] for field in fields(cls) if given.get(field.name) is not None}
        settings = cls(**chosen)
        for field in fields(cls):
            value, default = getattr(settings, field.name), getattr(cls(), field.name)
            right = isinstance(value, bool) == isinstance(default, bool) and isinstance(value, int | float)
            least = 0 if field.name in ("seed", "paraphrase") else 1 if isinstance(default, int) else 0.0
            if not right or value < least or (isinstance(default, float) and not 0 < value < 1e6):
                raise Failure("bad_job", f"The setting {field.name} is {value!r}.", f"Its default is {default!r}.")
        return settings


# What a tiny model from nothing needs instead: it has everything to learn, and few enough weights to learn it fast.
FROM_SCRATCH: Mapping[str, Any] = {"learning_rate": 2e-3, "epochs": 40, "batch": 8, "patience": 8, "paraphrase": False}


@dataclass(frozen=True, slots=True)
class Job:
    """`sweep`: the settings to try, one after the other (at least one). `checkpoint_seconds`: between two of them."""

    folder: Path
    id: str
    name: str
    kind: Kind
    base: str
    base_path: Path | None
    base_sha256: str
    data_hash: str
    checkpoint_seconds: float
    sweep: tuple[Settings, ...]
    train: tuple[Pair, ...]
    validation: tuple[Pair, ...]
    corpus: tuple[str, ...]

    @property
    def settings(self) -> Settings:
        """The first of the sweep; what all of them share (seed, paraphrase) is taken from it."""
        return self.sweep[0]


def read(folder: Path) -> Job:
    """The job of a folder. Raises `Failure`: `bad_job` where the files are not as agreed, `too_few` without pairs."""
    try:
        given = json.loads((folder / "job.json").read_text(encoding="utf-8"))
        train, validation = _pairs(folder / "train.jsonl"), _pairs(folder / "validation.jsonl")
        wanted = bool(given.get("documents")) or (folder / CORPUS).exists()
        corpus = [row["text"] for row in _rows(folder / CORPUS)] if wanted else []
        kind = given["kind"]
        if kind not in get_args(Kind):
            raise ValueError(f"kind is {kind!r}")
        defaults = FROM_SCRATCH if kind == "scratch" else {}
        common = {**defaults, **{key: value for key, value in given["settings"].items() if value is not None}}
        job = Job(
            folder=folder,
            id=str(given["id"]),
            name=str(given["name"]),
            kind=kind,
            base=str(given["base"]),
            base_path=Path(given["base_path"]) if given.get("base_path") else None,
            base_sha256=str(given.get("base_sha256") or ""),
            data_hash=str(given["data_hash"]),
            checkpoint_seconds=float(given.get("checkpoint_seconds") or 30.0),
            sweep=tuple(Settings.of({**common, **changed}) for changed in common.get("sweep") or [{}]),
            train=train,
            validation=validation,
            corpus=tuple(corpus),
        )
    except (KeyError, TypeError, ValueError, AttributeError, FileNotFoundError) as error:
        raise Failure(
            "bad_job", f"The job's folder is not as agreed: {error!r}", "Start the training again."
        ) from error
    if not train:
        raise Failure("too_few", "There is no pair to train on.", "Give at least one question with its answer.")
    return job


def told(settings: Settings) -> dict[str, Any]:
    return asdict(settings)


def _pairs(path: Path) -> tuple[Pair, ...]:
    return tuple(Pair(str(row["question"]), str(row["answer"])) for row in _rows(path))


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
