"""The exact things a sentence asserts (numbers, dates, addresses, codes, names), in one spelling each, to compare."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from ingest.lexical import tokens

_MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ],
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(_MONTHS)
_DATE = re.compile(
    rf"(?P<y1>\d{{4}})\s?[-/.年]\s?(?P<m1>\d{{1,2}})\s?[-/.月]\s?(?P<d1>\d{{1,2}})(?:\s?日)?(?!\d)"
    rf"|\b(?P<m2>{_MONTH})\b\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?:\s*,?\s+(?P<y2>\d{{4}})\b)?"
    rf"|\b(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<m3>{_MONTH})\b\.?(?:,?\s+(?P<y3>\d{{4}})\b)?"
    rf"|\b(?P<m4>{_MONTH})\b\.?\s+(?P<y4>\d{{4}})\b"
    r"|(?<![\d/])(?P<a5>\d{1,2})/(?P<b5>\d{1,2})/(?P<y5>\d{4})(?!\d)"
    r"|(?P<m6>\d{1,2})\s?月\s?(?P<d6>\d{1,2})\s?日",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+|(?:https?://|www\.)[^\s<>()\[\]\"'，。；）]+", re.IGNORECASE | re.ASCII
)
# A code holds letters and digits (SKU-4563, 1C4RJFBG2NC123456); a telephone number three or more groups of digits.
_CODE = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Za-z0-9-]*[A-Za-z])(?=[A-Za-z0-9-]*\d)[A-Za-z0-9]+(?:[-_/][A-Za-z0-9]+)*(?![A-Za-z0-9])"
    r"|(?<!\d)\+?\d{1,4}[-. ]?\(?\d{2,4}\)?(?:[-. ]\d{2,4}){1,3}(?!\d)"
)
_COUNTED = re.compile(r"\d+(?:st|nd|rd|th|k|m|am|pm|h|min|kg|g|cm|mm|km|mb|gb|hr|hrs|d|x|s)", re.IGNORECASE)
_NUMBER_WORDS = {
    word: str(value)
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
} | {
    word: str(10 * value)
    for value, word in enumerate(["thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 3)
}
_WORD = re.compile(r"[A-Za-z]+")
_SCALED = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(thousand|million|billion)\b", re.IGNORECASE)
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_MONEY = re.compile(r"([$€£¥])\s?(\d[\d,]*(?:\.\d+)?)")
_DOLLARS = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(?:US )?(?:dollars?|USD)\b", re.IGNORECASE)
_PERCENT = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(?:%|percent|per cent)", re.IGNORECASE)
_MARKER = re.compile(r"\[\d{1,3}\]")
_ENUMERATOR = re.compile(r"^\s*(?:\d{1,2}[.)]|[-*•])\s+", re.MULTILINE)
_NAME = re.compile(r"(?<![\w@.-])[A-Z][A-Za-z0-9À-ɏ'’&-]*[A-Za-z0-9À-ɏ]")
_SENTENCE_START = re.compile(r"(?:^|[.!?:]\s+|\n\s*|[\"“(*])$")
_NO_NAMES = frozenset(
    [
        "I",
        "Yes",
        "No",
        "The",
        "A",
        "An",
        "In",
        "On",
        "At",
        "For",
        "If",
        "It",
        "Its",
        "This",
        "That",
        "These",
        "Those",
        "However",
        "Therefore",
        "According",
    ]
)

Date = tuple[int | None, int, int | None]
"""Year, month, day; what is not said is None."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a sentence asserts.

    `numbers` and `names` are search tokens, `marked` the numbers with a currency or per cent sign ("$12"), `addresses`
    lower case, `codes` letters and digits only.
    """

    numbers: frozenset[str] = frozenset()
    marked: frozenset[str] = frozenset()
    dates: frozenset[Date] = frozenset()
    addresses: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()


def asserted(text: str) -> Facts:
    """What this sentence would have the reader believe. Markers, list numbers and the word "one" assert nothing."""
    text = _ENUMERATOR.sub("", _MARKER.sub("", unicodedata.normalize("NFKC", text)))
    text, addresses = _taken(text, _ADDRESS)
    dates: set[Date] = set()
    for match in _DATE.finditer(text):
        dates.update(_dates(match)[:1])
    text = _DATE.sub(" ", text)
    codes = {found for found in (match.group() for match in _CODE.finditer(text)) if not _COUNTED.fullmatch(found)}
    for code in codes:
        text = text.replace(code, " ")
    return Facts(
        numbers=frozenset(_numbers(text) - {"1"})
        | ({"1"} if re.search(r"(?<![\d.])1(?![\d.])", text) else frozenset()),
        marked=_marked(text),
        dates=frozenset(dates),
        addresses=frozenset(address.lower().rstrip(".,;:") for address in addresses),
        codes=frozenset(_squashed(code) for code in codes),
        names=_names(text),
    )


@lru_cache(maxsize=512)
def vouched_numbers(text: str) -> frozenset[str]:
    """Every number a text can vouch for, those in dates and in words included; not the digits inside codes."""
    text = unicodedata.normalize("NFKC", text)
    without = _CODE.sub(lambda match: match.group() if _DATE.fullmatch(match.group()) else " ", text)
    found = _numbers(without) | {str(part) for date in vouched_dates(text) for part in date if part is not None}
    return frozenset(found | {_COUNTED_DIGITS.match(m.group()).group() for m in _COUNTED.finditer(text)})  # type: ignore[union-attr]


@lru_cache(maxsize=512)
def vouched_dates(text: str) -> frozenset[Date]:
    """Every date a text can vouch for; 3/5/2023 can be read both ways."""
    text = unicodedata.normalize("NFKC", text)
    return frozenset(date for match in _DATE.finditer(text) for date in _dates(match))


@lru_cache(maxsize=512)
def squashed(text: str) -> str:
    """Letters and digits only, lower case: codes are found in it whatever separators or line ends break them."""
    return _squashed(unicodedata.normalize("NFKC", text))


@lru_cache(maxsize=512)
def unspaced(text: str) -> str:
    """Lower case without white space: addresses are found in it."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def same_date(said: Date, stands: Date) -> bool:
    """True when every part that is said stands there too."""
    return all(part is None or part == other for part, other in zip(said, stands, strict=True))


_COUNTED_DIGITS = re.compile(r"\d+")


def _taken(text: str, pattern: re.Pattern[str]) -> tuple[str, list[str]]:
    return pattern.sub(" ", text), pattern.findall(text)


def _dates(match: re.Match[str]) -> list[Date]:
    part = {key: value for key, value in match.groupdict().items() if value is not None}
    if "a5" in part:
        first, second, year = int(part["a5"]), int(part["b5"]), int(part["y5"])
        both: list[Date] = [(year, first, second), (year, second, first)]
        return [date for date in both if date[1] <= 12] or both[:1]
    form = next(iter(part))[1]
    month = part[f"m{form}"].lower()
    year_text, day_text = part.get(f"y{form}"), part.get(f"d{form}")
    return [
        (
            int(year_text) if year_text else None,
            int(month) if month.isdigit() else _MONTHS[month],
            int(day_text) if day_text else None,
        )
    ]


def _numbers(text: str) -> set[str]:
    found = {token for token in tokens(text) if token[0].isdigit() and token.replace(".", "", 1).isdigit()}
    found |= {_NUMBER_WORDS[word] for word in _WORD.findall(text.lower()) if word in _NUMBER_WORDS}
    for digits, scale in _SCALED.findall(text):
        found.discard(_plain(digits))
        found.add(f"{float(digits.replace(',', '')) * _SCALES[scale.lower()]:.0f}")
    return {_trimmed(number) for number in found}


def _marked(text: str) -> frozenset[str]:
    """Amounts of money and percentages, in one spelling: $12, 20%."""
    found = {f"{sign}{_plain(digits)}" for sign, digits in _MONEY.findall(text) if not digits.startswith(",")}
    found |= {f"${_plain(digits)}" for digits in _DOLLARS.findall(text)}
    return frozenset(found | {f"{_plain(digits)}%" for digits in _PERCENT.findall(text)})


@lru_cache(maxsize=512)
def vouched_marks(text: str) -> frozenset[str]:
    """Every amount of money and percentage a text can vouch for."""
    return _marked(unicodedata.normalize("NFKC", text))


def _mark_missing(mark: str, marks: frozenset[str]) -> bool:
    """Whether a text that marks such amounts has other ones only; one that marks none is taken by its bare numbers."""
    sign = mark[-1] if mark.endswith("%") else mark[0]
    return mark not in marks and any(sign in other for other in marks)


def _plain(digits: str) -> str:
    return _trimmed(digits.replace(",", ""))


def _trimmed(number: str) -> str:
    whole, _, fraction = number.partition(".")
    fraction = fraction.rstrip("0")
    whole = whole.lstrip("0") or "0"
    return f"{whole}.{fraction}" if fraction else whole


def _squashed(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())


def _names(text: str) -> tuple[str, ...]:
    found: list[str] = []
    for match in _NAME.finditer(text):
        word = match.group()
        if word in _NO_NAMES or word.lower() in _MONTHS:
            continue
        starts = _SENTENCE_START.search(text[: match.start()].rstrip(" ")) or not text[: match.start()].strip()
        if starts and not word.isupper():
            continue  # any word is written so there; the share of content words judges it
        found.append(word)
    return tuple(dict.fromkeys(found))


def absent(
    said: Facts, text: str, words: frozenset[str], granted: frozenset[str], *, small_numbers: bool = True
) -> tuple[str, ...]:
    """Which of the facts stand neither in `text` (whose search tokens are `words`) nor among the granted tokens.

    `small_numbers` of one or two digits can be left out: in a question they are often just words ("the two plans").
    """
    numbers = vouched_numbers(text)
    dates = vouched_dates(text)
    lost = [
        number
        for number in sorted(said.numbers)
        if number not in numbers and number not in granted and (small_numbers or len(number) > 2)
    ]
    marks = vouched_marks(text)
    lost += [mark for mark in sorted(said.marked) if mark not in granted and _mark_missing(mark, marks)]
    lost += [_spelled(date) for date in sorted(said.dates, key=str) if not _dated(date, dates, granted)]
    lost += [address for address in sorted(said.addresses) if address not in unspaced(text)]
    lost += [code for code in sorted(said.codes) if code not in squashed(text) and code not in granted]
    lost += [name for name in said.names if not set(tokens(name)) <= words | granted]
    return tuple(lost)


def _dated(date: Date, dates: frozenset[Date], granted: frozenset[str]) -> bool:
    if any(same_date(date, other) for other in dates):
        return True
    return all(part is None or str(part) in granted for part in (date[0], date[2]))


def _spelled(date: Date) -> str:
    year, month, day = date
    return "-".join(part for part in (str(year or ""), f"{month:02d}", f"{day:02d}" if day else "") if part)
