"""Trying a model: one prompt as it is, without documents, examples or checks. Nothing of it is kept."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import cast

from service.errors import BadRequest, Busy
from service.ports import ChatModel
from service.types import ChatOptions, Delta, Message, Price, Usage

LONGEST_PROMPT = 8_000
"""Characters, as of a question."""
MOST_TOKENS = 400
AT_ONCE = 4
"""Trials of one process: the answers people wait for come first."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a trial. `cut`: it had more to say than `MOST_TOKENS`. Times in seconds, `cost` in US dollars;
    None where that is not known."""

    model: str
    text: str
    cut: bool
    usage: Usage
    cost: float | None
    first_token: float | None
    total: float


class Trials:
    """Runs trials; who runs one takes a place before, of which there are `AT_ONCE`."""

    def __init__(self) -> None:
        self._taken: set[object] = set()

    def take(self) -> Callable[[], None]:
        """Take the place of one trial; called, what it returns gives the place back, and no more than once. Raises
        `Busy`."""
        if len(self._taken) >= AT_ONCE:
            raise Busy("too_many_trials", f"{AT_ONCE} trials are running.", "Wait a moment.", retry_after=5)
        mine = object()
        self._taken.add(mine)
        return lambda: self._taken.discard(mine)

    def check(self, prompt: str) -> str:
        """The prompt as it is sent. Raises `BadRequest` for one that is empty or too long."""
        text = prompt.strip()
        if not text:
            raise BadRequest("empty_prompt", "The prompt is empty.", "Write something to say to the model.")
        if len(text) > LONGEST_PROMPT:
            raise BadRequest(
                "prompt_too_long",
                f"The prompt has {len(text):,} characters; {LONGEST_PROMPT:,} are accepted.",
                "Shorten it.",
            )
        return text

    async def run(self, model: ChatModel, prompt: str, price: Price | None) -> AsyncGenerator[str | Tried]:
        """Pieces of text as they come, then what became of it. Closing it stops the generation.

        Raises the `ModelError` branch.
        """
        started, first = time.perf_counter(), None
        said, last = [], Delta()
        options = ChatOptions(max_tokens=MOST_TOKENS)
        stream = cast(AsyncGenerator[Delta], model.stream([Message("user", prompt)], options))
        async with aclosing(stream) as deltas:
            async for delta in deltas:
                if delta.text:
                    first = first if first is not None else time.perf_counter() - started
                    said.append(delta.text)
                    yield delta.text
                last = delta
        usage = last.usage or Usage()
        yield Tried(
            model=model.name,
            text="".join(said),
            cut=last.finish_reason == "length",
            usage=usage,
            cost=price.of(usage) if price is not None and last.usage is not None else None,
            first_token=first,
            total=time.perf_counter() - started,
        )
