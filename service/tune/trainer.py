"""The trainer port: whoever makes a model of pairs. `local_trainer` and `openai_trainer` are behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from service.tune.types import Estimate, Job, Kind, Pair, Point, TrainerName

Phase = Literal["preparing", "training", "exporting"]


@dataclass(frozen=True, slots=True)
class Base:
    """A model that training may begin with. `price` in US dollars per million trained tokens; None: nothing, here."""

    name: str
    label: str
    price: float | None = None
    as_of: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Data:
    """What a job is trained on. `corpus`: texts of the collection, for a model from scratch; `documents`: the names of
    those they are of."""

    train: Sequence[Pair]
    validation: Sequence[Pair]
    corpus: Sequence[str] = ()
    documents: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """It is finished: a model's file here, or its id at a provider. `documents`: names of those whose text it was
    trained on."""

    file: Path | None
    sha256: str | None
    remote_id: str | None
    manifest: Mapping[str, Any]
    samples: Mapping[str, Any] | None = None
    trained_tokens: int | None = None
    documents: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """It has failed, and trying again alone would not help."""

    error: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Died:
    """It ended without a word: killed, or out of memory. It may be started again."""

    how: str


@dataclass(frozen=True, slots=True)
class News:
    """What has become of a training since it was asked last. None: as before. `remote` is to be kept with the job:
    with it the training is found again. `waiting` says why it does not go on."""

    phase: Phase | None = None
    step: int | None = None
    steps: int | None = None
    epoch: float | None = None
    tokens_per_second: float | None = None
    seconds_left: float | None = None
    detail: str | None = None
    points: tuple[Point, ...] = ()
    remote: Mapping[str, Any] | None = None
    waiting: Mapping[str, str] | None = None
    outcome: Done | Failed | Died | None = None


class Training(Protocol):
    """One job being trained."""

    async def poll(self) -> News:
        """Wait a moment for news, and give it. Never raises for what the trainer does wrong."""
        ...

    @property
    def remote(self) -> Mapping[str, Any] | None:
        """What it has made at a provider, as in `News`; None for one of this machine."""
        ...

    async def cancel(self) -> Mapping[str, str] | None:
        """Stop it for good; what it held here is free within seconds. Returns why it may go on elsewhere all the same:
        {code, message, hint}."""
        ...

    async def leave(self) -> None:
        """Let go of it so that it can be taken up again later, here or by another worker."""
        ...


class Trainer(Protocol):
    """A way of training."""

    name: TrainerName
    local: bool
    """Whether it takes this machine's cores."""
    settings: tuple[str, ...]
    """The names of a `Recipe` that it takes; others are refused."""

    def bases(self) -> Sequence[Base]:
        """What it can begin with, the default one first."""
        ...

    def check(self, base: str, kind: Kind) -> str:
        """The base's catalogue name ("" means the default one). Raises a `ServiceError` when it cannot train that: not
        installed, no key, no such model."""
        ...

    def estimate(self, base: str, *, tokens: int, pairs: int, epochs: int | None) -> Estimate | None:
        """What training on so many pairs and tokens (of one epoch) costs; None when it costs nothing, or nobody knows
        what."""
        ...

    async def start(self, job: Job, data: Data) -> Training:
        """Begin it, or take it up where it stands. Raises `ServiceError` when it cannot begin at all."""
        ...
