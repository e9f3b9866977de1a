"""Where a statement stands in the passages: the quote that bears it, and what of it stands nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from ingest.lexical import tokens
from service.answer import facts, headings, quantities, rows
from service.answer.facts import Facts
from service.answer.focus import units
from service.answer.numbering import unnumbered
from service.answer.tables import headed
from service.answer.terms import content
from service.types import Passage

_COUNTS = re.compile(
    r"\d|[一二三四五六七八九十百千萬]|^(?:dollar|usd|percent|cent|day|week|month|year|hour|minut|second|[日天年月時週星人次個])$"
)
_ITEM = re.compile(
    r"\s*(?:[-*•–]\s|\d{1,2}[.)]\s|\(?[a-z]\)\s|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[）)])"
)
_POINTS_BACK = re.compile(
    r"\s*(?:it|its|they|their|he|she|his|her|this|these|that|those|both|in addition|also|此|其|該|前項|這)\b",
    re.IGNORECASE,
)
_ENDED = re.compile(r"[.!?。！？:：]\s*$")
FORM_LINES = 6  # of a form, above and below
LONGEST_QUOTE = 3  # sentences or rows
BESIDE = 0.5  # what a word in the sentence before or after the quote counts, beside one in it


class Evidence:
    """One passage, read once, for as many statements as come. Numbers of list items and headings vouch for nothing.

    Its header counts as if it stood above its first row, but no quote goes into it.
    """

    def __init__(self, passage: Passage) -> None:
        self.passage = passage
        self._separated = rows.separated(passage)
        self._plain = unnumbered(passage.text)
        self.text = rows.parted(self._plain) if self._separated else self._plain
        self.label = " ".join((passage.name, *map(unnumbered, passage.heading)))
        self.header = unnumbered(passage.header)
        self.whole = "\n".join(filter(None, (self.label, self.header, self.text)))

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(tokens(self.whole))

    @cached_property
    def label_words(self) -> frozenset[str]:
        return frozenset(tokens(self.label))

    @cached_property
    def units(self) -> list[tuple[int, int, frozenset[str]]]:
        """Start, end and tokens of each sentence or row."""
        return [(start, end, frozenset(tokens(self.text[start:end]))) for start, end in units(self.text)]

    @cached_property
    def _forms(self) -> list[Literal["row", "item", "text"]]:
        if self._separated and self.table_rows:
            return ["row"] * len(self.units)
        return [_form(self.text[start:end]) for start, end, _ in self.units]

    @cached_property
    def _top(self) -> int:
        """Where the rows end that stand under the passage's header."""
        end = 0
        for (_, last, _), form in zip(self.units, self._forms, strict=True):
            if not self.header or form != "row":
                break
            end = last
        return end

    def above(self, start: int) -> str:
        """The passage's header over a row of its first table; "" over anything else."""
        return self.header if start < self._top else ""

    @cached_property
    def _places(self) -> list[tuple[frozenset[str], frozenset[str]]]:
        return [self.near(start, end) for start, end, _ in self.units]

    @cached_property
    def contexts(self) -> list[frozenset[str]]:
        """For each unit what is said of it elsewhere: the heading above it in the passage, a row's header and caption,
        the line that leads a list in."""
        kinds = self._forms
        if self._separated and self.table_rows:
            return [frozenset(tokens(" ".join(self.table_rows[0].header)))] * len(kinds)
        found: list[frozenset[str]] = []
        lead: tuple[int, ...] = ()
        for at, kind in enumerate(kinds):
            if kind == "text":
                lead = ()
            elif at and kinds[at - 1] != kind:
                lead = (at - 1, at) if kind == "row" else (at - 1,)
            elif not at:
                lead = (at,) if kind == "row" and not headed(self.header) else ()
            heading = headings.over(self.text, self._begins(at))
            above = frozenset(tokens(f"{heading.text if heading else ''}\n{self.above(self.units[at][0])}"))
            found.append(above.union(*(self.units[one][2] for one in lead)))
        return found

    def _begins(self, at: int) -> int:
        """Where the unit's first visible character stands."""
        start, end, _ = self.units[at]
        unit = self.text[start:end]
        return start + len(unit) - len(unit.lstrip())

    def near(self, start: int, end: int) -> tuple[frozenset[str], frozenset[str]]:
        """The tokens of this span with its headings and contexts, and those of what it belongs to: the sentence before
        when it begins with "It" or the like, and in a form, with a thing on each line, the other lines."""
        inside = [at for at, (first, last, _) in enumerate(self.units) if first < end and last > start]
        if not inside:
            return self.label_words, frozenset()
        own = self.label_words.union(*(self.units[at][2] | self.contexts[at] for at in inside))
        around = [*self._along(inside[0], -1), *self._along(inside[-1], 1)]
        return own, frozenset[str]().union(*(self.units[at][2] for at in around)) - own

    @cached_property
    def table_rows(self) -> tuple[rows.Row, ...]:
        """The rows of its tables that have a header."""
        return rows.under(self.header, self._plain, separated=self._separated)

    def row(self, start: int, end: int) -> rows.Row | None:
        """The row that this span stands in, with its table's header or without; None for other text, and for more than
        one row."""
        found = [row for row in self.table_rows if row.start < end and row.end > start]
        if len(found) != 1 or end > found[0].end:
            return None
        lead = self.text[min(start, found[0].start) : found[0].start].strip()
        above = lead.count("\n") < 2 and all(cell in lead for cell in found[0].header)
        return found[0] if not lead or above else None

    def told(self, start: int, end: int) -> str:
        """The span with the sentence before it, and what is said of both elsewhere: headings, the row's header."""
        heading = headings.over(self.text, start)
        row = self.row(start, end)
        first = max((first for first, last, _ in self.units if last <= start), default=start)
        header = self.above(start) or (" ".join(row.header) if row else "")
        above = (self.label, heading.text if heading else "", header)
        return "\n".join((*above, self.text[first:end]))

    def closeness(self, start: int, end: int, asked: Mapping[str, float]) -> tuple[float, float]:
        """How much of what is asked stands at this span: of its weight, and beside the place that has most of it.

        What stands nowhere in the passage counts half against the first: that may be other wording, while a word that
        stands elsewhere speaks of something else.
        """
        here = _around(asked, *self.near(start, end))
        most = max((_around(asked, *place) for place in self._places), default=0.0)
        known = _weight(asked, self.words)
        return here / ((1.0 + known) / 2), min(1.0, here / most) if most else 1.0

    def _along(self, at: int, step: int) -> Iterator[int]:
        """The units that follow in this direction for as long as they are lines of one block."""
        for _ in range(FORM_LINES):
            at += step
            if not 0 <= at < len(self.units):
                return
            upper, lower = sorted((at, at - step))
            between = self.text[self.units[upper][0] : self.units[lower][0]]
            if self._forms[upper] != "text" or self._forms[lower] != "text":
                return  # a row or an item is about itself
            in_block = between.endswith("\n") and not between.endswith("\n\n") and not _ENDED.search(between)
            said_of = step < 0 and _POINTS_BACK.match(self.text, self.units[lower][0])
            if not in_block and not said_of:
                return
            yield at


def _weight(asked: Mapping[str, float], words: frozenset[str]) -> float:
    return sum(worth for word, worth in asked.items() if word in words)


def _around(asked: Mapping[str, float], own: frozenset[str], beside: frozenset[str]) -> float:
    return _weight(asked, own) + BESIDE * _weight(asked, beside)


def _form(unit: str) -> Literal["row", "item", "text"]:
    return "row" if unit.lstrip().startswith("|") else "item" if _ITEM.match(unit) else "text"


@dataclass(frozen=True, slots=True)
class Footing:
    """How one statement stands on one passage.

    `missing` are the facts that do not stand in it, `share` (0..1) of its `new` content words (those the question does
    not have) do, `exact` says whether it asserts facts at all; `start` and `end` are the quote's characters within the
    passage's text, `near` says whether the quote alone bears all facts. `asked` and `place` (0..1) are
    `Evidence.closeness` of the question to the quote. `said` (0..1) is how many of the statement's `words` stand there.
    """

    evidence: Evidence
    missing: tuple[str, ...]
    share: float
    new: int
    exact: bool
    start: int
    end: int
    near: bool
    asked: float
    place: float
    said: float
    words: int


def best_footing(
    statement: str, evidences: Sequence[Evidence], granted: frozenset[str], asked: Mapping[str, float]
) -> Footing | None:
    """The passage this statement stands on best: fewest facts missing, then most words, then most of the question near.

    `granted` are tokens, and amounts with their unit, that need no proof: the question's own; `asked` what each of its
    tokens is worth, together 1.
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
        start, end, near = _quote(said, words, new, evidence, granted, asked)
        close, place = evidence.closeness(start, end, asked)
        if found is None or (near, close) > (found.near, found.asked):
            there = len(words & evidence.near(start, end)[0]) / (len(words) or 1)
            found = Footing(
                evidence, missing, share, len(new), bool(said.any), start, end, near, close, place, there, len(words)
            )
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
    said: Facts,
    words: set[str],
    new: set[str],
    evidence: Evidence,
    granted: frozenset[str],
    asked: Mapping[str, float],
) -> tuple[int, int, bool]:
    """The shortest run of at most `LONGEST_QUOTE` units that bears most: facts, then new words, then what was asked."""
    best: tuple[tuple[float, ...], int, int] = ((float("-inf"),), 0, len(evidence.passage.text))
    pieces = evidence.units
    for length in range(1, LONGEST_QUOTE + 1):
        for first in range(len(pieces) - length + 1):
            run = pieces[first : first + length]
            found = frozenset[str]().union(*(tokens for _, _, tokens in run))
            if length > 1 and not found & words:
                continue
            text = f"{evidence.above(run[0][0])}\n{evidence.text[run[0][0] : run[-1][1]]}"
            known = found.union(evidence.label_words, *evidence.contexts[first : first + length])
            lost = len(facts.absent(said, text, known, granted, whole=False)) if said.any else 0
            sought = len(words & known) / (len(words) or 1) + sum(asked.get(word, 0.0) for word in known & asked.keys())
            merit: tuple[float, ...] = (-lost, len(new & found) - 0.6 * (length - 1), sought)
            if merit > best[0]:
                best = (merit, run[0][0], run[-1][1])
        if best[0][0] == 0 and best[0][1] == len(new):
            break  # everything stands in so few
    merits, start, end = best
    text = evidence.passage.text[start:end]
    lead = len(text) - len(text.lstrip())
    return start + lead, start + len(text.rstrip()), merits[0] == 0
