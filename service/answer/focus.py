"""What of the passages goes before the model: few, right and short, because every distractor costs answers."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from service.answer.prompt import Excerpt
from service.answer.spot import Spotter
from service.answer.terms import weights, worth
from service.types import Passage

_UNIT = re.compile(r"[^\n.!?。！？]*(?:[.!?](?=\S)[^\n.!?。！？]*)*(?:[.!?。！？]+[\"'”’)」』）]*|\n|$)[ \t]*")
_TABLE_LINE = re.compile(r"\s*\|")
RANK_WEIGHT = 0.5  # what being first in the search adds to a passage's merit; being second half of it, and so on
REPEAT_WEIGHT = 0.02
LENGTH_COST = 1e-5  # for each character: what need not be there leaves room for what follows
NEAR_BEST = 0.7  # an excerpt that holds less than this share of what the best one holds only distracts


Unit = tuple[int, int]
"""A sentence, list item or table row: a half-open range of the passage's text."""


@lru_cache(maxsize=1024)
def units(text: str) -> tuple[Unit, ...]:
    """The text cut at sentence ends and line ends, nothing left out but white space."""
    found: list[Unit] = []
    at = 0
    for line in text.splitlines(keepends=True):
        pieces = [line] if _TABLE_LINE.match(line) else [m.group() for m in _UNIT.finditer(line) if m.group()]
        for piece in pieces:
            if piece.strip():
                found.append((at, at + len(piece)))
            at += len(piece)
    return tuple(found)


def excerpts(
    query: str, passages: Sequence[Passage], *, k: int, chars: int, rarity: Mapping[str, float] | None = None
) -> tuple[Excerpt, ...]:
    """At most `k` excerpts of together about `chars` characters, best first.

    Each passage is cut to the stretch of whole sentences or rows that holds most of the question's weight; a table
    keeps its header. Passages are ranked anew by that stretch together with the place the search gave them.
    `rarity` is each question token's idf in the whole collection; without it the passages themselves must tell.
    """
    weighed = weights(query)
    spotter = Spotter(weighed)
    seen = [_seen(spotter, passage) for passage in passages]
    asked = worth(query, rarity or _rarity_here(weighed, seen))
    share = max(200, chars // max(1, min(k, len(passages))))
    ranked: list[tuple[float, Excerpt]] = []
    for rank, (passage, (label, words)) in enumerate(zip(passages, seen, strict=True)):
        pieces = units(passage.text)
        if not pieces:
            continue
        first, last, fit, merit = _stretch(pieces, words, asked, label, share)
        excerpt = Excerpt(passage, _spans(passage.text, pieces, first, last), round(fit, 3))
        ranked.append((merit + RANK_WEIGHT / (1 + rank), excerpt))
    enough = NEAR_BEST * max((excerpt.fit for _, excerpt in ranked), default=0.0)
    kept = [pair for pair in ranked if pair[1].fit >= enough]
    kept.sort(key=lambda pair: -pair[0])
    return tuple(excerpt for _, excerpt in kept[:k])


Seen = tuple[frozenset[str], list[set[str]]]
"""The question's tokens in a passage: those of its name and headings, and those of each unit."""


def _seen(spotter: Spotter, passage: Passage) -> Seen:
    pieces = units(passage.text)
    ends = [end for _, end in pieces]
    words: list[set[str]] = [set() for _ in pieces]
    for at, token in spotter.find(passage.text):
        unit = bisect_right(ends, at)
        if unit < len(words):
            words[unit].add(token)
    label = spotter.find(" ".join((passage.name, *passage.heading)))
    return frozenset(token for _, token in label), words


def _rarity_here(wanted: Iterable[str], seen: Sequence[Seen]) -> Mapping[str, float]:
    """How rare each token is among the sentences found, for want of the collection."""
    sentences = [words for _, units in seen for words in units]
    count = Counter(word for words in sentences for word in words)
    total = len(sentences)
    return {token: math.log(1 + (total - count[token] + 0.5) / (count[token] + 0.5)) for token in wanted}


def _stretch(
    pieces: Sequence[Unit], words: Sequence[set[str]], asked: Mapping[str, float], label: frozenset[str], chars: int
) -> tuple[int, int, float, float]:
    """First and last unit (inclusive) of the best stretch of at most `chars` characters, its fit and its merit.

    Fit is the worth of the question's tokens that stand in it; the document's name and headings count for every
    stretch. Merit adds a little for tokens that come again, and of equal stretches takes the shortest.
    """
    best = (0, 0, 0.0, -1.0)
    for first in range(len(pieces)):
        known = set(label)
        fit = sum(asked.get(word, 0.0) for word in known)
        repeats = 0.0
        for last in range(first, len(pieces)):
            if last > first and pieces[last][1] - pieces[first][0] > chars:
                break
            repeats += REPEAT_WEIGHT * sum(asked.get(word, 0.0) for word in words[last])
            fit += sum(asked.get(word, 0.0) for word in words[last] - known)
            known |= words[last]
            merit = fit + repeats - LENGTH_COST * (pieces[last][1] - pieces[first][0])
            if merit > best[3]:
                best = (first, last, fit, merit)
    first, last = _widened(pieces, best[0], best[1], chars)
    return first, last, best[2], best[3]


def _widened(pieces: Sequence[Unit], first: int, last: int, chars: int) -> tuple[int, int]:
    """The stretch with its neighbours, in turn behind and before it, while they fit: answers stand near their topic."""
    turn = 0
    while True:
        after = last + 1 < len(pieces) and pieces[last + 1][1] - pieces[first][0] <= chars
        before = first > 0 and pieces[last][1] - pieces[first - 1][0] <= chars
        if not after and not before:
            return first, last
        if after and (turn % 2 == 0 or not before):
            last += 1
        else:
            first -= 1
        turn += 1


def _spans(text: str, pieces: Sequence[Unit], first: int, last: int) -> tuple[tuple[int, int], ...]:
    span = (pieces[first][0], pieces[last][1])
    if not _TABLE_LINE.match(text[span[0] :]):
        return (span,)
    top = first
    while top > 0 and _TABLE_LINE.match(text[pieces[top - 1][0] :]):
        top -= 1
    if top >= first:
        return (span,)
    header = (pieces[top][0], pieces[min(top + 1, len(pieces) - 1)][1])
    return (header, span) if header[1] <= span[0] else ((pieces[top][0], span[1]),)
