"""Ranking by BM25: which chunks of a collection share the terms of a question, and how well each fits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Column, Connection, Select, bindparam, select

from ingest.catalogue import postings
from ingest.catalogue.postings import END_OF_NAME, Posting, chunk_tokens, collection_numbers
from ingest.catalogue.schema import documents
from ingest.terms import Question

K1, B = 1.2, 0.75  # BM25's usual constants
COMMON = 2_000  # a term that stands in more chunks than this finds candidates only when rarer ones find too few
CANDIDATES = 80  # chunks whose tokens are read and scored exactly, at least
TERMS = 64  # terms of one question that are looked up, the most telling ones
_END = f" {END_OF_NAME} "
_BATCH = 500  # ids in one IN list


@dataclass(frozen=True, slots=True)
class Match:
    """A chunk and how it fits: `score` is BM25; `found` are the question's terms in it, `pairs` its neighbouring terms
    that stand side by side there too; `words` the tokens of its text between spaces."""

    chunk_id: str
    score: float
    found: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    words: str


@dataclass(frozen=True, slots=True)
class Matches:
    """Best first. `idf` and `frequencies` have every term of the question; `chunks` is the size of the collection,
    `length` the mean number of tokens of a chunk.

    `exhausted` is true when asking for more finds no more.
    """

    hits: tuple[Match, ...]
    idf: dict[str, float]
    frequencies: dict[str, int]
    chunks: int
    length: float
    exhausted: bool


def match(connection: Connection, collection_id: str, question: Question, k: int, *, live: bool = True) -> Matches:
    """The k best chunks by BM25, best first; by default of live versions of documents only."""
    number, chunks, length = _totals(connection, collection_id)
    if not chunks or not question.terms:
        return Matches((), dict.fromkeys(question.terms, 1.0), dict.fromkeys(question.terms, 0), chunks, length, True)
    terms = list(question.terms)
    found = dict(zip(terms, postings.look_up(connection, number, terms, COMMON), strict=True))
    frequencies = {term: min(posting.frequency, chunks) for term, posting in found.items()}
    idf = {term: _idf(chunks, frequency) for term, frequency in frequencies.items()}
    seqs, complete = _candidates(connection, number, question, found, idf, max(CANDIDATES, 2 * k))
    rows = _read(connection, chunk_tokens.c.seq, seqs, live)
    hits = [score_text(question, idf, row.chunk_id, row.tokens, row.length / length) for row in rows]
    hits.sort(key=lambda hit: (-hit.score, hit.chunk_id))
    return Matches(tuple(hits[:k]), idf, frequencies, chunks, length, complete and len(hits) <= k)


def rate(connection: Connection, question: Question, matches: Matches, chunk_ids: Sequence[str]) -> dict[str, Match]:
    """How chunks that another index found fit the question, by id; what is not live (or unknown) is left out."""
    rows = _read(connection, chunk_tokens.c.chunk_id, chunk_ids, live=True)
    return {
        row.chunk_id: score_text(question, matches.idf, row.chunk_id, row.tokens, row.length / matches.length)
        for row in rows
    }


def score_text(question: Question, idf: dict[str, float], chunk_id: str, words: str, length: float) -> Match:
    """BM25 of one chunk. `words` are its stored tokens, `length` their number beside the collection's mean."""
    norm = K1 * (1 - B + B * length)
    score = 0.0
    found = set()
    for term, weight in question.terms.items():
        if tf := words.count(f" {term} "):  # counting in the string: no list of all its tokens is made for ten of them
            found.add(term)
            score += weight * idf[term] * tf * (K1 + 1) / (tf + norm)
    pairs = [(a, b) for a, b in question.pairs if a in found and b in found and f" {a}  {b} " in words]
    return Match(chunk_id, score, frozenset(found), frozenset(pairs), words.partition(_END)[2])


def _idf(chunks: int, frequency: int) -> float:
    return math.log(1 + (chunks - frequency + 0.5) / (frequency + 0.5))


def _candidates(
    connection: Connection,
    number: int,
    question: Question,
    found: dict[str, Posting],
    idf: dict[str, float],
    wanted: int,
) -> tuple[list[int], bool]:
    """The chunks with the greatest sum of idf, from the rarest term on; whether no chunk was left out."""
    worth = {term: question.terms[term] * idf[term] for term, posting in found.items() if posting.frequency}
    telling = sorted(worth, key=lambda term: (-worth[term], term))[:TERMS]
    lists = [(posting.seqs, worth[term]) for term in telling if (posting := found[term]).seqs is not None]
    seqs, sums = _sum([seqs for seqs, _ in lists], [value for _, value in lists])
    common = [term for term in telling if found[term].seqs is None]
    for term in common:
        if len(seqs) >= wanted:
            break
        seqs, sums = _sum([seqs, postings.all_of(connection, number, term)], [sums, worth[term]])
    if len(seqs) > wanted:
        best = np.argpartition(-sums, wanted)[:wanted]
        return seqs[best].tolist(), False
    return seqs.tolist(), not common


def _sum(
    lists: Sequence[NDArray[np.int64]], weights: Sequence[float | NDArray[np.float64]]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    if not lists:
        return np.empty(0, np.int64), np.empty(0)
    seqs, places = np.unique(np.concatenate(lists), return_inverse=True)
    each = [np.broadcast_to(weight, rows.shape) for rows, weight in zip(lists, weights, strict=True)]
    return seqs, np.bincount(places, np.concatenate(each)).astype(np.float64)


def _read(connection: Connection, column: Column[Any], values: Sequence[Any], live: bool) -> list[Any]:
    statement = _ROWS[column.name, live]
    found: list[Any] = []
    for start in range(0, len(values), _BATCH):
        found.extend(connection.execute(statement, {"values": list(values[start : start + _BATCH])}))
    return found


def _totals(connection: Connection, collection_id: str) -> tuple[int, int, float]:
    row = connection.execute(_TOTALS, {"id": collection_id}).first()
    return (row.number, row.chunks, max(1.0, row.tokens / max(1, row.chunks))) if row else (0, 0, 1.0)


def _rows_by(column: Column[Any], live: bool) -> Select[Any]:
    statement = select(chunk_tokens.c.chunk_id, chunk_tokens.c.tokens, chunk_tokens.c.length)
    statement = statement.where(column.in_(bindparam("values", expanding=True)))
    if not live:
        return statement
    return statement.join(documents, documents.c.id == chunk_tokens.c.document_id).where(
        documents.c.live_version == chunk_tokens.c.version, documents.c.deleted_at.is_(None)
    )


# Built once: building a statement takes as long as running it.
_TOTALS = select(collection_numbers).where(collection_numbers.c.collection_id == bindparam("id"))
_ROWS = {
    (column.name, live): _rows_by(column, live)
    for column in (chunk_tokens.c.seq, chunk_tokens.c.chunk_id)
    for live in (True, False)
}
