"""An answer in the making. Whoever closes the event stream early still has what was said, to keep as `stopped`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from service.answer.ask import Ask
from service.types import Answer, Citation, Finish, Passage, Price, TraceStep, Usage


class Draft:
    """Filled by `answer`; `answer(finish)` is what it amounts to so far.

    Timings in seconds: `queue` before the call, `retrieve`, `first_token` until the first visible text and `total`,
    the last two from the moment the person asked, the queue included.
    """

    def __init__(self, ask: Ask, model: str, price: Price | None = None) -> None:
        self.ask = ask
        self.model = model
        self.price = price
        self.text = ""
        self.citations: tuple[Citation, ...] = ()
        self.passages: tuple[Passage, ...] = ()
        self.usage = Usage()
        self.retrieve_seconds: float | None = None
        self._first: float | None = None
        self._steps: list[TraceStep] = []
        self._began = self._lap = time.perf_counter()

    def say(self, text: str) -> None:
        """Count this text as shown."""
        if self._first is None:
            self._first = self._elapsed()
        self.text += text

    def step(self, step: str, seconds: float | None = None, **detail: Any) -> None:
        """Note a step of the trace; its time is the time since the last step unless given."""
        now = time.perf_counter()
        self._steps.append(TraceStep(step, now - self._lap if seconds is None else seconds, detail))
        self._lap = now

    @property
    def last_seconds(self) -> float:
        """How long the last step took."""
        return self._steps[-1].seconds

    def answer(self, finish: Finish, error: Mapping[str, str] | None = None) -> Answer:
        """The answer object as it stands."""
        return Answer(
            id=self.ask.id,
            conversation_id=self.ask.conversation_id,
            variant=self.ask.variant.name,
            approach=self.ask.variant.approach,
            model=self.model,
            text=self.text,
            finish=finish,
            citations=self.citations,
            passages=self.passages,
            usage=self.usage,
            cost=self._cost(),
            timings={
                "queue": self.ask.queue_seconds,
                "retrieve": self.retrieve_seconds,
                "first_token": self._first,
                "total": self._elapsed(),
            },
            trace=tuple(self._steps),
            error=error,
        )

    def _cost(self) -> float | None:
        """US dollars; None when the price is not known, or the endpoint did not say how many tokens it took."""
        if self.price is None:
            return None
        asked = any(step.step == "prompt" for step in self._steps)
        counted = self.usage != Usage() or not (self.price.input or self.price.output)
        return self.price.of(self.usage) if counted or not asked else None

    def _elapsed(self) -> float:
        return self.ask.queue_seconds + time.perf_counter() - self._began
