"""A chat model that remembers what it was sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from service.ports import ChatModel
from service.types import ChatOptions, Delta, Message


class Recorder:
    """Passes everything on. `calls` has the messages of every call, in order."""

    def __init__(self, model: ChatModel) -> None:
        self.name = model.name
        self.calls: list[tuple[Message, ...]] = []
        self._model = model

    def stream(self, messages: Sequence[Message], options: ChatOptions) -> AsyncIterator[Delta]:
        """See `service.ports.ChatModel`."""
        self.calls.append(tuple(messages))
        return self._model.stream(messages, options)
