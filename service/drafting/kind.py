"""What is drafted: the one description that the drafting of cases and that of pairs differ by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.types import StoredChunk
from service.answer.language import Language
from service.leases import Leases
from service.sets import Sets


@dataclass(frozen=True, slots=True)
class Kind:
    """`prompt` by language; `row` makes the item (columns for `Sets.add`) numbered so of a question and an answer, None
    when they are not usable; `question` reads an item's question."""

    sets: Sets
    prompt: Callable[[Language], str]
    row: Callable[[str, str, StoredChunk, int], dict[str, Any] | None]
    question: Callable[[Mapping[Any, Any]], str]
    longest: int
    """Tokens of what the model may write."""

    @property
    def leases(self) -> Leases:
        return Leases(self.sets.sets)


def source_of(chunk: StoredChunk) -> dict[str, Any]:
    """Where a draft came from, as an item keeps it."""
    return {
        "document_id": chunk.document_id,
        "name": chunk.name,
        "version": chunk.version,
        "chunk_id": chunk.id,
        "heading": list(chunk.chunk.heading),
        "page": chunk.chunk.page,
        "text": chunk.chunk.text,
    }
