"""The exact things a sentence asserts (numbers, dates, addresses, codes, names), in one spelling each, to compare."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from ingest.lexical import tokens
from service.answer import dates, quantities, tables

_ADDRESS = re.compile(
    r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+|(?:https?://|www\.)[^\s<>()\[\]\"'，。；）]+", re.IGNORECASE | re.ASCII
)
# A code holds letters and digits (SKU-4563, 1C4RJFBG2NC123456); a telephone number three or more groups of digits.
_CODE = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Za-z0-9-]*[A-Za-z])(?=[A-Za-z0-9-]*\d)[A-Za-z0-9]+(?:[-_/][A-Za-z0-9]+)*(?![A-Za-z0-9])"
    r"|(?<![\d.,])\+?\d{1,4}[-. ]?\(?\d{2,4}\)?(?:[-. ]\d{2,4}){1,3}(?![\d.,]\d)"
)
_COUNTED = re.compile(
    r"(\d+)-?(?:st|nd|rd|th|k|m|am|pm|h|min|kg|g|cm|mm|km|mb|gb|hr|hrs|d|x|s|day|week|month|year|hour|minute)", re.I
)
_MARKER = re.compile(r"\[\d{1,3}\]")
_ENUMERATOR = re.compile(r"^\s*(?:\d{1,2}[.)]|[-*•])\s+", re.MULTILINE)
_SCALES = ((9, "billion"), (6, "million"), (3, "thousand"))
_LONG_NUMBER = re.compile(r"\d{4,}")
_LONE_ONE = re.compile(r"(?<![\d.,])1(?![\d.,])")
_NAME = re.compile(r"(?<![\w@.-])[A-Z][A-Za-z0-9À-ɏ'’&-]*[A-Za-z0-9À-ɏ]")
_SENTENCE_START = re.compile(r"(?:^|[.!?:]|\n|[\"“(*])\s*$")
_NO_NAMES = frozenset(("Yes", "No", "The", "An", "In", "On", "At", "For", "If", "It", "Its", "This", "That", "These"))


@dataclass(frozen=True, slots=True)
class Facts:
    """What a sentence asserts.

    `numbers` and `names` are search tokens and words, `measured` as in `quantities.measured`, `addresses` lower case,
    `codes` letters and digits only. `rest` is the sentence without dates, addresses and codes.
    """

    numbers: frozenset[str] = frozenset()
    measured: frozenset[str] = frozenset()
    dates: frozenset[dates.Date] = frozenset()
    addresses: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()
    rest: str = ""

    @property
    def any(self) -> bool:
        """Whether there is anything exact in it."""
        return bool(self.numbers or self.measured or self.dates or self.addresses or self.codes or self.names)


@lru_cache(maxsize=512)
def asserted(text: str) -> Facts:
    """What this sentence would have the reader believe. Markers, list numbers and the word "one" assert nothing."""
    text = _ENUMERATOR.sub("", _MARKER.sub("", unicodedata.normalize("NFKC", text)))
    addresses = frozenset(address.lower().rstrip(".,;:") for address in _ADDRESS.findall(text))
    text = _ADDRESS.sub(" ", text)
    said = frozenset(dates.read(match)[0] for match in dates.PATTERN.finditer(text))
    text = dates.PATTERN.sub(" ", text)
    codes = [match.group() for match in _CODE.finditer(text) if not _COUNTED.fullmatch(match.group())]
    for code in codes:
        text = text.replace(code, " ")
    numbers = quantities.numbers(text) | {match[1] for match in _COUNTED.finditer(text)}
    return Facts(
        numbers=frozenset(numbers if _LONE_ONE.search(text) else numbers - {"1"}),
        measured=quantities.measured(text),
        dates=said,
        addresses=addresses,
        codes=frozenset(_squashed(code) for code in codes),
        names=_names(text),
        rest=text,
    )


def absent(
    said: Facts,
    text: str,
    words: frozenset[str],
    granted: frozenset[str],
    *,
    small_numbers: bool = True,
    whole: bool = True,
) -> tuple[str, ...]:
    """Which of the facts stand neither in `text` (whose search tokens are `words`) nor among the granted tokens.

    `small_numbers` of one or two digits can be left out: in a question they are often just words ("the two plans").
    A text that is not the `whole` of a passage need not say that its amounts are money: a table's header may.
    """
    lost = [
        number
        for number in sorted(said.numbers - granted)
        if (small_numbers or len(number) > 2) and not _has_number(number, text, words, granted)
    ]
    if said.measured:
        stands = quantities.measured(text) | tables.measured(text)
        lost += [
            one
            for one in sorted(said.measured)
            if not _granted(one, granted)
            and (
                quantities.measured_otherwise(one, stands)
                or (whole and one[0] in quantities.CURRENCIES and not quantities.speaks_of_money(text))
            )
        ]
    lost += [dates.spelled(date) for date in sorted(said.dates, key=str) if not _dated(date, text, granted)]
    lost += [address for address in sorted(said.addresses) if address not in _unspaced(text)]
    lost += [code for code in sorted(said.codes) if code not in _squashed_cached(text) and code not in granted]
    lost += [name for name in said.names if not set(tokens(name)) <= words | granted]
    return tuple(lost)


def _granted(measured: str, granted: frozenset[str]) -> bool:
    """Whether the question has it: as an amount of money where it is one, as £2,026 is not the year 2026."""
    unit, amount = measured.split()
    return measured in granted or (unit not in quantities.CURRENCIES and amount in granted)


def _has_number(number: str, text: str, words: frozenset[str], granted: frozenset[str]) -> bool:
    """Whether a text vouches for a number: plainly, as most do, or by all the ways of writing it. "5 million" may stand
    as 5 in a table whose caption, or whose question, says millions."""
    for zeros, scale in _SCALES:
        if number.endswith("0" * zeros) and number[:-zeros] in words and scale in words | granted:
            return True
    if number in words and not any(number in match.group() for match in _CODE.finditer(text)):
        return True
    return number in _numbers_in(text)


@lru_cache(maxsize=512)
def _numbers_in(text: str) -> frozenset[str]:
    """Every number a text can vouch for, those in dates and in words included; of the digits inside codes only
    runs of four and more (HX-4410 vouches for 4410)."""
    text = unicodedata.normalize("NFKC", text)
    dated = {str(part) for date in dates.found(text) for part in date if part is not None}
    counted = {match[1] for match in _COUNTED.finditer(text)}
    bare = _CODE.sub(lambda match: match.group() if dates.PATTERN.fullmatch(match.group()) else " ", text)
    inside = {digits for match in _CODE.finditer(text) for digits in _LONG_NUMBER.findall(match.group())}
    return frozenset(quantities.numbers(bare) | dated | counted | inside)


def _dated(date: dates.Date, text: str, granted: frozenset[str]) -> bool:
    if any(dates.agrees(date, other) for other in dates.found(text)):
        return True
    return all(part is None or str(part) in granted for part in (date[0], date[2]))


@lru_cache(maxsize=512)
def _squashed_cached(text: str) -> str:
    return _squashed(unicodedata.normalize("NFKC", text))


def _squashed(text: str) -> str:
    """Letters and digits only, lower case: codes are found in it whatever separators or line ends break them."""
    return "".join(character for character in text.lower() if character.isalnum())


@lru_cache(maxsize=512)
def _unspaced(text: str) -> str:
    """Lower case without white space: addresses are found in it."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def _names(text: str) -> tuple[str, ...]:
    """Words with a capital that are not so written only because a sentence begins."""
    found: list[str] = []
    for match in _NAME.finditer(text):
        word = match.group()
        if word in _NO_NAMES or word.lower() in dates.MONTHS:
            continue
        if _SENTENCE_START.search(text[: match.start()]) and not word.isupper():
            continue
        found.append(word)
    return tuple(dict.fromkeys(found))
