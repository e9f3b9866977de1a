"""POST /api/chat, and the conversations it leaves."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from ingest.catalogue.engine import reading
from ingest.threads import in_thread
from service.answer.sent import sent
from service.api.deps import PartsDep
from service.api.events import encoded, openapi_stream
from service.api.schemas import VISITOR, AnswerBody, Body, Given, errors
from service.api.stream import CLIENT_LEFT, EventStream, unless_left
from service.chat import history
from service.chat.session import Question
from service.experiments.traffic import is_robot

router = APIRouter(prefix="/api", tags=["chat"])
Name = Annotated[str, Field(max_length=200)]


class ChatRequest(Given):
    question: str = Field(description="up to 8,000 characters")
    variant: Name | None = Field(
        None, description="unset or `auto`: the running experiment's choice, else the collection's default"
    )
    collection: Name | None = None
    conversation_id: Name | None = Field(None, description="unset: a new conversation")
    replaces: Name | None = Field(None, description="an answer of this conversation to ask anew: see `conversation_id`")
    stream: bool = True
    visitor: Name | None = Field(None, description=VISITOR)


class TurnBody(Body):
    question: str
    answer: dict[str, Any] = Field(description="the answer object, as it was sent")
    created_at: str


class ConversationBody(Body):
    id: str
    turns: list[TurnBody]


@router.post(
    "/chat",
    response_model=AnswerBody,
    responses={200: openapi_stream("events, or one answer with `stream: false`"), **errors(404, 429, 502, 504)},
)
async def chat(asked: ChatRequest, request: Request, parts: PartsDep) -> Response:
    """Answer a question. Closing the connection stops the generation; what was shown is kept as `stopped`."""
    prepared = await parts.chat.prepare(
        Question(
            asked.question,
            variant=asked.variant,
            collection=asked.collection,
            conversation_id=asked.conversation_id,
            visitor=asked.visitor,
            replaces=asked.replaces,
            robot=is_robot(request.headers.get("user-agent")),
        )
    )
    if asked.stream:
        return EventStream(encoded(parts.chat.stream(prepared)))
    answer = await unless_left(request, parts.chat.collect(prepared))
    if answer is None:
        return Response(status_code=CLIENT_LEFT)
    return Response(orjson.dumps(sent(answer)), media_type="application/json")


@router.get("/conversations/{conversation_id}", responses=errors(404))
async def conversation(conversation_id: str, parts: PartsDep) -> ConversationBody:
    """Every turn of a conversation, oldest first."""

    def read() -> list[history.Turn]:
        with reading(parts.engine) as connection:
            return history.turns(connection, conversation_id)

    turns = await in_thread(read)
    return ConversationBody(id=conversation_id, turns=[TurnBody.model_validate(turn) for turn in turns])
