"""Bodies shared by several routes, as CONTRACT names them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from service.characters import HALF, strings

VISITOR = (
    "who asks: any id that stays the same for one person and belongs to nobody else, such as a hash of your user's "
    "id. In an experiment it keeps them in one lane. A question without it gets a lane too, one for its conversation, "
    "but does not count: nobody could tell whether two such conversations are two people."
)
"""How callers name their visitor; the widget and the workspace make an id at random for each browser."""


class Body(BaseModel):
    """Base of every body. Built from the frozen dataclasses of the use cases by `model_validate(value)`."""

    model_config = ConfigDict(from_attributes=True)


class Given(Body):
    """Base of what callers send: a number is a number, neither "7" nor true, and a text is one that UTF-8 can hold.

    JSON can spell half of a character (`"\\ud800"`); no database, prompt or answer could carry it further.
    """

    model_config = ConfigDict(strict=True)

    @model_validator(mode="before")
    @classmethod
    def _whole_characters(cls, given: object) -> object:
        if any(not one.isascii() and HALF.search(one) for one in strings(given)):
            raise PydanticCustomError("lone_surrogate", "A text in it holds half of a character (a lone surrogate)")
        return given


class ErrorBody(Body):
    """The only error body there is."""

    code: str
    message: str
    hint: str = ""


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route: these statuses answer an `ErrorBody`."""
    return {status: {"model": ErrorBody} for status in (*statuses, 422, 503)}


class PassageBody(Body):
    document_id: str
    name: str
    version: int
    chunk_id: str
    text: str
    heading: list[str]
    page: int | None
    start: int
    end: int
    score: float
    ranks: dict[str, int] = Field(description="1-based rank in the `dense` and the `lexical` index, where found")


class CitationBody(Body):
    n: int
    claim: str
    document_id: str
    name: str
    version: int
    page: int | None
    heading: list[str]
    chunk_id: str
    start: int
    end: int
    quote: str
    verdict: str = Field(pattern="^(verified|weak|unsupported)$")


class UsageBody(Body):
    prompt_tokens: int
    completion_tokens: int


class TraceStepBody(Body):
    step: str
    seconds: float
    detail: dict[str, Any]


class AnswerBody(Body):
    """The answer object of CONTRACT."""

    id: str
    conversation_id: str
    variant: str
    approach: str
    model: str
    text: str
    finish: str = Field(pattern="^(answered|declined|stopped|failed)$")
    citations: list[CitationBody]
    passages: list[PassageBody]
    usage: UsageBody
    cost: float | None
    timings: dict[str, float | None]
    trace: list[TraceStepBody]
    error: ErrorBody | None
