"""The copies of a document's text that answers, comparisons and evaluations hold: blanked when it is deleted.

What people asked and models said stays, with the places it was taken from; see `service.blanking`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Table, Text, and_, cast, func, or_, select, tuple_, update

from ingest.catalogue.engine import now
from ingest.catalogue.transactions import Transactions
from service import blanking
from service.chat.schema import answers
from service.compare.schema import lanes
from service.evaluate.cases import case_of
from service.evaluate.report import scored
from service.evaluate.schema import cases, results, run_cases, runs
from service.evaluate.types import Result
from service.tune.schema import pairs

Place = Literal["answers", "evaluations"]
AT_ONCE = 50
"""Rows blanked in one transaction: others write between two."""
_NAMED = 20
"""Documents looked for by their ids; of more, every row that names any document is looked at."""
_Change = Callable[[Connection, Row[Any], Set[str]], Mapping[str, Any]]


async def blank(catalogue: Transactions, document_ids: Set[str]) -> dict[Place, int]:
    """Blank what is kept of these documents' text; rows changed, by place. Again, it changes nothing.

    Only what was kept before they were buried has to be found: see `ingest.catalogue.gone`.
    """
    changed: dict[Place, int] = {"answers": 0, "evaluations": 0}
    if not document_ids:
        return changed
    for kind in _KINDS:
        after: Sequence[Any] | None = None
        while keys := await catalogue.read(lambda c, k=kind, a=after: _keys(c, k, document_ids, a)):  # type: ignore[misc]
            changed[kind.place] += await catalogue.write(lambda c, k=kind, some=keys: _slice(c, k, some, document_ids))  # type: ignore[misc]
            after = keys[-1]
    await catalogue.write(_noted)
    return changed


def _mentions(column: ColumnElement[Any], document_ids: Set[str]) -> ColumnElement[bool]:
    held = cast(column, Text)
    if len(document_ids) > _NAMED:
        return held.contains("document_id")
    return or_(*(held.contains(one, autoescape=True) for one in sorted(document_ids)))


def _answers(_connection: Connection, row: Row[Any], document_ids: Set[str]) -> Mapping[str, Any]:
    return {"body": blanking.answer(row.body, document_ids)}


def _lanes(connection: Connection, row: Row[Any], document_ids: Set[str]) -> Mapping[str, Any]:
    given = set(row.documents or ())
    if row.documents is None:
        body = connection.execute(select(answers.c.body).where(answers.c.id == row.answer_id)).scalar()
        given = blanking.documents_in(body or {})
    return {"prompts": blanking.prompts(row.prompts)} if row.prompts and given & document_ids else {}


def _lane_mentions(document_ids: Set[str]) -> ColumnElement[bool]:
    """By the documents it was given; a lane of before these were noted, or cut off early, by its answer."""
    answered = select(answers.c.id).where(_mentions(answers.c.body, document_ids))
    given = lanes.c.documents
    noted = _mentions(given, document_ids) if len(document_ids) <= _NAMED else given.is_not(None)
    return or_(noted, and_(given.is_(None), lanes.c.answer_id.in_(answered)))


def _results(connection: Connection, row: Row[Any], document_ids: Set[str]) -> Mapping[str, Any]:
    body = blanking.answer(row.answer, document_ids)
    if body == row.answer or row.frozen is not None:
        return {"answer": body}
    asked = select(run_cases.c.body).where(run_cases.c.run_id == row.run_id, run_cases.c.case_id == row.case_id)
    case = case_of(row.case_id, connection.execute(asked).scalar_one())
    kept = Result(row.case_id, row.arm, row.repeat, row.position, row.answer, row.finish, row.tries)
    return {"answer": body, "frozen": scored.frozen(case, kept)}


def _oracles(_connection: Connection, row: Row[Any], document_ids: Set[str]) -> Mapping[str, Any]:
    return {"oracle": blanking.passages(row.oracle, document_ids)}


def _drafts(_connection: Connection, row: Row[Any], document_ids: Set[str]) -> Mapping[str, Any]:
    if not row.source or row.source.get("document_id") not in document_ids:
        return {}
    return {"source": {**row.source, "text": "", "heading": []}}


def _harvested(connection: Connection, row: Row[Any], document_ids: Set[str]) -> Mapping[str, Any]:
    """Gold passages that were quotes of a rated answer: the document and page stay, as gold of their own."""
    rated = connection.execute(select(answers.c.body).where(answers.c.id == row.source["answer_id"])).scalar()
    names = {one["name"] for one in (rated or {}).get("citations") or () if one["document_id"] in document_ids}
    body = _without_quotes(row.body, names)
    for run_id, copy in connection.execute(
        select(run_cases.c.run_id, run_cases.c.body)
        .join(runs, runs.c.id == run_cases.c.run_id)
        .where(runs.c.dataset_id == row.dataset_id, run_cases.c.case_id == row.id)
    ).all():
        mine = (run_cases.c.run_id == run_id) & (run_cases.c.case_id == row.id)
        connection.execute(update(run_cases).where(mine).values(body=_without_quotes(copy, names)))
    return {"body": body}


def _without_quotes(body: Mapping[str, Any], names: Set[str]) -> dict[str, Any]:
    gold = body.get("gold_passages") or []
    return {**body, "gold_passages": [{**one, "text": ""} if one.get("doc") in names else one for one in gold]}


@dataclass(frozen=True, slots=True)
class _Kind:
    """A table with copies: which rows may hold some, and what their columns become."""

    place: Place
    table: Table
    mentions: Callable[[Set[str]], ColumnElement[bool]]
    change: _Change


_KINDS = (
    _Kind("answers", lanes, _lane_mentions, _lanes),
    _Kind("evaluations", results, lambda ids: _mentions(results.c.answer, ids), _results),
    _Kind("evaluations", run_cases, lambda ids: _mentions(run_cases.c.oracle, ids), _oracles),
    _Kind("evaluations", cases, lambda ids: _mentions(cases.c.source, ids), _drafts),
    _Kind("evaluations", pairs, lambda ids: _mentions(pairs.c.source, ids), _drafts),
    _Kind(
        "evaluations",
        cases,
        lambda ids: (
            cases.c.source["answer_id"].as_string().in_(select(answers.c.id).where(_mentions(answers.c.body, ids)))
        ),
        _harvested,
    ),
    _Kind("answers", answers, lambda ids: _mentions(answers.c.body, ids), _answers),
)


def _keys(connection: Connection, kind: _Kind, document_ids: Set[str], after: Sequence[Any] | None) -> list[Any]:
    key = list(kind.table.primary_key.columns)
    wanted = select(*key).where(kind.mentions(document_ids)).order_by(*key).limit(AT_ONCE)
    if after is not None:
        wanted = wanted.where(tuple_(*key) > tuple_(*after))
    return [tuple(row) for row in connection.execute(wanted)]


def _slice(connection: Connection, kind: _Kind, keys: Sequence[Any], document_ids: Set[str]) -> int:
    """Blank these rows; how many were not blank."""
    table, key = kind.table, list(kind.table.primary_key.columns)
    changed = 0
    for one in keys:
        mine = and_(*(column == value for column, value in zip(key, one, strict=True)))
        row = connection.execute(select(table).where(mine).with_for_update()).first()
        if row is None:
            continue
        values = dict(kind.change(connection, row, document_ids))
        if any(value != row._mapping[name] for name, value in values.items()):
            connection.execute(update(table).where(mine).values(**values))
            changed += 1
    return changed


def _noted(connection: Connection) -> None:
    """Say in every run how many of its answers keep scores that cannot be computed anew."""
    blanked = select(results.c.run_id, func.count()).where(results.c.frozen.is_not(None)).group_by(results.c.run_id)
    for run_id, answers_blanked in connection.execute(blanked).all():
        run = connection.execute(select(runs.c.provenance, runs.c.warnings).where(runs.c.id == run_id)).one()
        if run.provenance.get("blanked", {}).get("answers") == answers_blanked:
            continue
        count = "1 answer" if answers_blanked == 1 else f"{answers_blanked:,} answers"
        told = (
            f"{_DELETED} this run, and with them the passages of {count}. What had been scored by these "
            "passages, search and citations, keeps its score."
        )
        connection.execute(
            update(runs)
            .where(runs.c.id == run_id)
            .values(
                provenance={**run.provenance, "blanked": {"answers": answers_blanked, "at": now()}},
                warnings=[*(one for one in run.warnings if not one.startswith(_DELETED)), told],
            )
        )


_DELETED = "Documents were deleted since"
