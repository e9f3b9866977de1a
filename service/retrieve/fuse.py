"""Fusing what two indexes found into one order, with regard to the question's language.

    score = lexical + w * dense + PAIRS * pairs + COVERAGE * coverage + KINDS * kinds + CODES * codes

`lexical` is BM25 beside the best one; `dense` the cosine between that of the 30th neighbour (0) and of the first (1),
and `w` depends on whether the embedder knows the language; `pairs` and `coverage` are the idf-weighted shares of the
question's neighbouring terms, and of its terms, that stand in the chunk; `kinds` whether it holds the kind of thing
that is asked for; `codes` the share of the question's rare codes. Every part is 0..1.

A sum of scores keeps what a sum of ranks throws away: how far ahead the first one is. By ranks alone (RRF) each index
drags the other down wherever only one of them understands the question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ingest.catalogue.ranking import Match, Matches
from ingest.terms import Question
from ingest.types import Hit
from service.retrieve.kinds import asked, holds

Index = Literal["dense", "lexical"]

PAIRS, COVERAGE, KINDS, CODES = 0.5, 0.2, 0.3, 1.5
RARE = 0.02  # a code that stands in more of the chunks than this is nothing special
NEIGHBOURS = 30  # the dense score is 0 at this neighbour

# Models trained on English alone: they read other languages as noise.
_ENGLISH = re.compile(r"all-minilm|all-mpnet|multi-qa-|[/_-]en([._-]|$)|(^|/)(e5|gte)-(small|base|large)")


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its fused score and what it is made of (each part 0..1, cosine -1..1)."""

    match: Match
    score: float
    lexical: float
    cosine: float
    coverage: float
    pairs: float
    ranks: Mapping[Index, int]


def is_english(embedder: str) -> bool:
    """Whether a model, by its name, was trained on English alone."""
    return bool(_ENGLISH.search(embedder.lower()))


def dense_weight(embedder: str, language: str, best_coverage: float) -> float:
    """How much the dense score counts beside the lexical one.

    It counts more the fewer of the question's words stand in any one chunk: then the documents use other words for it,
    or another language, which a model of many languages can still read. A model of English sees the names and loan
    words of other Latin-script questions, and in Chinese next to nothing.
    """
    unseen = (1.0 - best_coverage) ** 2
    if is_english(embedder):
        return 0.05 if language in ("zh", "") else 0.4 + 0.5 * unseen
    return 0.6 + 2.0 * unseen


def fuse(
    question: Question, lexical: Matches, matches: Mapping[str, Match], dense: Sequence[Hit], embedder: str
) -> list[Scored]:
    """All candidates, best first. `matches` holds the live ones of both indexes, what is not there is left out."""
    term_worth, pair_worth = worths(question, lexical.idf)
    all_terms, all_pairs = sum(term_worth.values()) or 1.0, sum(pair_worth.values()) or 1.0
    near = [hit for hit in dense if hit.chunk_id in matches]
    cosines = {hit.chunk_id: hit.score for hit in near}
    high = near[0].score if near else 0.0
    low = near[min(NEIGHBOURS, len(near)) - 1].score if near else 0.0
    places: dict[Index, dict[str, int]] = {
        "dense": {hit.chunk_id: rank for rank, hit in enumerate(near, 1)},
        "lexical": {hit.chunk_id: rank for rank, hit in enumerate(lexical.hits, 1)},
    }
    best = max((match.score for match in matches.values()), default=0.0) or 1.0
    codes = {code for code in question.codes if 0 < lexical.frequencies[code] <= max(3, RARE * lexical.chunks)}
    kinds = asked(question.text)
    covered = {id: sum(term_worth[t] for t in match.found) / all_terms for id, match in matches.items()}
    # Pairs of Chinese characters overlap: that two stand side by side, and how many do, is in BM25 already.
    words = 0.0 if question.language == "zh" else 1.0
    dense_share = dense_weight(embedder, question.language, max(covered.values(), default=0.0))
    weights = (1.0, dense_share, words * PAIRS, words * COVERAGE, KINDS, CODES)
    scored = []
    for id, match in matches.items():
        cosine = cosines.get(id, low)
        parts = (
            match.score / best,
            max(0.0, (cosine - low) / (high - low)) if high > low else 0.0,
            sum(pair_worth[pair] for pair in match.pairs) / all_pairs,
            covered[id],
            holds(match.words, kinds),
            len(match.found & codes) / len(codes) if codes else 0.0,
        )
        score = sum(a * b for a, b in zip(parts, weights, strict=True))
        ranks = {name: order[id] for name, order in places.items() if id in order}
        scored.append(Scored(match, score, parts[0], cosine, parts[3], parts[2], ranks))
    scored.sort(key=lambda one: (-one.score, one.match.chunk_id))
    return scored


def worths(question: Question, idf: Mapping[str, float]) -> tuple[dict[str, float], dict[tuple[str, str], float]]:
    """What each term and each pair of terms of the question says: its weight times its idf, of a pair the lesser."""
    terms = {term: weight * idf[term] for term, weight in question.terms.items()}
    return terms, {pair: min(terms[term] for term in pair) for pair in question.pairs}
