"""The vector index against a real Chroma server."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest

from ingest.errors import IndexUnavailable
from ingest.index.chroma import ChromaIndex
from tests.doubles.stores import Server, chroma

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with chroma(tmp_path_factory.mktemp("chroma")) as running:
        yield running


@pytest.fixture
async def index(server: Server) -> AsyncIterator[ChromaIndex]:
    opened = ChromaIndex(server.url)
    yield opened
    for generation in await opened.generations():
        await opened.drop(generation)
    await opened.close()


def vectors(count: int, seed: int = 0) -> list[list[float]]:
    rows = np.random.default_rng(seed).standard_normal((count, 32))
    numbers: list[list[float]] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).tolist()
    return numbers


async def all_ids(index: ChromaIndex, generation: str) -> list[str]:
    return [chunk_id async for page in index.ids(generation) for chunk_id in page]


async def test_the_nearest_come_first_with_their_cosine(index: ChromaIndex) -> None:
    rows = vectors(50)
    await index.add("gen-a", [f"id{number}" for number in range(50)], rows)
    hits = await index.search("gen-a", rows[7], 5)
    assert hits[0].chunk_id == "id7"
    assert hits[0].score == pytest.approx(1.0, abs=1e-4)
    cosines = sorted((float(np.dot(row, rows[7])) for row in rows), reverse=True)[:5]
    assert [hit.score for hit in hits] == pytest.approx(cosines, abs=1e-4)


async def test_adding_twice_overwrites(index: ChromaIndex) -> None:
    first, second = vectors(2)
    await index.add("gen-a", ["one"], [first])
    await index.add("gen-a", ["one"], [second])
    assert await all_ids(index, "gen-a") == ["one"]
    assert (await index.search("gen-a", second, 1))[0].score == pytest.approx(1.0, abs=1e-4)


async def test_more_than_the_server_takes_at_once(index: ChromaIndex) -> None:
    count = 4_500
    await index.add("gen-a", [f"id{number}" for number in range(count)], vectors(count))
    assert len(set(await all_ids(index, "gen-a"))) == count


async def test_removing_counts_what_was_there(index: ChromaIndex) -> None:
    await index.add("gen-a", ["one", "two"], vectors(2))
    assert await index.remove("gen-a", ["one", "absent"]) == 1
    assert await index.remove("gen-a", ["one"]) == 0
    assert await all_ids(index, "gen-a") == ["two"]


async def test_an_unknown_generation_is_empty(index: ChromaIndex) -> None:
    assert await index.search("never-made", vectors(1)[0], 5) == []
    assert await index.remove("never-made", ["one"]) == 0
    assert await all_ids(index, "never-made") == []
    await index.drop("never-made")


async def test_a_handle_that_went_stale_is_replaced(index: ChromaIndex, server: Server) -> None:
    row = vectors(1)[0]
    await index.add("gen-a", ["old"], [row])
    other = ChromaIndex(server.url)
    await other.drop("gen-a")
    await other.close()
    assert await index.search("gen-a", row, 3) == []
    await index.add("gen-a", ["new"], [row])
    assert [hit.chunk_id for hit in await index.search("gen-a", row, 3)] == ["new"]


async def test_many_at_once(index: ChromaIndex) -> None:
    rows = vectors(200)
    await asyncio.gather(*(index.add("gen-a", [f"id{number}"], [rows[number]]) for number in range(200)))
    found = await asyncio.gather(*(index.search("gen-a", row, 1) for row in rows[:50]))
    assert [hits[0].chunk_id for hits in found] == [f"id{number}" for number in range(50)]


async def test_a_wrong_dimension_is_no_foreign_error(index: ChromaIndex) -> None:
    await index.add("gen-a", ["one"], vectors(1))
    with pytest.raises(IndexUnavailable, match="dimension"):
        await index.search("gen-a", [1.0, 0.0], 1)


async def test_a_server_that_is_gone_and_comes_back(tmp_path: Path) -> None:
    with chroma(tmp_path) as own:
        index = ChromaIndex(own.url, timeout=5)
        row = vectors(1)[0]
        await index.add("gen-a", ["one"], [row])
        own.kill(signal.SIGKILL)
        for work in (index.search("gen-a", row, 1), index.add("gen-a", ["two"], [row]), index.ping()):
            with pytest.raises(IndexUnavailable) as caught:
                await work
            assert caught.value.code == "index_unavailable"
            assert caught.value.retryable
        own.start()
        assert [hit.chunk_id for hit in await index.search("gen-a", row, 3)] == ["one"]
        await index.close()


async def test_the_environments_proxy_is_not_asked_for_this_machine(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    index = ChromaIndex(server.url)
    await index.ping()
    await index.close()


async def test_a_server_that_never_answers_times_out() -> None:
    with socket.socket() as silent:  # connections wait in its backlog for ever
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        index = ChromaIndex(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.3)
        with pytest.raises(IndexUnavailable):
            await index.search("gen-a", vectors(1)[0], 1)
        await index.close()
