"""What the supervisor knows about a child process: how to start it, when it is ready, what to do when it dies."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Phase = Literal["waiting", "starting", "ready", "restarting", "failed", "stopped"]

ReadyCheck = Callable[[], Awaitable[bool]]
"""Asked again and again while a child starts; True when it answers. Must not raise and must not take long."""


@dataclass(frozen=True, slots=True)
class Restart:
    """Seconds. A child that dies is started again after `first`, twice that, ... at most `most`; when it died
    `give_up_after` times in a row without having been ready for `stable_after`, it is left dead."""

    first: float = 0.25
    most: float = 15.0
    stable_after: float = 20.0
    give_up_after: int = 6

    def delay(self, deaths: int) -> float:
        """How long to wait after the nth death in a row (n >= 1)."""
        return float(min(self.most, self.first * 2 ** (deaths - 1)))


@dataclass(frozen=True, slots=True)
class Child:
    """A process to keep alive. `environment` is all it gets: nothing is inherited."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    ready: ReadyCheck
    after: tuple[str, ...] = ()
    """Names of children that must have been ready once before this one is started."""
    essential: bool = True
    """Whether the installation stops when this child is given up, rather than going on without it."""
    awaited: bool = True
    """Whether starting up waits for it; the local model loads while people already read the page."""
    restart: Restart = field(default_factory=Restart)
    ready_within: float = 60.0
    stop_within: float = 10.0
    prepare: Callable[[], None] = lambda: None
    """Called before every start: remove what a killed predecessor left behind."""
    remedy: Callable[[], None] | None = None
    """Called once, when the child dies again and again before it was ever ready: the last thing to try."""


@dataclass(frozen=True, slots=True)
class State:
    """How a child is doing. `detail` is a sentence for people, empty while all is well."""

    name: str
    phase: Phase
    pid: int | None = None
    restarts: int = 0
    detail: str = ""

    @property
    def ok(self) -> bool:
        return self.phase == "ready"
