"""Where a statement stands in the passages: the quote that bears it, and what of it stands nowhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from ingest.lexical import tokens
from service.answer import facts, quantities
from service.answer.facts import Facts
from service.answer.focus import units
from service.answer.terms import content
from service.types import Passage

_COUNTS = re.compile(r"\d|^(?:dollar|usd|percent|cent|day|week|month|year|hour|minut|second|[日天年月時週星人次個])$")
LONGEST_QUOTE = 3  # sentences or rows


class Evidence:
    """One passage, read once, for as many statements as come."""

    def __init__(self, passage: Passage) -> None:
        self.passage = passage
        self.label = " ".join((passage.name, *passage.heading))
        self.whole = f"{self.label}\n{passage.text}"

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(tokens(self.whole))

    @cached_property
    def label_words(self) -> frozenset[str]:
        return frozenset(tokens(self.label))

    @cached_property
    def units(self) -> list[tuple[int, int, frozenset[str]]]:
        """Start, end and tokens of each sentence or row."""
        text = self.passage.text
        return [(start, end, frozenset(tokens(text[start:end]))) for start, end in units(text)]


@dataclass(frozen=True, slots=True)
class Footing:
    """How one statement stands on one passage.

    `missing` are the facts that do not stand in it, `share` (0..1) of its `new` content words (those the question does
    not have) do, `exact` says whether it asserts facts at all; `start` and `end` are the quote's characters within the
    passage's text, `near` says whether the quote alone bears all facts.
    """

    evidence: Evidence
    missing: tuple[str, ...]
    share: float
    new: int
    exact: bool
    start: int
    end: int
    near: bool


def best_footing(statement: str, evidences: Sequence[Evidence], granted: frozenset[str]) -> Footing | None:
    """The passage this statement stands on best: fewest facts missing, then most words, then a quote that bears all.

    `granted` are tokens that need no proof: the question's own.
    """
    said = facts.asserted(statement)
    words = {word for word in content(said.rest) if not _counts(word)}
    new = words - granted
    rated = [
        (facts.absent(said, one.whole, one.words, granted), _share(said, words, new, one), one) for one in evidences
    ]
    best = max(((-len(missing), round(share, 2)) for missing, share, _ in rated), default=None)
    found: Footing | None = None
    for missing, share, evidence in rated:
        if (-len(missing), round(share, 2)) != best:
            continue
        start, end, near = _quote(said, words, new, evidence, granted)
        if found is None or (near and not found.near):
            found = Footing(evidence, missing, share, len(new), bool(said.any), start, end, near)
    return found


def _share(said: Facts, words: set[str], new: set[str], evidence: Evidence) -> float:
    if new:
        return len(new & evidence.words) / len(new)
    return 1.0 if said.any else len(words & evidence.words) / (len(words) or 1)


def _counts(word: str) -> bool:
    """True for numbers and their units: they are judged as facts."""
    return bool(_COUNTS.search(word)) or word in _number_stems()


@lru_cache(maxsize=1)
def _number_stems() -> frozenset[str]:
    return frozenset(token for word in quantities.WORDS for token in tokens(word))


def _quote(
    said: Facts, words: set[str], new: set[str], evidence: Evidence, granted: frozenset[str]
) -> tuple[int, int, bool]:
    """The shortest run of at most `LONGEST_QUOTE` units that bears most: facts, then new words, then all words."""
    best: tuple[tuple[float, ...], int, int] = ((float("-inf"),), 0, len(evidence.passage.text))
    pieces = evidence.units
    for length in range(1, LONGEST_QUOTE + 1):
        for first in range(len(pieces) - length + 1):
            run = pieces[first : first + length]
            found = frozenset[str]().union(*(tokens for _, _, tokens in run))
            if length > 1 and not found & words:
                continue
            text = evidence.passage.text[run[0][0] : run[-1][1]]
            lost = len(facts.absent(said, text, found | evidence.label_words, granted)) if said.any else 0
            merit: tuple[float, ...] = (-lost, len(new & found) - 0.6 * (length - 1), float(len(words & found)))
            if merit > best[0]:
                best = (merit, run[0][0], run[-1][1])
        if best[0][0] == 0 and best[0][1] == len(new):
            break  # everything stands in so few
    merits, start, end = best
    text = evidence.passage.text[start:end]
    lead = len(text) - len(text.lstrip())
    return start + lead, start + len(text.rstrip()), merits[0] == 0
