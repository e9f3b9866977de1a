"""One question, several variants side by side; votes on what they said."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from service.api.compare_bodies import (
    AgainRequest,
    CompareRequest,
    ComparisonBody,
    ComparisonLine,
    ComparisonList,
    LaneBody,
    LanePrompts,
    PromptsBody,
    RevealedLane,
    State,
    TallyBody,
    VoteBody,
    VotedBody,
    VoteRequest,
)
from service.api.deps import PartsDep
from service.api.events import openapi_stream
from service.api.lane_events import ANSWERED_AGAIN, COMPARED, lane_encoded
from service.api.schemas import AnswerBody, ErrorBody, errors
from service.api.stream import EventStream
from service.compare.arms import MOST
from service.compare.records import Kept, KeptLane, Listed
from service.compare.types import Request, Wanted

router = APIRouter(prefix="/api", tags=["compare"])
Visitor = Annotated[str | None, Query(max_length=200, description="who looks: as given when voting")]


@router.post(
    "/compare",
    response_model=None,
    responses={200: openapi_stream("the lanes, as they answer", COMPARED), **errors(404, 409, 429, 502, 504)},
)
async def compare(asked: CompareRequest, parts: PartsDep) -> Response:
    """Ask several variants at once. Of a blind comparison nothing is told before every lane has ended.

    Closing the connection stops every lane; a lane that fails fails alone.
    """
    wanted = None
    if asked.variants is not None:
        wanted = tuple(
            Wanted(one) if isinstance(one, str) else Wanted(one.variant, one.parameters, one.label)
            for one in asked.variants
        )
    ready = await parts.comparisons.prepare(
        Request(
            asked.question,
            wanted,
            collection=asked.collection,
            blind=asked.blind,
            visitor=asked.visitor,
            conversation_id=asked.conversation_id,
        )
    )
    return EventStream(lane_encoded(parts.comparisons.stream(ready)))


@router.post(
    "/comparisons/{comparison_id}/lanes/{lane}/again",
    response_model=None,
    responses={200: openapi_stream("the lane, as it answers", ANSWERED_AGAIN), **errors(404, 409, 429, 502, 504)},
)
async def again(
    comparison_id: str,
    lane: Annotated[int, Path(ge=0, le=MOST - 1)],
    parts: PartsDep,
    given: AgainRequest | None = None,
) -> Response:
    """Ask a lane anew that failed or was stopped, of a comparison that is not blind; its row is replaced."""
    ready = await parts.comparisons.again(comparison_id, lane, given.visitor if given else None)
    return EventStream(lane_encoded(parts.comparisons.stream(ready)))


@router.post("/comparisons/{comparison_id}/vote", responses=errors(404, 409))
async def vote(comparison_id: str, given: VoteRequest, parts: PartsDep) -> VoteBody:
    """Vote once, for good; in return, who was who. What was asked under a visitor's id is voted on under one."""
    kept, cast = await parts.comparisons.archive.vote(
        comparison_id, winner=given.winner, reason=given.reason, visitor=given.visitor, source=given.source
    )
    return VoteBody(
        id=kept.id,
        winner=cast.winner,
        counted=cast.counted,
        why_not=cast.why_not,
        lanes=[RevealedLane.model_validate(lane) for lane in kept.lanes],
    )


@router.get("/comparisons", responses=errors())
async def listing(
    parts: PartsDep,
    collection: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[str | None, Query(pattern=r"^cmp_[0-9a-f]{24}$")] = None,
    visitor: Visitor = None,
) -> ComparisonList:
    """Newest first: this visitor's own, and those asked under no visitor's id and in no conversation."""
    found = await parts.comparisons.archive.page(collection=collection, before=cursor, limit=limit + 1, visitor=visitor)
    more = found[limit - 1][0].id if len(found) > limit else None
    return ComparisonList(items=[_line(one, revealed) for one, revealed in found[:limit]], next=more)


@router.get("/comparisons/{comparison_id}", responses=errors(404))
async def one(comparison_id: str, parts: PartsDep, visitor: Visitor = None) -> ComparisonBody:
    """A comparison to look at again, or to vote on."""
    seen = await parts.comparisons.archive.one(comparison_id, visitor)
    kept = seen.kept
    return ComparisonBody(
        id=kept.id,
        question=kept.question,
        collection=kept.collection,
        blind=kept.blind,
        created_at=kept.created_at,
        state="running" if kept.running else "ended",
        revealed=seen.revealed,
        can_vote=seen.can_vote,
        voted=VotedBody.model_validate(seen.voted) if seen.voted else None,
        lanes=[_open(lane) if seen.revealed else _blind(kept, lane) for lane in kept.lanes],
        votes=TallyBody.model_validate(seen.tally) if seen.revealed else None,
    )


@router.get("/comparisons/{comparison_id}/prompts", responses=errors(403, 404, 409))
async def prompts(comparison_id: str, parts: PartsDep, visitor: Visitor = None) -> PromptsBody:
    """What every lane sent to its model, to see what differs; in the middle of a conversation for its visitor alone."""
    calls = await parts.comparisons.archive.prompts(comparison_id, visitor)
    return PromptsBody(lanes=[LanePrompts.model_validate(lane) for lane in calls])


def _open(lane: KeptLane) -> LaneBody:
    answer = AnswerBody.model_validate(lane.answer) if lane.answer else None
    return LaneBody(
        lane=lane.lane,
        state=_state(lane),
        text=answer.text if answer else None,
        variant=lane.variant,
        label=lane.label,
        approach=lane.approach,
        model=lane.model,
        parameters=dict(lane.parameters),
        asked=lane.asked,
        outcome=lane.outcome,
        reveals=lane.reveals,
        error=ErrorBody(**lane.error) if lane.error else None,
        answer=answer,
    )


def _blind(kept: Kept, lane: KeptLane) -> LaneBody:
    hidden = dict.fromkeys(set(LaneBody.model_fields) - {"lane", "state", "text"})
    if kept.running:  # which lane has ended already would tell how fast it is
        return LaneBody(lane=lane.lane, state="running", text=None, **hidden)
    return LaneBody(lane=lane.lane, state=_state(lane), text=lane.shown, **hidden)


def _state(lane: KeptLane) -> State:
    match lane.outcome:
        case "running":
            return "running"
        case "answered" | "declined":
            return "ended"
        case _:
            return "failed"


def _line(listed: Listed, revealed: bool) -> ComparisonLine:
    return ComparisonLine(
        id=listed.id,
        question=listed.question,
        collection=listed.collection,
        blind=listed.blind,
        created_at=listed.created_at,
        state="running" if listed.running else "ended",
        revealed=revealed,
        lanes=len(listed.variants),
        variants=list(listed.variants) if revealed else [],
        votes=listed.votes,
    )
