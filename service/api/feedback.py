"""Thumbs under an answer."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from ingest.catalogue.engine import writing
from ingest.threads import in_thread
from service.api.deps import PartsDep
from service.api.schemas import Given, errors
from service.chat import feedback

router = APIRouter(prefix="/api/answers", tags=["feedback"])


class Rating(Given):
    rating: Literal[1, -1]
    reason: Annotated[str, Field(max_length=200)] | None = None
    comment: Annotated[str, Field(max_length=4000)] | None = None


class Kept(Rating):
    answer_id: str


@router.post("/{answer_id}/feedback", responses=errors(404))
async def give(answer_id: str, rating: Rating, parts: PartsDep) -> Kept:
    """Rate an answer; a second rating replaces the first."""

    def write() -> None:
        with writing(parts.engine) as connection:
            feedback.give(connection, answer_id, rating=rating.rating, reason=rating.reason, comment=rating.comment)

    await in_thread(write)
    return Kept(answer_id=answer_id, **rating.model_dump())


@router.delete("/{answer_id}/feedback", status_code=204, responses=errors(404))
async def take_back(answer_id: str, parts: PartsDep) -> None:
    """Take a rating back."""

    def write() -> None:
        with writing(parts.engine) as connection:
            feedback.take_back(connection, answer_id)

    await in_thread(write)
