"""The catalogue's rules, on SQLite and (where its binaries are) on PostgreSQL: claims, fencing, swaps, sweeping."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Connection, Engine, text

from ingest.catalogue import cache, chunks, claims, collections, documents, fulltext, schema, staging, versions
from ingest.catalogue.claims import GenerationMoved, Job
from ingest.catalogue.collections import Collection
from ingest.catalogue.engine import migrate, open_engine, reading, sqlite_url, writing
from ingest.errors import Cancelled, NotFound
from ingest.types import Block, Chunk, ParsedDocument
from tests.doubles.stores import free_port

T = TypeVar("T")
EMBEDDER = "words"
MIGRATIONS = [*schema.MIGRATIONS, *fulltext.MIGRATIONS]


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    if not all(shutil.which(name) for name in ("initdb", "postgres")):
        pytest.skip("no PostgreSQL binaries here")
    user = {}
    if os.getuid() == 0:  # the server refuses to run as root
        nobody = pwd.getpwnam("nobody")
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    data = folder / "data"
    try:
        if user:
            os.chown(folder, user["user"], user["group"])  # type: ignore[arg-type]
        options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, **user}
        command = ["initdb", "-D", str(data), "-U", "parallax", "-A", "trust", "-E", "UTF8", "--no-sync"]
        if subprocess.run(command, check=False, **options).returncode:  # type: ignore[call-overload]
            pytest.skip("initdb does not work here")
        port = free_port()
        server = subprocess.Popen(  # type: ignore[call-overload]
            ["postgres", "-D", str(data), "-p", str(port), "-k", str(folder), "-c", "listen_addresses=127.0.0.1",
             "-c", "fsync=off"], **options,
        )  # fmt: skip
        try:
            url = f"postgresql://parallax@127.0.0.1:{port}/postgres"
            deadline = time.monotonic() + 30
            while subprocess.run(
                ["pg_isready", "-h", "127.0.0.1", "-p", str(port)], check=False, stdout=subprocess.DEVNULL
            ).returncode:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield url
        finally:
            server.terminate()
            server.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = sqlite_url(tmp_path) if request.param == "sqlite" else request.getfixturevalue("postgres")
    opened = open_engine(url)
    migrate(opened, MIGRATIONS)
    with writing(opened) as connection:
        for table in (schema.collections, schema.vectors):
            connection.execute(table.delete())
    yield opened
    opened.dispose()


class Book:
    """The catalogue with one collection, and short ways to say what the tests say often."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.collection: Collection = self.write(lambda c: collections.ensure(c, "default", EMBEDDER))[0]

    def write(self, work: Callable[[Connection], T]) -> T:
        with writing(self.engine) as connection:
            return work(connection)

    def read(self, work: Callable[[Connection], T]) -> T:
        with reading(self.engine) as connection:
            return work(connection)

    def add(self, name: str, sha: str) -> documents.Registered:
        return self.write(lambda c: documents.register(c, self.collection, name, sha * 64, 5, lambda: None))

    def claim(self, document_id: str, version: int = 1, clock: float = 1000.0) -> Job | None:
        return self.write(lambda c: claims.claim(c, document_id, version, clock=clock, lease=5.0))

    def must_claim(self, document_id: str, version: int = 1, clock: float = 1000.0) -> Job:
        job = self.claim(document_id, version, clock)
        assert job is not None
        return job

    def stage(self, job: Job, *texts: str) -> list[str]:
        parsed = ParsedDocument(tuple(Block("text", text) for text in texts))
        pieces = [
            Chunk(n, text, f"heading: {text}", n * 10, n * 10 + 5, 4, ("heading",)) for n, text in enumerate(texts)
        ]
        self.write(lambda c: staging.begin(c, job, parsed, "md", len(pieces)))
        self.write(lambda c: staging.stage(c, job, staging.part(job, pieces)))
        return [entry.id for entry in staging.staged(job, pieces)]

    def finish(self, job: Job) -> int | None:
        return self.write(lambda c: claims.finish(c, job, [self.collection.generation], EMBEDDER))

    def index(self, name: str, sha: str, *texts: str) -> tuple[str, list[str]]:
        done = self.add(name, sha)
        job = self.must_claim(done.document_id, done.version)
        ids = self.stage(job, *texts)
        self.finish(job)
        return done.document_id, ids

    def live(self, *chunk_ids: str) -> set[str]:
        return set(self.read(lambda c: chunks.live(c, self.collection.id, chunk_ids)))


@pytest.fixture
def book(engine: Engine) -> Book:
    return Book(engine)


def test_staged_chunks_are_not_visible_before_the_finish(book: Book) -> None:
    done = book.add("a.md", "a")
    job = book.must_claim(done.document_id)
    ids = book.stage(job, "one", "two")
    assert book.live(*ids) == set()
    assert book.finish(job) is None
    assert book.live(*ids) == set(ids)
    stored = book.read(lambda c: chunks.live(c, book.collection.id, ids[:1]))[ids[0]]
    assert (stored.name, stored.collection, stored.version) == ("a.md", "default", 1)
    assert (stored.chunk.text, stored.chunk.heading, stored.chunk.end) == ("one", ("heading",), 5)


def test_the_header_of_a_piece_of_a_table_is_kept(book: Book) -> None:
    job = book.must_claim(book.add("prices.csv", "c").document_id)
    pieces = [Chunk(0, "a,1", "a,1", 0, 3, 4), Chunk(1, "b,2", "name,price\nb,2", 4, 7, 6, header="name,price")]
    book.write(lambda c: staging.begin(c, job, ParsedDocument(()), "csv", len(pieces)))
    book.write(lambda c: staging.stage(c, job, staging.part(job, pieces)))
    book.finish(job)
    assert [chunk for _, chunk in book.read(lambda c: chunks.page(c, job.document_id, 1))] == pieces
    ids = [entry.id for entry in staging.staged(job, pieces)]
    found = book.read(lambda c: chunks.live(c, book.collection.id, ids))
    assert [found[id].chunk.header for id in ids] == ["", "name,price"]


def test_chunks_of_before_headers_were_kept_have_none(book: Book) -> None:
    _, ids = book.index("a.md", "a", "one")
    with writing(book.engine) as connection:
        connection.execute(text("ALTER TABLE chunks DROP COLUMN header"))
        connection.execute(text("DELETE FROM migrations WHERE name = '0003-documents-header'"))
    assert migrate(book.engine, MIGRATIONS) == ["0003-documents-header"]
    assert book.read(lambda c: chunks.live(c, book.collection.id, ids))[ids[0]].chunk.header == ""
    assert migrate(book.engine, MIGRATIONS) == []


def test_staging_twice_is_staging_once(book: Book) -> None:
    done = book.add("a.md", "a")
    job = book.must_claim(done.document_id)
    assert book.stage(job, "one", "two") == book.stage(job, "one", "two")
    assert len(book.read(lambda c: chunks.ids_of(c, done.document_id))) == 2
    assert len(book.read(lambda c: fulltext.ids(c, book.collection.id))) == 2


def test_what_an_earlier_try_staged_differently_can_be_taken_out(book: Book) -> None:
    done = book.add("a.md", "a")
    job = book.must_claim(done.document_id)
    first = book.stage(job, "one", "two")
    again = book.must_claim(done.document_id, clock=2000.0)
    second = book.stage(again, "one", "three")
    stale = book.read(lambda c: staging.stale_ids(c, again, second))
    assert stale == [first[1]]
    with pytest.raises(Cancelled):
        book.write(lambda c: staging.unstage(c, job, stale))
    book.write(lambda c: staging.unstage(c, again, stale))
    assert book.read(lambda c: fulltext.ids(c, book.collection.id)) == set(second)
    assert set(book.read(lambda c: chunks.ids_of(c, done.document_id))) == set(second)


def test_a_new_version_goes_live_in_one_step(book: Book) -> None:
    document_id, old = book.index("a.md", "a", "old text")
    newer = book.add("a.md", "b")
    assert (newer.document_id, newer.version, newer.duplicate_of) == (document_id, 2, None)
    job = book.must_claim(document_id, 2)
    new = book.stage(job, "new text")
    assert book.live(*old, *new) == set(old)
    assert book.finish(job) == 1
    assert book.live(*old, *new) == set(new)
    (rubbish,) = book.read(lambda c: staging.rubbish(c, clock=0))
    assert (rubbish.document_id, rubbish.version) == (document_id, 1)
    swept, all_gone = book.write(lambda c: staging.sweep(c, document_id, 1, 500))
    assert all_gone
    assert (swept.chunks, swept.fulltext) == (1, 1)
    assert book.read(lambda c: staging.rubbish(c, clock=0)) == []


def test_a_version_has_one_worker(book: Book) -> None:
    done = book.add("a.md", "a")
    assert book.claim(done.document_id) is not None
    assert book.claim(done.document_id) is None
    assert book.claim(done.document_id, clock=1004.9) is None
    assert book.claim(done.document_id, clock=1005.1) is not None, "the lease has run out"


def test_claims_at_once_give_one_job(book: Book) -> None:
    done = book.add("a.md", "a")
    jobs: list[Job | None] = []
    threads = [threading.Thread(target=lambda: jobs.append(book.claim(done.document_id))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(jobs) == 8
    assert sum(job is not None for job in jobs) == 1


def test_a_stale_worker_writes_nothing(book: Book) -> None:
    done = book.add("a.md", "a")
    stale = book.must_claim(done.document_id)
    book.stage(stale, "one")
    fresh = book.must_claim(done.document_id, clock=2000.0)
    assert (fresh.token, fresh.deaths) == (2, 1)
    for write in (
        lambda: book.stage(stale, "two"),
        lambda: book.finish(stale),
        lambda: book.write(lambda c: claims.fail(c, stale, {"code": "x", "message": "", "hint": ""})),
        lambda: book.write(lambda c: claims.stop(c, stale, None)),
        lambda: book.write(lambda c: claims.release(c, stale, not_before=0, error=None)),
    ):
        with pytest.raises(Cancelled):
            write()
    lost = book.write(lambda c: claims.renew(c, {stale.key: (stale.token, 0.5)}, clock=2000, lease=5))
    assert lost == {stale.key}
    book.stage(fresh, "one")
    book.finish(fresh)
    assert book.read(lambda c: documents.get(c, done.document_id)).status == "indexed"


def test_renewing_keeps_the_claim_and_shows_progress(book: Book) -> None:
    done = book.add("a.md", "a")
    job = book.must_claim(done.document_id)
    assert book.write(lambda c: claims.renew(c, {job.key: (job.token, 0.4)}, clock=1004.0, lease=5.0)) == set()
    assert book.claim(done.document_id, clock=1006.0) is None
    assert book.read(lambda c: documents.get(c, done.document_id)).progress == pytest.approx(0.4)


def test_backing_off(book: Book) -> None:
    done = book.add("a.md", "a")
    job = book.must_claim(done.document_id)
    error = {"code": "index_unavailable", "message": "gone", "hint": ""}
    book.write(lambda c: claims.release(c, job, not_before=1500.0, error=error))
    assert book.claim(done.document_id, clock=1499.0) is None
    (due,) = book.read(lambda c: versions.due(c, clock=1499.0, limit=10))
    assert (due.attempts, due.wait) == (1, 1.0)
    again = book.must_claim(done.document_id, clock=1500.5)
    assert (again.failures, again.deaths, again.token) == (1, 0, 2)


def test_duplicates(book: Book) -> None:
    document_id, _ = book.index("a.md", "a", "text")
    assert book.add("a.md", "a").duplicate_of == document_id
    assert book.add("other-name.md", "a").duplicate_of == document_id
    assert book.add("a.md", "b").version == 2
    assert book.add("a.md", "a").version == 3, "going back to the bytes before is a new version"


def test_a_failed_duplicate_is_tried_again(book: Book) -> None:
    done = book.add("a.md", "a")
    job = book.must_claim(done.document_id)
    book.write(lambda c: claims.fail(c, job, {"code": "x", "message": "", "hint": ""}))
    again = book.add("a.md", "a")
    assert (again.document_id, again.status, again.duplicate_of, again.enqueue) == (
        done.document_id, "queued", None, True,
    )  # fmt: skip


def test_a_newer_upload_gives_the_older_one_up(book: Book) -> None:
    done = book.add("a.md", "a")
    older = book.must_claim(done.document_id)
    book.add("a.md", "b")
    assert book.write(lambda c: claims.renew(c, {older.key: (older.token, 0.1)}, clock=1001, lease=5)) == {older.key}
    with pytest.raises(Cancelled):
        book.finish(older)


def test_an_older_version_never_replaces_a_newer(book: Book) -> None:
    done = book.add("a.md", "a")
    book.add("a.md", "b")
    newer = book.must_claim(done.document_id, 2)
    ids = book.stage(newer, "new")
    book.finish(newer)
    assert book.claim(done.document_id, 1) is None
    assert book.live(*ids) == set(ids)


def test_the_tombstone_hides_at_once_and_frees_the_name(book: Book) -> None:
    document_id, ids = book.index("a.md", "a", "text")
    book.write(lambda c: documents.bury(c, document_id))
    assert book.live(*ids) == set()
    with pytest.raises(NotFound):
        book.read(lambda c: documents.get(c, document_id))
    again = book.add("a.md", "a")
    assert again.document_id != document_id
    assert again.duplicate_of is None
    book.write(lambda c: staging.sweep(c, document_id, 1, 500))

    def remove() -> bool:
        return book.write(lambda c: documents.remove_unused(c, "a" * 64, lambda _sha: True))

    assert not remove(), "the new document has the same bytes"
    assert book.write(lambda c: documents.erase(c, document_id)) == 2
    book.write(lambda c: documents.bury(c, again.document_id))
    assert remove()


def test_shared_vectors_stay_until_the_last_user_goes(book: Book) -> None:
    first, _ = book.index("a.md", "a", "shared", "own")
    second, _ = book.index("b.md", "b", "shared")
    hashes = {entry.embed_hash for entry in book.read(lambda c: staging.texts(c, chunks.ids_of(c, first)))}
    book.write(lambda c: cache.remember(c, EMBEDDER, {key: cache.vector([1.0, 2.0]) for key in hashes}))
    book.write(lambda c: documents.bury(c, first))
    assert book.write(lambda c: staging.sweep(c, first, 1, 500))[0].cached == 1
    book.write(lambda c: documents.bury(c, second))
    assert book.write(lambda c: staging.sweep(c, second, 1, 500))[0].cached == 1


def test_a_finish_needs_every_generation(book: Book) -> None:
    done = book.add("a.md", "a")
    job = book.must_claim(done.document_id)
    book.stage(job, "one")
    fresh = book.write(lambda c: collections.start_next(c, book.collection.id, EMBEDDER))
    with pytest.raises(GenerationMoved) as caught:
        book.finish(job)
    assert set(caught.value.targets) == {book.collection.generation, fresh}
    book.write(lambda c: claims.finish(c, job, caught.value.targets, EMBEDDER))
    assert book.write(lambda c: collections.swap(c, book.collection.id, fresh)) == book.collection.generation
    assert book.write(lambda c: collections.swap(c, book.collection.id, fresh)) is None


def test_nothing_is_registered_in_a_collection_that_was_deleted_meanwhile(book: Book) -> None:
    book.write(lambda c: collections.bury(c, book.collection.id))
    with pytest.raises(NotFound):
        book.add("a.md", "a")
    book.write(lambda c: collections.erase(c, book.collection.id))
    with pytest.raises(NotFound):
        book.add("a.md", "a")


def test_an_empty_collection_takes_another_embedder(book: Book) -> None:
    def adopt(name: str) -> str | None:
        return book.write(lambda c: collections.adopt(c, book.collection.id, name))

    assert adopt(EMBEDDER) is None
    assert adopt("other") == book.collection.generation
    changed = book.read(lambda c: collections.by_id(c, book.collection.id))
    assert (changed.embedder, changed.generation != book.collection.generation) == ("other", True)
    book.add("a.md", "a")
    assert adopt("third") is None, "it holds something"
    assert book.read(lambda c: collections.by_id(c, book.collection.id)) == changed


def test_pages(book: Book) -> None:
    ids = [book.add(f"{number}.md", f"{number:x}").document_id for number in range(7)]
    seen: list[str] = []
    before = None
    while page := book.read(lambda c, at=before: documents.page(c, before=at, limit=3)):  # type: ignore[misc]
        seen += [document.id for document in page]
        before = page[-1].id
    assert seen == sorted(ids, reverse=True)
    (counted,) = book.read(lambda c: collections.page(c, 10))
    assert (counted.documents, counted.indexed, counted.chunks) == (7, 0, 0)


@pytest.mark.parametrize("odd", ["", "doc_", "x" * 300, "doc_\x00", "'; drop table documents", "doc_" + "Z" * 27])
def test_odd_ids_are_just_unknown(book: Book, odd: str) -> None:
    with pytest.raises(NotFound):
        book.read(lambda c: documents.get(c, odd))
    with pytest.raises(NotFound):
        book.read(lambda c: collections.find(c, odd))
