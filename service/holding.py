"""The claimed jobs that this process works on: their leases renewed, those that are not its own any more let go."""

from __future__ import annotations

import asyncio
import logging
from typing import Generic, Protocol, TypeVar

import anyio

from ingest.catalogue.engine import present
from ingest.catalogue.transactions import Transactions
from ingest.errors import IngestError
from service.leases import Leases

_LOG = logging.getLogger(__name__)


class Claimed(Protocol):
    """A claimed job: its id and its token, and what is done when it was stopped or taken over."""

    @property
    def key(self) -> tuple[str, int]: ...

    def lose(self) -> None: ...


H = TypeVar("H", bound=Claimed)


class Holding(Generic[H]):
    """Runs inside one event loop: `renew()` in a task of its own, every `pulse` seconds for `lease` seconds."""

    def __init__(self, catalogue: Transactions, leases: Leases, *, lease: float, pulse: float) -> None:
        self._catalogue = catalogue
        self._leases = leases
        self._lease = lease
        self._pulse = pulse
        self._held: set[H] = set()
        self._let_go = asyncio.Event()

    def take(self, held: H) -> None:
        self._held.add(held)

    def drop(self, held: H) -> None:
        """Its work has ended, however it did."""
        self._held.discard(held)
        self._let_go.set()

    def all(self) -> list[H]:
        return list(self._held)

    async def renew(self) -> None:
        """Renew leases and hear of cancellations, for as long as the task lives."""
        while True:
            await anyio.sleep(self._pulse)
            tokens = dict(held.key for held in self._held)
            if not tokens:
                continue
            try:
                lost = await self._catalogue.write(
                    lambda c, tokens=tokens: self._leases.renew(c, tokens, clock=present(c), lease=self._lease)  # type: ignore[misc]
                )
            except IngestError as error:
                _LOG.warning("leases could not be renewed: %s", error.message)
                continue
            for held in self.all():
                if held.key[0] in lost:
                    held.lose()

    async def empty(self, seconds: float) -> None:
        """Wait until nothing is held, at most so long."""
        with anyio.move_on_after(seconds):
            while self._held:
                self._let_go.clear()
                await self._let_go.wait()
