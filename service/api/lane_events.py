"""The events of a comparison on the wire, and their shapes for OpenAPI: those of chat, each with its lane."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import orjson
from pydantic import Field

from service.api.events import CitationsData, DeltaData, FinishedData, RetrievedData, StartedData, encode
from service.api.schemas import Body, ErrorBody
from service.api.stream import frame
from service.compare.types import ComparisonEvent, Done, Lane, LaneEvent, Opened, Progress

_LANE = Field(ge=0, le=5, description="as shown, from 0")


class LaneHead(Body):
    """Who answers in a lane; `parameters` are those that differ from the defaults."""

    lane: int = _LANE
    variant: str
    label: str
    approach: str
    model: str
    parameters: dict[str, Any]


class OpenedData(Body):
    id: str
    lanes: int = Field(description="how many")
    blind: bool
    collection: str
    lane: list[LaneHead] = Field(description="by number; empty when blind")


class ProgressData(Body):
    """Of a blind comparison."""

    ended: int
    lanes: int


class LaneStartedData(StartedData):
    lane: int = _LANE


class LaneRetrievedData(RetrievedData):
    lane: int = _LANE


class LaneDeltaData(DeltaData):
    lane: int = _LANE


class LaneCitationsData(CitationsData):
    lane: int = _LANE


class LaneFinishedData(FinishedData):
    """As in chat: the answer object itself, and once more under `answer`."""

    lane: int = _LANE


class LaneFailedData(ErrorBody):
    """`lane` is missing when the whole stream broke."""

    lane: int | None = Field(None, ge=0, le=5)


class DoneData(Body):
    id: str


COMPARED: Mapping[str, type[Body]] = {
    "comparison": OpenedData,
    "progress": ProgressData,
    "started": LaneStartedData,
    "retrieved": LaneRetrievedData,
    "delta": LaneDeltaData,
    "citations": LaneCitationsData,
    "finished": LaneFinishedData,
    "failed": LaneFailedData,
    "done": DoneData,
}
"""The events of a comparison by name."""
ANSWERED_AGAIN = {name: shape for name, shape in COMPARED.items() if name not in ("comparison", "progress")}
"""Those of one lane of it."""


def head(lane: Lane) -> dict[str, Any]:
    """A lane's `LaneHead`."""
    variant = lane.arm.variant
    return {
        "lane": lane.number,
        "variant": variant.name,
        "label": variant.label,
        "approach": variant.approach,
        "model": variant.model,
        "parameters": variant.parameters,
    }


async def lane_encoded(events: AsyncGenerator[ComparisonEvent, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(events) as open_events:
        async for event in open_events:
            yield _frame(event)


def _frame(event: ComparisonEvent) -> bytes:
    match event:
        case Opened(id, count, blind, collection, lanes):
            body = {"id": id, "lanes": count, "blind": blind, "collection": collection, "lane": list(map(head, lanes))}
            return frame("comparison", orjson.dumps(body))
        case Progress():
            return frame("progress", orjson.dumps(event))
        case LaneEvent(lane, of_chat):
            name, _, data = encode(of_chat).partition(b"\ndata: {")
            return name + b'\ndata: {"lane":%d,' % lane + data
        case Done():
            return frame("done", orjson.dumps(event))
