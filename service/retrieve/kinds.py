"""What kind of thing a question asks for (a number, a date, an address), and whether a chunk holds one at all."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMERALS = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelv|fifteen|twenti|thirti|forti|fifti|sixti|nineti|hundr|"
    "thousand|million|billion|half|twice|daili|weekli|month|annual"
)
_MONTHS = "januari|februari|march|april|june|juli|august|septemb|octob|novemb|decemb"
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"


@dataclass(frozen=True, slots=True)
class _Kind:
    asked: re.Pattern[str]
    """In the question, lower case."""
    held: re.Pattern[str]
    """In a chunk's tokens, between spaces: stems, numbers without thousands separators, Chinese numerals as digits."""


_KINDS = (
    _Kind(re.compile(r"\be-?mail\b|電子郵件|電郵|電子信箱|邮箱"), re.compile(r" \S+@\S+\.\S")),
    _Kind(
        re.compile(r"\b(?:phone|telephone|fax|hotline|(?:service|contact|support) number)\b|電話|專線|傳真|电话"),
        re.compile(r" \+?\d[\d.-]{6,} "),
    ),
    _Kind(re.compile(r"\b(?:web ?site|web address|url)\b|網址|網站|网址"), re.compile(r" (?:https?|www|com|org) ")),
    _Kind(
        re.compile(r"\bwhen\b|\b(?:what|which) (?:date|day|month|year)\b|何時|什麼時候|哪一?年|哪一?天|幾號|日期"),
        re.compile(rf" (?:1[5-9]\d\d|20\d\d|{_MONTHS}|{_DAYS}) | \d+[年月日] | \d+\w*  may | may  \d"),
    ),
)


_NUMBER = _Kind(
    re.compile(
        r"\bhow (?:many|much|long|old|often|far|big|large|tall|high|late|early)\b|多少|幾|多久|多長|多大|多高|几"
        r"|\b(?:number|amount|percentage|price|cost|age|limit|maximum|minimum|total|rate|fee|deductible)\b"
    ),
    re.compile(rf" [$€£¥]?\d\S* | (?:{_NUMERALS}) "),
)


def asked(query: str) -> tuple[re.Pattern[str], ...]:
    """The patterns of which a chunk that answers holds one; none when the question asks for no such thing.

    "How many" and the like ask for any number, unless something more special is asked for: a date, a phone number.
    """
    query = query.lower()
    special = tuple(kind.held for kind in _KINDS if kind.asked.search(query))
    return special or ((_NUMBER.held,) if _NUMBER.asked.search(query) else ())


def holds(words: str, patterns: tuple[re.Pattern[str], ...]) -> float:
    """The share of the patterns found in a chunk's tokens: 0..1; 0 when there are none."""
    return sum(1 for pattern in patterns if pattern.search(words)) / len(patterns) if patterns else 0.0
