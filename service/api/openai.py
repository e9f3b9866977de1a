"""The OpenAI-compatible surface: any program that speaks to OpenAI can ask Parallax; a model id is a variant's name."""

from __future__ import annotations

import base64
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, Literal

import numpy as np
import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ConfigDict, Field

from ingest.ports import Tokenizer
from ingest.threads import in_thread
from service.answer.sent import sent
from service.api.deps import PartsDep
from service.api.schemas import VISITOR, Given, errors
from service.api.stream import CLIENT_LEFT, EventStream, unless_left
from service.chat.session import Prepared, Question
from service.errors import BadRequest, Unknown
from service.experiments.traffic import is_robot
from service.parts import Parts
from service.types import AUTO, Answer, DeltaText, Failed, Finished, Message

router = APIRouter(prefix="/v1", tags=["openai"])
MOST_INPUTS = 256


class Part(Given):
    model_config = ConfigDict(extra="allow")
    type: str
    text: str | None = None


class ChatMessage(Given):
    model_config = ConfigDict(extra="allow")
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Part] | None = None

    def text(self) -> str:
        """The message's words; images and other parts are not understood and left out."""
        if isinstance(self.content, list):
            return "\n".join(part.text or "" for part in self.content if part.type == "text")
        return self.content or ""


class StreamOptions(Given):
    model_config = ConfigDict(extra="allow")
    include_usage: bool | None = None


class CompletionRequest(Given):
    """OpenAI's request. Fields that a variant settles (temperature, tools ...) are accepted and have no effect."""

    model_config = ConfigDict(extra="allow")
    model: Annotated[str, Field(max_length=200)]
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=10_000)]
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    user: Annotated[str, Field(max_length=200)] | None = Field(None, description=VISITOR)
    collection: Annotated[str, Field(max_length=200)] | None = Field(None, description="ours: the collection to search")


class EmbeddingRequest(Given):
    model_config = ConfigDict(extra="allow")
    input: str | Annotated[list[str], Field(min_length=1, max_length=MOST_INPUTS)]
    model: Annotated[str, Field(max_length=200)] | None = None
    encoding_format: Literal["float", "base64"] | None = "float"


@router.post(
    "/chat/completions",
    response_model=None,
    responses={200: {"content": {"application/json": {}, "text/event-stream": {}}}, **errors(404, 429, 502, 504)},
)
async def complete(asked: CompletionRequest, request: Request, parts: PartsDep) -> Response:
    """A chat completion by the variant that `model` names. Citations are in `choices[0].message.parallax`."""
    prepared = await parts.chat.prepare(_question(asked, is_robot(request.headers.get("user-agent"))))
    if asked.stream:
        wants_usage = bool(asked.stream_options and asked.stream_options.include_usage)
        return EventStream(_chunks(parts, prepared, wants_usage))
    answer = await unless_left(request, parts.chat.collect(prepared))
    if answer is None:
        return Response(status_code=CLIENT_LEFT)
    message = {"role": "assistant", "content": answer.text, "refusal": None, "parallax": _extra(answer)}
    return _json(
        {
            "id": answer.id,
            "object": "chat.completion",
            "created": int(time.time()),
            "model": answer.variant,
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
            "usage": _usage(answer),
        }
    )


@router.get("/models", response_model=None, responses=errors())
async def models(parts: PartsDep) -> Response:
    """Every variant, as a model; `auto` is the running experiment's choice, else the collection's default."""
    names = [AUTO, *(variant.name for variant in await parts.book.all())]
    return _json({"object": "list", "data": [_model(name) for name in names]})


@router.get("/models/{name}", response_model=None, responses=errors(404))
async def model(name: str, parts: PartsDep) -> Response:
    return _json(_model(AUTO if name == AUTO else (await parts.book.get(name)).name))


@router.post("/embeddings", response_model=None, responses=errors(404))
async def embeddings(request: EmbeddingRequest, parts: PartsDep) -> Response:
    """Vectors by the embedding model that the documents are indexed with."""
    texts = [request.input] if isinstance(request.input, str) else request.input
    own = parts.embedder.name
    if request.model not in (None, "", own, "default"):
        raise Unknown("unknown_model", f"There is no embedding model {request.model!r}.", f"Ask for {own!r}.")
    vectors = await parts.embedder.aembed_documents(texts)
    encode = _base64 if request.encoding_format == "base64" else list
    data = [
        {"object": "embedding", "index": index, "embedding": encode(vector)} for index, vector in enumerate(vectors)
    ]
    tokens = await in_thread(_tokens, parts.embedder.tokenizer, texts)
    return _json(
        {"object": "list", "data": data, "model": own, "usage": {"prompt_tokens": tokens, "total_tokens": tokens}}
    )


def _tokens(tokenizer: Tokenizer, texts: list[str]) -> int:
    # What lies beyond the limit was not embedded, and is not counted: a token is seldom longer than 64 characters.
    return sum(min(tokenizer.count(text[: tokenizer.limit * 64]), tokenizer.limit) for text in texts)


def _question(request: CompletionRequest, robot: bool) -> Question:
    said = [Message(m.role, m.text()) for m in request.messages if m.role in ("user", "assistant") and m.text().strip()]
    if not said or said[-1].role != "user":
        raise BadRequest("no_question", "The last message must be the user's.", 'End `messages` with {"role": "user"}.')
    return Question(
        said[-1].content,
        variant=request.model,
        collection=request.collection,
        visitor=request.user,
        history=tuple(said[:-1]),
        robot=robot,
    )


async def _chunks(parts: Parts, prepared: Prepared, wants_usage: bool) -> AsyncGenerator[bytes, None]:
    created = int(time.time())

    def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
        choices = [] if delta.get("none") else [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]
        body = {
            "id": prepared.ask.id,
            "object": "chat.completion.chunk",
            "created": created,
            "model": prepared.ask.variant.name,
            "choices": choices,
            **more,
        }
        return b"data: " + orjson.dumps(body) + b"\n\n"

    yield chunk({"role": "assistant", "content": ""})
    async with aclosing(parts.chat.stream(prepared)) as events:
        async for event in events:
            match event:
                case DeltaText(text):
                    yield chunk({"content": text})
                case Finished(answer):
                    yield chunk({"parallax": _extra(answer)}, "stop")
                    if wants_usage:
                        yield chunk({"none": True}, usage=_usage(answer))
                case Failed(code, message, hint):
                    # What OpenAI's own clients raise as an APIError: an `error` object in the stream.
                    error = {"message": f"{message} {hint}".strip(), "type": "server_error", "code": code, "hint": hint}
                    yield b"data: " + orjson.dumps({"error": error}) + b"\n\n"
    yield b"data: [DONE]\n\n"


def _extra(answer: Answer) -> dict[str, Any]:
    return {
        "finish": answer.finish,
        "conversation_id": answer.conversation_id,
        "citations": answer.citations,
        "passages": sent(answer)["passages"],
        "timings": answer.timings,
    }


def _usage(answer: Answer) -> dict[str, int]:
    asked, said = answer.usage.prompt_tokens, answer.usage.completion_tokens
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "parallax"}


def _json(body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), media_type="application/json")


def _base64(vector: list[float]) -> str:
    return base64.b64encode(np.asarray(vector, dtype="<f4").tobytes()).decode()
