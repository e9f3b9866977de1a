"""Dates as people write them, as (year, month, day)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_NAMES = "january february march april may june july august september october november december"
MONTHS = {name: at for at, name in enumerate(_NAMES.split(), 1)}
MONTHS |= {name[:3]: at for name, at in MONTHS.items()} | {"sept": 9}
_MONTH = "|".join("(?-i:May|MAY)" if name == "may" else name for name in sorted(MONTHS, key=len, reverse=True))
"""May with a capital: "staff of grade 4 may travel" names no day."""
PATTERN = re.compile(
    r"(?P<y1>\d{4})\s?[-/.年]\s?(?P<m1>\d{1,2})\s?[-/.月]\s?(?P<d1>\d{1,2})(?:\s?日)?(?!\d)"
    rf"|\b(?P<m2>{_MONTH})\b\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?:\s*,?\s+(?P<y2>\d{{4}})\b)?"
    rf"|\b(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<m3>{_MONTH})\b\.?(?:,?\s+(?P<y3>\d{{4}})\b)?"
    rf"|\b(?P<m4>{_MONTH})\b\.?\s+(?P<y4>\d{{4}})\b"
    r"|(?<![\d/])(?P<a5>\d{1,2})/(?P<b5>\d{1,2})/(?P<y5>\d{4})(?!\d)"
    r"|(?P<m6>\d{1,2})\s?月\s?(?P<d6>\d{1,2})\s?日",
    re.IGNORECASE,
)

YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
"""What reads like a year of this century or the last."""

Date = tuple[int | None, int, int | None]
"""Year, month, day; what is not said is None."""


def read(match: re.Match[str]) -> list[Date]:
    """What a match of `PATTERN` can mean: one date, or two for 3/5/2023."""
    part = {key: value for key, value in match.groupdict().items() if value is not None}
    if "a5" in part:
        first, second, year = int(part["a5"]), int(part["b5"]), int(part["y5"])
        both: list[Date] = [(year, first, second), (year, second, first)]
        return [date for date in both if date[1] <= 12] or both[:1]
    form = next(iter(part))[1]
    month = part[f"m{form}"].lower()
    year_text, day_text = part.get(f"y{form}"), part.get(f"d{form}")
    number = int(month) if month.isdigit() else MONTHS[month]
    return [(int(year_text) if year_text else None, number, int(day_text) if day_text else None)]


@lru_cache(maxsize=512)
def found(text: str) -> frozenset[Date]:
    """Every date that stands in a text, in every reading."""
    normal = unicodedata.normalize("NFKC", text)
    return frozenset(date for match in PATTERN.finditer(normal) for date in read(match))


def agrees(said: Date, stands: Date) -> bool:
    """True when every part that is said stands there too."""
    return all(part is None or part == other for part, other in zip(said, stands, strict=True))


def spelled(date: Date) -> str:
    """2023-03-05, 2023-03 or 03-05."""
    year, month, day = date
    return "-".join(part for part in (str(year or ""), f"{month:02d}", f"{day:02d}" if day else "") if part)
