"""A chat model in process that says what the test wants."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence

from service.types import ChatOptions, Delta, Message, Usage

Script = str | Sequence[str | Exception] | Callable[[Sequence[Message]], str]


class ScriptedChat:
    """`service.ports.ChatModel`. Each call takes the next script, the last one again and again.

    A script is a text (streamed word by word), the pieces themselves (an exception among them is raised there), or a
    function of the messages. `asked` keeps every call; `closed` counts streams that were left before their end.
    """

    def __init__(self, *scripts: Script, name: str = "scripted") -> None:
        self.name = name
        self._scripts: deque[Script] = deque(scripts or ("The answer is forty-two.",))
        self.asked: list[tuple[tuple[Message, ...], ChatOptions]] = []
        self.closed = 0

    async def stream(self, messages: Sequence[Message], options: ChatOptions) -> AsyncIterator[Delta]:
        self.asked.append((tuple(messages), options))
        script = self._scripts.popleft() if len(self._scripts) > 1 else self._scripts[0]
        said, finished = 0, False
        try:
            for piece in _pieces(script, messages):
                if isinstance(piece, Exception):
                    finished = True
                    raise piece
                said += 1
                yield Delta(piece)
            finished = True
            prompt = sum(len(message.content.split()) for message in messages)
            yield Delta(finish_reason="stop", usage=Usage(prompt, said))
        finally:
            self.closed += not finished


def _pieces(script: Script, messages: Sequence[Message]) -> Iterable[str | Exception]:
    text = script(messages) if callable(script) else script
    if not isinstance(text, str):
        return text
    words = text.split(" ")
    return [word if last else f"{word} " for word, last in zip(words, [False] * (len(words) - 1) + [True], strict=True)]
