"""A dataset out of conversations that people rated. Functions block; call them through `Transactions`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from service.chat.schema import answers, conversations, feedback
from service.compare.schema import comparisons, lanes
from service.errors import BadRequest
from service.evaluate import datasets
from service.evaluate.cases import Draft
from service.evaluate.hygiene import normal
from service.evaluate.types import Dataset


def from_feedback(
    connection: Connection, name: str, *, collection: str | None, since: str | None, limit: int
) -> Dataset:
    """Every rated question once, newest first, as drafts for a person to review.

    A liked answer is the reference and what it cites is the gold; of a disliked one only the question is kept, and the
    source says what was wrong. Only first turns: a follow-up does not stand alone, nor does what was compared in the
    middle of a conversation. `since` as the catalogue writes instants. Raises `BadRequest` when nobody has rated
    anything.
    """
    drafts: dict[str, Draft] = {}
    sources: dict[str, dict[str, Any]] = {}
    asked: set[str] = set()
    earlier = answers.alias()
    first = ~(
        select(earlier.c.id)
        .where(
            earlier.c.conversation_id == answers.c.conversation_id,
            earlier.c.created_at < answers.c.created_at,
            earlier.c.question != answers.c.question,
        )
        .exists()
    )
    amid = (
        select(lanes.c.comparison_id)
        .join(comparisons, comparisons.c.id == lanes.c.comparison_id)
        .join(earlier, earlier.c.conversation_id == comparisons.c.conversation_id)
        .where(
            lanes.c.answer_id == answers.c.id,
            earlier.c.created_at < answers.c.created_at,
            earlier.c.question != answers.c.question,
        )
        .exists()
    )
    wanted = (
        select(answers.c.id, answers.c.question, answers.c.body, feedback)
        .join(feedback, feedback.c.answer_id == answers.c.id)
        .join(conversations, conversations.c.id == answers.c.conversation_id)
        .where(first, ~amid)
        .order_by(feedback.c.rating.desc(), feedback.c.created_at.desc())
    )
    if collection is not None:
        wanted = wanted.where(conversations.c.collection == collection)
    if since is not None:
        wanted = wanted.where(feedback.c.created_at >= since)
    for row in connection.execute(wanted).mappings():
        same = normal(row["question"])
        if same in asked:
            continue
        if len(drafts) >= limit:
            break
        asked.add(same)
        draft = _draft(f"fb-{len(drafts) + 1:04d}", row["question"], row["body"], liked=row["rating"] == 1)
        drafts[draft.id] = draft
        sources[draft.id] = {
            "answer_id": row["id"],
            "variant": row["body"].get("variant"),
            "rating": row["rating"],
            "reason": row["reason"],
            "comment": row["comment"],
            "said": row["body"].get("text", "")[:2000],
        }
    if not drafts:
        raise BadRequest("no_feedback", "Nobody has rated an answer there.", "Rate some answers, or leave `since` out.")
    return datasets.create(connection, name, list(drafts.values()), "conversations", status="draft", sources=sources)


def _draft(id: str, question: str, answer: Any, *, liked: bool) -> Draft:
    declined = answer.get("finish") == "declined"
    citations = answer.get("citations", []) if liked and not declined else []
    quotes = {(one["name"], one["quote"]): one["page"] for one in citations}
    body: dict[str, Any] = {
        "question": question,
        "answers": [answer.get("text", "")] if liked and not declined and answer.get("text") else [],
        "gold_docs": list(dict.fromkeys(doc for doc, _ in quotes)),
        "tags": ["from_feedback"],
        "gold_passages": [
            {"doc": doc, "text": text, "page": page, "also_ok_pages": []} for (doc, text), page in quotes.items()
        ],
        "answerable": not (liked and declined),
        "history": [],
    }
    return Draft(id, body)
