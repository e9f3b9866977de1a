"""Deploying a tuned model and retiring it again: what decides which variants there are and what they ask.

What an experiment tests, and what is a default, does not change under it: the same objections as to changing a variant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from sqlalchemy import Connection, Engine, select

from ingest.catalogue.engine import writing
from ingest.threads import in_thread
from service.answer.presets import TUNED
from service.chat.book import Objection
from service.chat.schema import variants
from service.errors import Conflict
from service.models import tuned
from service.models.tending import Tending
from service.models.tuned import Tuned, TunedModels

MOST_ADAPTERS = 4
"""Adapters that the local server holds at once: each takes some 200 MB."""
LOAD_SECONDS = 60.0
"""How long deploying waits for the local server; it goes on loading after that."""


class Deployments:
    """`to_change` and `to_remove` are asked as `VariantBook` asks them, of every variant that uses the model."""

    def __init__(
        self,
        engine: Engine,
        models: TunedModels,
        tending: Tending,
        *,
        to_change: Sequence[Objection] = (),
        to_remove: Sequence[Objection] = (),
    ) -> None:
        self._engine = engine
        self._models = models
        self._tending = tending
        self._to_change = to_change
        self._to_remove = to_remove

    def adopt(self, connection: Connection, model: Tuned) -> None:
        """Keep a model whose training has finished, in the caller's transaction: deployed unless too many are, and
        current unless that would change what an experiment tests. One of another kind than an adapter or a provider's
        model is only kept. Raises `Conflict` when its name is taken."""
        tuned.add(connection, model)
        if model.adapter is None and model.remote_id is None:
            return
        with suppress(Conflict):
            self._deploy(connection, model.name)
            self._make_current(connection, model.name)

    async def deploy(self, name: str) -> Tuned:
        """Let variants use it, and load it where this process runs the local model: returns when it is loaded, or after
        `LOAD_SECONDS`. The first one deployed is current.

        Raises `Unknown`, `Conflict`, and `ModelFile` when the adapter cannot be loaded: then it is retired again.
        """
        model = await self._write(self._deploy, name)
        if model.adapter is not None:
            await self._tending.loaded(model, LOAD_SECONDS)
        return self._models.known[name]

    async def retire(self, name: str, *, before: Callable[[Connection, str], object] | None = None) -> Tuned:
        """Let no variant use it; the presets go on with the newest that is left, or go too. `before` is done in the
        same transaction: all of it happens or nothing.

        Raises `Unknown`, `Conflict` while a variant of somebody's uses it, and where the presets are tested or a
        default."""

        def change(connection: Connection, name: str) -> None:
            if before is not None:
                before(connection, name)
            self._retire(connection, name)

        return await self._write(change, name)

    async def make_current(self, name: str) -> Tuned:
        """Raises `Unknown`, `Conflict` for a retired one, and while an experiment tests what would change."""
        return await self._write(self._make_current, name)

    async def _write(self, change: Callable[[Connection, str], None], name: str) -> Tuned:
        def work() -> None:
            with writing(self._engine) as connection:
                change(connection, name)

        await in_thread(work)
        await self._tending.step()
        return self._models.known[name]

    def _deploy(self, connection: Connection, name: str) -> None:
        model, all_ = tuned.find(connection, name), tuned.listing(connection)
        if model.deployed:
            return
        if model.adapter is None and model.remote_id is None:
            raise Conflict(
                "model_not_servable", f"{name!r} is no adapter of a model that runs here.", "It can only be looked at."
            )
        if model.adapter is not None:
            if not self._tending.serves(model):
                raise Conflict(
                    "base_not_running",
                    f"{name!r} was trained on {model.base}, which is not what the local server runs.",
                    f"Set PARALLAX_CHAT_MODEL={model.base}, without PARALLAX_CHAT_BASE_URL, and start again.",
                )
            if sum(one.deployed and one.adapter is not None for one in all_) >= MOST_ADAPTERS:
                raise Conflict("too_many_deployed", f"{MOST_ADAPTERS} models are deployed here.", "Retire one first.")
        tuned.deploy(connection, name, True)
        if not any(one.current for one in all_):
            tuned.make_current(connection, name)

    def _retire(self, connection: Connection, name: str) -> None:
        model = tuned.find(connection, name)
        if model.current:
            _ask(connection, self._to_remove, TUNED)
        users = connection.execute(select(variants.c.name).where(variants.c.model == name)).scalars().all()
        if users:
            raise Conflict(
                "model_in_use", f"Variants use {name!r}: {', '.join(users)}.", "Change or delete them first."
            )
        tuned.deploy(connection, name, False)
        newest = next((one for one in tuned.listing(connection) if one.deployed), None)
        if model.current and newest is not None:
            tuned.make_current(connection, newest.name)

    def _make_current(self, connection: Connection, name: str) -> None:
        if not tuned.find(connection, name).current:
            _ask(connection, self._to_change, TUNED)
            tuned.make_current(connection, name)


def _ask(connection: Connection, objections: Sequence[Objection], names: Sequence[str]) -> None:
    for objects in objections:
        for name in names:
            objects(connection, name)
