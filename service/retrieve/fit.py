"""`fit`: how likely it is that the best passages answer the question at all, from what the two indexes saw."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ingest.terms import Question
from service.retrieve.fuse import Scored, coverage

_WEIGHTS = {"bias": -3.0, "together": 4.0, "best": 2.0, "cosine": 2.0, "agreement": 0.5}


def signals(question: Question, idf: Mapping[str, float], passages: Sequence[Scored]) -> dict[str, float]:
    """What `fit` looks at, each 0..1 (cosine -1..1)."""
    first = passages[:3]
    if not first:
        return {"together": 0.0, "best": 0.0, "cosine": 0.0, "agreement": 0.0}
    return {
        "together": coverage(question, idf, frozenset().union(*(one.match.found for one in first))),
        "best": max(one.coverage for one in first),
        "cosine": max(one.cosine for one in first),
        "agreement": 1 / min(max(one.ranks.get("dense", 50), one.ranks.get("lexical", 50)) for one in first),
    }


def fit(values: Mapping[str, float]) -> float:
    """0..1 by a logistic over the signals."""
    x = _WEIGHTS["bias"] + sum(_WEIGHTS[name] * value for name, value in values.items())
    return 1 / (1 + math.exp(-x))
