"""Hybrid search over one collection: both indexes asked at once, joined with the catalogue, fused, made distinct."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from langchain_core.embeddings import Embeddings
from sqlalchemy import Engine

from ingest.catalogue import chunks, collections, ranking
from ingest.catalogue.collections import Collection
from ingest.catalogue.engine import reading
from ingest.catalogue.ranking import Matches
from ingest.errors import NotFound
from ingest.ports import VectorIndex
from ingest.terms import Question, analyse
from ingest.threads import in_thread
from ingest.types import Hit, StoredChunk
from service.errors import Unknown
from service.retrieve.distinct import distinct
from service.retrieve.editions import superseded
from service.retrieve.fit import fit, signals
from service.retrieve.fuse import Scored, fuse
from service.types import Passage, SearchResult

FIRST = 30  # candidates asked of each index at first, at least
GROWTH = 4  # and how many times more, when too few of them were live

A = TypeVar("A")
B = TypeVar("B")


class HybridSearch:
    """`service.ports.Retriever` over the catalogue's full text and a vector index.

    Raises `Unknown` (no such collection), `IndexUnavailable`, `CatalogueUnavailable` and `EmbeddingFailed`.
    """

    def __init__(self, engine: Engine, index: VectorIndex, embedder: Embeddings) -> None:
        self._engine = engine
        self._index = index
        self._embedder = embedder
        self._model = str(getattr(embedder, "name", ""))

    async def search(self, query: str, collection: str, k: int) -> SearchResult:
        """At most k passages of live documents, best first; fewer only where the collection holds no more.

        `timings` in seconds: embed and then dense, lexical beside them, fuse, total.
        """
        clock = _Clock()
        question = analyse(query)
        vector = asyncio.ensure_future(self._embed(query, clock))  # beside everything that needs no vector
        try:
            found = await in_thread(self._collection, collection)
            wanted = max(FIRST, 3 * k)
            while True:
                dense, lexical = await _both(
                    self._dense(found, vector, wanted, clock),
                    in_thread(self._lexical, found, question, wanted, clock),
                )
                if not dense and lexical.chunks and found.embedder == self._model:
                    # Nothing near anything: the generation was swapped for a new one and dropped while we were asking.
                    current = await in_thread(self._collection, collection)
                    if current.generation != found.generation:
                        found = current
                        continue
                best, stored, values = await in_thread(self._fused, found, question, dense, lexical, 2 * k, clock)
                if len(best) >= k or (lexical.exhausted and len(dense) < wanted):
                    several = [_passage(one, stored[one.match.chunk_id]) for one in best]
                    others = superseded(query, several)
                    order = sorted(range(len(several)), key=lambda at: (at in others, at))
                    passages = tuple(several[at] for at in order[:k])
                    fitting = round(fit(values, question, self._model), 4)
                    return SearchResult(passages, clock.timings(), fitting, values, lexical.idf, lexical.chunks)
                wanted *= GROWTH
        finally:
            vector.cancel()
            await asyncio.gather(vector, return_exceptions=True)

    def _collection(self, name: str) -> Collection:
        try:
            with reading(self._engine) as connection:
                return collections.find(connection, name)
        except NotFound as error:
            raise Unknown(error.code, error.message, error.hint) from error

    async def _embed(self, query: str, clock: _Clock) -> list[float]:
        with clock.step("embed"):
            return await in_thread(self._embedder.embed_query, query)

    async def _dense(
        self, found: Collection, vector: asyncio.Future[list[float]], wanted: int, clock: _Clock
    ) -> list[Hit]:
        if found.embedder != self._model:
            return []  # made with another model: its vectors say nothing about this one; a reindex is due
        near = await asyncio.shield(vector)
        with clock.step("dense"):
            return await self._index.search(found.generation, near, wanted)

    def _lexical(self, found: Collection, question: Question, wanted: int, clock: _Clock) -> Matches:
        with clock.step("lexical"), reading(self._engine) as connection:
            return ranking.match(connection, found.id, question, wanted)

    def _fused(
        self, found: Collection, question: Question, dense: Sequence[Hit], lexical: Matches, k: int, clock: _Clock
    ) -> tuple[list[Scored], dict[str, StoredChunk], dict[str, float]]:
        """The best k, their rows, and the signals. What is not live by now is dropped here."""
        with clock.step("fuse"), reading(self._engine) as connection:
            matches = {match.chunk_id: match for match in lexical.hits}
            unrated = [hit.chunk_id for hit in dense if hit.chunk_id not in matches]
            matches |= ranking.rate(connection, question, lexical, unrated)
            best = distinct(fuse(question, lexical, matches, dense, self._model), k)
            stored = chunks.live(connection, found.id, [one.match.chunk_id for one in best])
            best = [one for one in best if one.match.chunk_id in stored]
            return best, stored, signals(question, lexical.idf, best)


class _Clock:
    """Seconds by step; a step done again adds up."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._steps: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self._steps[name] = self._steps.get(name, 0.0) + time.perf_counter() - start

    def timings(self) -> dict[str, float]:
        return {**self._steps, "total": time.perf_counter() - self._start}


async def _both(first: Awaitable[A], second: Awaitable[B]) -> tuple[A, B]:
    """Both at once; when one fails the other is stopped and the error is raised as it is."""
    one, two = asyncio.ensure_future(first), asyncio.ensure_future(second)
    try:
        return await asyncio.gather(one, two)
    except BaseException:
        one.cancel()
        two.cancel()
        await asyncio.gather(one, two, return_exceptions=True)
        raise


def _passage(one: Scored, stored: StoredChunk) -> Passage:
    chunk = stored.chunk
    return Passage(
        document_id=stored.document_id,
        name=stored.name,
        version=stored.version,
        chunk_id=stored.id,
        text=chunk.text,
        heading=chunk.heading,
        page=chunk.page,
        start=chunk.start,
        end=chunk.end,
        score=round(one.score, 6),
        ranks=one.ranks,
        header=chunk.header,
    )
