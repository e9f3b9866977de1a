"""A model tuned here: the local server's base under one adapter, at whatever address it answers just now."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import cast

from service.errors import ModelUnreachable
from service.models import adapters
from service.models.defaults import LocalModel
from service.models.openai_chat import OpenAIChat
from service.types import ChatOptions, Delta, Message

Open = Callable[[str], OpenAIChat]
"""A client of the server at that base URL."""


class AdapterChat:
    """`service.ports.ChatModel`. The address is looked up for every question: the local server may have started anew,
    or loaded the adapter again, since the last one. Clients of earlier addresses are kept, for answers that still run;
    `close()` ends them all."""

    def __init__(self, name: str, sha256: str, local: LocalModel, open_: Open) -> None:
        self.name = name
        self.sha256 = sha256
        self._local = local
        self._open = open_
        self._clients: dict[str, OpenAIChat] = {}

    def url(self) -> str:
        """Raises `ModelUnreachable` while the local server does not hold the adapter."""
        place = adapters.told(self._local.folder).adapters.get(self.sha256) if self._local.folder else None
        if place is not None and place.url is not None:
            return place.url
        why = f": {place.problem}" if place is not None and place.problem else ""
        raise ModelUnreachable(
            "model_not_running",
            f"The model {self.name} is not loaded{why or ' yet'}.",
            "Train it again." if why else "That takes some seconds; ask again.",
            status=503,
            retry_after=None if why else 5.0,
        )

    async def stream(self, messages: Sequence[Message], options: ChatOptions) -> AsyncIterator[Delta]:
        """See `service.ports.ChatModel`."""
        stream = cast(AsyncGenerator[Delta], self._client().stream(messages, options))
        async with aclosing(stream) as deltas:
            async for delta in deltas:
                yield delta

    async def models(self, seconds: float = 3.0) -> list[str]:
        """The ids its server lists. Raises the `ModelError` branch."""
        return await self._client().models(seconds)

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()
        self._clients.clear()

    def _client(self) -> OpenAIChat:
        url = self.url()
        if url not in self._clients:
            self._clients[url] = self._open(url)
        return self._clients[url]
