"""The values of a comparison. Lanes are numbered as they are shown, from 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from service.types import Answer, Event, Message, Variant

Outcome = Literal["running", "answered", "declined", "stopped", "failed"]
Source = Literal["compare", "widget"]
WhyNot = Literal["open", "reveals"]
Winner = int | Literal["tie", "both_bad"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A lane as somebody asks for it: a variant of the book, or the same with some parameters changed."""

    variant: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One question for several lanes. `wanted` None: the service draws a pair, which must be blind."""

    question: str
    wanted: tuple[Wanted, ...] | None
    collection: str | None = None
    blind: bool = False
    visitor: str | None = None
    conversation_id: str | None = None
    """The conversation it is asked in the middle of: every lane knows what was said, and adds nothing to it."""


@dataclass(frozen=True, slots=True)
class Arm:
    """What answers in a lane. `variant` has its model resolved; `key` is a hash of all that decides what it says."""

    variant: Variant
    base: str
    key: str


@dataclass(frozen=True, slots=True)
class Lane:
    """An arm in its place: `number` as shown, `asked` in the request, `began` in the order of starting."""

    number: int
    asked: int
    began: int
    arm: Arm


@dataclass(frozen=True, slots=True)
class Ended:
    """How a lane ended, and what it sent to its model. `answer_id` is of the answer that was begun, if one was.

    `answer` is None for a lane that was stopped, or never had an answer: `error` says why then.
    """

    lane: int
    outcome: Outcome
    answer_id: str | None = None
    conversation_id: str | None = None
    answer: Answer | None = None
    error: Mapping[str, str] | None = None
    prompts: tuple[tuple[Message, ...], ...] = ()
    documents: frozenset[str] = frozenset()
    """Ids of those whose passages it was given."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The first event. `lanes` is empty when it is blind."""

    id: str
    count: int
    blind: bool
    collection: str
    lanes: tuple[Lane, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """Of a blind comparison: how many lanes have ended, and not which."""

    ended: int
    lanes: int


@dataclass(frozen=True, slots=True)
class LaneEvent:
    lane: int
    event: Event


@dataclass(frozen=True, slots=True)
class Done:
    """The last event."""

    id: str


ComparisonEvent = Opened | Progress | LaneEvent | Done
