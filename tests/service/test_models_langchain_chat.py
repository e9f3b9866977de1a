"""Any LangChain provider as a chat model: LangChain's own fakes, and its OpenAI adapter against a real HTTP server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI
from pydantic import Field

from service.errors import (
    ModelCut,
    ModelError,
    ModelNonsense,
    ModelRateLimited,
    ModelRefused,
    ModelTimeout,
    ModelUnreachable,
    Unknown,
)
from service.models.langchain_chat import LangChainChat
from service.types import ChatOptions, Delta, Message, Usage
from tests.doubles.fake_openai import FakeOpenAI, Reply

pytestmark = pytest.mark.anyio

QUESTION = (Message("system", "Be brief."), Message("user", "Six times seven?"), Message("assistant", "Forty"))
QUICK = ChatOptions(first_token_timeout=5.0, token_timeout=0.3)


class Provider(BaseChatModel):
    """Streams what it is given; an exception among the pieces is raised, and "hang" waits for ever."""

    pieces: list[Any]
    reason: dict[str, str]
    asked: list[Any] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "provider"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **_: Any,
    ) -> ChatResult:
        raise NotImplementedError

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **_: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        self.asked.append(([(message.type, message.content) for message in messages], stop))
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            if piece == "hang":
                await asyncio.Event().wait()
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
        usage = {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}
        last = AIMessageChunk(content="", response_metadata=self.reason, usage_metadata=usage)  # type: ignore[arg-type]
        yield ChatGenerationChunk(message=last)


async def told(chat: LangChainChat, options: ChatOptions = QUICK) -> list[Delta]:
    return [delta async for delta in chat.stream(QUESTION, options)]


async def failure(pieces: Sequence[Any], reason: dict[str, str] | None = None) -> tuple[str, ModelError]:
    chat, said = LangChainChat("some:model", Provider(pieces=list(pieces), reason=reason or {})), list[str]()

    async def listen() -> None:
        async for delta in chat.stream(QUESTION, QUICK):
            said.append(delta.text)

    with pytest.raises(ModelError) as caught:
        await listen()
    return "".join(said), caught.value


@pytest.mark.parametrize("key", ["finish_reason", "stop_reason", "done_reason", "stopReason"])
async def test_an_answer_in_pieces(key: str) -> None:
    provider = Provider(pieces=["It is ", [{"type": "text", "text": "forty-two."}]], reason={key: "STOP"})
    deltas = await told(LangChainChat("some:model", provider), ChatOptions(stop=("\n",)))
    assert deltas == [
        Delta("It is "),
        Delta("forty-two."),
        Delta(finish_reason="stop", usage=Usage(3, 2)),
    ]
    assert provider.asked == [
        ([("system", "Be brief."), ("human", "Six times seven?"), ("ai", "Forty")], ["\n"]),
    ]


class WithStatus(Exception):
    def __init__(self, status_code: int, message: str = "no") -> None:
        super().__init__(message)
        self.status_code = status_code


@pytest.mark.parametrize(
    ("pieces", "kind", "text"),
    [
        ([WithStatus(429)], ModelRateLimited, ""),
        ([WithStatus(401)], ModelRefused, ""),
        ([WithStatus(400, "maximum context length is 5")], ModelRefused, ""),
        ([WithStatus(500)], ModelUnreachable, ""),
        ([ConnectionRefusedError("nobody")], ModelUnreachable, ""),
        (["It is", ConnectionResetError("gone")], ModelCut, "It is"),
        (["It is"], ModelCut, "It is"),
        (["It is", "hang"], ModelTimeout, "It is"),
        ([], ModelNonsense, ""),
    ],
)
async def test_every_providers_errors_become_ours(pieces: list[Any], kind: type[ModelError], text: str) -> None:
    said, error = await failure(pieces)
    assert (type(error), said) == (kind, text)
    assert "some:model" in error.message


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as fake:
        yield fake


def over_openai(server: FakeOpenAI) -> LangChainChat:
    model = ChatOpenAI(
        base_url=server.base_url,
        api_key=server.key,
        model="m",
        max_retries=0,
        stream_usage=True,  # type: ignore[arg-type]
    )
    return LangChainChat("openai:m", model)


async def test_a_real_provider_package(server: FakeOpenAI) -> None:
    deltas = await told(over_openai(server))
    assert "".join(delta.text for delta in deltas) == "The answer is forty-two."
    assert deltas[-1].finish_reason == "stop"
    assert deltas[-1].usage is not None


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(fault="status", status=429), ModelRateLimited),
        (Reply(fault="status", status=404), ModelRefused),
        (Reply(fault="refuse"), ModelUnreachable),
        (Reply(fault="cut"), ModelCut),
        (Reply(fault="no_finish"), ModelCut),
        (Reply(fault="hang_midway"), ModelTimeout),
        (Reply(fault="empty"), ModelNonsense),
    ],
)
async def test_a_real_provider_package_with_faults(server: FakeOpenAI, reply: Reply, kind: type[ModelError]) -> None:
    server.default = reply
    with pytest.raises(ModelError) as caught:
        await told(over_openai(server))
    assert type(caught.value) is kind


async def test_leaving_stops_the_generation(server: FakeOpenAI) -> None:
    server.default = Reply(fault="endless", pause=0.01)
    stream = over_openai(server).stream(QUESTION, QUICK)
    async for _ in stream:
        break
    await stream.aclose()  # type: ignore[attr-defined]
    assert await asyncio.to_thread(server.wait_for, lambda fake: fake.aborted == 1)


async def test_a_provider_that_is_not_installed_is_said_with_what_to_install() -> None:
    with pytest.raises(Unknown) as caught:
        await told(LangChainChat("mistralai:small"))
    assert caught.value.code == "provider_missing"
    assert "pip install langchain-mistralai" in caught.value.hint


async def test_a_provider_nobody_knows_is_refused() -> None:
    with pytest.raises(ModelRefused):
        await told(LangChainChat("nobody:small"))
