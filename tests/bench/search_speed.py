"""What a whole search costs beside one raw query of the vector index.

    python -m tests.bench.search_speed [--chunks 20000] [--queries 200]

In one run, over the same Chroma server and the same vectors: Chroma's own client asked for ten neighbours over HTTP,
and `HybridSearch.search` for ten passages (embed, dense, full text, join, fuse). The two are alternated, so that both
see the same machine. The texts are synthetic: the embedder's own words by Zipf's law, with codes and numbers. The
vectors are random around a few hundred centres, as those of real text are. One JSON line; times in milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from itertools import accumulate
from pathlib import Path
from urllib.parse import urlsplit

import chromadb
import numpy as np
from chromadb.config import Settings

from ingest.embed.local import MiniLM
from ingest.index.chroma import ChromaIndex
from service.models.files import cache_folder
from service.retrieve.search import HybridSearch
from tests.doubles.corpus import Corpus, opened, piece
from tests.doubles.stores import chroma

PER_CHUNK = 150
PER_DOCUMENT = 20
CENTRES = 300


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=20_000)
    parser.add_argument("--queries", type=int, default=200)
    options = parser.parse_args()
    print(json.dumps(await measured(options.chunks, options.queries)))


async def measured(chunks: int, queries: int) -> dict[str, object]:
    chance = random.Random(7)
    folder = cache_folder() / MiniLM.name
    embedder = MiniLM(folder)
    texts, questions = written(chance, english(folder), chunks, queries)
    vectors = around_centres(chunks, embedder.dimensions)
    with tempfile.TemporaryDirectory() as scratch, chroma(Path(scratch) / "chroma") as server:
        index = ChromaIndex(server.url)
        corpus = Corpus(opened(Path(scratch)), index, embedder)
        for start in range(0, chunks, 2_000):
            names = range(start // PER_DOCUMENT, min(start + 2_000, chunks) // PER_DOCUMENT)
            documents = {
                f"document-{n}.md": [piece(texts[n * PER_DOCUMENT + i], i) for i in range(PER_DOCUMENT)] for n in names
            }
            await corpus.add(documents, vectors=vectors[start : start + 2_000].tolist())
        search = HybridSearch(corpus.engine, index, embedder)
        address = urlsplit(server.url)
        client = await chromadb.AsyncHttpClient(
            host=address.hostname or "", port=address.port or 0, settings=Settings(anonymized_telemetry=False)
        )
        raw = await client.get_collection(corpus.collection.generation, embedding_function=None)
        of_raw, of_search, steps = [], [], []
        for n, question in enumerate(questions):
            vector = np.asarray(vectors[chance.randrange(chunks)] + 0.01, dtype=np.float32)
            start = time.perf_counter()
            await raw.query(query_embeddings=[vector], n_results=10, include=["distances"])
            middle = time.perf_counter()
            result = await search.search(question, corpus.collection.name, 10)
            end = time.perf_counter()
            assert len(result.passages) == 10
            if n >= queries // 10:  # the first tenth warms both up
                of_raw.append(middle - start)
                of_search.append(end - middle)
                steps.append(result.timings)
        await index.close()
        corpus.engine.dispose()
    return {
        "bench": "search_speed",
        "chunks": chunks,
        "n": len(of_raw),
        "raw_chroma_ms": in_ms(of_raw),
        "search_ms": in_ms(of_search),
        "ratio": round(statistics.median(of_search) / statistics.median(of_raw), 2),
        "steps_ms": {name: in_ms([step[name] for step in steps])["p50"] for name in steps[0]},
    }


def english(folder: Path) -> list[str]:
    """The words of the embedder's vocabulary, the commoner first: of a made-up word it would make many tokens."""
    vocabulary: dict[str, int] = json.loads((folder / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    return [word for word in vocabulary if word.isascii() and word.isalpha() and len(word) > 1]


def written(chance: random.Random, words: list[str], chunks: int, queries: int) -> tuple[list[str], list[str]]:
    """Texts, and questions made of a few words that stand together in one of them."""
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(words))))
    texts, questions = [], []
    for n in range(chunks):
        text = chance.choices(words, cum_weights=weights, k=PER_CHUNK)
        text[5] = f"QZ{n:05}"
        text[40] = f"{chance.randint(1, 9_999):,}"
        texts.append(" ".join(text))
    for _ in range(queries):
        source = chance.choice(texts).split()
        at = chance.randrange(len(source) - 8)
        questions.append(f"What is the {' '.join(source[at : at + 7])} of {chance.choice(source)}?")
    return texts, questions


def around_centres(count: int, dimensions: int) -> np.ndarray:
    noise = np.random.default_rng(7)
    centres = noise.normal(size=(CENTRES, dimensions))
    vectors = centres[noise.integers(0, CENTRES, count)] + noise.normal(size=(count, dimensions)) * 0.6
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def in_ms(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {"p50": round(1e3 * statistics.median(ordered), 2), "p95": round(1e3 * ordered[int(len(ordered) * 0.95)], 2)}


if __name__ == "__main__":
    asyncio.run(main())
