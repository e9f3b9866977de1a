"""Thumbs: one per answer, changeable, revocable. Functions block; call them through `in_thread`."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection, delete, insert, select

from ingest.catalogue.engine import now
from service.chat.schema import answers, feedback
from service.errors import Unknown


def give(
    connection: Connection, answer_id: str, *, rating: Literal[1, -1], reason: str | None, comment: str | None
) -> None:
    """Keep this rating of an answer in place of any earlier one. Raises `Unknown` for no such answer."""
    if not connection.execute(select(answers.c.id).where(answers.c.id == answer_id)).first():
        raise Unknown("unknown_answer", f"There is no answer {answer_id[:80]!r}.", "Rate an answer you were given.")
    connection.execute(delete(feedback).where(feedback.c.answer_id == answer_id))
    connection.execute(
        insert(feedback).values(answer_id=answer_id, rating=rating, reason=reason, comment=comment, created_at=now())
    )


def take_back(connection: Connection, answer_id: str) -> None:
    """Forget the rating of an answer. Raises `Unknown` when there is none."""
    if not connection.execute(delete(feedback).where(feedback.c.answer_id == answer_id)).rowcount:
        raise Unknown("unknown_feedback", f"The answer {answer_id[:80]!r} has no rating.", "There is nothing to undo.")
