"""A dataset out of conversations that people rated. Functions block; call them through `Transactions`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from ingest.catalogue.gone import gone
from service import blanking
from service.chat.schema import answers, conversations, feedback
from service.compare.schema import comparisons, lanes
from service.errors import BadRequest
from service.evaluate import datasets
from service.evaluate.cases import Draft
from service.evaluate.types import Dataset
from service.hygiene import normal


@dataclass(frozen=True, slots=True)
class Rated:
    """A question that somebody rated the answer to. `answer` is the answer object, `source` what was said of it."""

    question: str
    answer: Mapping[str, Any]
    rating: int
    comment: str | None
    source: Mapping[str, Any]

    @property
    def declined(self) -> bool:
        return bool(self.answer.get("finish") == "declined")


def rated(connection: Connection, *, collection: str | None, since: str | None, limit: int) -> list[Rated]:
    """Every rated question once, the liked ones first, each newest first. Only first turns: a follow-up does not stand
    alone, nor does what was compared in the middle of a conversation. `since` as the catalogue writes instants. Raises
    `BadRequest` when nobody has rated anything."""
    found: dict[str, Rated] = {}
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
        if same in found:
            continue
        if len(found) >= limit:
            break
        source = {
            "answer_id": row["id"],
            "variant": row["body"].get("variant"),
            "rating": row["rating"],
            "reason": row["reason"],
            "comment": row["comment"],
            "said": row["body"].get("text", "")[:2000],
        }
        body = row["body"]
        if lost := gone(connection, blanking.documents_in(body)):  # a delete under way has looked for copies already
            body = blanking.answer(body, lost)
        found[same] = Rated(row["question"], body, row["rating"], row["comment"], source)
    if not found:
        raise BadRequest("no_feedback", "Nobody has rated an answer there.", "Rate some answers, or leave `since` out.")
    return list(found.values())


def from_feedback(
    connection: Connection, name: str, *, collection: str | None, since: str | None, limit: int
) -> Dataset:
    """Every rated question as a draft for a person to review.

    A liked answer is the reference and what it cites is the gold; of a disliked one only the question is kept, and the
    source says what was wrong. Raises as `rated`.
    """
    drafts: list[Draft] = []
    sources: dict[str, Mapping[str, Any]] = {}
    for number, one in enumerate(rated(connection, collection=collection, since=since, limit=limit), 1):
        draft = _draft(f"fb-{number:04d}", one)
        drafts.append(draft)
        sources[draft.id] = one.source
    return datasets.create(connection, name, drafts, "conversations", status="draft", sources=sources)


def _draft(id: str, one: Rated) -> Draft:
    liked, answer = one.rating == 1, one.answer
    citations = answer.get("citations", []) if liked and not one.declined else []
    quotes = {(cited["name"], cited["quote"]): cited["page"] for cited in citations if cited["quote"]}
    body: dict[str, Any] = {
        "question": one.question,
        "answers": [answer.get("text", "")] if liked and not one.declined and answer.get("text") else [],
        "gold_docs": list(dict.fromkeys(doc for doc, _ in quotes)),
        "tags": ["from_feedback"],
        "gold_passages": [
            {"doc": doc, "text": text, "page": page, "also_ok_pages": []} for (doc, text), page in quotes.items()
        ],
        "answerable": not (liked and one.declined),
        "history": [],
    }
    return Draft(id, body)
