"""`fit`: an estimate, from what the two indexes saw, of whether the best passages answer the question at all.

It is a logistic over two signals: the share of the question's words, by rarity, that stand together in one of the best
passages, and how near the nearest of them is. It was fitted on questions over company policies, manuals, tables and
statutes, answerable and not, each set held out once; 0.5 is where about one answerable question in twelve would be
turned away. `tests/bench/retrieval_quality.py` prints its AUC for any set of questions.

What it cannot see: that a question is put in other words than the documents' (low fit, answered all the same), and that
every word of it is there but the answer is not. So it opens or closes a gate; it proves nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ingest.terms import Question
from service.retrieve.fuse import Scored, is_english, worths

FIRST = 3  # passages looked at: those a small model is given

# (bias, together in one passage, cosine). Pairs of Chinese characters are found by chance less often than words are.
_WORDS_AND_VECTORS = (-3.4, 3.8, 2.1)
_WORDS = (-2.5, 4.3, 0.0)  # cosines of another model are on another scale
_PAIRS = (-1.2, 5.9, 0.0)


def signals(question: Question, idf: Mapping[str, float], passages: Sequence[Scored]) -> dict[str, float]:
    """Of the first three passages: `best` and `together`, the shares of the question's words (by weight and idf) in the
    best one and in all of them; `cosine`, the highest; `pairs`, the best share of neighbouring words; `agreement`,
    1 over the best place that both indexes gave to one of them. All 0..1 (cosine -1..1), 0 without passages."""
    first = passages[:FIRST]
    found = frozenset[str]().union(*(one.match.found for one in first))
    terms, _ = worths(question, idf)
    places = [max(one.ranks.values()) for one in first if len(one.ranks) == 2]
    return {
        "best": max((one.coverage for one in first), default=0.0),
        "together": sum(terms[term] for term in found) / (sum(terms.values()) or 1.0),
        "cosine": max((one.cosine for one in first), default=0.0),
        "pairs": max((one.pairs for one in first), default=0.0),
        "agreement": 1 / min(places) if places else 0.0,
    }


def fit(values: Mapping[str, float], question: Question, embedder: str) -> float:
    """0..1; 0 where nothing was found."""
    if not any(values.values()):
        return 0.0
    if question.language == "zh":
        bias, best, cosine = _PAIRS
    else:
        bias, best, cosine = _WORDS_AND_VECTORS if is_english(embedder) else _WORDS
    return 1 / (1 + math.exp(-(bias + best * values["best"] + cosine * values["cosine"])))
