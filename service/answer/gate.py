"""The gate before the model: do the passages fit the question at all?"""

from __future__ import annotations

from dataclasses import dataclass

from ingest.lexical import tokens
from service.answer.terms import weights
from service.types import SearchResult


@dataclass(frozen=True, slots=True)
class Judgement:
    passed: bool
    fit: float
    missing: tuple[str, ...]


def judge(query: str, found: SearchResult, min_fit: float) -> Judgement:
    """Passed when enough of the question's weight stands somewhere in the passages found."""
    asked = weights(query)
    words: set[str] = set()
    for passage in found.passages:
        words.update(tokens(" ".join((passage.name, *passage.heading, passage.text))))
    total = sum(asked.values())
    fit = sum(weight for token, weight in asked.items() if token in words) / total if total else 1.0
    missing = tuple(token for token in asked if token not in words)
    return Judgement(bool(found.passages) and fit >= min_fit, round(fit, 3), missing)
