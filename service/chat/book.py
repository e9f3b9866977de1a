"""The book of variants: presets that ship with the code, and those that people add. What a person switches between."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from ingest.catalogue.engine import now, reading, writing
from ingest.threads import in_thread
from service.answer.approaches import APPROACHES
from service.answer.presets import NAMES, PRESETS, TUNED, of_tuned
from service.chat.schema import variants
from service.errors import BadRequest, Conflict, Unknown
from service.fresh import Fresh
from service.models.tuned import TunedModels
from service.types import AUTO, ApproachName, Variant

Objection = Callable[[Connection, str], None]
"""Asked in the transaction that changes or removes the variant of this name. Raises `Conflict` where it must stay."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")


class VariantBook:
    """Reads through `Fresh`: another process's change is seen within seconds, this process's own at once. `tuned` are
    the tuned models: the presets that use the current one are there as long as it is."""

    def __init__(
        self,
        engine: Engine,
        *,
        tuned: TunedModels | None = None,
        to_change: Sequence[Objection] = (),
        to_remove: Sequence[Objection] = (),
    ) -> None:
        self._engine = engine
        self._tuned = tuned
        self._to_change = to_change
        self._to_remove = to_remove
        self._known = Fresh(self._read)

    async def all(self) -> list[Variant]:
        """Presets first, then the others by age."""
        return list((await self._all()).values())

    async def get(self, name: str) -> Variant:
        """Raises `Unknown`, naming what there is."""
        known = await self._all()
        if name not in known and name in TUNED and self._tuned:
            await self._tuned.refresh()  # another process may have made the first tuned model just now
            known = await self._all()
        if name not in known:
            raise Unknown(
                "unknown_variant", f"There is no variant {name[:80]!r}.", f"Choose one of: {', '.join(known)}."
            )
        return known[name]

    async def create(
        self, *, name: str, label: str, approach: ApproachName, model: str, parameters: Mapping[str, Any]
    ) -> Variant:
        """Add a variant. Raises `BadRequest` for a bad name or parameters, `Conflict` when the name is taken."""
        checked = await self.may_create(name=name, approach=approach, model=model, parameters=parameters)
        await in_thread(self._insert, name, label or name, approach, model, checked)
        return await self._fresh(name)

    async def may_create(
        self, *, name: str, approach: ApproachName, model: str, parameters: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The parameters as `create` keeps them; nothing is kept. Raises as `create`."""
        if not _NAME.fullmatch(name):
            raise BadRequest(
                "bad_variant_name", f"{name[:80]!r} cannot name a variant.", "Use a-z, 0-9, '_', '-' and '.', up to 63."
            )
        if name == AUTO:
            raise Conflict("variant_is_reserved", f"{AUTO!r} asks for the experiment's choice.", "Choose another name.")
        if name in NAMES or any(variant.name == name for variant in await self.all()):
            raise Conflict("variant_exists", f"There is a variant {name!r} already.", "Choose another name.")
        checked = _checked(approach, parameters)
        self._must_fit(approach, model)
        return checked

    async def change(
        self, name: str, *, label: str | None, model: str | None, parameters: Mapping[str, Any] | None
    ) -> Variant:
        """Change a variant that people made. `Conflict` for a preset, and where something objects (an experiment that
        tests it just now): all but the label stays then."""
        variant = await self._own(name)
        values: dict[str, Any] = {}
        if label is not None:
            values["label"] = label
        if model is not None:
            self._must_fit(variant.approach, model)
            values["model"] = model
        if parameters is not None:
            values["parameters"] = _checked(variant.approach, {**variant.parameters, **parameters})
        if values:
            await in_thread(self._update, name, values)
        return await self._fresh(name)

    async def remove(self, name: str) -> None:
        """Forget a variant that people made. Answers it gave stay. `Conflict` for a preset, and where something objects
        (an experiment tests it, it is a default)."""
        await self._own(name)
        await in_thread(self._delete, name)
        self._known.forget()

    async def remove_of(self, model: str) -> list[str]:
        """Forget every variant that people made of that model, all or none: their names. Raises `Conflict` where there
        is none, and where something objects to one of them."""
        names = await in_thread(self._drop, model)
        self.forget()
        return names

    def drop(self, connection: Connection, model: str) -> list[str]:
        """As `remove_of`, in the caller's transaction; none is as good. `forget()` after it."""
        found = connection.execute(select(variants.c.name).where(variants.c.model == model))
        names = list(found.scalars())
        self._remove(connection, names)
        return names

    def forget(self) -> None:
        """Read the book again before the next answer."""
        self._known.forget()

    async def _all(self) -> dict[str, Variant]:
        own = await self._known.value()
        current = self._tuned.current if self._tuned else None
        presets = (*PRESETS, *(of_tuned(current.name) if current else ()))
        return {preset.name: preset for preset in presets} | {n: one for n, one in own.items() if n not in NAMES}

    def _must_fit(self, approach: ApproachName, model: str) -> None:
        """Raises `BadRequest` for a variant that says of its model that it is tuned where it is not."""
        if approach in TUNED and (self._tuned is None or model not in self._tuned.known):
            names = ", ".join(self._tuned.known) if self._tuned and self._tuned.known else "none yet"
            raise BadRequest("model_not_tuned", f"{approach} wants a tuned model.", f"There are: {names}.")

    async def _own(self, name: str) -> Variant:
        variant = await self.get(name)
        if variant.origin == "preset":
            raise Conflict(
                "variant_is_preset",
                f"{name!r} ships with Parallax and stays as it is.",
                "Create a variant of your own.",
            )
        return variant

    async def _fresh(self, name: str) -> Variant:
        self._known.forget()
        return await self.get(name)

    def _read(self) -> dict[str, Variant]:
        with reading(self._engine) as connection:
            rows = connection.execute(select(variants).order_by(variants.c.created_at)).mappings().all()
        return {
            row["name"]: Variant(
                name=row["name"],
                label=row["label"],
                approach=row["approach"],
                model=row["model"],
                parameters=row["parameters"],
                prompt_hash=APPROACHES[row["approach"]].prompt_hash,
                origin=row["origin"],
            )
            for row in rows
        }

    def _insert(self, name: str, label: str, approach: str, model: str, parameters: Mapping[str, Any]) -> None:
        with writing(self._engine) as connection:
            if connection.execute(select(variants.c.name).where(variants.c.name == name)).first():
                raise Conflict("variant_exists", f"There is a variant {name!r} already.", "Choose another name.")
            connection.execute(
                insert(variants).values(
                    name=name,
                    label=label,
                    approach=approach,
                    model=model,
                    parameters=dict(parameters),
                    origin="custom",
                    created_at=now(),
                )
            )

    def _update(self, name: str, values: Mapping[str, Any]) -> None:
        with writing(self._engine) as connection:
            if values.keys() != {"label"}:
                for objects in self._to_change:
                    objects(connection, name)
            connection.execute(update(variants).where(variants.c.name == name).values(**values))

    def _delete(self, name: str) -> None:
        with writing(self._engine) as connection:
            self._remove(connection, [name])

    def _drop(self, model: str) -> list[str]:
        with writing(self._engine) as connection:
            if not (names := self.drop(connection, model)):
                raise Conflict(
                    "model_has_no_variant", f"No variant was made of {model[:80]!r}.", "There is none to retire."
                )
        return names

    def _remove(self, connection: Connection, names: Sequence[str]) -> None:
        for name in names:
            for objects in self._to_remove:
                objects(connection, name)
        connection.execute(delete(variants).where(variants.c.name.in_(names)))


def _checked(approach: ApproachName, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    if approach not in APPROACHES:
        raise BadRequest(
            "unknown_approach", f"There is no approach {approach[:80]!r}.", f"Choose one of: {', '.join(APPROACHES)}."
        )
    return APPROACHES[approach].checked(parameters)
