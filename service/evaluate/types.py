"""The values of evaluation: datasets, arms, runs and what became of a question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Origin = Literal["upload", "conversations", "draft"]
DatasetStatus = Literal["drafting", "ready", "failed"]
CaseStatus = Literal["accepted", "draft", "rejected"]
Status = Literal["queued", "running", "finished", "failed", "cancelled"]
Reference = Literal["closed_book", "oracle", "refuse"]
ArmKind = Literal["variant", "closed_book", "oracle", "refuse"]

ENDED: tuple[Status, ...] = ("finished", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Dataset:
    """`cases` counts those that are accepted, `with_passages` those of them that name a gold passage; `drafts` wait for
    a person."""

    id: str
    name: str
    origin: Origin
    status: DatasetStatus
    cases: int
    drafts: int
    rejected: int
    with_passages: int
    wanted: int
    tried: int
    unasked: int
    waiting: Mapping[str, str] | None
    error: Mapping[str, str] | None
    created_at: str


@dataclass(frozen=True, slots=True)
class StoredCase:
    """One case of a dataset. `body` is CONTRACT's case without its id."""

    id: str
    ordinal: int
    status: CaseStatus
    body: Mapping[str, Any]
    source: Mapping[str, Any] | None = None
    oracle: tuple[Mapping[str, Any], ...] = ()
    """In a run: the passages that hold its gold, as they were when the run began."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One column of a run, frozen when the run was made: later changes of the variant do not reach it.

    `parameters` are all in effect, defaults included. `alias_of` names the arm whose answers stand for this one's too.
    """

    name: str
    label: str
    kind: ArmKind
    approach: str
    model: str
    parameters: Mapping[str, Any]
    prompt_hash: str
    config_hash: str
    alias_of: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One question to one arm. `position` is its place in the shuffled order, from 0."""

    position: int
    case: int
    arm: str
    repeat: int


@dataclass(frozen=True, slots=True)
class Spec:
    """What somebody asks a run to do. `dataset` is an id or a name (the newest of that name)."""

    dataset: str
    variants: tuple[str, ...]
    collection: str = "default"
    references: tuple[Reference, ...] = ()
    metrics: tuple[str, ...] = ()
    repeats: int = 1
    seed: int | None = None
    limit: int | None = None
    judge: str | None = None
    at_once: int | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A run as people see it. `waiting` says why it does not go on just now; `seconds_left` is a guess."""

    id: str
    dataset_id: str
    dataset_name: str
    status: Status
    arms: tuple[Arm, ...]
    spec: Mapping[str, Any]
    collection: str
    seed: int
    repeats: int
    provenance: Mapping[str, Any]
    warnings: tuple[str, ...]
    at_once: int
    total: int
    done: int
    failed_answers: int
    waiting: Mapping[str, str] | None
    error: Mapping[str, str] | None
    again_of: str | None
    created_at: str
    started_at: str | None
    finished_at: str | None
    cancelling: bool = False
    prepared: bool = True
    """Whether the passages that hold its gold were looked for; `total` is the most it can be before."""
    paced_at: str | None = None
    paced_done: int = 0
    """When a worker took it last, and how many answers were there then."""

    @property
    def progress(self) -> float:
        """0 to 1."""
        return self.done / self.total if self.total else 1.0


@dataclass(frozen=True, slots=True)
class Result:
    """One kept answer: the answer object as JSON, and its place in the run."""

    case_id: str
    arm: str
    repeat: int
    position: int
    answer: Mapping[str, Any]
    finish: str
    tries: int = 1
    started_at: str = ""
    finished_at: str = ""
    frozen: Mapping[str, Any] | None = None
    """Once passages of it were blanked: `{"scores": {metric: score}, "cell"}` as they were before."""
