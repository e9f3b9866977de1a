"""Documents from upload to receipt: the use cases over real Chroma, real Valkey, a real catalogue and a real worker."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import event

from ingest.catalogue import chunks, collections, schema
from ingest.catalogue.documents import Document
from ingest.catalogue.engine import reading, writing
from ingest.catalogue.transactions import Transactions
from ingest.errors import NotFound
from ingest.files import LocalFiles
from service.documents import show, spaces
from service.documents.delete import delete
from service.documents.orphans import orphans, remove_orphans
from service.documents.receive import Received, Upload
from service.documents.reindex import give_up_forsaken, reindex
from service.documents.upload import Accepted, Refused, accept
from service.documents.verify import verify
from service.documents.watch import Gone, watch
from service.errors import BadRequest, Conflict
from service.parts import Parts
from service.work.worker import run_worker
from tests.doubles.stores import Server, WordEmbedder, service_parts, stores, until

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    with stores(tmp_path_factory.mktemp("stores")) as both:
        yield both


@pytest.fixture
def embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture
async def parts(tmp_path: Path, servers: tuple[Server, Server], embedder: WordEmbedder) -> AsyncIterator[Parts]:
    async with service_parts(tmp_path / "data", servers[0].url, servers[1].url, embedder) as opened:
        await opened.redis.flushall()
        for generation in await opened.index.generations():  # another test's
            await opened.index.drop(generation)
        yield opened


@asynccontextmanager
async def working(parts: Parts) -> AsyncIterator[None]:
    stop = asyncio.Event()
    work = asyncio.create_task(run_worker(parts, stop.wait))
    try:
        yield
    finally:
        stop.set()
        await work


async def add(parts: Parts, tmp_path: Path, files: dict[str, str], collection: str = "default") -> list[Accepted]:
    received = []
    for name, text in files.items():
        data = text.encode()
        path = tmp_path / hashlib.sha256(f"{name}{text}".encode()).hexdigest()
        path.write_bytes(data)
        received.append(Received(name, path, len(data), hashlib.sha256(data).hexdigest(), data[:8192]))
    items = await accept(parts, Upload(received, {"collection": collection}))
    return [item for item in items if isinstance(item, Accepted)]


async def ended(parts: Parts, document_id: str) -> Document:
    async def has_ended() -> bool:
        return (await show.one(parts, document_id)).status in ("indexed", "failed", "cancelled")

    await until(has_ended)
    return await show.one(parts, document_id)


async def texts(parts: Parts, document_id: str) -> str:
    return " ".join(chunk.text for _, chunk in await show.pieces(parts, document_id, None, -1, 500))


async def consistent(parts: Parts) -> bool:
    return not (await verify(parts)).differences


async def test_a_file_becomes_searchable(parts: Parts, tmp_path: Path, embedder: WordEmbedder) -> None:
    async with working(parts):
        (item,) = await add(parts, tmp_path, {"leave.md": "# Leave\n\nThirty days of vacation."})
        document = await ended(parts, item.id)
    assert (document.status, document.live_version, document.progress, document.error) == ("indexed", 1, 1.0, None)
    assert document.chunks == 1
    assert document.title == "Leave"
    found = await Transactions(parts.engine).read(lambda c: collections.find(c, "default"))
    hits = await parts.index.search(found.generation, embedder.embed_query("days of vacation"), 3)
    live = await Transactions(parts.engine).read(lambda c: chunks.live(c, found.id, [hit.chunk_id for hit in hits]))
    assert [stored.name for stored in live.values()] == ["leave.md"]
    assert await consistent(parts)


async def test_the_same_bytes_are_one_document(parts: Parts, tmp_path: Path) -> None:
    async with working(parts):
        first, second, third = await add(parts, tmp_path, {"a.md": "same", "b.md": "same", "c.md": "other"})
        assert second.duplicate_of == second.id == first.id
        assert third.duplicate_of is None
        await ended(parts, first.id)
        (again,) = await add(parts, tmp_path, {"a.md": "same"})
        assert (again.id, again.duplicate_of, again.status) == (first.id, first.id, "indexed")
    assert len(await show.listed(parts, "default", None, 50, None)) == 2


async def test_the_same_bytes_in_two_collections_are_two_documents(parts: Parts, tmp_path: Path) -> None:
    await spaces.create(parts, "other")
    (first,) = await add(parts, tmp_path, {"a.md": "same"})
    (second,) = await add(parts, tmp_path, {"a.md": "same"}, "other")
    assert first.id != second.id
    async with working(parts):
        await ended(parts, first.id)
        await ended(parts, second.id)
        receipt = await delete(parts, first.id)
        assert receipt.removed["files"] == 0, "the other one still needs the bytes"
        assert (await delete(parts, second.id)).removed["files"] == 1


async def test_never_embedded_twice(parts: Parts, tmp_path: Path, embedder: WordEmbedder) -> None:
    await spaces.create(parts, "other")
    async with working(parts):
        (first,) = await add(parts, tmp_path, {"a.md": "# One\n\nsame text"})
        await ended(parts, first.id)
        (second,) = await add(parts, tmp_path, {"b.md": "# One\n\nsame text"}, "other")
        await ended(parts, second.id)
        await reindex(parts, "default")
    assert len(embedder.asked) == 1


async def test_a_new_version_replaces_the_old_one_only_when_it_is_ready(
    parts: Parts, tmp_path: Path, embedder: WordEmbedder
) -> None:
    async with working(parts):
        (item,) = await add(parts, tmp_path, {"a.md": "first edition"})
        await ended(parts, item.id)
        embedder.gate = asyncio.Event()
        (newer,) = await add(parts, tmp_path, {"a.md": "second edition"})
        assert (newer.id, newer.version, newer.duplicate_of) == (item.id, 2, None)

        async def embedding() -> bool:
            return (await show.one(parts, item.id)).status == "embedding"

        await until(embedding)
        assert await texts(parts, item.id) == "first edition"
        embedder.gate.set()
        assert (await ended(parts, item.id)).live_version == 2
        assert await texts(parts, item.id) == "second edition"
        await until(lambda: consistent(parts))
    assert [(v.version, v.live) for v in await show.history(parts, item.id)] == [(2, True), (1, False)]


async def test_a_reader_never_sees_two_versions_or_none(parts: Parts, tmp_path: Path) -> None:
    found = await spaces.ensure_default(parts)
    seen: set[frozenset[int]] = set()
    async with working(parts):
        (item,) = await add(parts, tmp_path, {"a.md": "edition number 0"})
        await ended(parts, item.id)
        done = asyncio.Event()

        async def look() -> None:
            while not done.is_set():

                def live_versions(connection: object) -> frozenset[int]:
                    ids = list(chunks.live_ids(connection, found.id))  # type: ignore[arg-type]
                    live = chunks.live(connection, found.id, ids)  # type: ignore[arg-type]
                    return frozenset(stored.version for stored in live.values())

                seen.add(await Transactions(parts.engine).read(live_versions))
                await asyncio.sleep(0)

        looking = asyncio.create_task(look())
        for number in range(1, 5):
            await add(parts, tmp_path, {"a.md": f"edition number {number}"})
            await ended(parts, item.id)
        done.set()
        await looking
    assert seen <= {frozenset([number]) for number in range(1, 6)}


async def test_refused_files_do_not_keep_the_others_out(parts: Parts, tmp_path: Path) -> None:
    good = Received("good.md", tmp_path / "good", 4, hashlib.sha256(b"good").hexdigest(), b"good")
    (tmp_path / "good").write_bytes(b"good")
    empty = Received("empty.md", tmp_path / "good", 0, hashlib.sha256(b"").hexdigest(), b"")
    program = Received("run.exe", tmp_path / "good", 4, "0" * 64, b"MZ\x90\x00")
    items = await accept(parts, Upload([empty, good, program]))
    assert [item.name for item in items if isinstance(item, Accepted)] == ["good.md"]
    assert [item.error.code for item in items if isinstance(item, Refused)] == ["empty_file", "unsupported_format"]
    with pytest.raises(BadRequest) as caught:
        await accept(parts, Upload([program, empty]))
    assert (caught.value.code, caught.value.status) == ("unsupported_format", 415)
    with pytest.raises(NotFound):
        await accept(parts, Upload([good], {"collection": "no-such"}))


async def test_what_cannot_be_read_fails_with_its_reason(parts: Parts, tmp_path: Path) -> None:
    async with working(parts):
        bad, good = await add(parts, tmp_path, {"bad.pdf": "%PDF-1.7 this is not really one", "good.md": "fine"})
        failed = await ended(parts, bad.id)
        assert (await ended(parts, good.id)).status == "indexed"
    assert failed.status == "failed"
    assert failed.error is not None
    assert failed.error["code"]
    assert failed.error["message"]
    assert await consistent(parts)


async def test_a_text_that_breaks_the_embedder_harms_itself_only(
    parts: Parts, tmp_path: Path, embedder: WordEmbedder
) -> None:
    embedder.fails = lambda text: "poison" in text
    items = await add(parts, tmp_path, {"bad.md": "poison", **{f"{n}.md": f"good {n}" for n in range(5)}})
    async with working(parts):
        for item in items[1:]:
            assert (await ended(parts, item.id)).status == "indexed"

        async def has_reason() -> bool:
            return (await show.one(parts, items[0].id)).error is not None

        await until(has_reason)
        waiting = await show.one(parts, items[0].id)
        assert waiting.error is not None
        assert waiting.error["code"] == "embedding_failed"
        embedder.fails = lambda _text: False
        assert (await ended(parts, items[0].id)).status == "indexed", "it is tried again by itself"


async def test_cancel_and_retry(parts: Parts, tmp_path: Path, embedder: WordEmbedder) -> None:
    embedder.gate = asyncio.Event()
    (item,) = await add(parts, tmp_path, {"a.md": "text"})
    async with working(parts):

        async def embedding() -> bool:
            return (await show.one(parts, item.id)).status == "embedding"

        await until(embedding)
        await show.cancel(parts, item.id)
        cancelled = await ended(parts, item.id)
        assert cancelled.status == "cancelled"
        assert cancelled.error is not None
        await until(lambda: consistent(parts))
        with pytest.raises(Conflict):
            await show.cancel(parts, item.id)
        embedder.gate.set()
        assert (await show.retry(parts, item.id)).status != "cancelled"
        assert (await ended(parts, item.id)).status == "indexed"
        with pytest.raises(Conflict):
            await show.retry(parts, item.id)
    assert await consistent(parts)


async def test_cancelling_what_only_waits_is_immediate(parts: Parts, tmp_path: Path) -> None:
    (item,) = await add(parts, tmp_path, {"a.md": "text"})
    assert (await show.cancel(parts, item.id)).status == "cancelled"
    async with working(parts):
        (other,) = await add(parts, tmp_path, {"b.md": "other"})
        await ended(parts, other.id)
    assert (await show.one(parts, item.id)).status == "cancelled"


async def test_delete_gives_a_true_receipt(parts: Parts, tmp_path: Path, embedder: WordEmbedder) -> None:
    async with working(parts):
        (item,) = await add(parts, tmp_path, {"a.md": "# Secret\n\ncanary-4711 lives here"})
        (newer,) = await add(parts, tmp_path, {"b.md": "something else"})
        await ended(parts, item.id)
        await ended(parts, newer.id)
        receipt = await delete(parts, item.id)
    assert receipt.probe_hits == 0
    assert receipt.removed == {
        "catalogue": 3, "index": 1, "fulltext": 1, "files": 1, "caches": 1, "answers": 0, "evaluations": 0,
    }  # fmt: skip
    with pytest.raises(NotFound):
        await show.one(parts, item.id)
    with pytest.raises(NotFound):
        await delete(parts, item.id)
    assert await consistent(parts)
    (again,) = await add(parts, tmp_path, {"a.md": "# Secret\n\ncanary-4711 lives here"})
    assert again.duplicate_of is None, "a deleted document may be uploaded again"


async def test_delete_while_it_is_being_ingested(parts: Parts, tmp_path: Path, embedder: WordEmbedder) -> None:
    embedder.gate = asyncio.Event()
    async with working(parts):
        (item,) = await add(parts, tmp_path, {"a.md": "text"})

        async def embedding() -> bool:
            return (await show.one(parts, item.id)).status == "embedding"

        await until(embedding)
        receipt = await delete(parts, item.id)
        assert receipt.probe_hits == 0
        assert receipt.removed["files"] == 1
        embedder.gate.set()
        await until(lambda: consistent(parts))
    with pytest.raises(NotFound):
        await show.one(parts, item.id)


async def test_deleting_a_collection_takes_everything_in_it(parts: Parts, tmp_path: Path) -> None:
    await spaces.create(parts, "temporary")
    async with working(parts):
        items = await add(parts, tmp_path, {f"{n}.md": f"text {n}" for n in range(5)}, "temporary")
        for item in items:
            await ended(parts, item.id)
        receipt = await spaces.delete(parts, "temporary")
    assert receipt.probe_hits == 0
    assert (receipt.removed["index"], receipt.removed["files"], receipt.removed["fulltext"]) == (5, 5, 5)
    with pytest.raises(NotFound):
        await show.listed(parts, "temporary", None, 50, None)
    assert await consistent(parts)
    assert (await spaces.create(parts, "temporary")).documents == 0
    await spaces.delete(parts, "default")
    assert [counted.collection.name for counted in await spaces.listed(parts, 50, "")] == ["default", "temporary"]


async def test_the_files_of_a_collection_go_one_by_one_so_that_others_can_write_meanwhile(
    parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await spaces.create(parts, "temporary")
    await add(parts, tmp_path, {f"{n}.md": f"text {n}" for n in range(4)}, "temporary")
    steps: list[str] = []
    event.listen(parts.engine, "commit", lambda _connection: steps.append("commit"))

    def remove(_self: LocalFiles, _sha256: str) -> bool:
        steps.append("remove")
        return True

    monkeypatch.setattr(LocalFiles, "remove", remove)
    assert (await spaces.delete(parts, "temporary")).removed["files"] == 4
    removals = [number for number, step in enumerate(steps) if step == "remove"]
    assert all("commit" in steps[one:other] for one, other in pairwise(removals))


async def test_reindex_builds_a_new_generation_and_drops_the_old(
    parts: Parts, tmp_path: Path, embedder: WordEmbedder
) -> None:
    async with working(parts):
        items = await add(parts, tmp_path, {f"{n}.md": f"topic{n} text" for n in range(6)})
        for item in items:
            await ended(parts, item.id)
        before = await spaces.ensure_default(parts)
        embedder.name = "words-64-next"
        assert await reindex(parts, "default") == 6
        after = await spaces.ensure_default(parts)
    assert after.generation != before.generation
    assert after.embedder == "words-64-next"
    assert before.generation not in await parts.index.generations()
    with reading(parts.engine) as connection:
        assert set(connection.scalars(schema.vectors.select().with_only_columns(schema.vectors.c.embedder))) == {
            "words-64-next"
        }, "vectors of a model that nobody uses are gone"
    hits = await parts.index.search(after.generation, embedder.embed_query("topic3 text"), 1)
    live = await Transactions(parts.engine).read(lambda c: chunks.live(c, after.id, [hits[0].chunk_id]))
    assert next(iter(live.values())).name == "3.md"
    assert await consistent(parts)


async def test_a_reindex_that_is_cut_off_leaves_nothing_half_built(
    parts: Parts, tmp_path: Path, embedder: WordEmbedder
) -> None:
    async with working(parts):
        (item,) = await add(parts, tmp_path, {"a.md": "text"})
        await ended(parts, item.id)
    embedder.name, embedder.gate = "words-64-next", asyncio.Event()
    building = asyncio.create_task(reindex(parts, "default"))

    async def half() -> str | None:
        return (await spaces.ensure_default(parts)).next_generation

    await until(half)
    assert await give_up_forsaken(parts, {}, patience=0) == 0, "it is alive"
    building.cancel()
    with pytest.raises(asyncio.CancelledError):
        await building
    assert await half() is None
    # Now as kill -9 leaves it: a generation, and nobody who says that it is being built.
    found = await spaces.ensure_default(parts)
    left = await Transactions(parts.engine).write(lambda c: collections.start_next(c, found.id, embedder.name))
    await parts.index.add(left, ["x"], [[1.0] + [0.0] * 63])
    await parts.redis.flushall()
    missed: dict[str, float] = {}
    assert await give_up_forsaken(parts, missed) == 0, "one look is not enough"
    assert await half() == left
    assert await give_up_forsaken(parts, missed, patience=0) == 1
    assert await half() is None
    assert left not in await parts.index.generations()
    assert await consistent(parts)


async def test_documents_added_during_a_reindex_are_in_the_new_generation(
    parts: Parts, tmp_path: Path, embedder: WordEmbedder
) -> None:
    async with working(parts):
        for item in await add(parts, tmp_path, {f"{n}.md": f"topic{n} text" for n in range(4)}):
            await ended(parts, item.id)
        embedder.name = "words-64-next"  # nothing is cached under this name: the reindex waits at the gate
        embedder.gate = asyncio.Event()
        building = asyncio.create_task(reindex(parts, "default"))

        async def begun() -> bool:
            return (await spaces.ensure_default(parts)).next_generation is not None

        await until(begun)
        items = await add(parts, tmp_path, {f"late{n}.md": f"late{n} text" for n in range(3)})
        embedder.gate.set()
        await building
        for item in items:
            assert (await ended(parts, item.id)).status == "indexed"
        await until(lambda: consistent(parts))
    assert (await verify(parts)).documents == 7


async def test_an_empty_collection_takes_the_embedder_of_the_first_upload(
    parts: Parts, tmp_path: Path, embedder: WordEmbedder
) -> None:
    await spaces.create(parts, "other")
    await spaces.ensure_default(parts)
    embedder.name = "words-64-next"
    async with working(parts):
        (item,) = await add(parts, tmp_path, {"a.md": "text"})
        (second,) = await add(parts, tmp_path, {"b.md": "text"}, "other")
        assert (await ended(parts, item.id)).status == "indexed"
        assert (await ended(parts, second.id)).status == "indexed"
        embedder.name = "words-64-third"
        (late,) = await add(parts, tmp_path, {"c.md": "more text"})
        failed = await ended(parts, late.id)
        assert failed.error is not None
        assert failed.error["code"] == "reindex_needed"
        assert not any("more text" in text for text in embedder.asked), "said before anything is embedded"
    assert await consistent(parts)


async def test_bytes_of_an_upload_that_died_before_its_row_go_after_a_while(parts: Parts, tmp_path: Path) -> None:
    (kept,) = await add(parts, tmp_path, {"a.md": "kept"})
    (tmp_path / "left").write_bytes(b"left")
    left = hashlib.sha256(b"left").hexdigest()
    parts.files.put(str(tmp_path / "left"), left)
    half = parts.settings.data_dir / "files" / left[:2] / f".{left}.1-abcd"
    half.write_bytes(b"le")
    assert await consistent(parts), "an upload may be about to register them"
    assert await remove_orphans(parts) == 0
    assert half.exists()
    assert await orphans(parts, older_than=0) == [left]
    assert await remove_orphans(parts, older_than=0) == 1
    assert set(parts.files.keys()) == {hashlib.sha256(b"kept").hexdigest()}
    assert not half.exists()
    assert (await show.one(parts, kept.id)).status == "queued"


async def test_verify_finds_every_kind_of_damage(parts: Parts, tmp_path: Path) -> None:
    async with working(parts):
        items = await add(parts, tmp_path, {"a.md": "one", "b.md": "two"})
        for item in items:
            await ended(parts, item.id)
    found = await spaces.ensure_default(parts)
    (lost,) = [chunk_id for chunk_id, _ in await show.pieces(parts, items[0].id, None, -1, 10)]
    await parts.index.remove(found.generation, [lost])
    await parts.index.add(found.generation, ["stranger"], [[1.0] + [0.0] * 63])
    await parts.index.add("col_gone-v1", ["x"], [[1.0] + [0.0] * 63])
    os.unlink((await show.original(parts, items[1].id, None)).path)
    lost_rows = chunks.of_version(items[1].id, 1)
    with writing(parts.engine) as connection:  # rows that went without their vectors and words being asked
        connection.execute(schema.chunks.delete().where(lost_rows))
    differences = {(found.kind, found.where.split()[0]) for found in (await verify(parts)).differences}
    assert differences == {
        ("missing", "index"),
        ("surplus", "index"),
        ("surplus", "full"),
        ("missing", "files"),
        ("missing", "catalogue"),
    }


async def test_the_news_begin_with_what_is_unfinished_and_end_with_the_end(parts: Parts, tmp_path: Path) -> None:
    (item,) = await add(parts, tmp_path, {"a.md": "text"})
    states: list[str] = []

    async def listen() -> None:
        async for news in watch(parts):
            if isinstance(news, Gone):
                states.append("gone")
                return
            states.append(news.status)

    listening = asyncio.create_task(listen())
    await until(lambda: states)
    async with working(parts):
        await until(lambda: states[-1] == "indexed")
        await delete(parts, item.id)
        await asyncio.wait_for(listening, 10)
    assert states[0] == "queued"
    assert states[-1] == "gone"


async def test_losing_all_of_redis_loses_nothing(parts: Parts, tmp_path: Path) -> None:
    items = await add(parts, tmp_path, {f"{n}.md": f"text {n}" for n in range(10)})
    await parts.redis.flushall()
    async with working(parts):
        for item in items:
            assert (await ended(parts, item.id)).status == "indexed"
        more = await add(parts, tmp_path, {f"more{n}.md": f"more {n}" for n in range(10)})
        await parts.redis.flushall()
        for item in more:
            assert (await ended(parts, item.id)).status == "indexed"
    assert await consistent(parts)


async def test_a_worker_that_is_told_to_stop_gives_back_what_it_holds(
    parts: Parts, tmp_path: Path, embedder: WordEmbedder
) -> None:
    embedder.gate = asyncio.Event()
    (item,) = await add(parts, tmp_path, {"a.md": "text"})
    async with working(parts):

        async def embedding() -> bool:
            return (await show.one(parts, item.id)).status == "embedding"

        await until(embedding)
    given_back = await show.one(parts, item.id)
    assert (given_back.status, given_back.error) == ("queued", None)
    embedder.gate.set()
    async with working(parts):
        assert (await ended(parts, item.id)).status == "indexed"


@pytest.mark.parametrize("name", ["", "Has Space", "../x", "UPPER", "-dash", "x" * 64, "ünï", "a\x00b", "{}"])
async def test_collection_names(parts: Parts, name: str) -> None:
    with pytest.raises(BadRequest):
        await spaces.create(parts, name)


async def test_a_collection_is_made_once(parts: Parts) -> None:
    await spaces.create(parts, "manuals")
    with pytest.raises(Conflict):
        await spaces.create(parts, "manuals")
