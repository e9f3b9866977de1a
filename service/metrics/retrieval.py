"""Did the passages hold the answer? Facts and their ranks, each fact counted once (`relevance.gains`).

Nothing applies where the case has no gold, or the arm does not retrieve. Ranks start at 1.
"""

from __future__ import annotations

import math

from service.metrics.normal import pieces
from service.metrics.relevance import facts, gains, relevant
from service.metrics.types import Answered, Case


def _applies(case: Case, answer: Answered) -> bool:
    return bool(case.answerable and facts(case) and answer.grounded)


def hit(case: Case, answer: Answered, k: int) -> float | None:
    """1 if one of the first k passages holds a fact."""
    return float(any(gains(case, answer)[:k])) if _applies(case, answer) else None


def document_hit(case: Case, answer: Answered, k: int) -> float | None:
    """1 if one of the first k passages is from a gold document."""
    if not _applies(case, answer):
        return None
    gold = {*case.gold_docs} | {name for one in case.gold_passages for name in (one.doc, *one.also_docs)}
    return float(any(passage.document in gold for passage in answer.passages if passage.rank <= k))


def recall(case: Case, answer: Answered, k: int) -> float | None:
    """The share of all facts that the first k passages hold."""
    return sum(gains(case, answer)[:k]) / len(facts(case)) if _applies(case, answer) else None


def reciprocal_rank(case: Case, answer: Answered, k: int) -> float | None:
    """1/rank of the first passage with a fact, within k, else 0; its mean is the MRR."""
    if not _applies(case, answer):
        return None
    return next((1 / rank for rank, new in enumerate(gains(case, answer)[:k], 1) if new), 0.0)


def ndcg(case: Case, answer: Answered, k: int) -> float | None:
    """sum over ranks i <= k of (new facts) / log2(i + 1), over the same sum with one fact a rank from the first on.

    Jarvelin and Kekalainen (2002). Never above 1: one passage may hold several facts.
    """
    if not _applies(case, answer):
        return None
    found = sum(new / math.log2(rank + 1) for rank, new in enumerate(gains(case, answer)[:k], 1))
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(k, len(facts(case))) + 1))
    return min(1.0, found / ideal)


def context_tokens(case: Case, answer: Answered) -> float | None:
    """How much was retrieved: words, and characters of Chinese."""
    return float(sum(len(pieces(one.text)) for one in answer.passages)) if answer.grounded else None


def context_precision(case: Case, answer: Answered) -> float | None:
    """The share of what was retrieved that stands in passages with a fact: what noise costs."""
    if not _applies(case, answer):
        return None
    sizes = [(len(pieces(p.text)), relevant(case, p.document, p.text, p.page)) for p in answer.passages]
    whole = sum(size for size, _ in sizes)
    return sum(size for size, useful in sizes if useful) / whole if whole else 0.0
