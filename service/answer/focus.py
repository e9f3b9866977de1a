"""What of the passages goes before the model: few, right and short, because every distractor costs answers."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.lexical import tokens
from service.answer.prompt import Excerpt
from service.answer.terms import worth
from service.types import Passage

_UNIT = re.compile(r"[^\n.!?。！？]*(?:[.!?](?=\S)[^\n.!?。！？]*)*(?:[.!?。！？]+[\"'”’)」』）]*|\n|$)[ \t]*")
_TABLE_LINE = re.compile(r"\s*\|")
RANK_WEIGHT = 0.5  # what being first in the search adds to a passage's merit; being second half of it, and so on
REPEAT_WEIGHT = 0.02
NEAR_BEST = 0.7  # an excerpt that holds less than this share of what the best one holds only distracts


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, list item or table row: a half-open range of the passage's text, and its search tokens."""

    start: int
    end: int
    words: frozenset[str]


def units(text: str) -> list[Unit]:
    """The text cut at sentence ends and line ends, nothing left out but white space."""
    found: list[Unit] = []
    at = 0
    for line in text.splitlines(keepends=True):
        pieces = [line] if _TABLE_LINE.match(line) else [m.group() for m in _UNIT.finditer(line) if m.group()]
        for piece in pieces:
            if piece.strip():
                found.append(Unit(at, at + len(piece), frozenset(tokens(piece))))
            at += len(piece)
    return found


def excerpts(
    query: str, passages: Sequence[Passage], *, k: int, chars: int, rarity: Mapping[str, float] | None = None
) -> tuple[Excerpt, ...]:
    """At most `k` excerpts of together about `chars` characters, best first.

    Each passage is cut to the stretch of whole sentences or rows that holds most of the question's weight; a table
    keeps its header. Passages are ranked anew by that stretch together with the place the search gave them.
    `rarity` is each question token's idf in the whole collection; without it the passages themselves must tell.
    """
    cut = [units(passage.text) for passage in passages]
    asked = worth(query, rarity or _rarity_here(cut))
    share = max(200, chars // max(1, min(k, len(passages))))
    ranked: list[tuple[float, Excerpt]] = []
    for rank, (passage, pieces) in enumerate(zip(passages, cut, strict=True)):
        if not pieces:
            continue
        label = frozenset(tokens(" ".join((passage.name, *passage.heading))))
        first, last, fit, merit = _stretch(pieces, asked, label, share)
        excerpt = Excerpt(passage, _spans(passage.text, pieces, first, last), round(fit, 3))
        ranked.append((merit + RANK_WEIGHT / (1 + rank), excerpt))
    enough = NEAR_BEST * max((excerpt.fit for _, excerpt in ranked), default=0.0)
    kept = [pair for pair in ranked if pair[1].fit >= enough]
    kept.sort(key=lambda pair: -pair[0])
    return tuple(excerpt for _, excerpt in kept[:k])


def _rarity_here(cut: Sequence[Sequence[Unit]]) -> Mapping[str, float]:
    found = [unit.words for pieces in cut for unit in pieces]
    seen = Counter(word for words in found for word in words)
    idf = {word: math.log(1 + (len(found) - count + 0.5) / (count + 0.5)) for word, count in seen.items()}
    return idf | {"": math.log(2 * len(found) + 2)}


def _stretch(
    pieces: Sequence[Unit], asked: Mapping[str, float], label: frozenset[str], chars: int
) -> tuple[int, int, float, float]:
    """First and last unit (inclusive) of the best stretch of at most `chars` characters, its fit and its merit.

    Fit is the worth of the question's tokens that stand in it; the document's name and headings count for every
    stretch. Merit adds a little for tokens that come again.
    """
    best = (0, 0, 0.0, -1.0)
    for first in range(len(pieces)):
        words = set(label)
        repeats = 0.0
        for last in range(first, len(pieces)):
            if last > first and pieces[last].end - pieces[first].start > chars:
                break
            repeats += REPEAT_WEIGHT * sum(asked.get(word, 0.0) for word in pieces[last].words)
            words |= pieces[last].words
            fit = sum(value for word, value in asked.items() if word in words)
            if fit + repeats > best[3]:
                best = (first, last, fit, fit + repeats)
    first, last = _widened(pieces, best[0], best[1], chars)
    return first, last, best[2], best[3]


def _widened(pieces: Sequence[Unit], first: int, last: int, chars: int) -> tuple[int, int]:
    """The stretch with its neighbours, in turn behind and before it, while they fit: answers stand near their topic."""
    turn = 0
    while True:
        after = last + 1 < len(pieces) and pieces[last + 1].end - pieces[first].start <= chars
        before = first > 0 and pieces[last].end - pieces[first - 1].start <= chars
        if not after and not before:
            return first, last
        if after and (turn % 2 == 0 or not before):
            last += 1
        else:
            first -= 1
        turn += 1


def _spans(text: str, pieces: Sequence[Unit], first: int, last: int) -> tuple[tuple[int, int], ...]:
    span = (pieces[first].start, pieces[last].end)
    if not _TABLE_LINE.match(text[span[0] :]):
        return (span,)
    top = first
    while top > 0 and _TABLE_LINE.match(text[pieces[top - 1].start :]):
        top -= 1
    if top >= first:
        return (span,)
    header = (pieces[top].start, pieces[min(top + 1, len(pieces) - 1)].end)
    return (header, span) if header[1] <= span[0] else ((pieces[top].start, span[1]),)
