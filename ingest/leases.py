"""The claims that this process works on: renewing their leases, hearing of cancellations, and who must run alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio

from ingest.catalogue import claims
from ingest.catalogue.claims import Job, Key
from ingest.catalogue.engine import present
from ingest.catalogue.transactions import Transactions
from ingest.errors import IngestError

_LOG = logging.getLogger(__name__)

PULSE_SECONDS = 0.75


@dataclass(eq=False, slots=True)
class Held:
    """A claim this process is working on."""

    job: Job
    scope: anyio.CancelScope
    progress: float = 0.0
    stopped: bool = False

    def stop(self) -> None:
        self.stopped = True
        self.scope.cancel()


class Leases:
    """Runs inside one event loop: `renew()` in a task of its own. `changed` hears of documents that made progress."""

    def __init__(self, catalogue: Transactions, lease: float, changed: Callable[[str], None]) -> None:
        self._catalogue = catalogue
        self._lease = lease
        self._changed = changed
        self._held: set[Held] = set()
        self._let_go = asyncio.Event()

    def take(self, job: Job, scope: anyio.CancelScope) -> Held:
        """Note a claim. An older one of the same version, which has lapsed and was taken anew, stops."""
        for other in self._held:
            if other.job.key == job.key:
                other.stop()
        held = Held(job, scope)
        self._held.add(held)
        return held

    def drop(self, held: Held) -> None:
        """It has ended, however it did."""
        self._held.discard(held)
        self._let_go.set()

    def stop(self) -> None:
        """Stop whatever is held."""
        for held in self._held:
            held.stop()

    async def idle(self) -> None:
        """Returns when nothing is held."""
        while self._held:
            self._let_go.clear()
            await self._let_go.wait()

    async def renew(self) -> None:
        """Renew leases, write progress and notice cancellations, for as long as the task lives."""
        told: dict[Key, float] = {}
        while True:
            await anyio.sleep(PULSE_SECONDS)
            newest = {held.job.key: held for held in sorted(self._held, key=lambda held: held.job.token)}
            state = {key: (held.job.token, held.progress) for key, held in newest.items()}
            lost: set[Key] = set()
            try:
                if state:
                    lost = await self._catalogue.write(
                        lambda c, state=state: claims.renew(c, state, clock=present(c), lease=self._lease)  # type: ignore[misc]
                    )
            except IngestError as error:
                _LOG.warning("leases could not be renewed: %s", error.message)
                continue
            for key in lost:
                newest[key].stop()
            for key, (_, progress) in state.items():
                if told.get(key) != progress:
                    self._changed(key[0])
            told = {key: progress for key, (_, progress) in state.items()}


class Room:
    """Many at once, or one alone: who wants that waits until the others have ended, and nobody begins meanwhile."""

    def __init__(self) -> None:
        self._inside = 0
        self._alone = 0  # those alone inside (one) and those who wait for it
        self._taken = False
        self._news = asyncio.Event()

    @asynccontextmanager
    async def beside_others(self) -> AsyncIterator[None]:
        await self._until(lambda: not self._alone)
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
            self._tell()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        self._alone += 1
        try:
            await self._until(lambda: not self._inside and not self._taken)
            self._taken = True
            try:
                yield
            finally:
                self._taken = False
        finally:
            self._alone -= 1
            self._tell()

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            await self._news.wait()

    def _tell(self) -> None:
        # Everybody who waits looks again; who comes later waits for the next one.
        self._news.set()
        self._news = asyncio.Event()
