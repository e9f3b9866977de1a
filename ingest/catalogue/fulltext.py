"""The lexical index, inside the catalogue: which chunks hold which of our own tokens, ranked by BM25.

Which chunk holds which term is kept by the database's own inverted index (SQLite: FTS5 without content or positions;
PostgreSQL: a GIN index over text[]). Every term carries its collection's number in front (`7:vacation`), so a search
reads only its own collection's postings and a term's document frequency is the collection's own. How often a term
stands in a chunk is read from the chunk's stored tokens, for the candidates alone.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    text,
    update,
)

from ingest.catalogue import postings
from ingest.catalogue.engine import Migration, metadata
from ingest.lexical import tokens
from ingest.terms import Question, analyse
from ingest.types import Hit

K1, B = 1.2, 0.75  # BM25's usual constants
COMMON = 4_000  # a term that stands in more chunks than this finds candidates only when rarer ones find too few
CANDIDATES = 120  # chunks whose tokens are read and scored exactly, at least
_BATCH = 500  # ids in one IN list
_SMALL = 20_000  # chunks whose index is rewritten in a fifth of a second

_numbers = Table(
    "fulltext_collections",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("collection_id", String, nullable=False, unique=True),
    Column("chunks", Integer, nullable=False, default=0),
    Column("tokens", BigInteger, nullable=False, default=0),
)
_rows = Table(
    "fulltext",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("chunk_id", String, nullable=False, unique=True),
    Column("number", ForeignKey("fulltext_collections.number"), nullable=False),
    Column("document_id", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("tokens", Text, nullable=False),  # in order, one space before, between and after
    Column("length", Integer, nullable=False),
)
Index("fulltext_document", _rows.c.document_id, _rows.c.version)


@dataclass(frozen=True, slots=True)
class Row:
    """A chunk to make findable: `text` is its `embed_text`."""

    chunk_id: str
    document_id: str
    version: int
    collection_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Match:
    """A chunk and how it fits: `score` is BM25; `found` are the question's terms in it, `pairs` its neighbouring terms
    that stand side by side there too."""

    chunk_id: str
    score: float
    found: frozenset[str]
    pairs: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Matches:
    """Best first. `idf` has every term of the question, those that stand nowhere with the highest value."""

    hits: tuple[Match, ...]
    idf: dict[str, float]
    chunks: int
    exhausted: bool
    """True when every chunk that shares a (not too common) term with the question was looked at."""


def add(connection: Connection, rows: Sequence[Row]) -> None:
    """Make chunks findable, replacing those of the same ids. Call in the transaction that writes the chunk rows."""
    _remove(connection, _of_chunks(connection, [row.chunk_id for row in rows]))
    for collection_id in dict.fromkeys(row.collection_id for row in rows):
        mine = [row for row in rows if row.collection_id == collection_id]
        number = _number(connection, collection_id)
        words = [tokens(row.text) for row in mine]
        values = [
            {
                "chunk_id": row.chunk_id,
                "number": number,
                "document_id": row.document_id,
                "version": row.version,
                "tokens": f" {' '.join(found)} ",
                "length": len(found),
            }
            for row, found in zip(mine, words, strict=True)
        ]
        for start in range(0, len(values), _BATCH):
            statement = insert(_rows).returning(_rows.c.seq, sort_by_parameter_order=True)
            seqs = connection.scalars(statement, values[start : start + _BATCH]).all()
            postings.add(connection, number, zip(seqs, words[start : start + _BATCH], strict=True))
        _count(connection, number, len(mine), sum(map(len, words)))


def remove(connection: Connection, document_id: str, version: int | None = None) -> int:
    """Forget one version of a document, or (None) all of them; returns how many chunks were findable.

    The postings go at once, and with them their bytes: on SQLite before 3.42 by rewriting the index as long as it is
    small enough for that (else by `erase`, later), on PostgreSQL with the next vacuum.
    """
    condition = _rows.c.document_id == document_id
    if version is not None:
        condition &= _rows.c.version == version
    removed = _remove(connection, connection.execute(select(_rows).where(condition)).mappings().all())
    left_behind = removed and not postings.erases_itself(connection)
    if left_behind and (connection.scalar(select(func.sum(_numbers.c.chunks))) or 0) <= _SMALL:
        postings.erase(connection)
    return removed


def forget(connection: Connection, collection_id: str) -> int:
    """Forget a whole collection; returns how many chunks were findable."""
    number = connection.scalar(select(_numbers.c.number).where(_numbers.c.collection_id == collection_id))
    if number is None:
        return 0
    removed = _remove(connection, connection.execute(select(_rows).where(_rows.c.number == number)).mappings().all())
    connection.execute(delete(_numbers).where(_numbers.c.number == number))
    return removed


def find(connection: Connection, collection_id: str, query: str, k: int) -> list[Hit]:
    """The k best chunks by BM25, best first. No chunk that shares no term with the query is returned."""
    return [Hit(m.chunk_id, m.score) for m in match(connection, collection_id, analyse(query), k).hits]


def match(connection: Connection, collection_id: str, question: Question, k: int) -> Matches:
    """`find` with what was found, for an analysed question."""
    number, chunks, length = _totals(connection, collection_id)
    if not chunks or not question.terms:
        return Matches((), dict.fromkeys(question.terms, 1.0), chunks, True)
    terms = list(question.terms)
    frequencies = dict(zip(terms, postings.frequencies(connection, number, terms), strict=True))
    idf = {term: _idf(chunks, frequencies[term]) for term in terms}
    seqs, exhausted = _candidates(connection, number, question, frequencies, idf, max(CANDIDATES, 2 * k))
    rows = _read(connection, _rows.c.seq, seqs)
    hits = sorted(
        (score_text(question, idf, row.chunk_id, row.tokens, row.length / length) for row in rows),
        key=lambda hit: (-hit.score, hit.chunk_id),
    )
    return Matches(tuple(hit for hit in hits[:k] if hit.score > 0), idf, chunks, exhausted or len(hits) < k)


def rate(
    connection: Connection, collection_id: str, question: Question, idf: dict[str, float], chunk_ids: Sequence[str]
) -> dict[str, Match]:
    """How chunks that another index found fit the question; ids unknown here are left out."""
    length = _totals(connection, collection_id)[2]
    rows = _read(connection, _rows.c.chunk_id, chunk_ids)
    return {row.chunk_id: score_text(question, idf, row.chunk_id, row.tokens, row.length / length) for row in rows}


def score_text(question: Question, idf: dict[str, float], chunk_id: str, words: str, length: float) -> Match:
    """BM25 of one chunk. `words` are its tokens between spaces, `length` their number beside the collection's mean."""
    counts = Counter(words.split())
    norm = K1 * (1 - B + B * length)
    score = 0.0
    found = []
    for term, weight in question.terms.items():
        if tf := counts.get(term):
            found.append(term)
            score += weight * idf[term] * tf * (K1 + 1) / (tf + norm)
    pairs = (pair for pair in question.pairs if pair[0] in counts and f" {pair[0]} {pair[1]} " in words)
    return Match(chunk_id, score, frozenset(found), frozenset(pairs))


def _idf(chunks: int, frequency: int) -> float:
    return math.log(1 + (chunks - frequency + 0.5) / (frequency + 0.5))


def _candidates(
    connection: Connection,
    number: int,
    question: Question,
    frequencies: dict[str, int],
    idf: dict[str, float],
    wanted: int,
) -> tuple[list[int], bool]:
    """The chunks with the greatest sum of idf, from the rarest term on; whether no chunk was left out."""
    present = sorted((t for t in frequencies if frequencies[t]), key=lambda t: (frequencies[t], t))
    rare = [t for t in present if frequencies[t] <= COMMON]
    seqs, sums = _sum(postings.lists(connection, number, rare), [idf[t] * question.terms[t] for t in rare])
    complete = len(rare) == len(present)
    for term in present[len(rare) :]:
        if len(seqs) >= wanted:
            break
        more = postings.lists(connection, number, [term])
        seqs, sums = _sum([seqs, *more], [sums, idf[term] * question.terms[term]])
    if len(seqs) > wanted:
        best = np.argpartition(-sums, wanted)[:wanted]
        return [int(seq) for seq in seqs[best]], False
    return [int(seq) for seq in seqs], complete


def _sum(
    lists: Sequence[NDArray[np.int64]], weights: Sequence[float | NDArray[np.float64]]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    if not lists:
        return np.empty(0, np.int64), np.empty(0)
    seqs, places = np.unique(np.concatenate(lists), return_inverse=True)
    each = [np.broadcast_to(weight, rows.shape) for rows, weight in zip(lists, weights, strict=True)]
    return seqs, np.bincount(places, np.concatenate(each)).astype(np.float64)


def _of_chunks(connection: Connection, chunk_ids: Sequence[str]) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(chunk_ids), _BATCH):
        statement = select(_rows).where(_rows.c.chunk_id.in_(chunk_ids[start : start + _BATCH]))
        found.extend(connection.execute(statement).mappings())
    return found


def _read(connection: Connection, column: Column[Any], values: Sequence[Any]) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(values), _BATCH):
        statement = select(_rows.c.chunk_id, _rows.c.tokens, _rows.c.length)
        found.extend(connection.execute(statement.where(column.in_(values[start : start + _BATCH]))))
    return found


def _remove(connection: Connection, rows: Iterable[Any]) -> int:
    rows = list(rows)
    for number in {row["number"] for row in rows}:
        mine = [row for row in rows if row["number"] == number]
        postings.remove(connection, number, [(row["seq"], row["tokens"].split()) for row in mine])
        for start in range(0, len(mine), _BATCH):
            seqs = [row["seq"] for row in mine[start : start + _BATCH]]
            connection.execute(delete(_rows).where(_rows.c.seq.in_(seqs)))
        _count(connection, number, -len(mine), -sum(row["length"] for row in mine))
    return len(rows)


def _number(connection: Connection, collection_id: str) -> int:
    known = connection.scalar(select(_numbers.c.number).where(_numbers.c.collection_id == collection_id))
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
    return int(connection.scalars(select(_numbers.c.number).where(_numbers.c.collection_id == collection_id)).one())


def _count(connection: Connection, number: int, chunks: int, words: int) -> None:
    statement = update(_numbers).where(_numbers.c.number == number)
    connection.execute(statement.values(chunks=_numbers.c.chunks + chunks, tokens=_numbers.c.tokens + words))


def _totals(connection: Connection, collection_id: str) -> tuple[int, int, float]:
    row = connection.execute(select(_numbers).where(_numbers.c.collection_id == collection_id)).first()
    return (row.number, row.chunks, max(1.0, row.tokens / max(1, row.chunks))) if row else (0, 0, 1.0)


def _fulltext(connection: Connection) -> None:
    _numbers.create(connection)
    _rows.create(connection)
    postings.create(connection)


MIGRATIONS = [Migration("0002-fulltext", _fulltext)]
