"""What of the passages goes before the model: few, right and short, because every distractor costs answers."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.lexical import tokens
from service.answer.prompt import Excerpt
from service.answer.terms import weights
from service.types import Passage

_UNIT = re.compile(r"[^\n.!?。！？]*(?:[.!?](?=\S)[^\n.!?。！？]*)*(?:[.!?。！？]+[\"'”’)」』）]*|\n|$)[ \t]*")
_TABLE_LINE = re.compile(r"\s*\|")


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


def excerpts(query: str, passages: Sequence[Passage], *, k: int, chars: int) -> tuple[Excerpt, ...]:
    """At most `k` excerpts of together about `chars` characters, best first.

    Each passage is cut to the stretch of whole sentences or rows that holds most of the question's weight; a table
    keeps its header. Passages are ranked anew by that stretch together with the place the search gave them.
    """
    cut = {passage.chunk_id: units(passage.text) for passage in passages}
    rarity = _rarities(query, list(cut.values()))
    share = max(200, chars // max(1, min(k, len(passages))))
    ranked: list[tuple[float, Excerpt]] = []
    for rank, passage in enumerate(passages):
        pieces = cut[passage.chunk_id]
        if not pieces:
            continue
        label = frozenset(tokens(" ".join((passage.name, *passage.heading))))
        first, last, weight = _stretch(pieces, rarity, label, share)
        ranked.append((weight + 0.5 / (1 + rank), Excerpt(passage, _spans(passage.text, pieces, first, last))))
    ranked.sort(key=lambda pair: -pair[0])
    return tuple(excerpt for _, excerpt in ranked[:k])


def _rarities(query: str, cut: Sequence[Sequence[Unit]]) -> Mapping[str, float]:
    """Each content token of the question with its rarity among the sentences found; together 1."""
    found = [unit.words for pieces in cut for unit in pieces]
    seen = Counter(word for words in found for word in words)
    raw = {
        token: weight * math.log(1 + (len(found) + 1) / (seen[token] + 0.5)) for token, weight in weights(query).items()
    }
    total = sum(raw.values()) or 1.0
    return {token: weight / total for token, weight in raw.items()}


def _stretch(
    pieces: Sequence[Unit], rarity: Mapping[str, float], label: frozenset[str], chars: int
) -> tuple[int, int, float]:
    """First and last unit (inclusive) of the heaviest stretch of at most `chars` characters, and its weight.

    Words of the document's name and headings count for every stretch.
    """
    best = (0, 0, -1.0)
    for first in range(len(pieces)):
        words = set(label)
        repeats = 0.0
        for last in range(first, len(pieces)):
            if last > first and pieces[last].end - pieces[first].start > chars:
                break
            repeats += 0.02 * sum(rarity.get(word, 0.0) for word in pieces[last].words)
            words |= pieces[last].words
            weight = sum(value for word, value in rarity.items() if word in words) + repeats
            if weight > best[2]:
                best = (first, last, weight)
    return _widened(pieces, best, chars)


def _widened(pieces: Sequence[Unit], best: tuple[int, int, float], chars: int) -> tuple[int, int, float]:
    """The stretch with its neighbours, those behind it first, while they fit: an answer often follows its topic."""
    first, last, weight = best
    while True:
        after = last + 1 < len(pieces) and pieces[last + 1].end - pieces[first].start <= chars
        before = first > 0 and pieces[last].end - pieces[first - 1].start <= chars
        if after and (last - best[1] <= best[0] - first or not before):
            last += 1
        elif before:
            first -= 1
        elif after:
            last += 1
        else:
            return first, last, weight


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
