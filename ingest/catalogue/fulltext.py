"""The lexical index, inside the catalogue: which chunks hold which of our own tokens, ranked by BM25.

Which chunk holds which term is kept by the database's own inverted index (SQLite: FTS5 without content or positions;
PostgreSQL: a GIN index over text[]). Every term carries its collection's number in front (`7:vacation`), so a search
reads only its own collection's postings and a term's document frequency is the collection's own. How often a term
stands in a chunk is read from the chunk's stored tokens, for the candidates alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, text, update

from ingest.catalogue import postings
from ingest.catalogue.engine import Migration
from ingest.catalogue.postings import END_OF_NAME, chunk_tokens, collection_numbers
from ingest.catalogue.ranking import match
from ingest.lexical import tokens
from ingest.terms import analyse
from ingest.types import Hit

_BATCH = 500  # ids in one IN list
_SMALL = 20_000  # chunks whose index is rewritten in a fifth of a second


@dataclass(frozen=True, slots=True)
class Row:
    """A chunk to make findable. `text` is its `embed_text`; `name` its document's, by whose words it is found too."""

    chunk_id: str
    document_id: str
    version: int
    collection_id: str
    text: str
    name: str = ""


def words_of(rows: Sequence[Row]) -> list[list[str]]:
    """What `add` enters for each row: most of its time, and worth spending before the transaction begins."""
    return [[*tokens(_spelled(row.name)), END_OF_NAME, *tokens(row.text)] for row in rows]


def add(connection: Connection, rows: Sequence[Row], words_of_rows: Sequence[list[str]] | None = None) -> None:
    """Make chunks findable, replacing those of the same ids. Call in the transaction that writes the chunk rows.

    `words_of_rows` is what `words_of` gave for the same rows, when somebody has asked before.
    """
    given = zip(rows, words_of(rows) if words_of_rows is None else words_of_rows, strict=True)
    known = {row.chunk_id: found for row, found in given}
    _remove(connection, _of_chunks(connection, [row.chunk_id for row in rows]))
    for collection_id in dict.fromkeys(row.collection_id for row in rows):
        mine = [row for row in rows if row.collection_id == collection_id]
        number = _number(connection, collection_id)
        words = [known[row.chunk_id] for row in mine]
        values = [
            {
                "chunk_id": row.chunk_id,
                "number": number,
                "document_id": row.document_id,
                "version": row.version,
                "tokens": f" {'  '.join(found)} ",
                "length": len(found),
            }
            for row, found in zip(mine, words, strict=True)
        ]
        for start in range(0, len(values), _BATCH):
            statement = insert(chunk_tokens).returning(chunk_tokens.c.seq, sort_by_parameter_order=True)
            seqs = connection.scalars(statement, values[start : start + _BATCH]).all()
            postings.add(connection, number, zip(seqs, words[start : start + _BATCH], strict=True))
        _count(connection, number, len(mine), sum(map(len, words)))


def tidy(connection: Connection) -> None:
    """Let nothing of what was removed be readable in the database's file.

    Mostly the postings' bytes go with them, on PostgreSQL with the next vacuum. SQLite before 3.42 keeps them: there
    the index is written anew as long as it is small enough for that (else by `erase`, later).
    """
    if postings.erases_itself(connection):
        return
    if (connection.scalar(select(func.sum(collection_numbers.c.chunks))) or 0) <= _SMALL:
        postings.erase(connection)


def remove_chunks(connection: Connection, chunk_ids: Sequence[str]) -> int:
    """Forget some chunks; returns how many were findable. `tidy` when all are gone that should."""
    return _remove(connection, _of_chunks(connection, chunk_ids))


def forget(connection: Connection, collection_id: str) -> int:
    """Forget a whole collection; returns how many chunks were findable."""
    number = connection.scalar(
        select(collection_numbers.c.number).where(collection_numbers.c.collection_id == collection_id)
    )
    if number is None:
        return 0
    removed = _remove(
        connection, connection.execute(select(chunk_tokens).where(chunk_tokens.c.number == number)).mappings().all()
    )
    connection.execute(delete(collection_numbers).where(collection_numbers.c.number == number))
    return removed


def find(connection: Connection, collection_id: str, query: str, k: int) -> list[Hit]:
    """The k best chunks by BM25, best first, of whatever version; only such as share a term with the query."""
    found = match(connection, collection_id, analyse(query), k, live=False)
    return [Hit(hit.chunk_id, hit.score) for hit in found.hits]


def ids(connection: Connection, collection_id: str) -> set[str]:
    """The ids of all findable chunks of a collection, of whatever version."""
    statement = select(chunk_tokens.c.chunk_id).join(
        collection_numbers, collection_numbers.c.number == chunk_tokens.c.number
    )
    return set(connection.scalars(statement.where(collection_numbers.c.collection_id == collection_id)))


def _spelled(name: str) -> str:
    """A file name as words: `PerksPlus_2024.pdf` is "PerksPlus Perks Plus 2024"."""
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", name)
    words = re.sub(r"[_.+-]+", " ", stem)
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", words)
    return words if apart == words else f"{words} {apart}"


def _of_chunks(connection: Connection, chunk_ids: Sequence[str]) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(chunk_ids), _BATCH):
        statement = select(chunk_tokens).where(chunk_tokens.c.chunk_id.in_(chunk_ids[start : start + _BATCH]))
        found.extend(connection.execute(statement).mappings())
    return found


def _remove(connection: Connection, rows: Iterable[Any]) -> int:
    rows = list(rows)
    for number in {row["number"] for row in rows}:
        mine = [row for row in rows if row["number"] == number]
        postings.remove(connection, number, [(row["seq"], row["tokens"].split()) for row in mine])
        for start in range(0, len(mine), _BATCH):
            seqs = [row["seq"] for row in mine[start : start + _BATCH]]
            connection.execute(delete(chunk_tokens).where(chunk_tokens.c.seq.in_(seqs)))
        _count(connection, number, -len(mine), -sum(row["length"] for row in mine))
    return len(rows)


def _number(connection: Connection, collection_id: str) -> int:
    known = connection.scalar(
        select(collection_numbers.c.number).where(collection_numbers.c.collection_id == collection_id)
    )
    if known is not None:
        return int(known)
    # Two writers may both find it missing; the second waits here for the first and then reads its number.
    connection.execute(
        text(
            "INSERT INTO fulltext_collections (collection_id, chunks, tokens) VALUES (:id, 0, 0) "
            "ON CONFLICT (collection_id) DO NOTHING"
        ),
        {"id": collection_id},
    )
    return int(
        connection.scalars(
            select(collection_numbers.c.number).where(collection_numbers.c.collection_id == collection_id)
        ).one()
    )


def _count(connection: Connection, number: int, chunks: int, words: int) -> None:
    statement = update(collection_numbers).where(collection_numbers.c.number == number)
    connection.execute(
        statement.values(chunks=collection_numbers.c.chunks + chunks, tokens=collection_numbers.c.tokens + words)
    )


MIGRATIONS = [Migration("0002-fulltext", postings.create)]
