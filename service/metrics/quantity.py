"""Numbers with their units, and dates, as an answer and a reference give them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from service.answer import dates
from service.metrics.normal import is_cjk, normal

TOLERANCE = 0.01
"""How far two rounded numbers may lie apart, relative to the reference."""

_NUMBER = re.compile(
    r"(?<![a-z0-9_.])(?P<sign>[$£€¥]|us\$|nt\$)?\s?(?P<minus>-)?(?P<digits>\d+(?:\.\d+)?)(?P<percent>%)?"
    r"(?:\s?(?P<scale>thousand|million|billion|萬|億))?(?P<after>\s?[\u3400-\u9fff]{1,2}|(?:[ -]?[a-z]+){0,2})"
)
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "萬": 1e4, "億": 1e8}
_UNITS = {
    "second": "second sec s 秒",
    "minute": "minute min 分鐘 分",
    "hour": "hour hr h 小時 時",
    "day": "day 日 天",
    "week": "week 週 星期",
    "month": "month 月 個月",
    "year": "year yr 年 歲",
    "$": "dollar usd 美元",
    "£": "pound gbp 英鎊",
    "€": "euro eur 歐元",
    "¥": "yen jpy 日圓",
    "元": "元 twd ntd 新台幣",
    "%": "percent 百分比",
    "kg": "kg kilogram kilo 公斤",
    "g": "g gram 公克",
    "km": "km kilometre kilometer 公里",
    "m": "m metre meter 公尺",
    "cm": "cm 公分",
    "mm": "mm 公釐",
    "mb": "mb 百萬位元組",
    "gb": "gb",
}
_UNIT_OF = {name: unit for unit, names in _UNITS.items() for name in names.split()}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number; `unit` is "" where none that is known stands with it. `rounded`: written with a fraction or a scale."""

    value: float
    unit: str
    rounded: bool


@dataclass(frozen=True, slots=True)
class Quantities:
    numbers: tuple[Quantity, ...]
    dates: frozenset[dates.Date]

    def __bool__(self) -> bool:
        return bool(self.numbers or self.dates)


@lru_cache(maxsize=2048)
def quantities(text: str) -> Quantities:
    """Every date and number of a text; the numbers of a date are not numbers of their own."""
    found = [dates.read(match)[0] for match in dates.PATTERN.finditer(text)]
    rest = normal(dates.PATTERN.sub(" ; ", text))
    return Quantities(tuple(map(_read, _NUMBER.finditer(rest))), frozenset(found))


def _read(match: re.Match[str]) -> Quantity:
    sign = (match["sign"] or "").removeprefix("us").removeprefix("nt")
    unit = sign or ("%" if match["percent"] else _unit(match["after"]))
    value = float(match["digits"]) * _SCALES.get(match["scale"] or "", 1.0)
    return Quantity(-value if match["minus"] else value, unit, "." in match["digits"] or bool(match["scale"]))


def _unit(after: str) -> str:
    """The unit in the next two words ("30 calendar days") or characters ("2個月")."""
    bare = after.strip().removeprefix("個")
    names = [bare, bare[:1]] if is_cjk(after) else after.split()
    for name in names:
        for form in (name.strip("-"), name.strip("-").removesuffix("s")):
            if form in _UNIT_OF:
                return _UNIT_OF[form]
    return ""


def hold(said: Quantities, wanted: Quantities) -> bool:
    """Whether all that is wanted is said.

    Dates: every part that is wanted. Numbers: of the same unit, where both have one; equal within 1 % where both are
    rounded (a fraction, or a word like million), else exactly: of whole counts, amounts and identifiers no other will
    do. What is wanted must not be empty.
    """
    return (
        bool(wanted)
        and all(any(dates.agrees(date, other) for other in said.dates) for date in wanted.dates)
        and all(any(_same(one, number) for one in said.numbers) for number in wanted.numbers)
    )


def _same(said: Quantity, wanted: Quantity) -> bool:
    if said.unit and wanted.unit and said.unit != wanted.unit:
        return False
    room = TOLERANCE * abs(wanted.value) if said.rounded and wanted.rounded else 1e-9
    return abs(said.value - wanted.value) <= room


def mostly_numbers(text: str) -> bool:
    """Whether a reference says little beside its quantities: at most two other words, or two Chinese characters."""
    if not quantities(text):
        return False
    rest = _NUMBER.sub(lambda match: _without_unit(match["after"]), normal(dates.PATTERN.sub(" ", text)))
    return len(re.findall(r"[\u3400-\u9fff]|[a-z]+", rest)) <= 2


def _without_unit(after: str) -> str:
    return " " if is_cjk(after) and _unit(after) else " ".join(word for word in after.split() if not _unit(word))
