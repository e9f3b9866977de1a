"""Training pairs in the catalogue: `service.sets` of pairs. Functions block; call them through `Transactions`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from service.errors import BadRequest
from service.lines import Unusable
from service.sets import Sets
from service.tune.schema import pair_sets, pairs
from service.tune.types import Origin, Pair, PairSet, PairStatus, StoredPair
from service.tune.upload import MOST, checked, digest

SETS = Sets(pair_sets, pairs, pairs.c.set_id, noun="pair set", item="pair", where="/api/pairs", most=MOST)


def create(connection: Connection, name: str, given: Sequence[Pair]) -> PairSet:
    """Keep uploaded pairs. The very same pairs uploaded again under the same name are the set that is there.

    Raises `BadRequest` for a name that does not fit.
    """
    made_of = digest(given)
    if (same := SETS.same(connection, name, made_of)) is not None:
        return get(connection, same)
    id = SETS.create(connection, name, "upload", digest=made_of)
    SETS.add(connection, id, [_row(number, one, "accepted") for number, one in enumerate(given, 1)])
    return get(connection, id)


def drafted(
    connection: Connection, name: str, origin: Origin, given: Sequence[tuple[Pair, Mapping[str, Any]]]
) -> PairSet:
    """Keep pairs with their sources as drafts: a person reviews each."""
    id = SETS.create(connection, name, origin)
    SETS.add(connection, id, [_row(n, pair, "draft", source) for n, (pair, source) in enumerate(given, 1)])
    return get(connection, id)


def get(connection: Connection, id_or_name: str) -> PairSet:
    """The set of that id, or the newest of that name. Raises `Unknown`."""
    return _pair_set(SETS.get(connection, id_or_name))


def page(connection: Connection, limit: int, before: str | None) -> list[PairSet]:
    """At most `limit` sets, newest first, older than the one named `before`."""
    return [_pair_set(row) for row in SETS.page(connection, limit, before)]


def item_page(
    connection: Connection, set_id: str, limit: int, after: int = -1, status: PairStatus | None = None
) -> list[StoredPair]:
    """At most `limit` pairs in order, after that ordinal. Raises `Unknown` for no such set."""
    return [_stored(row) for row in SETS.item_page(connection, set_id, limit, after, status)]


def accepted(connection: Connection, set_id: str) -> list[StoredPair]:
    """Every pair that may be trained on, in order."""
    return item_page(connection, set_id, MOST, status="accepted")


def add(connection: Connection, set_id: str, given: Sequence[Pair], status: PairStatus = "accepted") -> PairSet:
    """Add pairs after those that are there. Raises `Unknown`, `BadRequest` for too many."""
    found = get(connection, set_id)
    there = found.pairs + found.drafts + found.rejected
    SETS.add(connection, found.id, [_row(number, one, status) for number, one in enumerate(given, there + 1)])
    SETS.touched(connection, found.id)
    return get(connection, found.id)


def change(
    connection: Connection, set_id: str, pair_id: str, changes: Mapping[str, Any], status: PairStatus | None
) -> StoredPair:
    """Change what is named, and accept or reject it. Raises `Unknown`, and `BadRequest` for what is no pair then."""
    found = get(connection, set_id)
    there = _stored(SETS.one(connection, found.id, pair_id))
    values: dict[str, Any] = {} if status is None else {"status": status}
    wanted = {"question": there.question, "answer": there.answer, "document": there.document, **changes}
    if changes or status == "accepted":
        try:
            pair = checked(wanted)
        except Unusable as error:
            raise BadRequest(
                "bad_pair", f"That would be no pair: {error}.", "It needs a question and an answer."
            ) from (error)
        values |= {"question": pair.question, "answer": pair.answer, "document": pair.document}
    return _stored(SETS.change(connection, found.id, pair_id, values))


def change_all(connection: Connection, set_id: str, status: PairStatus) -> PairSet:
    """Accept or reject every draft that has an answer."""
    found = get(connection, set_id)
    for one in item_page(connection, found.id, MOST, status="draft"):
        if status == "rejected" or one.answer.strip():
            SETS.change(connection, found.id, one.id, {"status": status})
    return get(connection, found.id)


def _row(number: int, one: Pair, status: PairStatus, source: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {
        "id": f"p-{number:05d}",
        "status": status,
        "question": one.question,
        "answer": one.answer,
        "document": one.document,
        "source": dict(source) if source is not None else None,
    }


def row_of(number: int, one: Pair, source: Mapping[str, Any]) -> dict[str, Any]:
    """A drafted pair as `SETS.add` takes it."""
    return _row(number, one, "draft", source)


def _pair_set(row: Mapping[Any, Any]) -> PairSet:
    told = {**row, "pairs": row["accepted"]}
    return PairSet(**{name: told[name] for name in PairSet.__slots__})


def _stored(row: Mapping[Any, Any]) -> StoredPair:
    return StoredPair(**{name: row[name] for name in StoredPair.__slots__})
