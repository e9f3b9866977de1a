"""Named sets of items that a person reviews (cases of a dataset, training pairs): what both kinds have in common.

A set's table has the columns id, name, origin, status, digest, wanted, tried, waiting, error and created_at, and those
of `leased`; an item's id, ordinal, status (accepted, draft or rejected), source and one that names its set. Functions
block.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    RowMapping,
    Select,
    String,
    Table,
    case,
    delete,
    func,
    insert,
    inspect,
    select,
    text,
    update,
)

from ingest.catalogue.engine import now
from service.characters import UNWRITABLE
from service.errors import BadRequest, Conflict, Unknown
from service.ids import new_id

ItemStatus = Literal["accepted", "draft", "rejected"]
LONGEST_NAME = 200
_SHOWN = ("id", "name", "origin", "status", "wanted", "tried", "unasked", "waiting", "error", "created_at")


@dataclass(frozen=True, slots=True)
class Sets:
    """One kind of set. `noun` and `item` are for people and (with _ for blanks) for error codes; `where` lists them."""

    sets: Table
    items: Table
    owner: Column[str]
    noun: str
    item: str
    where: str
    most: int

    def named(self, name: str) -> str:
        """A name as it is kept. Raises `BadRequest`."""
        name = " ".join(name.split())
        code = f"bad_{_code(self.noun)}_name"
        if UNWRITABLE.search(name):
            raise BadRequest(code, "The name holds a character that cannot be kept.", "Leave NUL out.")
        if not name or len(name) > LONGEST_NAME:
            raise BadRequest(code, f"A {self.noun} needs a name of 1 to 200 characters.", "Give it a `name`.")
        return name

    def create(self, connection: Connection, name: str, origin: str, *, digest: str | None = None, **also: Any) -> str:
        """Keep a new, empty set; its id. One of the same name and digest that is there is taken instead."""
        name = self.named(name)
        if digest is not None and (same := self.same(connection, name, digest)) is not None:
            return same
        id = new_id("set" if self.noun == "dataset" else "pairs")
        values = {"id": id, "name": name, "origin": origin, "status": "ready", "digest": digest, "created_at": now()}
        connection.execute(insert(self.sets).values(**{**values, **also}))
        return id

    def same(self, connection: Connection, name: str, digest: str) -> str | None:
        """The id of the set of that name made of the very same items."""
        sets = self.sets.c
        found = connection.execute(select(sets.id).where(sets.name == self.named(name), sets.digest == digest))
        return found.scalar()

    def get(self, connection: Connection, id_or_name: str) -> RowMapping:
        """The set of that id, or the newest of that name. Raises `Unknown`."""
        sets = self.sets.c
        row = connection.execute(self._shown().where(sets.id == id_or_name)).mappings().first()
        if row is None:
            newest = self._shown().where(sets.name == id_or_name).order_by(sets.created_at.desc()).limit(1)
            row = connection.execute(newest).mappings().first()
        if row is None:
            told = f"There is no {self.noun} {id_or_name[:80]!r}."
            raise Unknown(f"unknown_{_code(self.noun)}", told, f"GET {self.where} lists what there is.")
        return row

    def page(self, connection: Connection, limit: int, before: str | None) -> list[RowMapping]:
        """At most `limit` sets, newest first, older than the one named `before`."""
        sets = self.sets.c
        wanted = self._shown().order_by(sets.created_at.desc(), sets.id.desc()).limit(limit)
        if before:
            at = select(sets.created_at).where(sets.id == before).scalar_subquery()
            wanted = wanted.where((sets.created_at < at) | ((sets.created_at == at) & (sets.id < before)))
        return list(connection.execute(wanted).mappings())

    def remove(self, connection: Connection, id_or_name: str) -> None:
        """Forget a set and its items. Raises `Unknown`."""
        found = self.get(connection, id_or_name)
        connection.execute(delete(self.sets).where(self.sets.c.id == found["id"]))

    def item_page(
        self, connection: Connection, id_or_name: str, limit: int, after: int, status: ItemStatus | None
    ) -> list[RowMapping]:
        """At most `limit` items in order, after that ordinal. Raises `Unknown` for no such set."""
        found = self.get(connection, id_or_name)
        wanted = select(self.items).where(self.owner == found["id"], self.items.c.ordinal > after)
        if status is not None:
            wanted = wanted.where(self.items.c.status == status)
        return list(connection.execute(wanted.order_by(self.items.c.ordinal).limit(limit)).mappings())

    def one(self, connection: Connection, set_id: str, item_id: str) -> RowMapping:
        """Raises `Unknown`."""
        mine = (self.owner == set_id) & (self.items.c.id == item_id)
        row = connection.execute(select(self.items).where(mine)).mappings().first()
        if row is None:
            told = f"This {self.noun} has no {self.item} {item_id[:80]!r}."
            raise Unknown(f"unknown_{_code(self.item)}", told, f"Its {self.item}s are listed with it.")
        return row

    def everything(self, connection: Connection, set_id: str) -> list[RowMapping]:
        """All items of the set of that id, in order."""
        wanted = select(self.items).where(self.owner == set_id).order_by(self.items.c.ordinal)
        return list(connection.execute(wanted).mappings())

    def add(self, connection: Connection, set_id: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Put items (columns without set and ordinal) after those that are there. Raises `Conflict` for an id that is
        taken, `BadRequest` for too many."""
        there = connection.execute(select(self.items.c.id).where(self.owner == set_id)).scalars()
        taken, new = set(there), list(rows)
        twice = [row["id"] for row in new if row["id"] in taken]
        if twice:
            told = f"The {self.noun} has a {self.item} {twice[0]!r} already."
            raise Conflict(f"{_code(self.item)}_exists", told, "Change that one instead.")
        if len(taken) + len(new) > self.most:
            told = f"A {self.noun} can have {self.most:,} {self.item}s."
            raise BadRequest(f"too_many_{_code(self.item)}s", told, "Divide it.")
        last = connection.execute(select(func.max(self.items.c.ordinal)).where(self.owner == set_id)).scalar()
        after = -1 if last is None else last
        if new:
            mine = {self.owner.name: set_id}
            connection.execute(
                insert(self.items), [{**mine, **row, "ordinal": place} for place, row in enumerate(new, after + 1)]
            )

    def change(self, connection: Connection, set_id: str, item_id: str, values: Mapping[str, Any]) -> RowMapping:
        """Give an item these columns; the item then."""
        if values:
            mine = (self.owner == set_id) & (self.items.c.id == item_id)
            connection.execute(update(self.items).where(mine).values(**values))
            self.touched(connection, set_id)
        return self.one(connection, set_id, item_id)

    def touched(self, connection: Connection, set_id: str) -> None:
        """Its items are not those it came with any more."""
        connection.execute(update(self.sets).where(self.sets.c.id == set_id).values(digest=None))

    def _shown(self) -> Select[Any]:
        """Sets with the counts of their items: accepted, drafts, rejected."""

        def count(status: ItemStatus) -> Any:
            return func.coalesce(func.sum(case((self.items.c.status == status, 1), else_=0)), 0)

        counts = (
            select(
                self.owner.label("owner"),
                count("accepted").label("accepted"),
                count("draft").label("drafts"),
                count("rejected").label("rejected"),
            )
            .group_by(self.owner)
            .subquery()
        )
        # A drafting that waits for a worker is no other thing to people than one that has it.
        drafted = case((self.sets.c.status == "queued", "drafting"), else_=self.sets.c.status).label("status")
        return select(
            *(drafted if name == "status" else self.sets.c[name] for name in _SHOWN),
            *(func.coalesce(counts.c[name], 0).label(name) for name in ("accepted", "drafts", "rejected")),
        ).join_from(self.sets, counts, counts.c.owner == self.sets.c.id, isouter=True)


def leased() -> list[Column[Any]]:
    """The columns by which a set's table has the drafting of sets leased: see `service.leases`."""
    return [
        Column("unasked", Integer, nullable=False, default=0),  # chunks that the model could not be asked about
        Column("local", Integer, nullable=False, default=0),  # 1: the local model drafts
        Column("fruitless", Integer, nullable=False, default=0),  # claims in a row after which no chunk was asked about
        Column("cancel_requested", Integer, nullable=False, default=0),
        Column("started_at", String),
        Column("finished_at", String),
    ]


def add_leased(connection: Connection, table: Table) -> None:
    """Migration: give the table of a catalogue of before those of these columns that it lacks."""
    there = {column["name"] for column in inspect(connection).get_columns(table.name)}
    for column in leased():
        if column.name not in there:
            kind = column.type.compile(connection.dialect) + ("" if column.nullable else " DEFAULT 0 NOT NULL")
            connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {column.name} {kind}"))


def _code(noun: str) -> str:
    return noun.replace(" ", "_")
