"""The claimed jobs that this process works on: their leases renewed, those that are not its own any more let go, and
what becomes of those that do not end by their own work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import anyio
from sqlalchemy import Connection

from ingest.catalogue.engine import present
from ingest.catalogue.transactions import Transactions
from ingest.errors import IngestError
from service.leases import Leases, Lost
from service.patient import Patient

RELEASE_SECONDS = 3.0
"""For what is written when work has ended: with the catalogue away a lease runs out by itself."""
_LOG = logging.getLogger(__name__)


class Claim(Protocol):
    """A claim of a job: its id and its token."""

    @property
    def key(self) -> tuple[str, int]: ...


C = TypeVar("C", bound=Claim)
_C = TypeVar("_C", contravariant=True)


@dataclass(eq=False, slots=True)
class Held(Generic[C]):
    """A claimed job. `draining`: it is to be given back, nothing more is begun. `lost`: its work has ended here."""

    claim: C
    catalogue: Patient
    scope: anyio.CancelScope
    draining: bool = False
    lost: bool = False

    @property
    def key(self) -> tuple[str, int]:
        return self.claim.key

    def lose(self) -> None:
        """It was stopped, or another worker has taken it over."""
        self.lost = True
        self.scope.cancel()


class Finish(Protocol[_C]):
    """Ends a job; raises `Lost`."""

    def __call__(
        self, connection: Connection, held: _C, status: str, error: Mapping[str, str] | None = None, /
    ) -> None: ...


class Release(Protocol[_C]):
    """Gives a job back; raises `Lost`."""

    def __call__(self, connection: Connection, held: _C, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Ends(Generic[C]):
    """How jobs of a kind end otherwise than by their own work, with the errors of one that somebody has stopped and of
    one that met a bug of ours."""

    finish: Finish[C]
    release: Release[C]
    stopped: Mapping[str, str]
    broken: Mapping[str, str]


H = TypeVar("H", bound=Held[Any])


class Holding(Generic[H]):
    """Runs inside one event loop: `renew()` in a task of its own, every `pulse` seconds for `lease` seconds."""

    def __init__(self, catalogue: Transactions, leases: Leases, ends: Ends[Any], *, lease: float, pulse: float) -> None:
        self._catalogue = catalogue
        self._leases = leases
        self._ends = ends
        self._lease = lease
        self._pulse = pulse
        self._held: set[H] = set()
        self._let_go = asyncio.Event()

    async def hold(self, held: H, work: Callable[[H], Awaitable[None]]) -> None:
        """Do a claimed job's work, its lease renewed. What has not ended by it is stopped, failed or given back as the
        case may be: within `RELEASE_SECONDS`, for nobody may wait for a catalogue that is away."""
        self._held.add(held)
        try:
            with held.scope:
                try:
                    await work(held)
                except Lost:
                    held.lost = True
                except Exception:
                    _LOG.exception("%s failed", held.key[0])
                    failed = self._ends.broken
                    with suppress(Lost):
                        await held.catalogue.write(lambda c: self._ends.finish(c, held.claim, "failed", failed))
            if held.lost or held.draining:
                with anyio.move_on_after(RELEASE_SECONDS, shield=True), suppress(Lost):
                    await held.catalogue.write(lambda c: self._let_down(c, held))
        finally:
            self._held.discard(held)
            self._let_go.set()

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
            for held in list(self._held):
                if held.key[0] in lost:
                    held.lose()

    async def give_back(self, seconds: float, *, at_once: bool = False) -> None:
        """Let what is held come to an end within so many seconds (cut off `at_once`, or when they are over)."""
        for held in self._held:
            held.draining = True
            if at_once:
                held.scope.cancel()
        await self._empty(seconds)
        for held in self._held:
            held.scope.cancel()
        await self._empty(RELEASE_SECONDS)

    async def _empty(self, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            while self._held:
                self._let_go.clear()
                await self._let_go.wait()

    def _let_down(self, connection: Connection, held: H) -> None:
        """It was stopped by somebody, taken over or drained: the second is not ours to write down. Raises `Lost`."""
        if self._leases.stopping(connection, *held.key):
            self._ends.finish(connection, held.claim, "cancelled", self._ends.stopped)
        elif held.draining:
            self._ends.release(connection, held.claim)
