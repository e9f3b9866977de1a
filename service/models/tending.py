"""Keeping what a process knows of the tuned models, and what its local server holds, in step with the catalogue.

Every process looks again every `LOOK_SECONDS`, so that what one deploys or retires is known to all of them, on all
machines. The one that started a local server also tells it which adapters to hold, and fetches their files.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence

from ingest.errors import IngestError
from ingest.ports import FileStore
from ingest.threads import in_thread
from service.errors import ModelFile
from service.models import adapters
from service.models.adapters import Adapter
from service.models.defaults import LocalModel
from service.models.tuned import Tuned, TunedModels

LOOK_SECONDS = 2.0
_PAUSE_SECONDS = 0.1

_LOG = logging.getLogger(__name__)


class Tending:
    """`base` is the catalogue name of what local servers run, None where the settings want none; `ours` is the one that
    this process started."""

    def __init__(self, tuned: TunedModels, files: FileStore, base: str | None, ours: LocalModel | None = None) -> None:
        self._tuned = tuned
        self._files = files
        self._base = base
        self._folder = ours.folder if ours else None
        self._failed: Counter[str] = Counter()
        self._stepping = asyncio.Lock()

    async def run(self) -> None:
        """For as long as the task lives; what cannot be reached is tried again."""
        while True:
            try:
                await self.step()
            except IngestError as error:
                _LOG.warning("tuned models are not in step: %s", error.message)
            except Exception:
                _LOG.exception("tuned models are not in step")
            await asyncio.sleep(LOOK_SECONDS)

    async def step(self) -> None:
        """Once. Raises `CatalogueUnavailable`."""
        async with self._stepping:
            await self._tuned.refresh()
            if self._folder is None:
                return
            models = [model for model in self._tuned.known.values() if model.deployed and self.serves(model)]
            fetched = await in_thread(self._fetched, models)
            if adapters.wanted(self._folder) != fetched:
                adapters.want(self._folder, fetched)
            held = adapters.told(self._folder).adapters
            for model in models:
                key = model.adapter or ""
                place = held.get(key)
                # What was said of an earlier try says nothing of this one.
                if place is not None and place.problem and place.asked == self._failed[key]:
                    self._failed[key] += 1
                    _LOG.error("the tuned model %s is retired: %s", model.name, place.problem)
                    await self._tuned.fail(model.name, place.problem)

    def serves(self, model: Tuned) -> bool:
        """Whether it is an adapter for the model that local servers run."""
        return model.adapter is not None and model.base == self._base

    async def loaded(self, model: Tuned, seconds: float) -> bool:
        """Wait until the local server holds a deployed adapter; False when it does not within that time.

        Raises `ModelFile` when it cannot be loaded: it is retired then.
        """
        if self._folder is None or model.adapter is None:
            return False
        until = asyncio.get_running_loop().time() + seconds
        while True:
            await self.step()
            known = self._tuned.known.get(model.name)
            if known is None or known.problem:
                why = known.problem if known and known.problem else "it is not there any more"
                raise ModelFile(
                    "adapter_broken", f"{model.name} cannot be loaded: {why}", "Train it again.", status=409
                )
            if (place := adapters.told(self._folder).adapters.get(model.adapter)) is not None and place.url:
                return True
            if asyncio.get_running_loop().time() > until:
                return False
            await asyncio.sleep(_PAUSE_SECONDS)

    def _fetched(self, models: Sequence[Tuned]) -> tuple[Adapter, ...]:
        """Those whose file is here or can be had. One that is away for now is held on to: it may be loaded already."""
        found = {}
        before = {adapter.sha256: adapter for adapter in adapters.wanted(self._folder)} if self._folder else {}
        for key in dict.fromkeys(model.adapter or "" for model in models):
            try:
                found[key] = Adapter(key, self._files.local(key), self._failed[key])
            except IngestError as error:
                _LOG.warning("the adapter %s cannot be fetched: %s", key[:12], error.message)
                if key in before:
                    found[key] = before[key]
        return tuple(found.values())
