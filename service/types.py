"""The values that travel from a question to its answer. Frozen; Pydantic only at the HTTP edge (`service/api`)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Role = Literal["system", "user", "assistant"]
ApproachName = Literal["plain", "few_shot", "rag", "fine_tuned", "rag_fine_tuned"]
Finish = Literal["answered", "declined", "stopped", "failed"]
Verdict = Literal["verified", "weak", "unsupported"]
Excluded = Literal["staff", "bot", "nameless", "repeat"]

AUTO = "auto"
"""The variant that means: the running experiment's choice, or the default of the collection."""
DEFAULT_VARIANT = "rag"
"""The default of collections for which nobody chose another."""


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """How a model is asked. Time-outs in seconds, from the request to the first token and from one token to the next:
    the model's own `Patience` counts where it is shorter. `adapter` names a LoRA adapter the local server holds (None:
    the base model)."""

    temperature: float = 0.0
    max_tokens: int = 400
    stop: tuple[str, ...] = ()
    seed: int | None = 0
    adapter: str | None = None
    first_token_timeout: float = math.inf
    token_timeout: float = math.inf


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds a model is waited for: for its first token, and from one to the next."""

    first_token: float = 120.0
    token: float = 30.0

    def applied(self, options: ChatOptions) -> ChatOptions:
        """The options with these time-outs, or their own where those are shorter."""
        return replace(
            options,
            first_token_timeout=min(options.first_token_timeout, self.first_token),
            token_timeout=min(options.token_timeout, self.token),
        )


@dataclass(frozen=True, slots=True)
class Usage:
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.prompt_tokens + other.prompt_tokens, self.completion_tokens + other.completion_tokens)


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens, as of a day (ISO date), read at `source`."""

    input: float
    output: float
    as_of: str = ""
    source: str = ""

    def of(self, usage: Usage) -> float:
        """US dollars."""
        return (self.input * usage.prompt_tokens + self.output * usage.completion_tokens) / 1_000_000


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of what the model says. The last one of a stream carries `finish_reason` and, when known, `usage`."""

    text: str = ""
    finish_reason: str | None = None
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk as retrieved for a question. `ranks` are 1-based positions in each index, absent where not found.

    `header` is `ingest.types.Chunk.header`: lines to be read right above `text`, not part of it nor of its span.
    """

    document_id: str
    name: str
    version: int
    chunk_id: str
    text: str
    heading: tuple[str, ...]
    page: int | None
    start: int
    end: int
    score: float
    ranks: Mapping[Literal["dense", "lexical"], int] = field(default_factory=dict)
    header: str = ""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Passages, best first, and how long each step took (seconds).

    `fit` in 0..1 estimates how well the best passage fits the question: what the answer gate looks at. `signals` are
    the numbers it was made of (`service.retrieve.fit`).
    """

    passages: tuple[Passage, ...]
    timings: Mapping[str, float]
    fit: float
    signals: Mapping[str, float] = field(default_factory=dict)
    rarity: Mapping[str, float] = field(default_factory=dict)
    """Inverse document frequency of every term of the question, in this collection."""
    chunks: int | None = None
    """How many chunks the collection holds; None where nothing was searched."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A claim of the answer tied to a span of a document: `start`/`end` are characters in that version's text."""

    n: int
    claim: str
    document_id: str
    name: str
    version: int
    page: int | None
    heading: tuple[str, ...]
    chunk_id: str
    start: int
    end: int
    quote: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Variant:
    """Approach + model + parameters + prompt, named. `model` is a catalogue name; "" means the default model."""

    name: str
    label: str
    approach: ApproachName
    model: str
    parameters: Mapping[str, Any]
    prompt_hash: str
    origin: Literal["preset", "custom", "tuned"]


@dataclass(frozen=True, slots=True)
class Assigned:
    """That a question got its variant from an experiment. `unit` is the visitor's pseudonym there; `excluded` is the
    rule that keeps the answer out of its figures."""

    experiment_id: str
    phase: int
    arm: str
    variant: str
    unit: str
    propensity: float
    excluded: Excluded | None


@dataclass(frozen=True, slots=True)
class Example:
    """A worked question and answer for few-shot prompts. `id` is "" until the catalogue holds it."""

    question: str
    answer: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class TraceStep:
    step: str
    seconds: float
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """CONTRACT's answer object. `timings`: queue, retrieve, first_token, total, in seconds."""

    id: str
    conversation_id: str
    variant: str
    approach: ApproachName
    model: str
    text: str
    finish: Finish
    citations: tuple[Citation, ...] = ()
    passages: tuple[Passage, ...] = ()
    usage: Usage = Usage()
    cost: float | None = None
    timings: Mapping[str, float | None] = field(default_factory=dict)
    trace: tuple[TraceStep, ...] = ()
    error: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Started:
    id: str
    conversation_id: str
    variant: str


@dataclass(frozen=True, slots=True)
class Retrieved:
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class DeltaText:
    text: str


@dataclass(frozen=True, slots=True)
class Citations:
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    answer: Answer


@dataclass(frozen=True, slots=True)
class Failed:
    code: str
    message: str
    hint: str
    answer: Answer | None = None
    status: int = 500
    """What HTTP would have said, had it not said 200 already."""
    retry_after: float | None = None
    """Seconds, when the model's endpoint asked for patience."""


Event = Started | Retrieved | DeltaText | Citations | Finished | Failed
