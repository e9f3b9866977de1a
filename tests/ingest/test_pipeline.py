"""The pipeline in one process, over a real catalogue, with an index and a parser that a test can hold up."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, create_engine, event

from ingest import sweep
from ingest.catalogue import chunks, claims, collections, documents, fulltext, schema, staging, versions
from ingest.catalogue.claims import SUSPECT
from ingest.catalogue.collections import Collection
from ingest.catalogue.documents import Document
from ingest.catalogue.engine import migrate, open_engine, reading, sqlite_url, writing
from ingest.errors import CatalogueUnavailable
from ingest.files import LocalFiles
from ingest.pipeline import DEATHS_AT_MOST, Pipeline
from ingest.types import Block, Chunk, Hit, ParsedDocument, ParseLimits
from tests.doubles.stores import WordEmbedder, until

pytestmark = pytest.mark.anyio
T = TypeVar("T")


class HeldIndex:
    """Vectors in memory. `remove` waits at the gate, when there is one."""

    def __init__(self) -> None:
        self.vectors: dict[str, dict[str, Sequence[float]]] = {}
        self.gate: asyncio.Event | None = None
        self.removing = 0

    async def add(self, generation: str, ids: Sequence[str], vectors: Sequence[Sequence[float]]) -> None:
        self.vectors.setdefault(generation, {}).update(zip(ids, vectors, strict=True))

    async def search(self, generation: str, vector: Sequence[float], k: int) -> list[Hit]:
        raise NotImplementedError

    async def remove(self, generation: str, ids: Sequence[str]) -> int:
        self.removing += 1
        if self.gate is not None:
            await self.gate.wait()
        there = self.vectors.setdefault(generation, {})
        return sum(there.pop(chunk_id, None) is not None for chunk_id in ids)

    async def ids(self, generation: str) -> AsyncIterator[list[str]]:
        yield list(self.vectors.get(generation, ()))

    async def drop(self, generation: str) -> None:
        self.vectors.pop(generation, None)

    async def generations(self) -> list[str]:
        return list(self.vectors)


class Parser:
    """Each line is a block. Notes what it reads at once; waits at a gate of the document's name."""

    def __init__(self) -> None:
        self.gates: dict[str, asyncio.Event] = {}
        self.inside: set[str] = set()
        self.seen_together: list[frozenset[str]] = []

    async def __call__(
        self, path: Path, name: str, limits: ParseLimits, cancelled: Callable[[], bool] = lambda: False
    ) -> ParsedDocument:
        self.inside.add(name)
        self.seen_together.append(frozenset(self.inside))
        try:
            if name in self.gates:
                await self.gates[name].wait()
            else:
                await asyncio.sleep(0)
            lines = path.read_text().splitlines()  # noqa: ASYNC240
            return ParsedDocument(tuple(Block("text", line) for line in lines))
        finally:
            self.inside.discard(name)


class House:
    """A pipeline with everything it needs, and short ways to say what the tests say often."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        self.engine = open_engine(sqlite_url(folder))
        migrate(self.engine, [*schema.MIGRATIONS, *fulltext.MIGRATIONS])
        self.index, self.parser, self.embedder = HeldIndex(), Parser(), WordEmbedder()
        self.files = LocalFiles(folder / "files")
        self.collection: Collection = self.write(lambda c: collections.ensure(c, "default", self.embedder.name))[0]
        self.pipeline = Pipeline(self.engine, self.index, self.embedder, self.files, self.parser, **settings)

    def write(self, work: Callable[[Connection], T]) -> T:
        with writing(self.engine) as connection:
            return work(connection)

    def read(self, work: Callable[[Connection], T]) -> T:
        with reading(self.engine) as connection:
            return work(connection)

    def add(self, name: str, text: str) -> str:
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        source = self.folder / "upload"
        source.write_text(text)
        store = lambda: self.files.put(str(source), sha256)  # noqa: E731
        done = self.write(lambda c: documents.register(c, self.collection, name, sha256, len(text), store))
        source.unlink()
        return done.document_id

    def lapse(self, document_ids: Sequence[str]) -> list[int]:
        """A worker that has all of them in hand dies, after a claim in the past; returns what was counted before."""
        jobs = [
            self.write(lambda c, one=one: claims.claim(c, one, 1, clock=time.time() - 10, lease=1.0))  # type: ignore[misc]
            for one in document_ids
        ]
        with writing(self.engine) as connection:
            connection.execute(schema.versions.update().values(lease_until=1.0))
        return [job.deaths for job in jobs if job is not None]

    def get(self, document_id: str) -> Document:
        return self.read(lambda c: documents.get(c, document_id))

    def row(self, document_id: str) -> Any:
        query = schema.versions.select().where(schema.versions.c.document_id == document_id)
        return self.read(lambda c: c.execute(query).one())

    def rows(self, document_id: str) -> list[str]:
        return self.read(lambda c: chunks.ids_of(c, document_id))

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.pipeline.serve())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


async def test_a_worker_that_dies_again_and_again_does_not_fail_what_it_held_beside(house: House) -> None:
    ids = [house.add(f"{n}.md", f"text {n}") for n in range(8)]
    for _ in range(3 * DEATHS_AT_MOST):
        assert max(house.lapse(ids)) <= SUSPECT
    async with house.serving():
        await asyncio.gather(*(house.pipeline.run(one, 1) for one in ids))
    assert {house.get(one).status for one in ids} == {"indexed"}
    assert max(map(len, house.parser.seen_together)) == 1, "suspects run one at a time"


async def test_a_suspect_waits_for_others_and_keeps_others_out(house: House) -> None:
    suspect = house.add("suspect.md", "text")
    for _ in range(SUSPECT + 1):
        house.lapse([suspect])
    before, after = house.add("before.md", "one"), house.add("after.md", "two")
    house.parser.gates = {name: asyncio.Event() for name in ("before.md", "suspect.md")}
    async with house.serving():
        runs = [asyncio.create_task(house.pipeline.run(before, 1))]
        await until(lambda: "before.md" in house.parser.inside)
        runs.append(asyncio.create_task(house.pipeline.run(suspect, 1)))
        await until(lambda: house.get(suspect).status == "parsing" and house.row(suspect).lease_until > time.time())
        runs.append(asyncio.create_task(house.pipeline.run(after, 1)))
        house.parser.gates["before.md"].set()
        await until(lambda: "suspect.md" in house.parser.inside)
        assert house.get(before).status == "indexed"
        assert house.get(after).status == "queued", "nobody begins beside a suspect"
        house.parser.gates["suspect.md"].set()
        await asyncio.gather(*runs)
    assert {house.get(one).status for one in (before, suspect, after)} == {"indexed"}
    assert set(house.parser.seen_together) == {frozenset([f"{name}.md"]) for name in ("before", "suspect", "after")}


async def test_what_kills_its_worker_alone_fails_with_that_reason(house: House) -> None:
    poison = house.add("poison.md", "text")
    for _ in range(SUSPECT + 1):
        house.lapse([poison])
    house.parser.gates["poison.md"] = asyncio.Event()
    for _ in range(DEATHS_AT_MOST - SUSPECT):
        dying = House(house.folder)  # a process of its own, as far as the catalogue can tell
        dying.parser.gates = house.parser.gates
        run = asyncio.create_task(dying.pipeline.run(poison, 1))
        await until(lambda dying=dying: dying.parser.inside)  # type: ignore[misc]
        counted = house.row(poison).deaths
        run.cancel()
        with suppress(asyncio.CancelledError):
            await run
        assert house.row(poison).deaths == counted - 1, "an orderly end is no death"
        with writing(house.engine) as connection:  # now as if it had not been orderly
            connection.execute(schema.versions.update().values(status="parsing", lease_until=1.0, deaths=counted))
    await house.pipeline.run(poison, 1)
    failed = house.get(poison)
    assert failed.status == "failed"
    assert failed.error is not None
    assert failed.error["code"] == "worker_died"


async def test_an_older_run_of_the_same_version_neither_goes_on_nor_hides_the_newer(tmp_path: Path) -> None:
    house = House(tmp_path, lease=2.0)
    document_id = house.add("a.md", "text")
    gate = house.parser.gates["a.md"] = asyncio.Event()
    async with house.serving():
        older = asyncio.create_task(house.pipeline.run(document_id, 1))
        await until(lambda: house.parser.inside)
        with writing(house.engine) as connection:
            connection.execute(schema.versions.update().values(lease_until=1.0))  # as after a suspended night
        newer = asyncio.create_task(house.pipeline.run(document_id, 1))
        await asyncio.wait_for(older, 10)
        await until(lambda: house.row(document_id).attempts == 2)
        renewed = house.row(document_id).lease_until
        await until(lambda: house.row(document_id).lease_until > renewed)
        gate.set()
        await newer
    assert house.get(document_id).status == "indexed"


async def test_a_retry_during_a_slow_sweep_loses_nothing(house: House) -> None:
    document_id = house.add("a.md", "first line\nsecond line")
    house.embedder.gate, house.index.gate = asyncio.Event(), asyncio.Event()
    async with house.serving():
        cancelled = asyncio.create_task(house.pipeline.run(document_id, 1))
        await until(lambda: house.rows(document_id))
        house.write(lambda c: versions.request_cancel(c, document_id))
        await until(lambda: house.index.removing)
        assert house.write(lambda c: documents.reset(c, document_id, 1))
        house.embedder.gate.set()
        await house.pipeline.run(document_id, 1)
        house.index.gate.set()
        await cancelled
        await house.pipeline.run(document_id, 1)
    assert house.get(document_id).status == "indexed"
    assert len(house.rows(document_id)) == house.get(document_id).chunks > 0
    assert house.index.vectors[house.collection.generation].keys() == set(house.rows(document_id))


async def test_a_large_document_is_staged_in_short_transactions(house: House) -> None:
    written: list[int] = [0]
    event.listen(house.engine, "commit", lambda _connection: written.append(0))

    @event.listens_for(house.engine, "before_cursor_execute")
    def _count(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, executemany: bool) -> None:
        if statement.startswith("INSERT INTO chunks "):
            written[-1] += len(parameters) if executemany else 1

    document_id = house.add("large.md", "\n".join(f"topic{n} " + "word " * 190 for n in range(700)))
    async with house.serving():
        await house.pipeline.run(document_id, 1)
    assert house.get(document_id).status == "indexed"
    assert sum(written) == len(house.rows(document_id)) == house.get(document_id).chunks >= 700
    assert max(written) <= 250
    assert len(house.read(lambda c: fulltext.ids(c, house.collection.id))) == sum(written)


async def test_a_large_version_is_swept_in_short_transactions(house: House) -> None:
    large = "\n".join(f"topic{n} " + "word " * 190 for n in range(700))
    document_id = house.add("large.md", large)
    async with house.serving():
        await house.pipeline.run(document_id, 1)
        chunks_before = len(house.rows(document_id))
        removed: list[int] = [0]
        event.listen(house.engine, "commit", lambda _connection: removed.append(0))

        @event.listens_for(house.engine, "before_cursor_execute")
        def _count(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
            if statement.startswith("DELETE FROM chunks "):
                removed[-1] += len(parameters)

        house.add("large.md", "a short one")
        await house.pipeline.run(document_id, 2)
    assert sum(removed) >= chunks_before >= 700
    assert max(removed) <= 500
    assert len(house.rows(document_id)) == len(house.index.vectors[house.collection.generation]) == 1
    assert house.read(lambda c: fulltext.ids(c, house.collection.id)) == set(house.rows(document_id))


async def test_a_sweep_that_lost_its_hold_touches_nothing_more(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """It slept for longer than it held the version, which was retried, and indexed by somebody else, meanwhile."""
    monkeypatch.setattr(sweep, "HOLD_SECONDS", -1.0)
    document_id = house.add("a.md", "first line\nsecond line")
    house.index.gate = asyncio.Event()
    async with house.serving():
        house.embedder.gate = asyncio.Event()
        cancelled = asyncio.create_task(house.pipeline.run(document_id, 1))
        await until(lambda: house.rows(document_id))
        house.write(lambda c: versions.request_cancel(c, document_id))
        await until(lambda: house.index.removing)
        assert house.write(lambda c: documents.reset(c, document_id, 1))
        house.embedder.gate.set()
        # Its vectors are removed by the sleeper's call that is under way: who indexes again waits for that in the end.
        running = asyncio.create_task(house.pipeline.run(document_id, 1))
        await until(lambda: house.index.removing > 1 or running.done())
        house.index.gate.set()
        await cancelled
        await running
    assert len(house.rows(document_id)) == house.get(document_id).chunks > 0
    assert house.get(document_id).status == "indexed"


async def test_what_a_dead_worker_staged_otherwise_leaves_every_store(house: House) -> None:
    document_id = house.add("a.md", "first\nsecond")
    job = house.write(lambda c: claims.claim(c, document_id, 1, clock=time.time() - 10, lease=1.0))
    assert job is not None
    other = staging.part(job, [Chunk(0, "cut otherwise", "cut otherwise", 0, 13, 4)])
    house.write(lambda c: staging.begin(c, job, ParsedDocument(()), "md", 2))
    house.write(lambda c: staging.stage(c, job, other))
    stale = house.rows(document_id)
    await house.index.add(house.collection.generation, stale, [[0.0]])
    async with house.serving():
        await house.pipeline.run(document_id, 1)
    rows = set(house.rows(document_id))
    assert rows
    assert rows.isdisjoint(stale)
    assert house.index.vectors[house.collection.generation].keys() == rows
    assert house.read(lambda c: fulltext.ids(c, house.collection.id)) == rows


async def test_no_free_connection_is_said_in_our_words(tmp_path: Path) -> None:
    engine = create_engine(sqlite_url(tmp_path), pool_size=1, max_overflow=0, pool_timeout=0.05)
    with reading(engine), pytest.raises(CatalogueUnavailable, match="in use"), reading(engine):
        pass
    engine.dispose()
