"""The passages a perfect search would have found: what the oracle arm is shown, and what no search can find."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select

from ingest.catalogue import chunks, collections
from ingest.catalogue.schema import documents
from ingest.lexical import tokens
from ingest.types import Chunk
from service.evaluate.cases import case_of
from service.evaluate.types import StoredCase
from service.metrics.relevance import holds
from service.metrics.types import GoldPassage
from service.types import Passage

MOST_CHUNKS = 100_000
"""Chunks of one document that are looked at."""


def with_gold(
    connection: Connection, collection: str, cases: Sequence[StoredCase]
) -> tuple[list[StoredCase], list[str]]:
    """The cases with their oracle passages, and the ids of those of whose evidence no passage has a trace.

    For each gold passage the chunk that holds it; of several the one that shares most words with the question. Evidence
    that stands in no chunk is shown as it is. Raises `NotFound` for no such collection.
    """
    shelf = _Shelf(connection, collection)
    found, uncovered = [], []
    for case in cases:
        passages, missing = _passages(shelf, case)
        found.append(replace(case, oracle=tuple(passages)))
        if missing:
            uncovered.append(case.id)
    return found, uncovered


def passage(given: Mapping[str, Any]) -> Passage:
    """A kept oracle passage as `Ask.passages` wants it."""
    return Passage(**{**given, "heading": tuple(given["heading"])})


class _Shelf:
    """The live chunks of a collection's documents, by document name, each read once."""

    def __init__(self, connection: Connection, collection: str) -> None:
        self._connection = connection
        found = collections.find(connection, collection)
        rows = connection.execute(
            select(documents.c.name, documents.c.id, documents.c.live_version).where(
                documents.c.collection_id == found.id,
                documents.c.deleted_at.is_(None),
                documents.c.live_version.is_not(None),
            )
        )
        self._places = {name: (id, version) for name, id, version in rows}
        self._read: dict[str, list[tuple[str, Chunk]]] = defaultdict(list)

    def document(self, name: str) -> tuple[str, int] | None:
        return self._places.get(name)

    def chunks(self, name: str) -> list[tuple[str, Chunk]]:
        if name not in self._read and name in self._places:
            id, version = self._places[name]
            self._read[name] = chunks.page(self._connection, id, version, limit=MOST_CHUNKS)
        return self._read[name]


def _passages(shelf: _Shelf, case: StoredCase) -> tuple[list[dict[str, Any]], bool]:
    words = set(tokens(case.body["question"]))
    found: dict[str, dict[str, Any]] = {}
    missing = False
    for number, gold in enumerate(case_of(case.id, case.body).gold_passages):
        fitting = [
            (name, id, chunk)
            for name in (gold.doc, *gold.also_docs)
            for id, chunk in shelf.chunks(name)
            if holds(gold, name, chunk.text, chunk.page)
        ]
        if fitting:
            name, id, chunk = max(fitting, key=lambda one: len(words & set(tokens(one[2].text))))
            document = shelf.document(name)
            assert document is not None
            found[id] = _as_passage(document, name, id, chunk)
        else:
            missing = True
            if gold.text:
                found[f"gold-{number}"] = _pasted(gold, number)
    return list(found.values()), missing


def _as_passage(document: tuple[str, int], name: str, id: str, chunk: Chunk) -> dict[str, Any]:
    return {
        "document_id": document[0],
        "name": name,
        "version": document[1],
        "chunk_id": id,
        "text": chunk.text,
        "heading": list(chunk.heading),
        "page": chunk.page,
        "start": chunk.start,
        "end": chunk.end,
        "score": 1.0,
        "ranks": {},
    }


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
