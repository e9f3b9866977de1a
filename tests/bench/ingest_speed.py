"""Ingest beside its own floor: 200 Markdown files through the running product, and the same chunks by the raw embedder.

Everything the product does is in its time: upload over HTTP, parsing in child processes, splitting, embedding, Chroma,
catalogue, full text. The raw embedder, two threads as in the product, comes right after it and counts as the mean of
two runs. Prints one JSON line; `throughput` is the product's share of the raw embedder's chunks per second.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import tempfile
import time
from pathlib import Path

import httpx
from sqlalchemy import select

from ingest.catalogue.engine import open_engine, reading, sqlite_url
from ingest.catalogue.schema import chunks
from service.models.shelf import embedder_from
from service.settings import Settings
from tests.bench._corpus import markdown_files
from tests.bench.overhead import HERE, fill, first_line, process, up

FILES = 200


def texts_of(data: Path) -> list[str]:
    """What was embedded: the chunks' texts with their heading paths."""
    engine = open_engine(sqlite_url(data))
    try:
        with reading(engine) as connection:
            return list(connection.execute(select(chunks.c.embed_text)).scalars())
    finally:
        engine.dispose()


async def measure() -> dict[str, object]:
    with contextlib.ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "data"
        model = first_line(stack.enter_context(process(sys.executable, str(HERE / "_stand_in_model.py"))))
        environment = {"PARALLAX_CHAT_BASE_URL": f"http://127.0.0.1:{model}/v1", "PARALLAX_CHAT_MODEL": "stand-in"}
        command = (sys.executable, "-m", "service.cli.app", "serve", "--port", "0", "--data", str(data))
        stack.enter_context(process(*command, environment=environment))
        url = await up(data)
        async with httpx.AsyncClient(timeout=60) as client:
            await fill(client, url, markdown_files(3, seed=10_000))  # imports and sessions are warm now
            before = set(texts_of(data))
            embedder = embedder_from(Settings())
            embedder.embed_documents(sorted(before))
            started = time.perf_counter()
            await fill(client, url, markdown_files(FILES))
            product = time.perf_counter() - started
        texts = [text for text in texts_of(data) if text not in before]
    raw = []
    for _ in range(2):
        started = time.perf_counter()
        embedder.embed_documents(texts)
        raw.append(time.perf_counter() - started)
    return {
        "bench": "ingest_speed",
        "files": FILES,
        "chunks": len(texts),
        "product_s": round(product, 2),
        "embedder_s": round(sum(raw) / len(raw), 2),
        "throughput": round(sum(raw) / len(raw) / product, 3),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure())))
