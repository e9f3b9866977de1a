"""Training pairs drafted out of documents: `service.drafting` of pairs. A person accepts, mends or rejects each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from ingest.catalogue.transactions import Transactions
from ingest.types import StoredChunk
from service.answer.language import Language
from service.drafting import start as begin
from service.drafting.kind import Kind, source_of
from service.metrics.citation import entails
from service.parts import Parts
from service.tune import pairs
from service.tune.types import Pair, PairSet

LONGEST_ANSWER = 600


async def start(
    parts: Parts,
    name: str | None,
    collection: str,
    *,
    documents: Sequence[str],
    count: int,
    model: str,
    seed: int | None,
) -> PairSet:
    """Keep a set of pairs that a worker fills. Raises as `drafting.start.start`."""
    made = await begin.start(parts, KIND, name, collection, count=count, model=model, seed=seed, documents=documents)
    await begin.tell(parts.queue.train, made)
    return await Transactions(parts.engine).read(lambda c: pairs.get(c, made))


def _prompt(language: Language) -> str:
    return (files("service.tune") / "prompts" / f"draft.{language}.txt").read_text("utf-8").strip()


def _row(question: str, answer: str, chunk: StoredChunk, number: int) -> dict[str, Any] | None:
    """None for an answer that the passage does not bear out."""
    if len(answer) > LONGEST_ANSWER or not entails(chunk.chunk.text, answer):
        return None
    return pairs.row_of(number, Pair(question, answer, chunk.name), source_of(chunk))


def _question(row: Mapping[Any, Any]) -> str:
    return str(row["question"])


KIND = Kind(pairs.SETS, _prompt, _row, _question, longest=200)
