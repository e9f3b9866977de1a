"""The values of fine-tuning: pairs, what is wrong with them, jobs and their curves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from service.sets import ItemStatus

Origin = Literal["upload", "conversations", "draft"]
SetStatus = Literal["drafting", "ready", "failed"]
PairStatus = ItemStatus
Part = Literal["train", "validation"]
TrainerName = Literal["local", "openai"]
Kind = Literal["lora", "scratch", "openai"]
Status = Literal["queued", "preparing", "training", "exporting", "finished", "failed", "cancelled"]
Level = Literal["refused", "warning", "advice"]
Check = Literal["duplicate", "contradiction", "length", "language", "personal_data", "overlap", "too_few", "base"]

ENDED: tuple[Status, ...] = ("finished", "failed", "cancelled")
CHECKS: tuple[Check, ...] = (
    "overlap",
    "personal_data",
    "contradiction",
    "duplicate",
    "length",
    "language",
    "too_few",
    "base",
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and the answer to be learnt. `document` names what it is about: pairs are divided by it."""

    question: str
    answer: str
    document: str | None = None


@dataclass(frozen=True, slots=True)
class StoredPair:
    """A pair of a set. A draft may still lack its answer."""

    id: str
    ordinal: int
    status: PairStatus
    question: str
    answer: str
    document: str | None = None
    source: Mapping[str, Any] | None = None

    @property
    def pair(self) -> Pair:
        return Pair(self.question, self.answer, self.document)


@dataclass(frozen=True, slots=True)
class PairSet:
    """`pairs` counts those that are accepted; `drafts` wait for a person."""

    id: str
    name: str
    origin: Origin
    status: SetStatus
    pairs: int
    drafts: int
    rejected: int
    wanted: int
    tried: int
    unasked: int
    waiting: Mapping[str, str] | None
    error: Mapping[str, str] | None
    created_at: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. `refused` keeps a job from beginning, `warning` and `advice` do not.

    `pairs` are the ids (or, before they are kept, the 1-based numbers) of the pairs it concerns, at most `SHOWN` of
    `count`. `details` says for each of them what was found, in the same order.
    """

    check: Check
    level: Level
    count: int
    message: str
    message_zh: str
    pairs: tuple[str, ...] = ()
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is trained. None: the trainer's own default. `sweep` are other values of the same names, tried one
    after another; the validation loss picks. `validation_share` of the pairs is held out."""

    rank: int | None = None
    alpha: int | None = None
    learning_rate: float | None = None
    epochs: int | None = None
    batch: int | None = None
    max_tokens: int | None = None
    patience: int | None = None
    seed: int = 0
    paraphrase: bool | None = None
    learning_rate_multiplier: float | None = None
    """Of the rate that a provider would choose, instead of a rate."""
    sweep: tuple[Mapping[str, Any], ...] = ()
    validation_share: float = 0.1


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the curves. `setting` numbers the values tried in a sweep, from 0; losses in nats a token."""

    setting: int
    step: int
    train: float | None = None
    validation: float | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a provider's training will cost, about: US dollars by a list price of a day."""

    tokens: int
    epochs: int
    usd: float
    per_million: float
    as_of: str
    source: str


@dataclass(frozen=True, slots=True)
class Job:
    """A training job as people see it."""

    id: str
    name: str
    status: Status
    trainer: TrainerName
    kind: Kind
    base: str
    settings: Mapping[str, Any]
    collection: str
    pairs_id: str | None
    data: Mapping[str, Any]
    local: bool
    price_estimate: Mapping[str, Any] | None
    step: int
    steps: int
    epoch: float | None
    tokens_per_second: float | None
    seconds_left: float | None
    detail: str | None
    remote: Mapping[str, Any] | None
    samples: Mapping[str, Any] | None
    manifest: Mapping[str, Any] | None
    model: str | None
    cost: float | None
    waiting: Mapping[str, str] | None
    error: Mapping[str, str] | None
    again_of: str | None
    created_at: str
    started_at: str | None
    finished_at: str | None
    cancelling: bool = False
    stalled: int = 0
    loss: tuple[Point, ...] = field(default=())

    @property
    def progress(self) -> float:
        """0 to 1."""
        if self.status == "finished":
            return 1.0
        done = min(1.0, self.step / self.steps) if self.steps else 0.0
        return 0.98 if self.status == "exporting" else round(0.97 * done, 4)
