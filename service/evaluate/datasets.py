"""Datasets in the catalogue. Functions block; call them through `Transactions`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, case, delete, func, insert, select, update

from ingest.catalogue.engine import now
from service.characters import UNWRITABLE
from service.errors import BadRequest, Conflict, Unknown
from service.evaluate.cases import MOST, Draft, checked, digest
from service.evaluate.schema import cases, datasets
from service.evaluate.types import CaseStatus, Dataset, Origin, StoredCase
from service.ids import new_id
from service.lines import Unusable

LONGEST_NAME = 200


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
    name = named(name)
    made_of = digest(drafts) if origin == "upload" else None
    if made_of is not None:
        same = connection.execute(
            select(datasets.c.id).where(datasets.c.name == name, datasets.c.digest == made_of)
        ).scalar()
        if same is not None:
            return get(connection, same)
    id = new_id("set")
    connection.execute(
        insert(datasets).values(id=id, name=name, origin=origin, status="ready", digest=made_of, created_at=now())
    )
    _insert(connection, id, drafts, status, sources or {}, after=-1)
    return get(connection, id)


def named(name: str) -> str:
    """A name as it is kept. Raises `BadRequest`."""
    name = " ".join(name.split())
    if UNWRITABLE.search(name):
        raise BadRequest("bad_dataset_name", "The name holds a character that cannot be kept.", "Leave NUL out.")
    if not name or len(name) > LONGEST_NAME:
        raise BadRequest("bad_dataset_name", "A dataset needs a name of 1 to 200 characters.", "Give it a `name`.")
    return name


def get(connection: Connection, id_or_name: str) -> Dataset:
    """The dataset of that id, or the newest of that name. Raises `Unknown`."""
    row = connection.execute(_shown().where(datasets.c.id == id_or_name)).mappings().first()
    if row is None:
        newest = _shown().where(datasets.c.name == id_or_name).order_by(datasets.c.created_at.desc()).limit(1)
        row = connection.execute(newest).mappings().first()
    if row is None:
        raise Unknown(
            "unknown_dataset", f"There is no dataset {id_or_name[:80]!r}.", "GET /api/datasets lists what there is."
        )
    return _dataset(row)


def page(connection: Connection, limit: int, before: str | None) -> list[Dataset]:
    """At most `limit` datasets, newest first, older than the one named `before`."""
    wanted = _shown().order_by(datasets.c.created_at.desc(), datasets.c.id.desc()).limit(limit)
    if before:
        at = select(datasets.c.created_at).where(datasets.c.id == before).scalar_subquery()
        wanted = wanted.where((datasets.c.created_at < at) | ((datasets.c.created_at == at) & (datasets.c.id < before)))
    return [_dataset(row) for row in connection.execute(wanted).mappings()]


def remove(connection: Connection, dataset_id: str) -> None:
    """Forget a dataset. Runs over it keep their own copy of its cases. Raises `Unknown`."""
    found = get(connection, dataset_id)
    connection.execute(delete(datasets).where(datasets.c.id == found.id))


def case_page(
    connection: Connection, dataset_id: str, limit: int, after: int = -1, status: CaseStatus | None = None
) -> list[StoredCase]:
    """At most `limit` cases in order, after that ordinal. Raises `Unknown` for no such dataset."""
    found = get(connection, dataset_id)
    wanted = select(cases).where(cases.c.dataset_id == found.id, cases.c.ordinal > after)
    if status is not None:
        wanted = wanted.where(cases.c.status == status)
    rows = connection.execute(wanted.order_by(cases.c.ordinal).limit(limit)).mappings()
    return [_case(row) for row in rows]


def accepted(connection: Connection, dataset_id: str) -> list[StoredCase]:
    """Every case a run may ask, in order."""
    return case_page(connection, dataset_id, MOST, status="accepted")


def one_case(connection: Connection, dataset_id: str, case_id: str) -> StoredCase:
    """Raises `Unknown`."""
    row = (
        connection.execute(select(cases).where(cases.c.dataset_id == dataset_id, cases.c.id == case_id))
        .mappings()
        .first()
    )
    if row is None:
        raise Unknown("unknown_case", f"This dataset has no case {case_id[:80]!r}.", "Its cases are listed with it.")
    return _case(row)


def add_cases(
    connection: Connection,
    dataset_id: str,
    drafts: Sequence[Draft],
    status: CaseStatus = "accepted",
    sources: Mapping[str, Mapping[str, Any]] | None = None,
) -> Dataset:
    """Add cases after those that are there. Raises `Conflict` for an id that is taken, `BadRequest` for too many."""
    found = get(connection, dataset_id)
    taken = set(connection.execute(select(cases.c.id).where(cases.c.dataset_id == found.id)).scalars())
    twice = [draft.id for draft in drafts if draft.id in taken]
    if twice:
        raise Conflict("case_exists", f"The dataset has a case {twice[0]!r} already.", "Change that one instead.")
    if len(taken) + len(drafts) > MOST:
        raise BadRequest("too_many_cases", f"A dataset can have {MOST:,} cases.", "Divide it.")
    last = connection.execute(select(func.max(cases.c.ordinal)).where(cases.c.dataset_id == found.id)).scalar()
    _insert(connection, found.id, drafts, status, sources or {}, after=-1 if last is None else last)
    _changed(connection, found.id)
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
    if values:
        mine = (cases.c.dataset_id == found.id) & (cases.c.id == case_id)
        connection.execute(update(cases).where(mine).values(**values))
        _changed(connection, found.id)
    return one_case(connection, found.id, case_id)


def _insert(
    connection: Connection,
    dataset_id: str,
    drafts: Iterable[Draft],
    status: CaseStatus,
    sources: Mapping[str, Mapping[str, Any]],
    *,
    after: int,
) -> None:
    rows = [
        {
            "dataset_id": dataset_id,
            "id": draft.id,
            "ordinal": ordinal,
            "status": status,
            "body": dict(draft.body),
            "source": dict(sources[draft.id]) if draft.id in sources else None,
        }
        for ordinal, draft in enumerate(drafts, after + 1)
    ]
    if rows:
        connection.execute(insert(cases), rows)


def _changed(connection: Connection, dataset_id: str) -> None:
    connection.execute(update(datasets).where(datasets.c.id == dataset_id).values(digest=None))


def _shown() -> Select[Any]:
    def count(status: CaseStatus) -> Any:
        return func.coalesce(func.sum(case((cases.c.status == status, 1), else_=0)), 0)

    named = func.coalesce(func.json_array_length(cases.c.body["gold_passages"]), 0) > 0
    with_passages = func.coalesce(func.sum(case(((cases.c.status == "accepted") & named, 1), else_=0)), 0)
    shown = (
        datasets.c.id,
        datasets.c.name,
        datasets.c.origin,
        datasets.c.status,
        datasets.c.wanted,
        datasets.c.tried,
        datasets.c.created_at,
    )
    counts = (
        select(
            cases.c.dataset_id,
            count("accepted").label("cases"),
            count("draft").label("drafts"),
            count("rejected").label("rejected"),
            with_passages.label("with_passages"),
        )
        .group_by(cases.c.dataset_id)
        .subquery()
    )
    return select(
        *shown,
        datasets.c.waiting,
        datasets.c.error,
        func.coalesce(counts.c.cases, 0).label("cases"),
        func.coalesce(counts.c.drafts, 0).label("drafts"),
        func.coalesce(counts.c.rejected, 0).label("rejected"),
        func.coalesce(counts.c.with_passages, 0).label("with_passages"),
    ).join_from(datasets, counts, counts.c.dataset_id == datasets.c.id, isouter=True)


def _dataset(row: Mapping[Any, Any]) -> Dataset:
    return Dataset(**{name: row[name] for name in Dataset.__slots__})


def _case(row: Mapping[Any, Any]) -> StoredCase:
    return StoredCase(row["id"], row["ordinal"], row["status"], row["body"], row["source"])
