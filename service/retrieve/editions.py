"""Editions of one document: price lists of two years, terms of two dates, sheets of two years in one workbook.

They say the same in almost the same words, so neither words nor vectors tell them apart; their names and headings do.
A question that names a year gets the edition of that year, or the one then in force; a question that names none gets
the newest of those that say the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from ingest.lexical import tokens
from service.types import Passage

ALIKE = 0.4  # Jaccard similarity of the words (numbers aside) from which on two editions say the same

_YEAR = r"(?<!\d)(?:19|20)\d\d(?!\d)"
_VERSION = r"(?<![a-z])v(?:ersion)?[ ._-]?\d+(?:\.\d+)*"
_EDITION = re.compile(rf"{_YEAR}(?:[-_.](?:0[1-9]|1[0-2])(?!\d))?|{_VERSION}", re.IGNORECASE)
_COMPARES = re.compile(
    r"\b(?:previous|former(?:ly)?|earlier|before|old(?:er)?|change[ds]?|compar\w+|differ\w*|increase\w*|rise|rose|raised|"
    r"used to|last year|year ago)\b|之前|以前|舊|去年|前一?年|相比|差異|調整|漲",
    re.IGNORECASE,
)

Mark = tuple[int, ...]
"""What tells an edition apart, to be compared with those of its own series: (2026,), (2026, 2) or (3, 1)."""


def superseded(query: str, passages: Sequence[Passage]) -> frozenset[int]:
    """Which of the passages (by index) stand in another edition than the one the question is about."""
    series: dict[str, dict[int, Mark]] = defaultdict(dict)
    for at, passage in enumerate(passages):
        for label in (passage.name, " › ".join((passage.name, *passage.heading))):
            mark = _mark(label)
            if mark:
                series[_EDITION.sub("#", label).lower()][at] = mark
                break
    asked = [mark for named in _EDITION.findall(query) if (mark := _mark(named))]
    out: set[int] = set()
    for marks in series.values():
        if len(set(marks.values())) > 1:
            out |= _other(asked, marks) if asked else _older(query, marks, passages)
    return frozenset(out) if len(out) < len(passages) else frozenset()


def _other(asked: Sequence[Mark], marks: dict[int, Mark]) -> set[int]:
    """All but the editions asked for, or in force at the time asked for."""
    wanted: set[Mark] = set()
    for one in asked:
        exact = {mark for mark in marks.values() if mark[: len(one)] == one}
        before = [mark for mark in marks.values() if mark < one and _dated(mark) and _dated(one)]
        wanted |= exact or ({max(before)} if before else set())
    return {at for at, mark in marks.items() if mark not in wanted} if wanted else set()


def _older(query: str, marks: dict[int, Mark], passages: Sequence[Passage]) -> set[int]:
    """Those of which a newer edition says the same, unless the question is about the change."""
    if _COMPARES.search(query):
        return set()
    words = {at: frozenset(one for one in tokens(passages[at].text) if one.isalpha()) for at in marks}
    return {
        at
        for at, mark in marks.items()
        if any(
            other > mark and len(words[at] & words[newer]) >= ALIKE * len(words[at] | words[newer])
            for newer, other in marks.items()
        )
    }


def _mark(label: str) -> Mark:
    return tuple(int(number) for found in _EDITION.findall(label) for number in re.findall(r"\d+", found))


def _dated(mark: Mark) -> bool:
    return 1900 <= mark[0] <= 2099
