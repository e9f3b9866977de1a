"""A model tuned here: the local server's base under one adapter, at whatever address it answers just now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import cast

from service.errors import ModelUnreachable
from service.models import adapters
from service.models.adapters import Place
from service.models.defaults import LocalModel
from service.models.openai_chat import OpenAIChat
from service.types import ChatOptions, Delta, Message

LOADING_SECONDS = 60.0
"""How long a question waits for an adapter that is being loaded: with one that is new that takes some ten seconds."""
_LOOK_SECONDS = 0.1

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

    def place(self) -> Place | None:
        """Where it is held; None while it is not loaded. Raises `ModelUnreachable` for one that cannot be."""
        place = adapters.told(self._local.folder).adapters.get(self.sha256) if self._local.folder else None
        if place is not None and place.url is None:
            raise ModelUnreachable(
                "model_not_running", f"{self.name} is not loaded: {place.problem}", "Train it again.", status=503
            )
        return place

    async def stream(self, messages: Sequence[Message], options: ChatOptions) -> AsyncIterator[Delta]:
        """See `service.ports.ChatModel`. Waits for an adapter that is still being loaded."""
        client = await self._client(min(LOADING_SECONDS, options.first_token_timeout))
        async with aclosing(cast(AsyncGenerator[Delta], client.stream(messages, options))) as deltas:
            async for delta in deltas:
                yield delta

    async def models(self, seconds: float = 3.0) -> list[str]:
        """The ids its server lists. Raises the `ModelError` branch."""
        return await (await self._client(seconds)).models(seconds)

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()
        self._clients.clear()

    async def _client(self, seconds: float) -> OpenAIChat:
        until = asyncio.get_running_loop().time() + seconds
        while (place := self.place()) is None or place.url is None:
            if asyncio.get_running_loop().time() > until:
                raise ModelUnreachable(
                    "model_not_running", f"{self.name} is not loaded yet.", "Ask again in a moment.", status=503
                )
            await asyncio.sleep(_LOOK_SECONDS)
        if place.url not in self._clients:
            self._clients[place.url] = self._open(place.url)
        return self._clients[place.url]
