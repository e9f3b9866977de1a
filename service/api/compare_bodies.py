"""What is sent and answered about comparisons."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from service.api.schemas import AnswerBody, Body, ErrorBody, Given
from service.compare.arms import FEWEST, LONGEST_LABEL, MOST
from service.compare.types import Outcome, Source, WhyNot

Name = Annotated[str, Field(max_length=200)]
State = Literal["running", "ended", "failed"]


class LaneWanted(Given):
    """ "The same, but with these parameters": `{"variant": "rag", "parameters": {"k": 8}}`."""

    variant: Name
    parameters: dict[str, Any] = Field(default_factory=dict)
    label: Annotated[str, Field(max_length=LONGEST_LABEL)] | None = None


class CompareRequest(Given):
    question: str = Field(description="up to 8,000 characters")
    variants: list[Name | LaneWanted] | None = Field(
        None,
        description="no two that would do the very same; left out of a blind comparison: a pair is drawn",
        json_schema_extra={"minItems": FEWEST, "maxItems": MOST},
    )
    collection: Name | None = None
    blind: bool = False
    visitor: Name | None = Field(None, description="who asks, as the page knows them: an opaque id")
    conversation_id: Name | None = Field(
        None, description="every lane knows what was said in it; their answers go into conversations of their own"
    )


class AgainRequest(Given):
    visitor: Name | None = None


class VoteRequest(Given):
    winner: Annotated[int, Field(ge=0, le=MOST - 1)] | Literal["tie", "both_bad"] = Field(
        description="a lane's number, or neither"
    )
    reason: Annotated[str, Field(max_length=500)] | None = None
    visitor: Name | None = None
    source: Source = "compare"


class RevealedLane(Body):
    """`asked` is the lane's place in the request: the coin drew `lane`. `reveals`: what in its text told who it was."""

    lane: int
    asked: int
    variant: str
    label: str
    approach: str
    model: str
    parameters: dict[str, Any]
    outcome: str = Field(pattern="^(answered|declined)$")
    reveals: str | None
    answer: AnswerBody | None


class VoteBody(Body):
    id: str
    winner: int | Literal["tie", "both_bad"]
    counted: bool = Field(description="whether the leaderboard counts it")
    why_not: WhyNot | None
    lanes: list[RevealedLane]


class LaneBody(Body):
    """Everything from `variant` on is null until it is revealed."""

    lane: int
    state: State
    text: str | None = Field(description="null while it runs; of a blind comparison while any lane runs")
    variant: str | None
    label: str | None
    approach: str | None
    model: str | None
    parameters: dict[str, Any] | None
    asked: int | None
    outcome: Outcome | None
    reveals: str | None
    error: ErrorBody | None
    answer: AnswerBody | None


class VotedBody(Body):
    winner: int | Literal["tie", "both_bad"]
    reason: str | None
    counted: bool
    why_not: WhyNot | None
    created_at: str


class TallyBody(Body):
    lane_wins: list[int]
    ties: int
    both_bad: int


class ComparisonBody(Body):
    id: str
    question: str
    collection: str
    blind: bool
    created_at: str
    state: Literal["running", "ended"]
    revealed: bool = Field(description="always when it is not blind; else once this visitor has voted")
    can_vote: bool
    voted: VotedBody | None = Field(description="this visitor's vote")
    lanes: list[LaneBody]
    votes: TallyBody | None = Field(description="everybody's, when revealed")


class ComparisonLine(Body):
    id: str
    question: str
    collection: str
    blind: bool
    created_at: str
    state: Literal["running", "ended"]
    revealed: bool
    lanes: int
    variants: list[str] = Field(description="empty unless revealed")
    votes: int


class ComparisonList(Body):
    items: list[ComparisonLine]
    next: str | None = None


class PromptMessage(Body):
    role: str
    content: str


class LanePrompts(Body):
    lane: int
    variant: str
    calls: list[list[PromptMessage]] = Field(description="the messages of each call of its model, in order")


class PromptsBody(Body):
    lanes: list[LanePrompts]
