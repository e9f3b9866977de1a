"""The tables under the lexical index of `fulltext`, and the database's own inverted index: which rows hold which term.

SQLite: one FTS5 table without content, positions or sizes (about 250 bytes a chunk). PostgreSQL: a GIN index over an
array of terms. Terms of one collection are kept apart from another's by its number in front of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, Integer, String, Table, Text
from sqlalchemy import text as sql

from ingest.catalogue.engine import metadata

_STATEMENTS = 100  # SELECTs in one UNION ALL
END_OF_NAME = "|"  # no token
# Our tokens hold punctuation; every printable ASCII character belongs to a token, only white space ends one.
_PUNCTUATION = "".join(chr(c) for c in range(33, 127) if not chr(c).isalnum())


collection_numbers = Table(
    "fulltext_collections",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("collection_id", String, nullable=False, unique=True),
    Column("chunks", Integer, nullable=False, default=0),
    Column("tokens", BigInteger, nullable=False, default=0),
)
chunk_tokens = Table(
    "fulltext",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("chunk_id", String, nullable=False, unique=True),
    Column("number", ForeignKey("fulltext_collections.number"), nullable=False),
    Column("document_id", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("tokens", Text, nullable=False),  # in order, each between two spaces of its own: name, |, text
    Column("length", Integer, nullable=False),
)
Index("fulltext_number", chunk_tokens.c.number, chunk_tokens.c.seq)
Index("fulltext_document", chunk_tokens.c.document_id, chunk_tokens.c.version)


def create(connection: Connection) -> None:
    """Make the tables and the index, empty."""
    collection_numbers.create(connection)
    chunk_tokens.create(connection)
    if not _sqlite(connection):
        connection.exec_driver_sql("CREATE TABLE fulltext_terms (seq BIGINT PRIMARY KEY, terms TEXT[] NOT NULL)")
        connection.exec_driver_sql("CREATE INDEX fulltext_terms_gin ON fulltext_terms USING gin (terms)")
        return
    characters = _PUNCTUATION.replace("'", "''''").replace('"', '""')
    connection.exec_driver_sql(
        "CREATE VIRTUAL TABLE fulltext_terms USING fts5"
        f"(terms, content='', columnsize=0, detail=none, tokenize=\"ascii tokenchars '{characters}'\")"
    )
    if _deletes_securely():
        connection.exec_driver_sql("INSERT INTO fulltext_terms (fulltext_terms, rank) VALUES ('secure-delete', 1)")


def add(connection: Connection, number: int, rows: Iterable[tuple[int, Iterable[str]]]) -> None:
    """Enter rows (seq, tokens) of collection `number`."""
    if _sqlite(connection):
        values = [(seq, _joined(number, words)) for seq, words in rows]
        connection.exec_driver_sql("INSERT INTO fulltext_terms (rowid, terms) VALUES (?, ?)", values)
    else:
        arrays = [(seq, _terms(number, words)) for seq, words in rows]
        connection.exec_driver_sql("INSERT INTO fulltext_terms (seq, terms) VALUES (%s, %s)", arrays)


def remove(connection: Connection, number: int, rows: Iterable[tuple[int, Iterable[str]]]) -> None:
    """Take rows out again. The tokens must be those they were entered with."""
    if _sqlite(connection):
        values = [(seq, _joined(number, words)) for seq, words in rows]
        statement = "INSERT INTO fulltext_terms (fulltext_terms, rowid, terms) VALUES ('delete', ?, ?)"
        connection.exec_driver_sql(statement, values)
    else:
        seqs = [seq for seq, _ in rows]
        connection.exec_driver_sql("DELETE FROM fulltext_terms WHERE seq = ANY(%s)", (seqs,))


def erase(connection: Connection) -> None:
    """Rewrite the index so that no removed term is left in its bytes (0.2 s for 20,000 chunks)."""
    if _sqlite(connection):
        connection.exec_driver_sql("INSERT INTO fulltext_terms (fulltext_terms) VALUES ('optimize')")


def erases_itself(connection: Connection) -> bool:
    """Whether `remove` leaves nothing behind that `erase` would have to overwrite."""
    return not _sqlite(connection) or _deletes_securely()


@dataclass(frozen=True, slots=True)
class Posting:
    """Where a term stands: `frequency` rows; `seqs` are they, or None when they are more than were asked for."""

    frequency: int
    seqs: NDArray[np.int64] | None


def look_up(connection: Connection, number: int, terms: Sequence[str], most: int) -> list[Posting]:
    """The postings of each term in a collection. A term in more than `most` rows is not followed to its end: from how
    far the first `most` reach into the collection its frequency is extrapolated."""
    if _sqlite(connection):
        # One string for each term: a tenth of the time that a Python row for each posting takes.
        found = "SELECT count(*), max(rowid), group_concat(rowid)"
        rows = f"SELECT rowid FROM fulltext_terms WHERE fulltext_terms MATCH ? LIMIT {most + 1}"
    else:
        found = "SELECT count(*), max(seq), string_agg(seq::text, ',')"
        rows = f"SELECT seq FROM fulltext_terms WHERE terms @> ARRAY[%s] ORDER BY seq LIMIT {most + 1}"
    answers = _each(connection, f"{found} FROM ({rows}) AS found", number, terms)
    whole: tuple[int, int] | None = None
    postings = []
    for count, last, text in answers:
        if count <= most:
            seqs = np.fromstring(text, dtype=np.int64, sep=",") if text else np.empty(0, np.int64)
            postings.append(Posting(count, seqs))
            continue
        whole = whole or _reach(connection, number)
        share = (last - whole[0] + 1) / (whole[1] - whole[0] + 1)
        postings.append(Posting(round(count / min(1.0, share)), None))
    return postings


def all_of(connection: Connection, number: int, term: str) -> NDArray[np.int64]:
    """The seqs of all rows a term stands in, however many."""
    (posting,) = look_up(connection, number, [term], 1 << 40)
    assert posting.seqs is not None
    return posting.seqs


def _reach(connection: Connection, number: int) -> tuple[int, int]:
    """The first and the last seq of a collection. What another collection added between them counts as if it were its
    own: the frequency of a common term is then a little too high."""
    first = "SELECT seq FROM fulltext WHERE number = :n ORDER BY seq LIMIT 1"
    last = "SELECT seq FROM fulltext WHERE number = :n ORDER BY seq DESC LIMIT 1"
    row = connection.execute(sql(f"SELECT ({first}), ({last})"), {"n": number}).one()
    return int(row[0] or 0), int(row[1] or 0)


def _each(connection: Connection, one: str, number: int, terms: Sequence[str]) -> list[Any]:
    """Runs a query of one row for every term, many in one statement; the rows, in order, without their place."""
    found: list[Any] = []
    for start in range(0, len(terms), _STATEMENTS):
        batch = terms[start : start + _STATEMENTS]
        statement = " UNION ALL ".join([one.replace("SELECT ", f"SELECT {i} AS i, ", 1) for i in range(len(batch))])
        values = tuple(_quoted(number, term) if _sqlite(connection) else f"{number}:{term}" for term in batch)
        found.extend(row[1:] for row in connection.exec_driver_sql(f"{statement} ORDER BY i", values))
    return found


def _terms(number: int, words: Iterable[str]) -> list[str]:
    return [f"{number}:{word}" for word in sorted(set(words) - {END_OF_NAME})]


def _joined(number: int, words: Iterable[str]) -> str:
    return " ".join(_terms(number, words))


def _quoted(number: int, term: str) -> str:
    return '"' + f"{number}:{term}".replace('"', '""') + '"'


def _sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _deletes_securely() -> bool:
    return sqlite3.sqlite_version_info >= (3, 42)
