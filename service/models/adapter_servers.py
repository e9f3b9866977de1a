"""The adapters that the local server's process holds: a llama.cpp server each, over the weights of the one base.

Why one each, and not llama.cpp's own choice of adapters by request: it never computes two adapters' tokens together, so
that an answer of the tuned model would wait until every answer of the base has ended, and two lanes could not be seen
side by side; and it takes up cached prompts of another adapter (ggml-org/llama.cpp#26207), which our prompts, equal to
the byte, would meet at every change. The weights are mapped from the same file, so an adapter costs its context only:
see `ADAPTER_SLOTS` in `local_server`. Loading one more touches nothing that runs.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from service.errors import ModelFile
from service.models import adapters
from service.models.adapters import Adapter, Holding, Place

GRACE_SECONDS = 5.0
"""How long a retired adapter still answers those who have just read its address."""
LONGEST_SECONDS = 900.0
"""Of one answer, as `OpenAIChat` bounds it: after that nothing that began before the retirement can still run."""

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class _Running:
    """`server` lives as long as it is referred to. `retired` is when it was retired, by the monotonic clock."""

    server: Any
    url: str
    retired: float = 0.0


class AdapterServers:
    """Call `sync` now and then. `check` raises `ModelFile` for a file that must not be loaded; `trial` says what is bad
    in one that never was, None for nothing; `start` gives a server over it (its `listening_address` is where it
    answers) or raises; `busy` says whether the server at an address answers anybody just now."""

    def __init__(
        self,
        folder: Path,
        pid: int,
        *,
        check: Callable[[Adapter], None],
        start: Callable[[Adapter], Any],
        trial: Callable[[Adapter], str | None],
        busy: Callable[[str], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._check, self._start, self._trial, self._busy, self._clock = check, start, trial, busy, clock
        # What was held before a restart is sound: it need not be tried again.
        self._sound = {key for key, place in adapters.told(folder).adapters.items() if place.url}
        self._holding = Holding(pid)
        self._running: dict[str, _Running] = {}
        self._going: list[_Running] = []
        adapters.tell(folder, self._holding)

    def sync(self, wanted: Sequence[Adapter]) -> int:
        """Load what is wanted and not held, and end what is held and not wanted once nobody is answered by it; how many
        were ended."""
        keys = {adapter.sha256 for adapter in wanted}
        for key in self._holding.adapters.keys() - keys:
            self._retire(key)
        for adapter in wanted:
            place = self._holding.adapters.get(adapter.sha256)
            if place is None or (place.problem and place.asked != adapter.asked):
                self._load(adapter)
        before = len(self._going)
        self._going = [one for one in self._going if not self._over(one)]
        return before - len(self._going)

    def _load(self, adapter: Adapter) -> None:
        key = adapter.sha256
        try:
            self._check(adapter)
            problem = None if key in self._sound else self._trial(adapter)
            if problem is None:
                server = self._start(adapter)
        except ModelFile as error:
            problem = error.message
        except (RuntimeError, OSError) as error:
            problem = str(error)
        if problem is not None:
            _LOG.warning("the adapter %s is not loaded: %s", key[:12], problem)
            self._tell(key, Place(problem=problem, asked=adapter.asked))
            return
        self._sound.add(key)
        self._running[key] = _Running(server, server.listening_address)
        _LOG.info("the adapter %s is loaded", key[:12])
        self._tell(key, Place(url=f"{self._running[key].url}/v1", asked=adapter.asked))

    def _retire(self, key: str) -> None:
        self._tell(key, None)
        running = self._running.pop(key, None)
        if running is not None:
            running.retired = self._clock()
            self._going.append(running)

    def _over(self, one: _Running) -> bool:
        since = self._clock() - one.retired
        if since < GRACE_SECONDS or (since < LONGEST_SECONDS and self._busy(one.url)):
            return False
        one.server = None  # which ends it
        return True

    def _tell(self, key: str, place: Place | None) -> None:
        places = {other: there for other, there in self._holding.adapters.items() if other != key}
        self._holding = replace(self._holding, adapters=places if place is None else {**places, key: place})
        adapters.tell(self._folder, self._holding)
