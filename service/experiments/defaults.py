"""The variant of questions that name none while no experiment runs. Functions block; call them through `in_thread`.

One row a collection, and one for all that have none of their own; without either it is `DEFAULT_VARIANT`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from ingest.catalogue import collections as bodies
from ingest.catalogue.engine import now
from ingest.catalogue.schema import collections
from service.errors import Conflict
from service.experiments.schema import EVERYWHERE, default_variants

PEOPLE = "set by hand"


@dataclass(frozen=True, slots=True)
class Default:
    """`own`: the collection has a row of its own. `reason` and `set_at` are None where nobody chose."""

    variant: str
    own: bool
    reason: str | None = None
    set_at: str | None = None


def all_of(connection: Connection) -> Mapping[str, str]:
    """Variant by collection name, with `EVERYWHERE` for the rest."""
    rows = connection.execute(
        select(default_variants.c.collection_id, collections.c.name, default_variants.c.variant).outerjoin(
            collections,
            (collections.c.id == default_variants.c.collection_id) & collections.c.deleted_at.is_(None),
        )
    )
    return {EVERYWHERE if id == EVERYWHERE else name: variant for id, name, variant in rows if name or id == EVERYWHERE}


def find(connection: Connection, collection: str, fallback: str) -> Default:
    """What is in force there. Raises `NotFound` for no such collection."""
    key = _key(connection, collection)
    columns = (default_variants.c.variant, default_variants.c.reason, default_variants.c.set_at)
    for wanted in dict.fromkeys((key, EVERYWHERE)):
        row = connection.execute(select(*columns).where(default_variants.c.collection_id == wanted)).first()
        if row is not None:
            return Default(row[0], wanted == key, row[1], row[2])
    return Default(fallback, False)


def choose(connection: Connection, collection: str, variant: str, reason: str = PEOPLE) -> None:
    """Set it. Raises `NotFound`. That there is such a variant is the caller's to know."""
    key = _key(connection, collection)
    connection.execute(delete(default_variants).where(default_variants.c.collection_id == key))
    connection.execute(insert(default_variants).values(collection_id=key, variant=variant, reason=reason, set_at=now()))


def forget(connection: Connection, collection: str) -> None:
    """Go back to what holds everywhere. Raises `NotFound`."""
    connection.execute(delete(default_variants).where(default_variants.c.collection_id == _key(connection, collection)))


def must_not_be_default(connection: Connection, variant: str) -> None:
    """Raises `Conflict`, naming the collection that this variant answers for."""
    for collection, chosen in all_of(connection).items():
        if chosen == variant:
            where = "every collection" if collection == EVERYWHERE else f"the collection {collection!r}"
            raise Conflict(
                "variant_is_default",
                f"{variant!r} is the default variant of {where}.",
                f"Choose another with PUT /api/collections/{collection}/default-variant first.",
            )


def _key(connection: Connection, collection: str) -> str:
    return EVERYWHERE if collection == EVERYWHERE else bodies.find(connection, collection).id
