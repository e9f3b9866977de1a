"""What of the passages goes before the model: few, right and short, because every distractor costs answers."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from service.answer import kind
from service.answer.numbering import unnumbered
from service.answer.prompt import Excerpt
from service.answer.spot import Spotter
from service.answer.tables import headed
from service.answer.terms import unspaced, weights, worth
from service.retrieve.editions import superseded
from service.types import Passage

_UNIT = re.compile(r"[^\n.!?。！？]*(?:[.!?](?=\S)[^\n.!?。！？]*)*(?:[.!?。！？]+[\"'”’)」』）]*|\n|$)[ \t]*")
_TABLE_LINE = re.compile(r"\s*\|")
RANK_WEIGHT = 0.5  # what being first in the search adds to a passage's merit; being second half of it, and so on
REPEAT_WEIGHT = 0.02
KIND_WEIGHT = 0.2  # a number where one is asked for, an address, a date
LENGTH_COST = 1e-5  # for each character: what need not be there leaves room for what follows
NEAR_BEST = 0.75  # an excerpt with less than this share of the best one's merit only distracts
FEW = 3  # excerpts that the characters are shared among at most, before it is known how many are worth showing
SHORTEST = 200  # characters of one excerpt, at least
DENSE = (
    0.5  # of the characters, for Chinese and Japanese: each says (and costs the model) as much as two or three letters
)
MOST = 2  # times its share of the characters that an excerpt may take when others leave theirs
SAME = 0.8  # share of words that makes of two stretches one


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
    keeps its header, which is counted where it stands elsewhere (`Passage.header`). Other editions of a document than
    the one asked about are left out (`service.retrieve.editions`).
    Passages are ranked anew by that stretch together with the place the search gave them.
    `rarity` is each question token's idf in the whole collection; without it the passages themselves must tell.
    """
    others = superseded(query, passages)
    passages = [passage for at, passage in enumerate(passages) if at not in others]
    weighed = weights(query)
    chars = int(chars * DENSE) if unspaced(query) else chars
    spotter = Spotter(weighed)
    wanted = kind.wanted(query)
    seen = [_read(passage, spotter, wanted) for passage in passages]
    asked = worth(query, rarity or _rarity_here(weighed, seen))
    share = max(SHORTEST, chars // max(1, min(k, FEW, len(passages))))
    ranked: list[tuple[float, float, int]] = []
    stretches: dict[int, str] = {}
    for rank, (passage, one) in enumerate(zip(passages, seen, strict=True)):
        pieces = units(passage.text)
        if pieces:
            first, last, _, merit = _stretch(pieces, one, asked, _less(share, passage))
            stretches[rank] = passage.text[pieces[first][0] : pieces[last][1]]
            ranked.append((merit + RANK_WEIGHT / (1 + rank), merit, rank))
    enough = NEAR_BEST * max((merit for _, merit, _ in ranked), default=0.0)
    order = sorted(((total, -rank) for total, merit, rank in ranked if merit >= enough), reverse=True)
    kept = _distinct((-rank for _, rank in order), stretches)[:k]
    found: list[Excerpt] = []
    room = min(MOST * share, chars // max(1, len(kept)))  # where few are worth showing, more of each is
    for rank in kept:
        passage = passages[rank]
        pieces = units(passage.text)
        first, last, fit, _ = _stretch(pieces, seen[rank], asked, _less(share, passage))
        first, last = _widened(pieces, first, last, _less(room, passage))
        found.append(Excerpt(passage, _spans(passage, pieces, first, last), round(fit, 3)))
    return tuple(found)


def _less(chars: int, passage: Passage) -> int:
    """The room that the lines above a passage leave of so many characters."""
    return max(SHORTEST // 2, chars - len(passage.header))


def _distinct(order: Iterable[int], stretches: Mapping[int, str]) -> list[int]:
    """Without those whose stretch says what an earlier one says: documents repeat themselves."""
    said: list[set[str]] = []
    kept: list[int] = []
    for rank in order:
        words = set(stretches[rank].lower().split())
        if all(len(words & other) < SAME * min(len(words), len(other)) for other in said):
            said.append(words)
            kept.append(rank)
    return kept


@dataclass(frozen=True, slots=True)
class Seen:
    """What of the question stands where in a passage: tokens in its name, headings and header, and in each unit; and
    which units hold anything of the kind the question wants."""

    label: frozenset[str]
    words: list[set[str]]
    bearing: list[bool]


def _read(passage: Passage, spotter: Spotter, wanted: kind.Kind) -> Seen:
    pieces = units(passage.text)
    ends = [end for _, end in pieces]
    words: list[set[str]] = [set() for _ in pieces]
    for at, token in spotter.find(passage.text):
        unit = bisect_right(ends, at)
        if unit < len(words):
            words[unit].add(token)
    label = spotter.find(" ".join((passage.name, *passage.heading, passage.header)))
    bearing = [kind.bears(wanted, unnumbered(passage.text[start:end])) for start, end in pieces]
    return Seen(frozenset(token for _, token in label), words, bearing)


def _rarity_here(wanted: Iterable[str], seen: Sequence[Seen]) -> Mapping[str, float]:
    """How rare each token is among the sentences found, for want of the collection."""
    sentences = [words for one in seen for words in one.words]
    count = Counter(word for words in sentences for word in words)
    total = len(sentences)
    return {token: math.log(1 + (total - count[token] + 0.5) / (count[token] + 0.5)) for token in wanted}


def _stretch(
    pieces: Sequence[Unit], seen: Seen, asked: Mapping[str, float], chars: int
) -> tuple[int, int, float, float]:
    """First and last unit (inclusive) of the best stretch of at most `chars` characters, its fit and its merit.

    Fit is the worth of the question's tokens that stand in it; the document's name and headings count for every
    stretch. Merit adds to it for something of the kind that is wanted, a little for words that come again, and of equal
    stretches takes the shortest.
    """
    best = (0, 0, 0.0, -1.0)
    for first in range(len(pieces)):
        known = set(seen.label)
        fit = sum(asked.get(word, 0.0) for word in known)
        extra = 0.0
        bearing = False
        for last in range(first, len(pieces)):
            length = pieces[last][1] - pieces[first][0]
            if last > first and length > chars:
                break
            extra += REPEAT_WEIGHT * sum(asked.get(word, 0.0) for word in seen.words[last])
            fit += sum(asked.get(word, 0.0) for word in seen.words[last] - known)
            known |= seen.words[last]
            bearing = bearing or seen.bearing[last]
            merit = fit + extra + KIND_WEIGHT * bearing - LENGTH_COST * length
            if merit > best[3]:
                best = (first, last, fit, merit)
    return best


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


def _spans(passage: Passage, pieces: Sequence[Unit], first: int, last: int) -> tuple[tuple[int, int], ...]:
    text, span = passage.text, (pieces[first][0], pieces[last][1])
    if not _TABLE_LINE.match(text[span[0] :]):
        return (span,)
    top = first
    while top > 0 and _TABLE_LINE.match(text[pieces[top - 1][0] :]):
        top -= 1
    if top >= first or (top == 0 and headed(passage.header)):
        return (span,)
    header = (pieces[top][0], pieces[min(top + 1, len(pieces) - 1)][1])
    return (header, span) if header[1] <= span[0] else ((pieces[top][0], span[1]),)
