"""Datasets in the catalogue: `service.sets` of cases. Functions block; call them through `Transactions`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from service.errors import BadRequest
from service.evaluate.cases import MOST, Draft, checked, digest
from service.evaluate.schema import cases, datasets
from service.evaluate.types import CaseStatus, Dataset, Origin, StoredCase
from service.lines import Unusable
from service.sets import LONGEST_NAME, Sets

__all__ = ["LONGEST_NAME", "SETS"]

SETS = Sets(datasets, cases, cases.c.dataset_id, noun="dataset", item="case", where="/api/datasets", most=MOST)


def create(
    connection: Connection,
    name: str,
    drafts: Sequence[Draft],
    origin: Origin,
    *,
    status: CaseStatus = "accepted",
    sources: Mapping[str, Mapping[str, Any]] | None = None,
) -> Dataset:
    """Keep a dataset. The very same cases uploaded again under the same name are the dataset that is there.

    Raises `BadRequest` for a name that does not fit.
    """
    made_of = digest(drafts) if origin == "upload" else None
    if made_of is not None and (same := SETS.same(connection, name, made_of)) is not None:
        return get(connection, same)
    id = SETS.create(connection, name, origin, digest=made_of)
    SETS.add(connection, id, _rows(drafts, status, sources))
    return get(connection, id)


def named(name: str) -> str:
    """A name as it is kept. Raises `BadRequest`."""
    return SETS.named(name)


def get(connection: Connection, id_or_name: str) -> Dataset:
    """The dataset of that id, or the newest of that name. Raises `Unknown`."""
    (found,) = _datasets(connection, [SETS.get(connection, id_or_name)])
    return found


def page(connection: Connection, limit: int, before: str | None) -> list[Dataset]:
    """At most `limit` datasets, newest first, older than the one named `before`."""
    return _datasets(connection, SETS.page(connection, limit, before))


def remove(connection: Connection, dataset_id: str) -> None:
    """Forget a dataset. Runs over it keep their own copy of its cases. Raises `Unknown`."""
    SETS.remove(connection, dataset_id)


def case_page(
    connection: Connection, dataset_id: str, limit: int, after: int = -1, status: CaseStatus | None = None
) -> list[StoredCase]:
    """At most `limit` cases in order, after that ordinal. Raises `Unknown` for no such dataset."""
    return [_case(row) for row in SETS.item_page(connection, dataset_id, limit, after, status)]


def accepted(connection: Connection, dataset_id: str) -> list[StoredCase]:
    """Every case a run may ask, in order."""
    return case_page(connection, dataset_id, MOST, status="accepted")


def one_case(connection: Connection, dataset_id: str, case_id: str) -> StoredCase:
    """Raises `Unknown`."""
    return _case(SETS.one(connection, dataset_id, case_id))


def add_cases(
    connection: Connection,
    dataset_id: str,
    drafts: Sequence[Draft],
    status: CaseStatus = "accepted",
    sources: Mapping[str, Mapping[str, Any]] | None = None,
) -> Dataset:
    """Add cases after those that are there. Raises `Conflict` for an id that is taken, `BadRequest` for too many."""
    found = get(connection, dataset_id)
    SETS.add(connection, found.id, _rows(drafts, status, sources))
    SETS.touched(connection, found.id)
    return get(connection, found.id)


def change_case(
    connection: Connection,
    dataset_id: str,
    case_id: str,
    changes: Mapping[str, Any],
    status: CaseStatus | None,
) -> StoredCase:
    """Change what is named, and accept or reject it. Raises `Unknown`, and `BadRequest` for what is no case then."""
    found = get(connection, dataset_id)
    there = one_case(connection, found.id, case_id)
    values: dict[str, Any] = {}
    if changes:
        try:
            values["body"] = dict(checked({**there.body, **changes, "id": case_id}).body)
        except Unusable as error:
            raise BadRequest("bad_case", f"That would be no case: {error}.", "See README for its fields.") from error
    if status is not None:
        values["status"] = status
    return _case(SETS.change(connection, found.id, case_id, values))


def _rows(
    drafts: Sequence[Draft], status: CaseStatus, sources: Mapping[str, Mapping[str, Any]] | None
) -> list[dict[str, Any]]:
    given = sources or {}
    return [
        {
            "id": draft.id,
            "status": status,
            "body": dict(draft.body),
            "source": dict(given[draft.id]) if draft.id in given else None,
        }
        for draft in drafts
    ]


def _datasets(connection: Connection, rows: Sequence[Mapping[Any, Any]]) -> list[Dataset]:
    has = func.coalesce(func.json_array_length(cases.c.body["gold_passages"]), 0) > 0
    wanted = cases.c.dataset_id.in_([row["id"] for row in rows]), cases.c.status == "accepted", has
    found = connection.execute(select(cases.c.dataset_id, func.count()).where(*wanted).group_by(cases.c.dataset_id))
    passages = {row.dataset_id: int(row[1]) for row in found}
    told = [{**row, "cases": row["accepted"], "with_passages": passages.get(row["id"], 0)} for row in rows]
    return [Dataset(**{name: one[name] for name in Dataset.__slots__}) for one in told]


def _case(row: Mapping[Any, Any]) -> StoredCase:
    return StoredCase(row["id"], row["ordinal"], row["status"], row["body"], row["source"])


def questions(connection: Connection) -> list[tuple[str, str]]:
    """(dataset and case, question) of everything that models are examined with: cases that nobody rejected."""
    named = select(datasets.c.name, cases.c.id, cases.c.body["question"].as_string()).join_from(datasets, cases)
    rows = connection.execute(
        named.where(cases.c.status != "rejected").order_by(datasets.c.created_at, cases.c.ordinal)
    )
    return [(f"{name} / {id}", question) for name, id, question in rows]
