"""How many lanes ask a model at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from service.errors import Busy
from service.models.local_server import SLOTS

HOSTED = 8
"""Lanes at once of a model that runs elsewhere."""
MOST_WAITING = 120
"""Lanes. More would wait for minutes: whoever asks is told to come back."""
EXPECTED_SECONDS = 10.0
"""How long a comparison that was let in may take to begin before its place is given up."""


class Slots:
    """First come, first served, for each model; all models of the local server share that server's slots.

    A lane holds its slot from its search to its last word, so that what it is measured by does not contain the others'
    work; how long it waited is told, and counts as `queue`.
    """

    def __init__(self, local: Callable[[str], bool]) -> None:
        self._local = local
        self._gates: dict[str, asyncio.Semaphore] = {}
        self._waiting = 0
        self._expected: dict[str, tuple[float, int]] = {}

    def let_in(self, comparison_id: str, lanes: int) -> None:
        """Keep room for the lanes of a comparison that is about to begin. Raises `Busy`."""
        now = time.monotonic()
        self._expected = {one: (until, n) for one, (until, n) in self._expected.items() if until > now}
        if self._waiting + sum(n for _, n in self._expected.values()) + lanes > MOST_WAITING:
            raise Busy(
                "compare_busy",
                "Too many comparisons are waiting for a model.",
                "Try again in a minute.",
                retry_after=30,
            )
        self._expected[comparison_id] = (now + EXPECTED_SECONDS, lanes)

    def begin(self, comparison_id: str) -> None:
        """Its lanes are about to wait for themselves."""
        self._expected.pop(comparison_id, None)

    @asynccontextmanager
    async def one(self, model: str) -> AsyncIterator[float]:
        """A slot of this model's server, for the length of the block; gives the seconds that were waited."""
        began = time.perf_counter()
        gate = self._gate(model)
        self._waiting += 1
        try:
            await gate.acquire()
        finally:
            self._waiting -= 1
        try:
            yield time.perf_counter() - began
        finally:
            gate.release()

    def _gate(self, model: str) -> asyncio.Semaphore:
        local = self._local(model)
        place = "" if local else model
        if place not in self._gates:
            self._gates[place] = asyncio.Semaphore(SLOTS if local else HOSTED)
        return self._gates[place]
