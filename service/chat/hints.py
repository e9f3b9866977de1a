"""What the catalogue knows of questions that could be suggested. Functions block; call them through `in_thread`."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise, zip_longest
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select

from ingest.catalogue.schema import chunks, documents
from ingest.formats import extension
from service.chat.schema import answers, conversations, feedback, suggestions

VISITORS = 3
"""A question that visitors asked is shown to others only when this many different ones asked it: what one person
asks may be nobody else's business."""
_ADDRESS = re.compile(r"@|://|[a-z0-9-]\.[a-z]{2}|\d(?:[ ()./-]{0,2}\d){6,}", re.IGNORECASE)
"""An address, a link, or a number as long as a telephone's: nobody who only looks is told by strangers to go there."""
_RECENT = 2_000
_CHUNKS = 2_000
_SHORTEST, LONGEST = 6, 160
_WITHOUT_HEADINGS = frozenset({".txt", ".text", ".log", ".csv", ".tsv", ".tab", ".eml", ".msg", ".xml", ".pdf"})
"""There a line that stands alone may be anything: a letter asks, too."""
_NUMBERING = re.compile(r"^\s*(?:(?:\d+[.)]?)+|[QqFf問][.:：]|[•*#-]+)\s*")


def chosen(connection: Connection, collection_id: str) -> tuple[str, ...]:
    """Those that somebody wrote for the collection, in order."""
    return tuple(
        connection.execute(
            select(suggestions.c.question)
            .where(suggestions.c.collection_id == collection_id)
            .order_by(suggestions.c.ordinal)
        ).scalars()
    )


def choose(connection: Connection, collection_id: str, questions: Sequence[str]) -> None:
    """Put these in the place of those that were written before."""
    connection.execute(delete(suggestions).where(suggestions.c.collection_id == collection_id))
    if questions:
        rows = [
            {"collection_id": collection_id, "ordinal": at, "question": question}
            for at, question in enumerate(questions)
        ]
        connection.execute(insert(suggestions), rows)


def asked(connection: Connection, collection: str, searching: Iterable[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Of the last questions that variants which search (`searching`) got about this collection: those that work, the
    most asked first, and the keys (`key`) of those whose last answer was declined or disliked.

    One works when `VISITORS` different visitors asked it, nobody's thumb is down, and every citation of its last
    answer was verified. None is shown with an address, a link or a telephone's number: a visitor is whoever the
    caller says, so three may be one who wants others to go there.
    """
    rows = connection.execute(
        select(answers.c.id, answers.c.question, answers.c.finish, conversations.c.visitor, feedback.c.rating)
        .select_from(
            answers.join(conversations, conversations.c.id == answers.c.conversation_id).outerjoin(
                feedback, feedback.c.answer_id == answers.c.id
            )
        )
        .where(conversations.c.collection == collection, answers.c.variant.in_([*searching]))
        .order_by(answers.c.created_at.desc(), answers.c.id.desc())
        .limit(_RECENT)
    ).all()
    same: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        same[key(row.question)].append(row)
    failing = {name for name, said in same.items() if said[0].finish == "declined" or said[0].rating == -1}
    liked = {
        name: said
        for name, said in same.items()
        if name not in failing
        and said[0].finish == "answered"
        and len({row.visitor for row in said if row.visitor}) >= VISITORS
        and all(row.rating != -1 for row in said)
        and _SHORTEST <= len(said[0].question) <= LONGEST
        and not leads_away(said[0].question)
    }
    verified = _verified(connection, [said[0].id for said in liked.values()])
    best = sorted(liked.values(), key=lambda said: (-sum(row.rating == 1 for row in said), -len(said)))
    return tuple(said[0].question.strip() for said in best if said[0].id in verified), frozenset(failing)


def leads_away(question: str) -> bool:
    """Whether a host, a mail address, a link or a number to call stands in it."""
    return _ADDRESS.search(unicodedata.normalize("NFKC", question)) is not None


def headings(connection: Connection, collection_id: str) -> tuple[str, ...]:
    """Headings of live documents that ask something, one document after the other in turn."""
    rows = connection.execute(
        select(documents.c.id, documents.c.name, chunks.c.heading, chunks.c.text)
        .join(
            documents,
            (documents.c.id == chunks.c.document_id)
            & (documents.c.live_version == chunks.c.version)
            & documents.c.deleted_at.is_(None),
        )
        .where(
            documents.c.collection_id == collection_id, or_(chunks.c.text.contains("?"), chunks.c.text.contains("？"))
        )
        .order_by(chunks.c.seq)
        .limit(_CHUNKS)
    ).all()
    by_document: dict[str, dict[str, None]] = defaultdict(dict)
    for document, name, path, text in rows:
        for line in (*path[-1:], *_titles(name, text)):
            question = _NUMBERING.sub("", line).strip()
            if question.endswith(("?", "？")) and _SHORTEST <= len(question) <= LONGEST:
                by_document[document][question] = None
    return tuple(one for one in chain.from_iterable(zip_longest(*by_document.values())) if one)


def _titles(name: str, text: str) -> Iterator[str]:
    """The lines of a chunk that stand alone before a paragraph: its headings, where the format has such."""
    if extension(name) in _WITHOUT_HEADINGS:
        return
    blocks = text.split("\n\n")
    for block, following in pairwise(blocks):
        if "\n" not in block and not following.rstrip().endswith(("?", "？")):
            yield block


def state(connection: Connection, collection_id: str) -> tuple[int, str]:
    """How many documents can be asked about, and a hash that changes with every version that goes live or away."""
    rows = connection.execute(
        select(documents.c.id, documents.c.live_version)
        .where(
            documents.c.collection_id == collection_id,
            documents.c.deleted_at.is_(None),
            documents.c.live_version.is_not(None),
        )
        .order_by(documents.c.id)
    ).all()
    return len(rows), hashlib.sha256(repr([tuple(row) for row in rows]).encode()).hexdigest()


def key(question: str) -> str:
    """Equal for what is the same question but for case, space and marks."""
    return "".join(char for char in question.casefold() if char.isalnum())


def _verified(connection: Connection, ids: Iterable[str]) -> set[str]:
    """Those answers that have citations, all of them verified."""
    bodies: Mapping[str, Any] = {
        row.id: row.body
        for row in connection.execute(select(answers.c.id, answers.c.body).where(answers.c.id.in_([*ids][:100])))
    }
    return {
        one
        for one, body in bodies.items()
        if (found := body.get("citations")) and all(citation.get("verdict") == "verified" for citation in found)
    }
