"""The OpenAI-compatible adapter against a real HTTP server, well behaved and not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from service.errors import (
    ModelCut,
    ModelError,
    ModelNonsense,
    ModelRateLimited,
    ModelRefused,
    ModelTimeout,
    ModelUnreachable,
)
from service.models import chunks, openai_chat
from service.models.openai_chat import OpenAIChat
from service.types import ChatOptions, Delta, Message
from tests.doubles.fake_openai import FakeOpenAI, Reply, echo

pytestmark = pytest.mark.anyio

QUESTION = (Message("system", "You are brief."), Message("user", "What is six times seven?"))
QUICK = ChatOptions(first_token_timeout=5.0, token_timeout=0.3)


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as fake:
        yield fake


@pytest.fixture
def waits() -> list[float]:
    """How long the adapter wanted to wait before its second tries: here it does not."""
    return []


@pytest.fixture
async def chat(server: FakeOpenAI, waits: list[float]) -> AsyncIterator[OpenAIChat]:
    async def note(seconds: float) -> None:
        waits.append(seconds)

    model = OpenAIChat("stand-in", server.base_url, server.key, "m1", extra_body={"cache_prompt": True}, sleep=note)
    yield model
    await model.close()


async def told(chat: OpenAIChat, options: ChatOptions = QUICK) -> tuple[str, list[Delta]]:
    deltas = [delta async for delta in chat.stream(QUESTION, options)]
    return "".join(delta.text for delta in deltas), deltas


async def failure(chat: OpenAIChat, options: ChatOptions = QUICK) -> tuple[str, ModelError]:
    """What was said before it failed, and how it failed."""
    said: list[str] = []

    async def listen() -> None:
        async for delta in chat.stream(QUESTION, options):
            said.append(delta.text)

    with pytest.raises(ModelError) as caught:
        await listen()
    assert "stand-in" in caught.value.message
    assert caught.value.hint
    return "".join(said), caught.value


async def test_an_answer_is_streamed_with_its_finish_and_usage_last(server: FakeOpenAI, chat: OpenAIChat) -> None:
    server.default = Reply("It is forty-two.\n\nReally: 四十二。")
    text, deltas = await told(chat)
    assert text == "It is forty-two.\n\nReally: 四十二。"
    assert [delta.finish_reason for delta in deltas[:-1]] == [None] * (len(deltas) - 1)
    assert deltas[-1].finish_reason == "stop"
    assert deltas[-1].usage is not None
    assert deltas[-1].usage.completion_tokens == 5


async def test_the_request_says_what_the_options_say(server: FakeOpenAI, chat: OpenAIChat) -> None:
    await told(chat, ChatOptions(temperature=0.5, max_tokens=7, stop=("\n",), seed=3))
    (request,) = server.chats()
    assert request.headers["authorization"] == f"Bearer {server.key}"
    assert request.body == {
        "model": "m1",
        "messages": [
            {"role": "system", "content": "You are brief."},
            {"role": "user", "content": "What is six times seven?"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 7,
        "temperature": 0.5,
        "seed": 3,
        "stop": ["\n"],
        "cache_prompt": True,
    }


async def test_one_connection_serves_many_answers(server: FakeOpenAI, chat: OpenAIChat) -> None:
    for _ in range(5):
        await told(chat)
    assert server.connections == 1
    assert server.aborted == 0


async def test_without_a_model_name_the_first_listed_one_is_asked(server: FakeOpenAI) -> None:
    chat = OpenAIChat("endpoint", server.base_url, server.key, "")
    await told(chat)
    await chat.close()
    assert server.chats()[0].body["model"] == server.model


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        (Reply(fault="status", status=401), ModelRefused, "model_key"),
        (Reply(fault="status", status=404), ModelRefused, "model_unknown"),
        (Reply(fault="status", status=422), ModelRefused, "model_refused"),
        (
            Reply(fault="status", status=400, error={"message": "x", "code": "context_length_exceeded"}),
            ModelRefused,
            "prompt_too_long",
        ),
        (
            Reply(fault="status", status=400, error={"message": "x", "type": "exceed_context_size_error"}),
            ModelRefused,
            "prompt_too_long",
        ),
        (
            Reply(fault="status", status=429, error={"message": "You exceeded your current quota"}),
            ModelRateLimited,
            "model_quota",
        ),
    ],
)
async def test_what_is_refused_is_not_asked_again(
    server: FakeOpenAI, chat: OpenAIChat, reply: Reply, kind: type[ModelError], code: str
) -> None:
    server.default = reply
    text, error = await failure(chat)
    assert (type(error), error.code, text) == (kind, code, "")
    assert len(server.chats()) == 1


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        (Reply(fault="refuse"), ModelUnreachable, "model_unreachable"),
        (Reply(fault="status", status=500), ModelUnreachable, "model_failed"),
        (Reply(fault="status", status=503), ModelUnreachable, "model_failed"),
        (Reply(fault="cut", after=0), ModelUnreachable, "model_unreachable"),
        (Reply(fault="error_event", after=0), ModelUnreachable, "model_failed"),
        (Reply(fault="html"), ModelNonsense, "model_nonsense"),
        (Reply(fault="empty"), ModelNonsense, "model_nonsense"),
        (Reply(fault="garbage", after=0), ModelNonsense, "model_nonsense"),
        (Reply(fault="wrong_shape", after=0), ModelNonsense, "model_nonsense"),
        (Reply(fault="huge", after=0), ModelNonsense, "model_nonsense"),
        (Reply("", fault="no_finish"), ModelNonsense, "model_nonsense"),
        (Reply(fault="status", status=429, headers={"Retry-After": "2"}), ModelRateLimited, "model_rate_limited"),
    ],
)
async def test_what_fails_before_a_word_is_asked_once_more(
    server: FakeOpenAI,
    chat: OpenAIChat,
    waits: list[float],
    reply: Reply,
    kind: type[ModelError],
    code: str,
) -> None:
    server.default = reply
    text, error = await failure(chat)
    assert (type(error), error.code, text) == (kind, code, "")
    assert len(server.chats()) == 2
    assert len(waits) == 1

    server.replies.append(reply)
    server.default = Reply("All is well.")
    assert (await told(chat))[0] == "All is well."


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(fault="cut"), ModelCut),
        (Reply(fault="no_finish"), ModelCut),
        (Reply(fault="error_event"), ModelCut),
        (Reply(fault="garbage"), ModelNonsense),
        (Reply(fault="wrong_shape"), ModelNonsense),
        (Reply(fault="huge"), ModelNonsense),
        (Reply(fault="hang_midway"), ModelTimeout),
        (Reply(fault="keep_alive"), ModelTimeout),
    ],
)
async def test_what_breaks_after_a_word_is_said_and_not_asked_again(
    server: FakeOpenAI, chat: OpenAIChat, reply: Reply, kind: type[ModelError]
) -> None:
    server.default = reply
    text, error = await failure(chat)
    assert text.startswith("The answer")
    assert type(error) is kind
    assert len(server.chats()) == 1


async def test_a_model_that_says_nothing_is_given_up_in_time(server: FakeOpenAI, chat: OpenAIChat) -> None:
    for fault in ("hang", "keep_alive"):
        server.default = Reply(fault=fault, after=0)  # type: ignore[arg-type]
        text, error = await failure(chat, ChatOptions(first_token_timeout=0.2, token_timeout=60.0))
        assert (type(error), text) == (ModelTimeout, "")
        assert "within 0.2 s" in error.message
    assert server.wait_for(lambda fake: fake.aborted == 2)
    assert len(server.chats()) == 2


async def test_nobody_listening_is_unreachable(server: FakeOpenAI, chat: OpenAIChat, waits: list[float]) -> None:
    server.stop()
    _, error = await failure(chat)
    assert isinstance(error, ModelUnreachable)
    assert len(waits) == 1


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "3"}, 3.0),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Mon, 01 Jan 2001 00:00:00 GMT"}, 0.0),
        ({"retry-after-ms": "nan"}, 0.0),
        ({}, None),
    ],
)
async def test_retry_after_is_passed_on_and_honoured(
    server: FakeOpenAI,
    chat: OpenAIChat,
    waits: list[float],
    headers: dict[str, str],
    expected: float | None,
) -> None:
    server.default = Reply(fault="status", status=429, headers=headers)
    _, error = await failure(chat)
    assert error.retry_after == expected
    assert waits[0] >= (expected or 0.0)


@pytest.mark.parametrize(("asked", "expected"), [("60", 60.0), ("9" * 400, 86_400.0)])
async def test_a_long_wait_is_left_to_the_caller(
    server: FakeOpenAI, chat: OpenAIChat, waits: list[float], asked: str, expected: float
) -> None:
    server.default = Reply(fault="status", status=429, headers={"Retry-After": asked})
    _, error = await failure(chat)
    assert error.retry_after == expected
    assert waits == []
    assert len(server.chats()) == 1


async def test_tool_calls_are_ignored(server: FakeOpenAI, chat: OpenAIChat) -> None:
    server.default = Reply("The answer is forty-two.", fault="tool_calls")
    assert (await told(chat))[0] == "The answer is forty-two."


async def test_an_endpoint_that_says_it_has_finished_is_believed(server: FakeOpenAI, chat: OpenAIChat) -> None:
    server.default = Reply("The answer is forty-two.", fault="lying_finish")
    text, deltas = await told(chat)
    assert text == "The"
    assert deltas[-1].finish_reason == "stop"


async def test_an_endless_answer_ends_at_a_multiple_of_what_was_asked_for(server: FakeOpenAI, chat: OpenAIChat) -> None:
    server.default = Reply("word after word", fault="endless")
    text, deltas = await told(chat, ChatOptions(max_tokens=10, token_timeout=5.0))
    assert len(text) == 10 * openai_chat.CHARACTERS_A_TOKEN
    assert deltas[-1].finish_reason == "length"
    assert server.wait_for(lambda fake: fake.aborted == 1)


async def test_a_content_filter_is_a_refusal(server: FakeOpenAI, chat: OpenAIChat) -> None:
    server.default = Reply(fault="empty", finish_reason="content_filter")
    _, error = await failure(chat)
    assert (type(error), error.code) == (ModelRefused, "model_filtered")


async def test_a_parameter_the_endpoint_does_not_take_is_left_out_from_then_on(
    server: FakeOpenAI, chat: OpenAIChat
) -> None:
    for name in ("max_tokens", "temperature"):
        error = {"message": f"Unsupported parameter: '{name}'", "code": "unsupported_parameter", "param": name}
        server.replies.append(Reply(fault="status", status=400, error=error))
    assert (await told(chat))[0]
    assert (await told(chat))[0]
    bodies = [request.body for request in server.chats()]
    assert len(bodies) == 4
    for body in bodies[2:]:
        assert "temperature" not in body
        assert "max_tokens" not in body
        assert body["max_completion_tokens"] == QUICK.max_tokens


async def test_closing_the_stream_closes_the_connection_at_once(server: FakeOpenAI, chat: OpenAIChat) -> None:
    server.default = Reply("word after word", fault="endless", pause=0.01)
    stream = chat.stream(QUESTION, QUICK)
    async for _ in stream:
        break
    await stream.aclose()  # type: ignore[attr-defined]
    assert server.wait_for(lambda fake: fake.aborted == 1, seconds=1.0)


@pytest.mark.parametrize("fault", ["hang", "hang_midway"])
async def test_cancelling_the_reader_closes_the_connection_at_once(
    server: FakeOpenAI, chat: OpenAIChat, fault: Any
) -> None:
    server.default = Reply(fault=fault)
    task = asyncio.create_task(told(chat, ChatOptions()))
    assert await asyncio.to_thread(server.wait_for, lambda fake: len(fake.chats()) == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert server.wait_for(lambda fake: fake.aborted == 1, seconds=1.0)


async def test_answers_do_not_mix(server: FakeOpenAI, chat: OpenAIChat) -> None:
    server.default = Reply(echo, pause=0.001)

    async def ask(number: int) -> str:
        words = f"question {number} " * 10
        return "".join([delta.text async for delta in chat.stream([Message("user", words)], QUICK)])

    answers = await asyncio.gather(*(ask(number) for number in range(20)))
    assert [answer.split() for answer in answers] == [f"question {number} ".split() * 10 for number in range(20)]


async def test_the_list_of_models(server: FakeOpenAI, chat: OpenAIChat) -> None:
    assert await chat.models() == [server.model]
    wrong = OpenAIChat("stand-in", server.base_url, "another-key", "m1")
    with pytest.raises(ModelRefused):
        await wrong.models()
    await wrong.close()


def test_the_reader_takes_bytes_in_any_portions() -> None:
    stream = (
        b": hello\r\n\r\nevent: x\r\nid: 1\r\n"
        b'data: {"choices":[{"delta":{"content":"\xe5\x9b\x9b"}}]}\r\n\r\n'
        b'data:{"choices":[{"delta":{"content":null},"finish_reason":""}]}\n\n'
        b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'
        b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}\n\ndata: [DONE]\n\n'
    )
    whole = list(chunks.ChunkReader().feed(stream))
    for size in (1, 2, 7, 50):
        reader = chunks.ChunkReader()
        pieces = [piece for at in range(0, len(stream), size) for piece in reader.feed(stream[at : at + size])]
        assert pieces == whole
    assert [piece.text for piece in whole] == ["四", "", "", "", ""]
    assert [piece.finish_reason for piece in whole] == [None, None, "stop", None, None]
    assert whole[-1].done


@pytest.mark.parametrize(
    "line", [b"data: [" * 1, b"data: " + b"[" * 100_000, b"data: 1", b'data: "x"', b"data: null", b"data: \xff\xfe"]
)
def test_the_reader_refuses_what_is_not_a_chunk(line: bytes) -> None:
    with pytest.raises(chunks.Broken):
        list(chunks.ChunkReader().feed(line + b"\n"))


@pytest.mark.parametrize(
    "chunk",
    [b"{}", b'{"choices":{}}', b'{"choices":[7]}', b'{"choices":[{"delta":[1]}]}', b'{"usage":{"prompt_tokens":"x"}}'],
)
def test_the_reader_finds_nothing_in_odd_chunks(chunk: bytes) -> None:
    assert list(chunks.ChunkReader().feed(b"data: " + chunk + b"\n")) == [chunks.Piece()]


def test_the_reader_takes_only_so_much() -> None:
    reader = chunks.ChunkReader()
    for _ in range(16):
        list(reader.feed(b": x\n" * (1 << 18)))
    with pytest.raises(chunks.Broken, match="16 MiB"):
        list(reader.feed(b"\n"))
