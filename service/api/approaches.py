"""GET /api/approaches: the ways of answering and what each lets a variant set, so that no page has to repeat it."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from service.answer.approaches import APPROACHES
from service.answer.parameters import BOUNDS, DEFAULTS, MEANINGS
from service.api.schemas import Body
from service.types import ApproachName

router = APIRouter(prefix="/api/approaches", tags=["variants"])
Kind = Literal["integer", "number", "boolean"]
_KINDS: dict[type, Kind] = {bool: "boolean", int: "integer", float: "number"}


class ParameterBody(Body):
    name: str
    meaning: str
    kind: Kind
    low: float | None = Field(description="smallest value; null for a boolean")
    high: float | None = Field(description="largest value; null for a boolean")
    default: float | bool


class ApproachBody(Body):
    name: ApproachName
    parameters: list[ParameterBody] = Field(description="what a variant of it may set")


class ApproachList(Body):
    items: list[ApproachBody]
    next: str | None = None


@router.get("")
async def listing() -> ApproachList:
    return ApproachList(
        items=[
            ApproachBody(name=approach.name, parameters=[_parameter(name) for name in approach.accepts])
            for approach in APPROACHES.values()
        ]
    )


def _parameter(name: str) -> ParameterBody:
    default = getattr(DEFAULTS, name)
    bounds = BOUNDS.get(name)
    return ParameterBody(
        name=name,
        meaning=MEANINGS[name],
        kind=_KINDS[type(default)],
        low=bounds.low if bounds else None,
        high=bounds.high if bounds else None,
        default=default,
    )
