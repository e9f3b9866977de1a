"""Amounts that a rule is for: "from 500 to 5,000 euro", "above £250, up to £1,000"; of others it says nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from service.answer import quantities

_SIGN = r"(?:[$€£¥]|USD|GBP|EUR|NOK|SEK|DKK|CHF|NT\$)?\s?"
_AMOUNT = rf"{_SIGN}(\d[\d,]*(?:\.\d+)?)(?:\s?(?:[$€£¥%]|euros?|pounds?|dollars?|[a-z]+)\b)?"
_RANGES = (
    (re.compile(rf"\b(?:from|between)\s+{_AMOUNT}\s+(?:up\s+)?(?:to|and)\s+{_AMOUNT}", re.I), "both"),
    (
        re.compile(rf"\b(?:above|over|more than|exceeding)\s+{_AMOUNT},?\s+(?:and\s+)?(?:up )?to\s+{_AMOUNT}", re.I),
        "both",
    ),
    (re.compile(rf"(?<![\w-]){_AMOUNT}\s?(?:-|–|—|to)\s?{_AMOUNT}", re.I), "both"),
    (re.compile(rf"\b(?:above|over|more than|exceeding|beyond|at least|from)\s+{_AMOUNT}", re.I), "low"),
    (
        re.compile(rf"\b(?:up to|below|under|less than|no more than|at most|not exceeding|until)\s+{_AMOUNT}", re.I),
        "high",
    ),
    (re.compile(rf"(?<![\w-]){_AMOUNT}\s+(?:or|and)\s+(?:more|above|over)\b", re.I), "low"),
    (re.compile(rf"(?<![\w-]){_AMOUNT}\s+(?:or|and)\s+(?:less|below|under)\b", re.I), "high"),
)
_MEASURED = re.compile(
    r"(?:[$€£¥]|\b(?:USD|GBP|EUR|NOK|SEK|DKK|CHF|NT\$))\s?(\d[\d,]*(?:\.\d+)?)|"
    r"(\d[\d,]*(?:\.\d+)?)\s?(?:[$€£¥%元]|(?:USD|GBP|EUR|NOK|SEK|DKK|CHF|euros?|pounds?|dollars?|kron\w+|percent)\b)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, both included: which of the two ends belongs to it is rarely what decides."""

    low: float
    high: float
    numbers: frozenset[str]


def ranges(text: str) -> tuple[Range, ...]:
    """The ranges of amounts in a text."""
    return tuple(_ranges(unicodedata.normalize("NFKC", text)))


def _ranges(text: str) -> Iterator[Range]:
    for pattern, form in _RANGES:
        for match in pattern.finditer(text):
            numbers = [quantities.plain(one) for one in match.groups()]
            first, last = float(numbers[0]), float(numbers[-1])
            low = first if form != "high" else float("-inf")
            high = last if form != "low" else float("inf")
            if low <= high:
                yield Range(low, high, frozenset(numbers))
        text = pattern.sub(lambda match: " " * len(match.group()), text)


def amounts(question: str) -> tuple[float, ...]:
    """The sums of money and percentages that a question asks about."""
    text = unicodedata.normalize("NFKC", question)
    return tuple(float(quantities.plain(a or b)) for a, b in _MEASURED.findall(text))


def outside(question: str, statement: str, place: str) -> bool:
    """Whether what stands at this place is a rule for other amounts than the one that the question asks about. A bound
    that the statement itself gives as its answer is none."""
    asked = amounts(question)
    said = quantities.numbers(statement) - quantities.numbers(question)
    rules = [one for one in ranges(place) if not one.numbers & said]
    return bool(asked and rules) and not any(one.low <= amount <= one.high for one in rules for amount in asked)
