"""Training pairs out of conversations that people rated. Functions block; call them through `Transactions`."""

from __future__ import annotations

from sqlalchemy import Connection

from service.evaluate.harvest import Rated, rated
from service.metrics.normal import without_markers
from service.tune import pairs
from service.tune.types import Pair, PairSet


def from_feedback(
    connection: Connection, name: str, *, collection: str | None, since: str | None, limit: int
) -> PairSet:
    """Every rated question as a draft for a person to review: a liked answer as it was given, without its citation
    marks; of a disliked one the comment, which may say what is right, or nothing. Raises `BadRequest` (no feedback)."""
    found = rated(connection, collection=collection, since=since, limit=limit)
    return pairs.drafted(connection, name, "conversations", [(_pair(one), one.source) for one in found])


def _pair(one: Rated) -> Pair:
    cited = [citation["name"] for citation in one.answer.get("citations", ())]
    document = max(sorted(set(cited)), key=cited.count) if cited else None
    if one.rating == 1:
        return Pair(one.question, without_markers(one.answer.get("text", "")).strip(), document)
    return Pair(one.question, (one.comment or "").strip(), document)
