"""Which clause says it of which thing: of two values of one kind the question's words stand by one of them.

"A night in London costs up to £180, in other cities up to £120": nothing but the words beside a value tells what it is
the value of. So the words of the question around the said value are weighed against those around every other value of
its kind in the passage.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ingest.lexical import tokens
from service.answer import dates, units
from service.answer.focus import units as sentences

INHERITED = 0.8
"""What a word of a sentence's first clause counts for its other clauses: the subject often stands there alone."""
AHEAD = 0.05
"""By so much of the question's weight a value must be ahead of another to be what is asked for."""
_TELLING = 0.1
_TELLS_APART = frozenset(
    (
        *("during", "after", "before", "until", "since", "over", "under", "above", "below", "outside", "inside"),
        *("other", "others", "another", "without", "except", "not", "first", "last", "least", "most"),
    )
)
"""Words that weigh nothing in a search and yet tell one clause from the next."""

_LETTERS = re.compile(r"[a-z]+")
_CLOCK = re.compile(r"(?<!\d)\d{1,2}[:.]\d{2}(?!\d)(?:\s?[ap]\.?m\b)?", re.IGNORECASE)
_ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_PERSON = re.compile(r"(?<![\w@.])[A-ZÀ-Þ][\w'’-]+(?: (?:de |van |von |der )?[A-ZÀ-Þ][\w'’-]+){1,3}")
_BREAK = re.compile(r"(?<=[,;:])\s+|(?<=[，；：、])\s*|\s(?=(?:and|but|or|while|whereas|otherwise)\s)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Value:
    """One exact thing in a text: its spelling in common form, the kinds it is of, and where it begins."""

    said: str
    kinds: frozenset[str]
    start: int


@lru_cache(maxsize=1024)
def values(text: str) -> tuple[Value, ...]:
    """The clock times, dates, addresses, people and numbers with their units in a text, in order."""
    text = unicodedata.normalize("NFKC", text)
    found: list[Value] = []

    def take(pattern: re.Pattern[str], kind: str, rest: str) -> str:
        for match in pattern.finditer(rest):
            said = " ".join(match.group().lower().split())
            found.append(Value(said, frozenset((kind,)), match.start()))
        return pattern.sub(lambda match: " " * len(match.group()), rest)

    rest = take(_ADDRESS, "address", text)
    rest = take(dates.PATTERN, "date", rest)
    rest = take(_CLOCK, "clock", rest)
    for number, start, kinds in units.numerals(rest):
        found.append(Value(number, kinds or frozenset(("bare",)), start))
    take(_PERSON, "person", rest)
    return tuple(sorted(found, key=lambda value: value.start))


@dataclass(frozen=True, slots=True)
class _Clause:
    words: frozenset[str]
    inherited: frozenset[str]
    values: tuple[Value, ...]
    start: int
    end: int

    @property
    def said(self) -> frozenset[str]:
        return frozenset(value.said for value in self.values)


@lru_cache(maxsize=256)
def _clauses(text: str) -> tuple[_Clause, ...]:
    found: list[_Clause] = []
    for start, end in sentences(text):
        pieces = _pieces(text[start:end])
        lead = _words(pieces[0]) if pieces else frozenset[str]()
        for at, piece in enumerate(pieces):
            found.append(_Clause(_words(piece), lead if at else frozenset(), values(piece), start, end))
    return tuple(found)


def _pieces(sentence: str) -> list[str]:
    """Its clauses; one without a value belongs to the one after it, or, where none comes, to the one before."""
    found: list[str] = []
    waiting = ""
    for piece in _BREAK.split(sentence):
        waiting += f" {piece}"
        if values(piece):
            found.append(waiting)
            waiting = ""
    if waiting.strip():
        found[-1:] = [f"{found[-1]} {waiting}"] if found else [waiting]
    return found


def _words(text: str) -> frozenset[str]:
    return frozenset(tokens(text)) | (_TELLS_APART & frozenset(_LETTERS.findall(text.lower())))


def ahead(
    statement: str, question: str, asked: Mapping[str, float], text: str, start: int, end: int
) -> tuple[float, float] | None:
    """By how much of the question's weight another value is ahead of the best of those that the statement says anew:
    one in the same sentence, and one anywhere in the text. Below 0 it is behind.

    `asked` is what each of the question's tokens is worth, together 1; the statement stands at `start` to `end` of the
    text. None when it says nothing exact that stands there.
    """
    told_apart = _TELLS_APART & frozenset(_LETTERS.findall(question.lower()))
    weights = dict(asked) | dict.fromkeys(told_apart, _TELLING)
    known = {value.said for value in values(question)}
    named = frozenset(tokens(question))
    clauses = _clauses(text)
    margins: list[tuple[float, float]] = []
    for value in values(statement):
        own = [one for one in clauses if one.start < end and one.end > start and value.said in one.said]
        if value.said in known or not own:
            continue
        best = max(own, key=lambda one: _worth(one, weights))
        kinds = frozenset[str]().union(*(one.kinds for one in best.values if one.said == value.said))
        others = [
            (_beside(one, best, weights), _worth(one, weights) - _worth(best, weights))
            for one in clauses
            if value.said not in one.said
            and any(other.kinds & kinds and not _named(other, named) for other in one.values)
        ]
        same = max((margin for beside, margin in others if beside and margin > 0.0), default=-1.0)
        margins.append((same, max((margin for _, margin in others), default=-1.0)))
    return min(margins) if margins else None


def _beside(one: _Clause, other: _Clause, weights: Mapping[str, float]) -> bool:
    """Whether two clauses are of one sentence, or two that say the same of what is asked, one "during" it and one not:
    "During probation ... After probation ..."."""
    mine, theirs = (clause.words & weights.keys() for clause in (one, other))
    return one.start == other.start or theirs - _TELLS_APART == mine - _TELLS_APART != frozenset()


def _named(value: Value, words: frozenset[str]) -> bool:
    """Whether it is a name that the question has: "Marek Dvorsky, Information Security Officer" names one person."""
    return "person" in value.kinds and frozenset(tokens(value.said)) <= words


def _worth(clause: _Clause, weights: Mapping[str, float]) -> float:
    own = sum(weight for word, weight in weights.items() if word in clause.words)
    return own + INHERITED * sum(weight for word, weight in weights.items() if word in clause.inherited - clause.words)
