"""What our own layers cost: time to first token with a model that answers at once.

`/api/chat` beside a bare FastAPI pass-through to the same model and beside the chain of LangChain's tutorials, for
plain and for rag at 1,000 chunks, requests interleaved in one run. Prints one JSON line: medians in ms, and ratios.
A second line is what splitting a question between lanes costs, without and with an experiment, in microseconds: the
choice before the answer, and behind it the exposure that is written with it (SQLite on this disk).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import chromadb
import httpx

from ingest.catalogue import collections
from ingest.catalogue.engine import migrate, open_engine, sqlite_url, writing
from service.chat import history
from service.datafolder import running
from service.experiments import book
from service.experiments.traffic import Traffic
from service.experiments.types import Arm
from service.ids import new_id
from service.models.shelf import embedder_from
from service.settings import Settings
from service.types import Answer
from service.wiring import MIGRATIONS
from tests.bench._corpus import FACT, QUESTION, markdown_files

HERE = Path(__file__).parent
ROUNDS = int(os.environ.get("PARALLAX_BENCH_ROUNDS", "150"))
WARM_UP = 15


@contextlib.contextmanager
def process(*command: str, environment: dict[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """A child for the length of the block."""
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})}, cwd=HERE.parents[1]
    )
    try:
        yield child
    finally:
        child.terminate()
        child.wait(60)


def first_line(child: subprocess.Popen[str]) -> int:
    assert child.stdout is not None
    return int(child.stdout.readline())


async def up(data: Path) -> str:
    """The address, once it is ready."""
    async with httpx.AsyncClient() as client:
        for _ in range(600):
            found = await asyncio.to_thread(running, data)
            if found:
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get(f"{found.url}/readyz")).status_code == 200:
                        return found.url
            await asyncio.sleep(0.1)
    raise SystemExit("the service did not become ready")


async def fill(client: httpx.AsyncClient, url: str, files: dict[str, str]) -> list[str]:
    """Upload files, wait until they are indexed; returns the ids of the documents.

    It looks four times a second, as a page does: looking more often would measure the looking.
    """
    ids = []
    names = list(files)
    for at in range(0, len(names), 20):
        parts = [("files", (name, files[name].encode())) for name in names[at : at + 20]]
        answer = await client.post(f"{url}/api/documents", files=parts, data={"collection": "default"})
        ids += [item["id"] for item in answer.raise_for_status().json()["items"]]
    for document_id in ids:
        while (document := (await client.get(f"{url}/api/documents/{document_id}")).json())["status"] != "indexed":
            assert document["status"] not in ("failed", "cancelled"), document
            await asyncio.sleep(0.25)
    return ids


async def texts_of(client: httpx.AsyncClient, url: str, ids: list[str]) -> list[str]:
    """The texts of the documents' chunks."""
    texts: list[str] = []
    for document_id in ids:
        found = (await client.get(f"{url}/api/documents/{document_id}/chunks")).json()["items"]
        texts += [chunk["text"] for chunk in found]
    return texts


def fill_rival(url: str, texts: list[str]) -> None:
    host, port = url.removeprefix("http://").split(":")
    collection = chromadb.HttpClient(host=host, port=int(port)).get_or_create_collection("rival")
    vectors = embedder_from(Settings()).embed_documents(texts)
    for at in range(0, len(texts), 500):
        part = slice(at, at + 500)
        ids = [str(number) for number in range(len(texts))][part]
        collection.add(ids=ids, embeddings=vectors[part], documents=texts[part])  # type: ignore[arg-type]


async def first_text(client: httpx.AsyncClient, url: str, body: dict[str, object], mark: bytes) -> float:
    """Seconds until `mark`, the first piece of the answer, has arrived."""
    started = time.perf_counter()
    seen = b""
    took = None
    async with client.stream("POST", url, json=body) as response:
        async for part in response.aiter_raw():
            seen += part
            if took is None and mark in seen:
                took = time.perf_counter() - started
    assert took is not None, seen[-2000:]
    return took


async def measure() -> dict[str, object]:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pieces = json.dumps([word + " " for word in FACT.split()])
        model = first_line(stack.enter_context(process(sys.executable, str(HERE / "_stand_in_model.py"), pieces)))
        environment = {"PARALLAX_CHAT_BASE_URL": f"http://127.0.0.1:{model}/v1", "PARALLAX_CHAT_MODEL": "stand-in"}
        command = (sys.executable, "-m", "service.cli.app", "serve", "--port", "0", "--data", str(folder / "data"))
        stack.enter_context(process(*command, environment=environment))
        url = await up(folder / "data")
        async with httpx.AsyncClient(timeout=60) as client:
            texts = await texts_of(client, url, await fill(client, url, markdown_files(200)))
            found = running(folder / "data")
            assert found
            assert found.chroma_url
            await asyncio.to_thread(fill_rival, found.chroma_url, texts)
            port = found.chroma_url.rsplit(":", 1)[1]
            rivals = first_line(
                stack.enter_context(process(sys.executable, "-m", "tests.bench._rivals", str(model), port))
            )
            return {"bench": "overhead", "chunks": len(texts), **await interleaved(client, url, rivals)}


async def interleaved(client: httpx.AsyncClient, url: str, rivals: int) -> dict[str, object]:
    """Every contender in turn, round after round, so that a slow moment hits all of them."""
    asked: dict[str, object] = {"question": QUESTION}
    other = f"http://127.0.0.1:{rivals}"
    contenders: dict[str, tuple[str, dict[str, object], bytes]] = {
        "bare": (f"{other}/bare", asked, b'"A '),
        "tutorial_plain": (f"{other}/chain", asked, b"A "),
        "ours_plain": (f"{url}/api/chat", {**asked, "variant": "plain"}, b"event: delta"),
        "tutorial_rag": (f"{other}/rag_chain", asked, b"A "),
        "ours_rag": (f"{url}/api/chat", {**asked, "variant": "rag"}, b"event: delta"),
    }
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for round_number in range(WARM_UP + ROUNDS):
        for name, (address, body, mark) in contenders.items():
            took = await first_text(client, address, body, mark)
            if round_number >= WARM_UP:
                seconds[name].append(took)
    median = {name: statistics.median(values) * 1000 for name, values in seconds.items()}
    return {
        "rounds": ROUNDS,
        "ttft_ms": {name: round(value, 2) for name, value in median.items()},
        "plain_vs_bare": round(median["ours_plain"] / median["bare"], 2),
        "plain_vs_tutorial": round(median["ours_plain"] / median["tutorial_plain"], 2),
        "rag_vs_tutorial": round(median["ours_rag"] / median["tutorial_rag"], 2),
    }


async def split(visitors: int = 1_000) -> dict[str, object]:
    """Medians in microseconds. `choose_idle`, `choose`: a lane, with no experiment running and with one. `keep`: the
    transaction that keeps an answer; `keep_exposed`: the same with its exposure, for visitors who ask three times."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(sqlite_url(Path(folder)))
        migrate(engine, MIGRATIONS)
        with writing(engine) as connection:
            collections.ensure(connection, "default", "none")
        traffic = Traffic(engine)
        found: dict[str, object] = {"choose_idle": await _choosing(traffic, visitors)}
        arms = (Arm("plain", "plain"), Arm("rag", "rag"))
        given = book.New("bench", "feedback", arms, (0.5, 0.5), "default", "fixed", (), frozenset(), False, 500)
        with writing(engine) as connection:
            book.create(connection, given, ("plain", "rag"))
        traffic.forget()
        found["choose"] = await _choosing(traffic, visitors)
        took: dict[str, list[float]] = {"keep": [], "keep_exposed": []}
        for number in range(3 * visitors):
            assigned = await traffic.assigned("default", f"visitor {number % visitors}")
            assert assigned is not None
            for name, seconds in took.items():
                said = Answer(new_id("ans"), new_id("conv"), assigned.variant, "plain", "m", FACT, "answered")
                asked = f"{QUESTION} {number}"
                started = time.perf_counter()
                with writing(engine) as connection:
                    history.record(connection, said, question=asked, collection="default", visitor=None)
                    if name == "keep_exposed":
                        traffic.record(connection, assigned, said, asked)
                seconds.append(time.perf_counter() - started)
        found |= {name: round(statistics.median(seconds) * 1e6) for name, seconds in took.items()}
        engine.dispose()
    return {"bench": "overhead", "what": "split", "visitors": visitors, "microseconds": found}


async def _choosing(traffic: Traffic, visitors: int) -> float:
    """The median choice. What runs is read from the catalogue once in two seconds: no median contains that."""
    seconds = []
    for number in range(visitors):
        started = time.perf_counter()
        await traffic.assigned("default", f"visitor {number}")
        seconds.append(time.perf_counter() - started)
    return round(statistics.median(seconds) * 1e6, 1)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure())), flush=True)
    print(json.dumps(asyncio.run(split())))
