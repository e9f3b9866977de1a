"""all-MiniLM-L6-v2 in process, on onnxruntime: no key, no network, 384 dimensions, English.

Two graphs give the same vectors up to rounding: the int8 one as shipped and the float32 one of `ingest.embed.graph`.
Which is faster depends on the processor, so both are timed once and the answer is kept beside the model.
"""

from __future__ import annotations

import json
import os
import platform
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import onnxruntime
from langchain_core.embeddings import Embeddings

from ingest.embed.tokens import WordPiece
from ingest.errors import EmbeddingFailed
from ingest.threads import in_thread

Graph = Literal["fp32", "int8"]
GRAPHS: dict[Graph, str] = {"fp32": "fp32-1.onnx", "int8": "int8.onnx"}
LIMIT = 256
BATCH = 8
"""Texts a run. 32 is slower: the activations leave the cache."""
REMEMBERED_QUERIES = 512
TRIAL_SECONDS = 1.0

Ids = list[int]
Vectors = npt.NDArray[np.float32]


class MiniLM(Embeddings):
    """LangChain `Embeddings` with `name`, `dimensions` and `tokenizer`. Thread-safe; loads when first used.

    `folder` holds `model.safetensors`, `tokenizer.json` and `int8.onnx`, their hashes checked by whoever fetched them.
    Documents are embedded on `threads` cores (all by default), queries in a session of their own on one, so that a
    bulk ingest in the same process does not starve them. Every method raises `EmbeddingFailed`.
    """

    name = "all-minilm-l6-v2"
    dimensions = 384

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        self._folder = folder
        self._threads = threads or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        self._loading = threading.Lock()
        self._running = threading.Lock()
        self._sessions: dict[Literal["bulk", "query"], _Session] = {}
        self._queries: OrderedDict[str, list[float]] = OrderedDict()
        self._remembering = threading.Lock()
        try:
            self.tokenizer = WordPiece(folder / "tokenizer.json", LIMIT)
        except Exception as error:  # tokenizers raises bare Exception
            raise EmbeddingFailed(
                "embedder_missing",
                f"Cannot read the embedder's tokenizer in {folder}: {error}",
                f"Fetch {self.name} again.",
            ) from error

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector of length 1 per text, in order. Longer texts than the tokenizer's limit are cut there."""
        session = self._session("bulk")
        ids = [self.tokenizer.ids(text) for text in texts]
        order = sorted(range(len(ids)), key=lambda index: len(ids[index]))  # little padding
        vectors: list[list[float]] = [[]] * len(ids)
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            with self._running:  # two bulk runs at once would only fight for the same cores
                rows = session.run([ids[place] for place in places])
            for place, row in zip(places, rows.tolist(), strict=True):
                vectors[place] = row
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """One vector of length 1; the last few hundred are remembered."""
        with self._remembering:
            if text in self._queries:
                self._queries.move_to_end(text)
                return list(self._queries[text])
        vector: list[float] = self._session("query").run([self.tokenizer.ids(text)])[0].tolist()
        with self._remembering:
            self._queries[text] = vector
            if len(self._queries) > REMEMBERED_QUERIES:
                self._queries.popitem(last=False)
        return list(vector)

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        return await in_thread(self.embed_documents, texts)

    async def aembed_query(self, text: str) -> list[float]:
        return await in_thread(self.embed_query, text)

    def warm(self) -> None:
        """Load the query session now, choosing the graph if that was never done here (about two seconds)."""
        self.embed_query("")

    def _session(self, kind: Literal["bulk", "query"]) -> _Session:
        with self._loading:
            if kind not in self._sessions:
                threads = 1 if kind == "query" else self._threads or 1
                self._sessions[kind] = _Session(self._folder, choose(self._folder, self._threads or 1), threads)
            return self._sessions[kind]


class _Session:
    """One onnxruntime session over one of the two graphs. Raises `EmbeddingFailed`."""

    def __init__(self, folder: Path, graph: Graph, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # The cores are shared with the chat model: waiting threads must sleep, not spin.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            if graph == "fp32":
                _build_missing(folder)
            self._session = onnxruntime.InferenceSession(
                str(folder / GRAPHS[graph]), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's exceptions have no common base
            raise EmbeddingFailed(
                "embedder_missing", f"Cannot load the embedder from {folder}: {error}", f"Fetch {MiniLM.name} again."
            ) from error
        self._graph = graph

    def run(self, batch: Sequence[Ids]) -> Vectors:
        """float32 [len(batch), 384], rows of length 1."""
        shape = (len(batch), max(len(ids) for ids in batch))
        ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        feed: dict[str, Any] = {"input_ids": ids, "attention_mask": mask}
        if self._graph == "int8":
            feed["token_type_ids"] = np.zeros(shape, np.int64)
        try:
            (output,) = self._session.run(None, feed)
        except Exception as error:
            raise EmbeddingFailed("embedding_failed", f"The embedder failed: {error}") from error
        vectors: Vectors = output if self._graph == "fp32" else _pool(output, mask)
        if not np.isfinite(vectors).all():
            raise EmbeddingFailed("bad_vectors", "The embedder returned numbers that are not finite.")
        return vectors


def choose(folder: Path, threads: int) -> Graph:
    """The faster graph on this processor: timed once (about two seconds), then read from `faster.json`.

    A tie goes to fp32, whose weights are mapped and shared between processes.
    """
    record, key = folder / "faster.json", f"{_processor()}, {threads} threads, onnxruntime {onnxruntime.__version__}"
    known = _read(record)
    graph: Graph | None = known.get(key, {}).get("graph")
    if graph is not None and graph in GRAPHS:
        return graph
    if not (folder / GRAPHS["int8"]).exists():
        return "fp32"
    speed = {name: _tokens_per_second(folder, name, threads) for name in GRAPHS}
    faster: Graph = "int8" if speed["int8"] > 1.1 * speed["fp32"] else "fp32"
    known[key] = {"graph": faster, "tokens_per_second": {name: round(value) for name, value in speed.items()}}
    _remember(record, json.dumps(known, indent=1))
    return faster


def _read(record: Path) -> dict[str, dict[str, Any]]:
    try:
        known = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(known, dict):
        return {}
    return {key: value for key, value in known.items() if isinstance(value, dict)}


def _remember(record: Path, text: str) -> None:
    own = record.with_suffix(f".{os.getpid()}.tmp")
    try:
        own.write_text(text, encoding="utf-8")
        os.replace(own, record)
    except OSError:  # a read-only cache: then the choice is made anew at each start
        own.unlink(missing_ok=True)


def _tokens_per_second(folder: Path, graph: Graph, threads: int) -> float:
    session, length = _Session(folder, graph, threads), 128
    batch = [[101, *range(2000 + row, 2000 + row + length - 2), 102] for row in range(BATCH)]
    session.run(batch)
    runs, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < TRIAL_SECONDS:
        session.run(batch)
        runs += 1
    return runs * BATCH * length / spent


def _build_missing(folder: Path) -> None:
    if not (folder / GRAPHS["fp32"]).exists():
        from ingest.embed import graph  # the onnx package is only needed this once: 30 MB in every process otherwise

        graph.build(folder)


def _pool(states: Vectors, mask: npt.NDArray[np.int64]) -> Vectors:
    """Mean over the real tokens, then length 1. The mean's divisor falls out of the normalisation."""
    sums = np.einsum("btd,bt->bd", states, mask.astype(np.float32))
    result: Vectors = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    return result


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
