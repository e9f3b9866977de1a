"""Conversations and answers in the catalogue. Functions block; call them through `in_thread`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from ingest.catalogue.engine import instant, now
from ingest.catalogue.gone import gone
from service import blanking
from service.answer.sent import sent
from service.chat.schema import answers, conversations
from service.errors import Conflict, Unknown
from service.types import Answer, Message

TITLE_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a conversation and the answer object it got."""

    question: str
    answer: dict[str, Any]
    created_at: str


def messages(
    connection: Connection,
    conversation_id: str,
    *,
    before: str | None = None,
    until: str | None = None,
    limit: int = 12,
) -> tuple[Message, ...]:
    """The last turns as chat messages, oldest first; only those earlier than the answer `before`, and answered by the
    instant `until`, where given.

    Answers that failed or said nothing are left out. Raises `Unknown` for no such conversation or answer.
    """
    _must_exist(connection, conversation_id)
    spoken = (
        select(answers.c.question, answers.c.text)
        .where(answers.c.conversation_id == conversation_id, answers.c.finish != "failed", answers.c.text != "")
        .order_by(answers.c.created_at.desc(), answers.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        spoken = spoken.where(answers.c.created_at < _when(connection, conversation_id, before))
    if until is not None:
        spoken = spoken.where(answers.c.created_at <= until)
    rows = connection.execute(spoken).all()
    said: list[Message] = []
    for question, text in reversed(rows):
        said += [Message("user", question), Message("assistant", text)]
    return tuple(said)


def latest(connection: Connection, limit: int) -> list[dict[str, Any]]:
    """The answer objects of the last answers given here, newest first."""
    rows = connection.execute(select(answers.c.body).order_by(answers.c.created_at.desc()).limit(limit))
    return [body for (body,) in rows]


def turns(connection: Connection, conversation_id: str) -> list[Turn]:
    """The whole conversation, oldest first. Raises `Unknown`."""
    _must_exist(connection, conversation_id)
    rows = connection.execute(
        select(answers.c.question, answers.c.body, answers.c.created_at)
        .where(answers.c.conversation_id == conversation_id)
        .order_by(answers.c.created_at, answers.c.id)
    ).all()
    return [Turn(question, body, created_at) for question, body, created_at in rows]


def record(connection: Connection, answer: Answer, *, question: str, collection: str, visitor: str | None) -> None:
    """Keep an answer, and its conversation when this is the first turn of it."""
    if not connection.execute(select(conversations.c.id).where(conversations.c.id == answer.conversation_id)).first():
        connection.execute(
            insert(conversations).values(
                id=answer.conversation_id,
                collection=collection,
                visitor=visitor,
                title=question[:TITLE_LENGTH],
                created_at=now(),
            )
        )
    try:
        connection.execute(
            insert(answers).values(
                id=answer.id,
                conversation_id=answer.conversation_id,
                question=question,
                variant=answer.variant,
                finish=answer.finish,
                text=answer.text,
                body=_body(connection, answer),
                created_at=_next_instant(connection, answer.conversation_id),
            )
        )
    except IntegrityError as error:
        raise Conflict("answer_exists", f"An answer with the id {answer.id} was kept before.") from error


def _body(connection: Connection, answer: Answer) -> dict[str, Any]:
    body: dict[str, Any] = sent(answer)
    lost = gone(connection, blanking.documents_in(body))
    return blanking.answer(body, lost) if lost else body


def _next_instant(connection: Connection, conversation_id: str) -> str:
    """Now, or the millisecond after the conversation's last answer if that is later: turns keep their order."""
    last = connection.execute(
        select(func.max(answers.c.created_at)).where(answers.c.conversation_id == conversation_id)
    ).scalar()
    present = now()
    if last is None or last < present:
        return present
    return instant(datetime.fromisoformat(last).timestamp() + 0.0015)


def _when(connection: Connection, conversation_id: str, answer_id: str) -> str:
    created_at: str | None = connection.execute(
        select(answers.c.created_at).where(answers.c.id == answer_id, answers.c.conversation_id == conversation_id)
    ).scalar()
    if created_at is None:
        raise Unknown(
            "unknown_answer", f"There is no answer {answer_id[:80]!r} in this conversation.", "Leave `replaces` out."
        )
    return created_at


def _must_exist(connection: Connection, conversation_id: str) -> None:
    if not connection.execute(select(conversations.c.id).where(conversations.c.id == conversation_id)).first():
        raise Unknown(
            "unknown_conversation",
            f"There is no conversation {conversation_id[:80]!r}.",
            "Leave conversation_id out to begin a new one.",
        )
