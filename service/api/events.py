"""The events of an answer on the wire, and their shapes for OpenAPI."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import orjson
from pydantic.json_schema import models_json_schema

from service.answer.sent import sent
from service.api.schemas import AnswerBody, Body, CitationBody, ErrorBody, PassageBody
from service.api.stream import failure, frame
from service.types import Citations, DeltaText, Event, Failed, Finished, Retrieved, Started


class StartedData(Body):
    id: str
    conversation_id: str
    variant: str


class RetrievedData(Body):
    passages: list[PassageBody]


class DeltaData(Body):
    text: str


class CitationsData(Body):
    citations: list[CitationBody]


class FinishedData(AnswerBody):
    """The answer object itself, and once more under `answer`: readers of either form are served."""

    answer: AnswerBody


class GoneData(Body):
    """A document that was deleted."""

    id: str


STREAMED: Mapping[str, type[Body]] = {
    "started": StartedData,
    "retrieved": RetrievedData,
    "delta": DeltaData,
    "citations": CitationsData,
    "finished": FinishedData,
    "failed": ErrorBody,
}
"""The events of an answer by name."""


def openapi_stream(description: str, events: Mapping[str, type[Body]] = STREAMED) -> dict[str, Any]:
    """The 200 of a route that streams: each event's name with the schema of its data (OpenAPI 3.2 `itemSchema`)."""
    shapes = [
        {
            "type": "object",
            "required": ["event", "data"],
            "properties": {
                "event": {"const": name},
                "data": {
                    "type": "string",
                    "contentMediaType": "application/json",
                    "contentSchema": {"$ref": f"#/components/schemas/{shape.__name__}"},
                },
            },
        }
        for name, shape in events.items()
    ]
    return {
        "description": description,
        "content": {"text/event-stream": {"itemSchema": {"anyOf": shapes}}},
    }


def component_schemas(*more: type[Body]) -> dict[str, Any]:
    """The definitions those references point to, for the `components` of the OpenAPI document."""
    shapes: tuple[type[Body], ...] = (*STREAMED.values(), GoneData, *more)
    _, whole = models_json_schema(
        [(shape, "serialization") for shape in shapes],
        ref_template="#/components/schemas/{model}",
    )
    definitions: dict[str, Any] = whole["$defs"]
    return definitions


def encode(event: Event) -> bytes:
    """One event as an SSE frame. The dataclasses are the wire format: orjson writes them as they are."""
    match event:
        case DeltaText():
            return frame("delta", orjson.dumps(event))
        case Started():
            return frame("started", orjson.dumps(event))
        case Retrieved():
            return frame("retrieved", orjson.dumps(sent(event)))
        case Citations():
            return frame("citations", orjson.dumps(event))
        case Finished(answer):
            body = orjson.dumps(sent(answer))
            return frame("finished", b'{"answer":' + body + b"," + body[1:])
        case Failed(code, message, hint):
            return failure({"code": code, "message": message, "hint": hint})


async def encoded(events: AsyncGenerator[Event, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(events) as open_events:
        async for event in open_events:
            yield encode(event)
