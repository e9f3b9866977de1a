"""The passages a perfect search would have found: what the oracle arm is shown, and what no search can find."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, select

from ingest.catalogue import chunks, collections
from ingest.catalogue.schema import documents
from ingest.lexical import tokens
from ingest.types import Chunk
from service.evaluate.cases import case_of
from service.evaluate.types import StoredCase
from service.metrics.normal import squeezed
from service.metrics.types import GoldPassage
from service.types import Passage

MOST_CHUNKS = 100_000
"""Chunks of one document that are looked at."""


SAID_EVERY = 50
"""Facts between two calls of `note`."""


def with_gold(
    connection: Connection,
    collection: str,
    cases: Sequence[StoredCase],
    note: Callable[[int, int], None] = lambda looked, of: None,
) -> tuple[list[StoredCase], list[str]]:
    """The cases with their oracle passages, and the ids of those of whose evidence no passage has a trace.

    For each gold passage the chunk that holds it; of several the one that shares most words with the question. Evidence
    that stands in no chunk is shown as it is. One document is held at a time, and each is gone through once, however
    many cases are about it. `note` is told how many places were looked at, of how many, and may end it by raising.
    Raises `NotFound` for no such collection.
    """
    facts = [
        [_Fact(gold, frozenset(tokens(case.body["question"]))) for gold in case_of(case.id, case.body).gold_passages]
        for case in cases
    ]
    wanted: dict[str, list[tuple[int, _Fact]]] = defaultdict(list)
    for one in facts:
        for fact in one:
            for place, name in enumerate(dict.fromkeys((fact.gold.doc, *fact.gold.also_docs))):
                wanted[name].append((place, fact))
    places = _places(connection, collection)
    names = wanted.keys() & places.keys()
    looked, of = 0, sum(len(wanted[name]) for name in names)
    for name in names:
        note(looked, of)
        book = _Book(name, places[name], chunks.page(connection, *places[name], limit=MOST_CHUNKS))
        for place, fact in wanted[name]:
            fact.look(book, place)
            looked += 1
            if looked % SAID_EVERY == 0:
                note(looked, of)
    found, uncovered = [], []
    for case, one in zip(cases, facts, strict=True):
        passages: dict[str, dict[str, Any]] = {}
        for number, fact in enumerate(one):
            if fact.found is not None:
                passages[fact.found["chunk_id"]] = fact.found
            elif fact.gold.text:
                passages[f"gold-{number}"] = _pasted(fact.gold, number)
        found.append(replace(case, oracle=tuple(passages.values())))
        if any(fact.found is None for fact in one):
            uncovered.append(case.id)
    return found, uncovered


def passage(given: Mapping[str, Any]) -> Passage:
    """A kept oracle passage as `Ask.passages` wants it."""
    return Passage(**{**given, "heading": tuple(given["heading"])})


@dataclass(eq=False, slots=True)
class _Fact:
    """One gold passage of a case; `words` are the question's. `found` is the best passage so far."""

    gold: GoldPassage
    words: frozenset[str]
    found: dict[str, Any] | None = None
    rank: tuple[int, int] = (-1, 0)

    def look(self, book: _Book, place: int) -> None:
        """Take the book's best chunk when it is better; `place` is the document's among those that will do."""
        fitting = book.holding(self.gold)
        if not fitting:
            return
        alone = len(fitting) == 1 and not self.gold.also_docs
        at, shared = (fitting[0], 0) if alone else book.best(fitting, self.words)
        if (shared, -place) > self.rank or self.found is None:
            self.rank = (shared, -place)
            self.found = book.passage(at)


class _Book:
    """The live chunks of one document, each squeezed and cut into words once."""

    def __init__(self, name: str, place: tuple[str, int], stored: Sequence[tuple[str, Chunk]]) -> None:
        self._name = name
        self._place = place
        self._stored = stored

    def holding(self, gold: GoldPassage) -> Sequence[int]:
        """Places of the chunks that hold a fact, as `metrics.relevance.holds` has it."""
        if gold.text:
            return list(self._with(squeezed(gold.text)))
        if gold.page is None:
            return range(len(self._stored))
        pages = (gold.page, *gold.also_pages)
        return [at for at, (_, chunk) in enumerate(self._stored) if chunk.page in pages]

    def best(self, fitting: Sequence[int], words: frozenset[str]) -> tuple[int, int]:
        """Of these the first that shares most of the words, and how many."""
        shared = Counter(at for word in words for at in self._postings.get(word, ()))
        few = set(fitting) if not isinstance(fitting, range) else fitting
        best = max(((count, -at) for at, count in shared.items() if at in few), default=(0, -fitting[0]))
        return -best[1], best[0]

    def passage(self, at: int) -> dict[str, Any]:
        id, chunk = self._stored[at]
        return {
            "document_id": self._place[0],
            "name": self._name,
            "version": self._place[1],
            "chunk_id": id,
            "text": chunk.text,
            "heading": list(chunk.heading),
            "page": chunk.page,
            "start": chunk.start,
            "end": chunk.end,
            "score": 1.0,
            "ranks": {},
            "header": chunk.header,
        }

    def _with(self, evidence: str) -> Iterator[int]:
        whole, begins = self._squeezed
        at = whole.find(evidence)
        while evidence and at >= 0:
            place = bisect_right(begins, at) - 1
            yield place
            at = whole.find(evidence, begins[place + 1])

    @cached_property
    def _squeezed(self) -> tuple[str, list[int]]:
        """All chunks as one text with a line each (squeezed text has no white space of its own), and where each begins;
        the last place is the end."""
        lines = [squeezed(chunk.text) + "\n" for _, chunk in self._stored]
        begins = [0]
        for line in lines:
            begins.append(begins[-1] + len(line))
        return "".join(lines), begins

    @cached_property
    def _postings(self) -> Mapping[str, list[int]]:
        """Word -> places of the chunks that have it."""
        found: dict[str, list[int]] = defaultdict(list)
        for at, (_, chunk) in enumerate(self._stored):
            for word in set(tokens(chunk.text)):
                found[word].append(at)
        return found


def _places(connection: Connection, collection: str) -> dict[str, tuple[str, int]]:
    """Name -> id and live version of the collection's documents."""
    found = collections.find(connection, collection)
    rows = connection.execute(
        select(documents.c.name, documents.c.id, documents.c.live_version).where(
            documents.c.collection_id == found.id,
            documents.c.deleted_at.is_(None),
            documents.c.live_version.is_not(None),
        )
    )
    return {name: (id, version) for name, id, version in rows}


def _pasted(gold: GoldPassage, number: int) -> dict[str, Any]:
    return {
        "document_id": "",
        "name": gold.doc,
        "version": 0,
        "chunk_id": f"gold-{number}",
        "text": gold.text,
        "heading": [],
        "page": gold.page,
        "start": 0,
        "end": len(gold.text),
        "score": 1.0,
        "ranks": {},
    }
