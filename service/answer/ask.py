"""What is asked: one question, of one variant, about one collection."""

from __future__ import annotations

from dataclasses import dataclass

from service.types import Example, Message, Passage, Variant


@dataclass(frozen=True, slots=True)
class Ask:
    """One question and everything its answer may draw on.

    `history` are the earlier turns, oldest first. `examples` are all there are; the approach picks. `passages`, when
    given, stand in for retrieval (an oracle's, or those shared by the lanes of a comparison). `queue_seconds` is how
    long the request waited before `answer` was called; it counts into the timings. `mark` names the delimiter of the
    passages (None: fresh random) and `seed` is the model's: a run that is repeated asks with the same bytes.
    """

    id: str
    conversation_id: str
    question: str
    variant: Variant
    collection: str
    history: tuple[Message, ...] = ()
    examples: tuple[Example, ...] = ()
    passages: tuple[Passage, ...] | None = None
    queue_seconds: float = 0.0
    mark: str | None = None
    seed: int | None = 0
