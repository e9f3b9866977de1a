"""kill -9 in the middle of an ingest, at every step: what was accepted ends indexed, once, and nothing is left over."""

from __future__ import annotations

import hashlib
import random
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.crash import STATUS
from service.documents import show
from service.documents.delete import delete
from service.documents.receive import Received, Upload
from service.documents.upload import Accepted, accept
from service.documents.verify import verify
from service.parts import Parts
from tests.doubles import worker_child
from tests.doubles.stores import Server, service_parts, stores, until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]

CRASH_POINTS = (
    "after_claim",
    "after_parse",
    "while_staging",
    "after_stage",
    "while_embedding",
    "after_embed",
    "after_index",
    "after_finish",
    "after_unindex",
    "while_sweeping",
)


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    with stores(tmp_path) as both:
        yield both


class Worker:
    """The worker child, started again and again over the same stores."""

    def __init__(self, data: Path, chroma: Server, valkey: Server) -> None:
        self._where = (data, chroma.url, valkey.url)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, crash_at: str = "") -> subprocess.Popen[bytes]:
        self.process = worker_child.start(*self._where, crash_at)
        return self.process

    async def ready(self) -> None:
        await until((self._where[0] / "worker.ready").exists, 60)

    def stop(self, how: signal.Signals = signal.SIGKILL) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(30)


def file(folder: Path, name: str, text: str) -> Received:
    data = text.encode()
    path = folder / f"{hashlib.sha256(name.encode()).hexdigest()}.tmp"
    path.write_bytes(data)
    return Received(name, path, len(data), hashlib.sha256(data).hexdigest(), data[:8192])


def text_of(number: int, edition: int = 1) -> str:
    sections = (
        f"## Part {part}\n\n" + f"Sentence about topic{number} part{part} edition{edition}. " * 30 for part in range(3)
    )
    return f"# Handbook {number}\n\n" + "\n\n".join(sections)


async def add(parts: Parts, folder: Path, texts: dict[str, str]) -> list[str]:
    items = await accept(parts, Upload([file(folder, name, text) for name, text in texts.items()]))
    return [item.id for item in items if isinstance(item, Accepted)]


async def settled(parts: Parts, count: int) -> bool:
    found = await show.listed(parts, None, None, 500, None)
    return len(found) == count and all(document.status in ("indexed", "failed") for document in found)


async def assert_indexed_once(parts: Parts, texts: dict[str, str]) -> None:
    """Every text is there, whole, in one live version, and every store agrees."""
    found = {document.name: document for document in await show.listed(parts, None, None, 500, None)}
    assert found.keys() == texts.keys()
    for name, document in found.items():
        assert (document.status, document.error) == ("indexed", None), document
        pieces = await show.pieces(parts, document.id, None, -1, 1000)
        assert len(pieces) == document.chunks > 0
        assert [chunk.ordinal for _, chunk in pieces] == list(range(len(pieces)))
        last_word = texts[name].split()[-1].rstrip(".")
        assert last_word in pieces[-1][1].text
    result = await verify(parts)
    assert result.differences == ()
    assert result.documents == len(texts)


@pytest.mark.parametrize("point", CRASH_POINTS)
async def test_a_worker_that_dies_there(tmp_path: Path, servers: tuple[Server, Server], point: str) -> None:
    worker = Worker(tmp_path / "data", *servers)
    async with service_parts(tmp_path / "data", servers[0].url, servers[1].url) as parts:
        try:
            texts = {f"{number}.md": text_of(number) for number in range(4)}
            if point in ("after_unindex", "while_sweeping"):  # reached when a newer version has replaced an older one
                worker.start()
                await add(parts, tmp_path, texts)
                await until(lambda: settled(parts, 4), 60)
                worker.stop(signal.SIGTERM)
                texts = {name: text_of(number, edition=2) for number, name in enumerate(texts)}
            await add(parts, tmp_path, texts)
            dying = worker.start(crash_at=f"{point}:2")
            await until(lambda: dying.poll() is not None, 60)
            assert dying.returncode == STATUS
            worker.start()
            await worker.ready()
            await until(lambda: settled(parts, 4), 60)
            await until(lambda: clean(parts), 60)
            assert worker.stop(signal.SIGTERM) == 0
            await assert_indexed_once(parts, texts)
        finally:
            worker.stop()


async def test_random_kills_of_everything(tmp_path: Path, servers: tuple[Server, Server]) -> None:
    dice = random.Random(20)
    chroma, valkey = servers
    worker = Worker(tmp_path / "data", chroma, valkey)
    async with service_parts(tmp_path / "data", chroma.url, valkey.url) as parts:
        try:
            texts: dict[str, str] = {}
            for step in range(5):
                worker.start()
                await worker.ready()
                fresh = {f"{number}.md": text_of(number, step) for number in dice.sample(range(12), 6)}
                await add(parts, tmp_path, fresh)
                texts |= fresh
                seen = dice.randint(0, 4)
                await until(lambda seen=seen: _indexed_at_least(parts, seen), 60)  # type: ignore[misc]
                worker.stop()
                if step == 1:
                    valkey.kill()  # without persistence: everything in it is gone
                    valkey.start()
                if step == 2:
                    chroma.kill()
                    chroma.start()
            worker.start()
            await until(lambda: settled(parts, len(texts)), 90)
            await until(lambda: clean(parts), 30)
            assert worker.stop(signal.SIGTERM) == 0
            await assert_indexed_once(parts, texts)
        finally:
            worker.stop()


async def test_chroma_dies_while_documents_go_in(tmp_path: Path, servers: tuple[Server, Server]) -> None:
    chroma, valkey = servers
    worker = Worker(tmp_path / "data", chroma, valkey)
    async with service_parts(tmp_path / "data", chroma.url, valkey.url) as parts:
        try:
            worker.start()
            await worker.ready()
            texts = {f"{number}.md": text_of(number) for number in range(20)}
            await add(parts, tmp_path, texts)
            await until(lambda: _indexed_at_least(parts, 1), 60)
            chroma.kill()
            texts["late.md"] = text_of(99)
            await add(parts, tmp_path, {"late.md": texts["late.md"]})
            await until(lambda: _waits_with_reason(parts, "index_unavailable"), 60)
            chroma.start()
            await until(lambda: settled(parts, len(texts)), 90)
            await assert_indexed_once(parts, texts)
        finally:
            worker.stop()


async def test_a_delete_of_what_a_dead_worker_held(tmp_path: Path, servers: tuple[Server, Server]) -> None:
    worker = Worker(tmp_path / "data", *servers)
    async with service_parts(tmp_path / "data", servers[0].url, servers[1].url) as parts:
        try:
            dying = worker.start(crash_at="after_index")
            (document_id,) = await add(parts, tmp_path, {"a.md": text_of(1)})
            await until(lambda: dying.poll() is not None, 60)
            receipt = await delete(parts, document_id)
            assert receipt.probe_hits == 0
            assert receipt.removed["index"] > 0, "the dead worker had written vectors"
            assert receipt.removed["files"] == 1
            result = await verify(parts)
            assert (result.documents, result.differences) == (0, ())
        finally:
            worker.stop()


async def clean(parts: Parts) -> bool:
    return not (await verify(parts)).differences


async def _indexed_at_least(parts: Parts, count: int) -> bool:
    return len(await show.listed(parts, None, "indexed", 500, None)) >= count


async def _waits_with_reason(parts: Parts, code: str) -> bool:
    waiting = await show.listed(parts, None, None, 500, None)
    return any(document.error is not None and document.error["code"] == code for document in waiting)
