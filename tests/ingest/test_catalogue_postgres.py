"""What only several processes at one PostgreSQL meet: migrating at once, the same vectors at once, NUL in a text."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, text

from ingest.catalogue import cache, collections, documents, fulltext, schema, staging, versions
from ingest.catalogue.claims import Job, claim, renew
from ingest.catalogue.engine import instant, migrate, open_engine, present, reading, writing
from ingest.types import Chunk, ParsedDocument
from tests.doubles.postgres import postgres

MIGRATIONS = [*schema.MIGRATIONS, *fulltext.MIGRATIONS]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture
def database(server: str) -> str:
    """A new, empty one."""
    name = f"t{uuid.uuid4().hex}"
    engine = open_engine(server)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.rsplit("/", 1)[0] + "/" + name


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    opened = open_engine(database)
    migrate(opened, MIGRATIONS)
    yield opened
    opened.dispose()


def at_once(count: int, work: Callable[[int], None]) -> list[Exception]:
    """Runs `work` in as many threads, all begun together; what they raised."""
    start, raised = threading.Barrier(count), []

    def run(number: int) -> None:
        start.wait()
        try:
            work(number)
        except Exception as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_processes_that_start_at_once_migrate_once(database: str) -> None:
    applied: list[str] = []

    def start(_number: int) -> None:
        engine = open_engine(database)
        try:
            applied.extend(migrate(engine, MIGRATIONS))
        finally:
            engine.dispose()

    assert at_once(6, start) == []
    assert sorted(applied) == sorted(step.name for step in MIGRATIONS)


def test_workers_that_learn_the_same_vectors_at_once_do_not_lock_each_other_out(engine: Engine) -> None:
    for turn in range(6):
        hashes = [f"{turn}-{number:04d}" for number in range(800)]

        def remember(number: int, hashes: list[str] = hashes) -> None:
            order = hashes if number % 2 else hashes[::-1]
            with writing(engine) as connection:
                cache.remember(connection, "e", {key: cache.vector([1.0, 2.0]) for key in order})

        assert at_once(4, remember) == []
        with reading(engine) as connection:
            assert len(cache.find(connection, "e", hashes)) == len(hashes)


def test_a_nul_in_a_text_harms_nothing(engine: Engine) -> None:
    with writing(engine) as connection:
        collection, _ = collections.ensure(connection, "default", "e")
        done = documents.register(connection, collection, "a\0b.md", "a" * 64, 3, lambda: None)
        job = claim(connection, done.document_id, 1, clock=0.0, lease=60.0)
        assert job is not None
        staging.begin(connection, job, ParsedDocument((), title="ti\0tle", warnings=("war\0ning",)), "md", 1)
        pieces = [Chunk(n, f"one{n} t\0wo", f"one{n} t\0wo", 0, 8, 4, ("head\0ing",)) for n in range(2)]
        staging.stage(connection, job, staging.part(job, pieces))
    with reading(engine) as connection:
        document = documents.get(connection, done.document_id)
        assert (document.name, document.title) == ("a\ufffdb.md", "ti\ufffdtle")
        assert len(fulltext.find(connection, collection.id, "one1 t\0wo", 5)) > 0
        assert {row.text for row in connection.execute(schema.chunks.select())} == {"one0 t\ufffdwo", "one1 t\ufffdwo"}


def test_a_worker_whose_clock_is_wrong_neither_steals_nor_waits(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Leases are the database's: what the machines of two workers think of the time does not matter."""
    real = time.time
    with writing(engine) as connection:
        collection, _ = collections.ensure(connection, "default", "e")
        done = documents.register(connection, collection, "a.md", "a" * 64, 3, lambda: None)

    def claimed(skew: float, lease: float) -> Job | None:
        """By a worker whose clock goes so many seconds ahead."""
        monkeypatch.setattr(time, "time", lambda: real() + skew)
        with writing(engine) as connection:
            return claim(connection, done.document_id, 1, clock=present(connection), lease=lease)

    first = claimed(-3600, 60.0)
    assert first is not None
    assert claimed(+3600, 60.0) is None, "stolen by a clock that is ahead"
    with writing(engine) as connection:
        key = first.key
        assert renew(connection, {key: (first.token, 0.5)}, clock=present(connection), lease=0.0) == set()
    second = claimed(-3600, 60.0)
    assert second is not None, "never taken over by a clock that is behind"
    assert second.token == first.token + 1
    with reading(engine) as connection:
        assert not versions.due(connection, clock=present(connection), limit=10)
        assert documents.leased(connection, [done.document_id], present(connection))
        assert abs(present(connection) - real()) < 60


def test_a_delete_counts_as_cut_off_by_the_databases_clock(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time
    with writing(engine) as connection:
        collection, _ = collections.ensure(connection, "default", "e")
        done = documents.register(connection, collection, "a.md", "a" * 64, 3, lambda: None)
    monkeypatch.setattr(time, "time", lambda: real() - 3600)
    with writing(engine) as connection:
        documents.bury(connection, done.document_id)
    monkeypatch.undo()
    with reading(engine) as connection:
        assert documents.buried(connection, instant(present(connection) - 20)) == []
        assert len(documents.buried(connection, instant(present(connection) + 1))) == 1
