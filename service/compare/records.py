"""Comparisons and their lanes in the catalogue. Functions block; call them through `in_thread`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, func, insert, or_, select, update

from ingest.catalogue.engine import now
from ingest.catalogue.gone import gone
from service import blanking
from service.chat.schema import answers
from service.compare.schema import comparisons, lanes, votes
from service.compare.types import Ended, Lane, Outcome
from service.errors import Unknown

RUNNING_SECONDS = 1_800
"""A lane that has run longer was lost with the process that ran it."""


@dataclass(frozen=True, slots=True)
class KeptLane:
    """`answer` is the whole answer object; None when there is none (yet)."""

    lane: int
    asked: int
    variant: str
    label: str
    approach: str
    model: str
    parameters: Mapping[str, Any]
    outcome: Outcome
    answer: Mapping[str, Any] | None
    shown: str | None
    reveals: str | None
    error: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Kept:
    id: str
    question: str
    battle_key: str
    collection: str
    blind: bool
    visitor: str | None
    conversation_id: str | None
    created_at: str
    lanes: tuple[KeptLane, ...]

    @property
    def running(self) -> bool:
        return any(lane.outcome == "running" for lane in self.lanes)

    @property
    def whole(self) -> bool:
        """Whether every lane has something to say about."""
        return all(lane.outcome in ("answered", "declined") for lane in self.lanes)


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list; `lanes` in order."""

    id: str
    question: str
    collection: str
    blind: bool
    created_at: str
    running: bool
    variants: tuple[str, ...]
    votes: int


@dataclass(frozen=True, slots=True)
class Calls:
    """The messages (role, content) of every call that a lane made of its model, in order."""

    lane: int
    variant: str
    calls: list[list[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class New:
    """A comparison about to begin."""

    id: str
    question: str
    question_key: str
    battle_key: str
    collection: str
    blind: bool
    drawn: bool
    visitor: str | None
    conversation_id: str | None = None


def begin(connection: Connection, new: New, placed: Sequence[Lane]) -> None:
    """Keep that this comparison is running."""
    connection.execute(insert(comparisons).values(**asdict(new), created_at=now()))
    connection.execute(
        insert(lanes),
        [
            {
                "comparison_id": new.id,
                "lane": lane.number,
                "asked": lane.asked,
                "began": lane.began,
                "variant": lane.arm.variant.name,
                "base": lane.arm.base,
                "label": lane.arm.variant.label,
                "approach": lane.arm.variant.approach,
                "model": lane.arm.variant.model,
                "parameters": dict(lane.arm.variant.parameters),
                "prompt_hash": lane.arm.variant.prompt_hash,
                "arm": lane.arm.key,
                "outcome": "running",
            }
            for lane in placed
        ],
    )


def end(
    connection: Connection,
    comparison_id: str,
    ended: Ended,
    *,
    shown: str | None,
    reveals: str | None,
    style: Mapping[str, int] | None,
    again: bool = False,
) -> None:
    """Keep how a lane ended. A second time changes nothing, unless it was asked `again` for want of an answer."""
    prompts = [[asdict(message) for message in call] for call in ended.prompts]
    if gone(connection, ended.documents):
        prompts = blanking.prompts(prompts)
    open_still = lanes.c.outcome.not_in(["answered", "declined"]) if again else lanes.c.outcome == "running"
    connection.execute(
        update(lanes)
        .where(lanes.c.comparison_id == comparison_id, lanes.c.lane == ended.lane, open_still)
        .values(
            outcome=ended.outcome,
            answer_id=ended.answer_id,
            conversation_id=ended.conversation_id,
            shown=shown,
            reveals=reveals,
            style=dict(style) if style is not None else None,
            error=dict(ended.error) if ended.error else None,
            prompts=prompts,
            documents=sorted(ended.documents),
        )
    )


def get(connection: Connection, comparison_id: str) -> Kept:
    """Raises `Unknown`."""
    row = connection.execute(select(comparisons).where(comparisons.c.id == comparison_id)).mappings().first()
    if row is None:
        raise Unknown(
            "unknown_comparison", f"There is no comparison {comparison_id[:80]!r}.", "Look for it in the list of them."
        )
    of_lanes = (
        select(lanes, answers.c.body)
        .outerjoin(answers, answers.c.id == lanes.c.answer_id)
        .where(lanes.c.comparison_id == comparison_id)
        .order_by(lanes.c.lane)
    )
    found = connection.execute(of_lanes).mappings().all()
    return Kept(
        id=row["id"],
        question=row["question"],
        battle_key=row["battle_key"],
        collection=row["collection"],
        blind=row["blind"],
        visitor=row["visitor"],
        conversation_id=row["conversation_id"],
        created_at=row["created_at"],
        lanes=tuple(_lane(lane, row["created_at"]) for lane in found),
    )


def prompts(connection: Connection, comparison_id: str) -> list[Calls]:
    """What every lane sent, by lane."""
    rows = connection.execute(
        select(lanes.c.lane, lanes.c.variant, lanes.c.prompts)
        .where(lanes.c.comparison_id == comparison_id)
        .order_by(lanes.c.lane)
    ).all()
    return [Calls(lane, variant, calls or []) for lane, variant, calls in rows]


def page(
    connection: Connection, *, visitor: str | None, collection: str | None, before: str | None, limit: int
) -> list[Listed]:
    """At most `limit` comparisons, newest first, older than the one with the id `before`.

    Those that this visitor asked, and those nobody in particular asked outside of any conversation: who was given the
    link of another one reads it, and nobody finds it in a list.
    """
    nobodys = and_(comparisons.c.visitor.is_(None), comparisons.c.conversation_id.is_(None))
    query = select(comparisons).where(or_(nobodys, comparisons.c.visitor == visitor) if visitor else nobodys)
    if collection is not None:
        query = query.where(comparisons.c.collection == collection)
    if before is not None:
        last = select(comparisons.c.created_at).where(comparisons.c.id == before).scalar_subquery()
        query = query.where(
            or_(comparisons.c.created_at < last, and_(comparisons.c.created_at == last, comparisons.c.id < before))
        )
    newest = query.order_by(comparisons.c.created_at.desc(), comparisons.c.id.desc()).limit(limit)
    rows = connection.execute(newest).mappings().all()
    ids = [row["id"] for row in rows]
    of: dict[str, list[RowMapping]] = {one: [] for one in ids}
    known = select(lanes.c.comparison_id, lanes.c.variant, lanes.c.outcome).where(lanes.c.comparison_id.in_(ids))
    for lane in connection.execute(known.order_by(lanes.c.lane)).mappings():
        of[lane["comparison_id"]].append(lane)
    cast = select(votes.c.comparison_id, func.count()).where(votes.c.comparison_id.in_(ids))
    counts = {row[0]: int(row[1]) for row in connection.execute(cast.group_by(votes.c.comparison_id))}
    return [
        Listed(
            id=row["id"],
            question=row["question"],
            collection=row["collection"],
            blind=row["blind"],
            created_at=row["created_at"],
            running=any(_outcome(lane["outcome"], row["created_at"]) == "running" for lane in of[row["id"]]),
            variants=tuple(lane["variant"] for lane in of[row["id"]]),
            votes=counts.get(row["id"], 0),
        )
        for row in rows
    ]


def _lane(row: RowMapping, created_at: str) -> KeptLane:
    return KeptLane(
        lane=row["lane"],
        asked=row["asked"],
        variant=row["variant"],
        label=row["label"],
        approach=row["approach"],
        model=row["model"],
        parameters=row["parameters"],
        outcome=_outcome(row["outcome"], created_at),
        answer=row["body"],
        shown=row["shown"],
        reveals=row["reveals"],
        error=row["error"],
    )


def _outcome(outcome: Outcome, created_at: str) -> Outcome:
    if outcome == "running" and time.time() - datetime.fromisoformat(created_at).timestamp() > RUNNING_SECONDS:
        return "stopped"
    return outcome
