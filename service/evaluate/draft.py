"""Questions drafted out of documents: `service.drafting` of cases. A person accepts, mends or rejects each."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from ingest.catalogue.transactions import Transactions
from ingest.types import StoredChunk
from service.answer.language import Language
from service.drafting import start as begin
from service.drafting.kind import Kind, source_of
from service.evaluate import datasets
from service.evaluate.types import Dataset
from service.metrics.normal import squeezed
from service.parts import Parts

LONGEST_ANSWER = 200


async def start(
    parts: Parts, name: str | None, collection: str, *, count: int, model: str, seed: int | None
) -> Dataset:
    """Keep a dataset that a worker fills. Raises as `drafting.start.start`."""
    made = await begin.start(parts, KIND, name, collection, count=count, model=model, seed=seed)
    await begin.tell(parts.queue.evaluate, made)
    return await Transactions(parts.engine).read(lambda c: datasets.get(c, made))


def _prompt(language: Language) -> str:
    return (files("service.evaluate") / "prompts" / f"draft.{language}.txt").read_text("utf-8").strip()


def _row(question: str, answer: str, chunk: StoredChunk, number: int) -> dict[str, Any] | None:
    """None for an answer that does not stand in the passage, or that the question gives away."""
    answer = answer.rstrip(".。")
    text = chunk.chunk.text
    if not answer or len(answer) > LONGEST_ANSWER:
        return None
    if squeezed(answer) not in squeezed(text) or squeezed(answer) in squeezed(question):
        return None
    gold: dict[str, Any] = {
        "doc": chunk.name,
        "text": answer,
        "page": chunk.chunk.page,
        "also_ok_pages": [],
        "also_ok_docs": [],
    }
    body = {
        "question": question,
        "answers": [answer],
        "gold_docs": [chunk.name],
        "tags": ["drafted"],
        "gold_passages": [gold],
        "answerable": True,
        "history": [],
        "nuggets": [],
    }
    source = source_of(chunk)
    return {"id": f"draft-{number:04d}", "status": "draft", "body": body, "source": source}


def _question(row: Mapping[Any, Any]) -> str:
    return str(row["body"]["question"])


KIND = Kind(datasets.SETS, _prompt, _row, _question, longest=160)
