"""Every provider LangChain knows, by `provider:model`. Their packages are optional; keys are in variables of theirs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from service.errors import ModelError, ModelRefused, Unknown
from service.models import failures
from service.types import ChatOptions, Delta, Message, Patience, Usage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk

_REASONS = ("finish_reason", "stop_reason", "done_reason", "stopReason")
"""Where providers say why they stopped."""


class LangChainChat:
    """`service.ports.ChatModel` by `init_chat_model`. Without `model` it is made at the first question."""

    def __init__(self, name: str, model: BaseChatModel | None = None, *, patience: Patience | None = None) -> None:
        self.name = name
        self._made: dict[tuple[float, int], BaseChatModel] = {}
        self._given = model
        self._patience = patience or Patience()

    async def stream(self, messages: Sequence[Message], options: ChatOptions) -> AsyncIterator[Delta]:
        """See `service.ports.ChatModel`. Providers' own clients retry what may be retried."""
        if options.adapter is not None:
            raise ModelRefused("no_adapter", f"The model {self.name} has no adapter {options.adapter!r}.")
        options = self._patience.applied(options)
        model = self._given or self._model(options)
        prompt = [(message.role, message.content) for message in messages]
        reason: str | None = None
        usage: Usage | None = None
        said = False
        extra: dict[str, Any] = {"stop": list(options.stop)} if options.stop else {}
        stream = model.astream(prompt, **extra)
        try:
            async with aclosing(stream) as chunks:  # type: ignore[type-var]
                while True:
                    seconds = options.token_timeout if said else options.first_token_timeout
                    try:
                        async with asyncio.timeout(seconds):
                            chunk = await anext(chunks, None)
                    except TimeoutError:
                        raise failures.too_slow(self.name, seconds, begun=said) from None
                    if chunk is None:
                        break
                    reason, usage = _reason(chunk) or reason, _usage(chunk) or usage
                    if text := str(chunk.text):
                        said = True
                        yield Delta(text)
        except (ModelError, asyncio.CancelledError, GeneratorExit):
            raise
        except Exception as error:  # every provider has exceptions of its own, without a common base
            raise self._translated(error, said) from error
        if not said:
            raise failures.nonsense(self.name, "an empty answer")
        if reason is None:
            raise failures.cut(self.name)
        yield Delta(finish_reason=reason, usage=usage)

    def _model(self, options: ChatOptions) -> BaseChatModel:
        from langchain.chat_models import init_chat_model  # here: half a second that most installations never need

        key = (options.temperature, options.max_tokens)
        if key not in self._made:
            try:
                self._made[key] = init_chat_model(
                    self.name, temperature=options.temperature, max_tokens=options.max_tokens
                )
            except ImportError as error:
                package = f"langchain-{self.name.split(':', 1)[0].replace('_', '-')}"
                raise Unknown(
                    "provider_missing",
                    f"The package for the model {self.name} is not installed: {error}",
                    f"Run: .venv/bin/pip install {package}",
                ) from error
            except Exception as error:
                raise ModelRefused(
                    "model_refused",
                    f"The model {self.name} cannot be used: {error}",
                    "Check its name and its provider's key.",
                ) from error
        return self._made[key]

    def _translated(self, error: Exception, said: bool) -> ModelError:
        if said:
            return failures.cut(self.name, error)
        response = getattr(error, "response", None)
        status = getattr(error, "status_code", None) or getattr(response, "status_code", None)
        if isinstance(status, int) and status >= 400:
            headers = getattr(response, "headers", None)
            body = getattr(error, "body", None) or str(error)
            return failures.by_status(self.name, status, body, headers if isinstance(headers, Mapping) else {})
        return failures.unreachable(self.name, error)


def _reason(chunk: AIMessageChunk) -> str | None:
    found = (chunk.response_metadata.get(key) for key in _REASONS)
    return next((str(value).lower() for value in found if value), None)


def _usage(chunk: AIMessageChunk) -> Usage | None:
    if chunk.usage_metadata is None:
        return None
    return Usage(chunk.usage_metadata["input_tokens"], chunk.usage_metadata["output_tokens"])
