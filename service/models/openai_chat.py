"""A chat model behind any OpenAI-compatible URL, by the `openai` package.

The package builds and sends the request (address, key, headers, connection pool, errors by status); the stream it opens
is read here, by `ChunkReader`. Measured against `tests/doubles/fake_openai.py`, per answer and per token of CPU: the
package's typed `create(stream=True)` 3.6 ms and 0.12 ms, its `post()` with our reader 1.8 ms and 0.03 ms, bare httpx
1.1 ms and 0.03 ms. Its own reader also has no bound on the length of a line.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import anyio
import httpx2
from openai import APIConnectionError, APIStatusError, AsyncOpenAI, AsyncStream, OpenAIError

from ingest.loopback import is_loopback
from service.errors import ModelError, ModelNonsense, ModelRateLimited, ModelRefused, ModelUnreachable
from service.models import failures
from service.models.chunks import Broken, ChunkReader, EndpointError, Piece
from service.types import ChatOptions, Delta, Message, Patience, Usage

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 900.0
"""Of one answer, however well it goes on."""
USAGE_SECONDS = 1.0
"""How long the usage is waited for once the model has finished."""
DRAIN_SECONDS = 0.05
LONGEST_WAIT = 5.0
"""Seconds. An endpoint that asks us to wait longer before the second try does not get one."""
CHARACTERS_A_TOKEN = 32
"""More than any tokenizer gives: an endpoint that ignores `max_tokens` is stopped at this times as many characters."""

_OPTIONAL = frozenset({"temperature", "seed", "stop", "stream_options", "max_tokens"})
"""What a request may go without when an endpoint does not take it."""


class OpenAIChat:
    """`service.ports.ChatModel`. One connection pool for its whole life; `close()` ends it.

    `name` is the catalogue's, `model` the endpoint's ("" for the first one it lists). `extra_body` is added to every
    request. A request that failed before anything was shown is sent once more, within the same first-token time.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        api_key: str | None,
        model: str,
        *,
        extra_body: Mapping[str, Any] | None = None,
        patience: Patience | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self.model = model
        self._extra = dict(extra_body or {})
        self._patience = patience or Patience()
        self._sleep = sleep
        self._unwanted: set[str] = set()
        local = is_loopback(base_url)
        self._client = AsyncOpenAI(
            base_url=base_url,
            api_key=api_key or "none",  # servers without keys ignore it; the package insists on one
            max_retries=0,
            http_client=httpx2.AsyncClient(
                timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),  # the others are ours: they depend on the text
                limits=httpx2.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=60.0),
                trust_env=not local,  # a company's web proxy is not the way to this machine
            ),
        )

    async def close(self) -> None:
        await self._client.close()

    async def models(self, seconds: float = 3.0) -> list[str]:
        """The model ids the endpoint lists. Raises the `ModelError` branch."""
        try:
            async with asyncio.timeout(seconds):
                page = await self._client.models.list()
                return [model.id for model in page.data]
        except TimeoutError:
            raise failures.too_slow(self.name, seconds, begun=False) from None
        except OpenAIError as error:
            raise self._translated(error) from error
        except (AttributeError, TypeError, ValueError) as error:  # a page that is not a list of models
            raise failures.nonsense(self.name, "no list of models") from error

    async def _first_listed(self) -> str:
        listed = await self.models()
        if not listed:
            raise failures.nonsense(self.name, "an empty list of models")
        return listed[0]

    async def stream(self, messages: Sequence[Message], options: ChatOptions) -> AsyncIterator[Delta]:
        """See `service.ports.ChatModel`; deltas without text but with a finish come last."""
        if options.adapter is not None:
            raise ModelRefused("no_adapter", f"The model {self.name} has no adapter {options.adapter!r}.")
        options = self._patience.applied(options)
        loop = asyncio.get_running_loop()
        give_up = loop.time() + options.first_token_timeout
        retried = False
        if not self.model:
            self.model = await self._first_listed()
        while True:
            shown = False
            try:
                async with aclosing(self._once(messages, options, give_up)) as deltas:
                    async for delta in deltas:
                        shown = True
                        yield delta
                return
            except _WithoutParameter:
                continue
            except (ModelUnreachable, ModelRateLimited, ModelNonsense) as error:
                wait = (error.retry_after or 0.0) + random.uniform(0.1, 0.4)
                in_time = wait <= LONGEST_WAIT and loop.time() + wait < give_up
                if shown or retried or not in_time or error.code == "model_quota":
                    raise
                retried = True
                await self._sleep(wait)

    async def _once(self, messages: Sequence[Message], options: ChatOptions, give_up: float) -> AsyncGenerator[Delta]:
        loop = asyncio.get_running_loop()
        response = await self._open(messages, options, give_up)
        try:
            source = response.aiter_bytes().__aiter__()
            reader, answer = ChunkReader(), _Answer(self.name, options)
            deadline, end = give_up, loop.time() + TOTAL_SECONDS
            while not answer.complete:
                data = await self._read(source, min(deadline, end), options, answer)
                text, progress = answer.take(reader, data)
                if text:
                    yield Delta(text)
                if answer.finish_reason is not None:
                    deadline = loop.time() + USAGE_SECONDS
                elif progress:  # comments that only keep the connection open are none
                    deadline = loop.time() + (options.token_timeout if answer.length else options.first_token_timeout)
            yield answer.last()
            await _drain(source)
        finally:
            with anyio.CancelScope(shield=True):
                await response.aclose()

    async def _open(self, messages: Sequence[Message], options: ChatOptions, give_up: float) -> httpx2.Response:
        body = self._body(messages, options)
        try:
            async with asyncio.timeout_at(give_up):
                stream = await self._client.post(
                    "/chat/completions", cast_to=object, body=body, stream=True, stream_cls=AsyncStream[object]
                )
        except TimeoutError:
            raise failures.too_slow(self.name, options.first_token_timeout, begun=False) from None
        except APIStatusError as error:
            unwanted = self._unwanted_parameter(error, body)
            if unwanted is not None:
                self._unwanted.add(unwanted)
                raise _WithoutParameter from error
            raise self._translated(error) from error
        except OpenAIError as error:
            raise self._translated(error) from error
        kind = stream.response.headers.get("content-type", "")
        if "text/event-stream" not in kind:
            await stream.response.aclose()
            raise failures.nonsense(self.name, f"{kind or 'no content type'} where a stream was asked for")
        return stream.response

    async def _read(
        self, source: AsyncIterator[bytes], deadline: float, options: ChatOptions, answer: _Answer
    ) -> bytes | None:
        """The next bytes; None at the end, however it comes once the model has finished."""
        try:
            async with asyncio.timeout_at(deadline):
                return await anext(source, None)
        except TimeoutError:
            if answer.finish_reason is not None:
                return None
            seconds = options.token_timeout if answer.length else options.first_token_timeout
            raise failures.too_slow(self.name, seconds, begun=bool(answer.length)) from None
        except (httpx2.HTTPError, OSError, anyio.EndOfStream) as error:
            if answer.finish_reason is not None:
                return None
            raise (failures.cut if answer.length else failures.unreachable)(self.name, "connection lost") from error

    def _body(self, messages: Sequence[Message], options: ChatOptions) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            "max_tokens": options.max_tokens,
            "temperature": options.temperature,
        }
        if options.seed is not None:
            body["seed"] = options.seed
        if options.stop:
            body["stop"] = list(options.stop)
        if "max_tokens" in self._unwanted:
            body["max_completion_tokens"] = options.max_tokens
        return {key: value for key, value in body.items() if key not in self._unwanted} | self._extra

    def _unwanted_parameter(self, error: APIStatusError, body: Mapping[str, Any]) -> str | None:
        """The parameter of ours this endpoint does not take: newer models want no `temperature`, for example."""
        if error.status_code not in (400, 422) or error.param not in body:
            return None
        return error.param if error.param in _OPTIONAL else None

    def _translated(self, error: OpenAIError) -> ModelError:
        if isinstance(error, APIStatusError):
            return failures.by_status(self.name, error.status_code, error.body, error.response.headers)
        if isinstance(error, APIConnectionError):
            return failures.unreachable(self.name, error.__cause__ or "")
        return failures.nonsense(self.name, error)


async def _drain(source: AsyncIterator[bytes]) -> None:
    """Read the few bytes after the end mark: only a connection that was read to its end is used again."""
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while await anext(source, None):
                pass
    except (TimeoutError, httpx2.HTTPError, OSError, anyio.EndOfStream):
        return


class _WithoutParameter(Exception):
    """Send the request again without the parameter that was not wanted."""


class _Answer:
    """What has been said so far, and whether that is all. Raises the `ModelError` branch."""

    def __init__(self, name: str, options: ChatOptions) -> None:
        self.name = name
        self.length = 0
        self.finish_reason: str | None = None
        self.complete = False
        self._usage: Usage | None = None
        self._most = options.max_tokens * CHARACTERS_A_TOKEN

    def take(self, reader: ChunkReader, data: bytes | None) -> tuple[str, bool]:
        """The text in these bytes, and whether there was anything but noise in them. None is the stream's end."""
        if data is None:
            self._end()
            return "", False
        text, progress = "", False
        try:
            for piece in reader.feed(data):
                progress = True
                text += self._piece(piece)
                if self.complete:
                    break
        except Broken as error:
            raise failures.nonsense(self.name, error) from None
        except EndpointError as error:
            if self.length:
                raise failures.cut(self.name, failures.message(error.body)) from None
            raise failures.in_stream(self.name, error.body) from None
        return text, progress

    def _piece(self, piece: Piece) -> str:
        self._usage = piece.usage or self._usage
        if piece.done:
            self._end()
        if self.finish_reason is not None:  # it said it was finished: only the usage may follow
            return ""
        self.finish_reason = piece.finish_reason
        text = piece.text[: self._most - self.length]
        self.length += len(text)
        if self.length >= self._most:
            self.finish_reason, self.complete = "length", True
        return text

    def _end(self) -> None:
        if self.finish_reason is None:
            if self.length:
                raise failures.cut(self.name)
            raise failures.nonsense(self.name, "an empty answer")
        self.complete = True

    def last(self) -> Delta:
        """The finish, once complete; an answer without a word is none."""
        if not self.length:
            raise (
                failures.filtered(self.name)
                if self.finish_reason == "content_filter"
                else failures.nonsense(self.name, "an empty answer")
            )
        return Delta(finish_reason=self.finish_reason, usage=self._usage)
