"""The few-shot examples. Functions block; call them through `in_thread`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, insert, select

from ingest.catalogue.engine import now
from service.chat.schema import examples
from service.errors import BadRequest, Unknown
from service.ids import new_id
from service.types import Example

MOST = 200


def listing(connection: Connection) -> list[Example]:
    """All examples, in the order they were added."""
    rows = connection.execute(
        select(examples.c.id, examples.c.question, examples.c.answer).order_by(examples.c.ordinal)
    ).all()
    return [Example(question, answer, id) for id, question, answer in rows]


def add(connection: Connection, pairs: Sequence[tuple[str, str]]) -> list[Example]:
    """Add question/answer pairs; a question that is there already keeps its place and gets the new answer.

    Raises `BadRequest` when there would be more than `MOST`.
    """
    known = {example.question: example.id for example in listing(connection)}
    if len(known.keys() | {question for question, _ in pairs}) > MOST:
        raise BadRequest("too_many_examples", f"There can be {MOST} examples.", "Remove some first.")
    last = connection.execute(select(func.coalesce(func.max(examples.c.ordinal), 0))).scalar_one()
    for place, (question, answer) in enumerate(pairs, start=last + 1):
        if question in known:
            connection.execute(examples.update().where(examples.c.id == known[question]).values(answer=answer))
            continue
        known[question] = new_id("ex")
        connection.execute(
            insert(examples).values(
                id=known[question], ordinal=place, question=question, answer=answer, created_at=now()
            )
        )
    return listing(connection)


def remove(connection: Connection, example_id: str) -> None:
    """Forget one. Raises `Unknown`."""
    if not connection.execute(delete(examples).where(examples.c.id == example_id)).rowcount:
        raise Unknown("unknown_example", f"There is no example {example_id[:80]!r}.")
