"""How often the passage that answers is among the first: dense, lexical, blind rank fusion, and ours, on the same
chunks.

    python -m tests.bench.retrieval_quality [--codes] SET...

A SET is a folder with `questions.jsonl` and either `files/` (parsed and split as an ingest does) or `documents.jsonl`
({"id", "text"} a line); a name is looked for under $PARALLAX_SHARED/data/dev. Questions are cut
into slices: long and short answers, and languages where there are several. One JSON line a slice.

A chunk counts when it comes from a gold document and holds the evidence (NFKC, lower case, white space ignored), or,
where no evidence is given, when it touches a gold page.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import tempfile
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest import sandbox
from ingest.catalogue import fulltext
from ingest.catalogue.engine import reading
from ingest.embed.local import MiniLM
from ingest.errors import IngestError
from ingest.index.chroma import ChromaIndex
from ingest.split import split
from ingest.types import Block, Chunk, ParsedDocument
from service.models.files import cache_folder
from service.retrieve.search import HybridSearch
from tests.doubles.corpus import Corpus, opened
from tests.doubles.stores import chroma

DEPTH = 10
FEWEST = 20  # questions of a language that make a slice of their own
Question = dict[str, Any]


@dataclass
class Place:
    """Where a chunk id stands, and its text as evidence is looked for in it."""

    document: str
    page: int | None
    text: str


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*")
    parser.add_argument("--codes", action="store_true", help="500 documents with one code each, among similar codes")
    options = parser.parse_args()
    embedder = MiniLM(cache_folder() / MiniLM.name)
    try:
        for name in options.sets or sets_there():
            for line in await measured(folder_of(name), embedder):
                print(json.dumps(line, ensure_ascii=False), flush=True)
        if options.codes or not options.sets:
            print(json.dumps(await codes(embedder)), flush=True)
    finally:
        sandbox.close()


def sets_there() -> list[str]:
    """The development sets that lie beside this checkout; none is an answer too."""
    return [name for name in ("office_mix", "contoso", "zh_tw_labor_law") if folder_of(name).is_dir()]


def folder_of(name: str) -> Path:
    shared = os.environ.get("PARALLAX_SHARED", "../shared")
    return Path(name) if Path(name).is_dir() else Path(shared) / "data" / "dev" / name


async def measured(folder: Path, embedder: MiniLM) -> list[dict[str, Any]]:
    """One result a slice of the questions of a folder."""
    documents = await chunked(folder, embedder)
    questions = [json.loads(line) for line in (folder / "questions.jsonl").read_text("utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as scratch, chroma(Path(scratch) / "chroma") as server:
        index = ChromaIndex(server.url)
        corpus = Corpus(opened(Path(scratch)), index, embedder)
        places: dict[str, Place] = {}
        for name, pieces in documents.items():
            ids = await corpus.add({name: pieces}) if pieces else []
            places |= {id: Place(name, p.page, squeezed(p.text)) for id, p in zip(ids, pieces, strict=True)}
        search = HybridSearch(corpus.engine, index, embedder)
        rows = [await asked(question, corpus, search, places) for question in questions]
        await index.close()
        corpus.engine.dispose()
    slices: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for question, row in zip(questions, rows, strict=True):
        for part in parts_of(question):
            slices[part].append(row)
    return [
        summary(f"{folder.name}: {part}", len(places), found)
        for part, found in slices.items()
        if "," not in part or FEWEST <= len(found) < len(slices[part.partition(",")[0]])
    ]


def parts_of(question: Question) -> list[str]:
    """The slices a question belongs to: unanswerable ones go with the short answers."""
    if "needs_ocr" in question.get("tags", ()) or question.get("answerable") is None:
        return []
    kind = "long" if question.get("answer_type") == "long" else "short"
    return [kind, f"{kind}, {question['lang']}"] if question.get("lang") else [kind]


async def chunked(folder: Path, embedder: MiniLM) -> dict[str, list[Chunk]]:
    """Chunks by document name."""
    lines = folder / "documents.jsonl"
    if lines.exists():
        rows = [json.loads(line) for line in lines.read_text("utf-8").splitlines()]
        parsed = {row["id"]: ParsedDocument((Block("text", row.get("text") or row["context"]),)) for row in rows}
    else:
        parsed = {}
        for path in sorted((folder / "files").iterdir()):
            try:
                parsed[path.name] = await sandbox.parse(path, path.name)
            except IngestError as error:
                print(f"{path.name}: {error.message}", flush=True)
    return {name: split(document, embedder.tokenizer) for name, document in parsed.items()}


async def asked(question: Question, corpus: Corpus, search: HybridSearch, places: dict[str, Place]) -> dict[str, Any]:
    """The rank of the first relevant chunk in each order, and the fit."""
    text = question["question"]
    vector = corpus.embedder.embed_query(text)
    dense = [hit.chunk_id for hit in await corpus.index.search(corpus.collection.generation, vector, 50)]
    with reading(corpus.engine) as connection:
        lexical = [hit.chunk_id for hit in fulltext.find(connection, corpus.collection.id, text, 50)]
    result = await search.search(text, corpus.collection.name, DEPTH)
    orders = {
        "dense": dense,
        "lexical": lexical,
        "rrf": rank_fusion(dense, lexical),
        "ours": [passage.chunk_id for passage in result.passages],
    }
    relevant = {id for id, place in places.items() if is_relevant(question, place)}
    return {
        "answerable": bool(question.get("answerable", True)),
        "covered": bool(relevant),
        "fit": result.fit,
        "ranks": {name: first(order, relevant) for name, order in orders.items()},
    }


def rank_fusion(*orders: Sequence[str], constant: int = 60) -> list[str]:
    """Reciprocal rank fusion (Cormack et al. 2009), with equal weights."""
    scores: dict[str, float] = defaultdict(float)
    for order in orders:
        for rank, id in enumerate(order, 1):
            scores[id] += 1 / (constant + rank)
    return sorted(scores, key=lambda id: (-scores[id], id))


def first(order: Iterable[str], relevant: set[str]) -> int | None:
    return next((rank for rank, id in enumerate(order, 1) if id in relevant and rank <= DEPTH), None)


def is_relevant(question: Question, place: Place) -> bool:
    for gold in question.get("gold_passages", ()):
        if place.document not in (gold["doc"], *gold.get("also_ok_docs", ())):
            continue
        if gold.get("text"):
            if squeezed(gold["text"]) in place.text:
                return True
        elif gold.get("page") is None or place.page in (gold["page"], *gold.get("also_ok_pages", ())):
            return True
    return False


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).lower())


def summary(name: str, chunks: int, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    answerable = [row for row in rows if row["answerable"]]
    others = [row["fit"] for row in rows if not row["answerable"]]
    line: dict[str, Any] = {
        "bench": "retrieval_quality",
        "set": name,
        "chunks": chunks,
        "n": len(answerable),
        "evidence_covered": share(row["covered"] for row in answerable),
    }
    for order in ("dense", "lexical", "rrf", "ours"):
        ranks = [row["ranks"][order] for row in answerable]
        line[order] = {f"hit@{k}": share(rank is not None and rank <= k for rank in ranks) for k in (1, 3, 5, 10)}
        line[order]["mrr@10"] = share(1 / rank if rank else 0.0 for rank in ranks)
    if others and answerable:
        fits = [row["fit"] for row in answerable]
        line["fit"] = {"unanswerable": len(others), "auc": round(auc(fits, others), 3)} | {
            f"below_{t}": {"answerable": share(f < t for f in fits), "unanswerable": share(f < t for f in others)}
            for t in (0.3, 0.5)
        }
    return line


def share(values: Iterable[float]) -> float | None:
    found = [float(value) for value in values]
    return round(sum(found) / len(found), 3) if found else None


def auc(higher: Sequence[float], lower: Sequence[float]) -> float:
    """The chance that one of `higher` is above one of `lower` (a tie is half)."""
    wins = sum((a > b) + 0.5 * (a == b) for a in higher for b in lower)
    return wins / (len(higher) * len(lower))


async def codes(embedder: MiniLM, documents: int = 500, questions: int = 40) -> dict[str, Any]:
    """Is a code that stands in one document of 500 among the first three, in questions with other words in them?"""
    kinds = ("pump", "valve", "sensor", "controller", "filter")
    texts = {
        f"sheet-{n:03}.md": [
            f"Data sheet\n\nThe {kinds[n % 5]} QZ{n:04} is made by the Heron works. Order it as part QZ{n:04}. It is "
            f"rated for {2 + n % 9} bar and {20 + n % 60} degrees, weighs {n % 13 + 1}.{n % 10} kg and is checked "
            f"every {n % 11 + 2} months by a trained technician, who notes wear, leaks and noise in the log."
        ]
        for n in range(documents)
    }
    frames = (
        "QZ{:04}",
        "What pressure is QZ{:04} rated for?",
        "How often does a trained technician check the {kind} qz{:04} for wear and leaks?",
        "Which works makes the part with the number QZ-{:04}?",
        "QZ{:04} 多久檢查一次？",
    )
    with tempfile.TemporaryDirectory() as scratch, chroma(Path(scratch) / "chroma") as server:
        index = ChromaIndex(server.url)
        corpus = Corpus(opened(Path(scratch)), index, embedder)
        await corpus.add(texts)
        search = HybridSearch(corpus.engine, index, embedder)
        found = nearest = 0
        for i in range(questions):
            n = (i * 73 + 7) % documents
            query = frames[i % len(frames)].format(n, kind=kinds[n % 5])
            passages = (await search.search(query, corpus.collection.name, 3)).passages
            found += any(passage.name == f"sheet-{n:03}.md" for passage in passages)
            vector = embedder.embed_query(query)
            ids = {hit.chunk_id for hit in await index.search(corpus.collection.generation, vector, 3)}
            with reading(corpus.engine) as connection:
                best = fulltext.find(connection, corpus.collection.id, f"QZ{n:04}", 1)[0].chunk_id
            nearest += best in ids
        await index.close()
        corpus.engine.dispose()
    return {
        "bench": "codes",
        "documents": documents,
        "n": questions,
        "dense": {"hit@3": round(nearest / questions, 3)},
        "ours": {"hit@3": round(found / questions, 3)},
    }


if __name__ == "__main__":
    asyncio.run(main())
