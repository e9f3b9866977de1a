"""Ranking by BM25: which chunks of a collection share the terms of a question, and how well each fits."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Column, Connection, select

from ingest.catalogue import postings
from ingest.catalogue.postings import END_OF_NAME, chunk_tokens, collection_numbers
from ingest.catalogue.schema import documents
from ingest.terms import Question

K1, B = 1.2, 0.75  # BM25's usual constants
COMMON = 4_000  # a term that stands in more chunks than this finds candidates only when rarer ones find too few
CANDIDATES = 120  # chunks whose tokens are read and scored exactly, at least
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
    """Best first. `idf` and `frequencies` have every term of the question; `chunks` is the size of the collection.

    `exhausted` is true when asking for more finds no more.
    """

    hits: tuple[Match, ...]
    idf: dict[str, float]
    frequencies: dict[str, int]
    chunks: int
    exhausted: bool


def match(connection: Connection, collection_id: str, question: Question, k: int, *, live: bool = True) -> Matches:
    """`find` with what was found, for an analysed question; by default in live versions of documents only."""
    number, chunks, length = _totals(connection, collection_id)
    if not chunks or not question.terms:
        return Matches((), dict.fromkeys(question.terms, 1.0), dict.fromkeys(question.terms, 0), chunks, True)
    terms = list(question.terms)
    frequencies = dict(zip(terms, postings.frequencies(connection, number, terms), strict=True))
    idf = {term: _idf(chunks, frequencies[term]) for term in terms}
    wanted = max(CANDIDATES, 2 * k)
    seqs, complete = _candidates(connection, number, question, frequencies, idf, wanted)
    rows = _read(connection, chunk_tokens.c.seq, seqs, live)
    hits = sorted(
        (score_text(question, idf, row.chunk_id, row.tokens, row.length / length) for row in rows),
        key=lambda hit: (-hit.score, hit.chunk_id),
    )
    return Matches(tuple(hits[:k]), idf, frequencies, chunks, complete and len(hits) <= k)


def rate(
    connection: Connection, collection_id: str, question: Question, idf: dict[str, float], chunk_ids: Sequence[str]
) -> dict[str, Match]:
    """How chunks that another index found fit the question, by id; what is not live (or unknown) is left out."""
    length = _totals(connection, collection_id)[2]
    rows = _read(connection, chunk_tokens.c.chunk_id, chunk_ids, live=True)
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
    return Match(chunk_id, score, frozenset(found), frozenset(pairs), words.partition(_END)[2])


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
    telling = sorted((t for t in frequencies if frequencies[t]), key=lambda t: -question.terms[t] * idf[t])[:TERMS]
    present = sorted(telling, key=lambda t: (frequencies[t], t))
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


def _read(connection: Connection, column: Column[Any], values: Sequence[Any], live: bool) -> list[Any]:
    statement = select(chunk_tokens.c.chunk_id, chunk_tokens.c.tokens, chunk_tokens.c.length)
    if live:
        statement = statement.join(documents, documents.c.id == chunk_tokens.c.document_id).where(
            documents.c.live_version == chunk_tokens.c.version, documents.c.deleted_at.is_(None)
        )
    found: list[Any] = []
    for start in range(0, len(values), _BATCH):
        found.extend(connection.execute(statement.where(column.in_(values[start : start + _BATCH]))))
    return found


def _totals(connection: Connection, collection_id: str) -> tuple[int, int, float]:
    row = connection.execute(
        select(collection_numbers).where(collection_numbers.c.collection_id == collection_id)
    ).first()
    return (row.number, row.chunks, max(1.0, row.tokens / max(1, row.chunks))) if row else (0, 0, 1.0)
