"""Questions for the one that has the most or the least: a table's row answers them only if it is that one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ingest.lexical import tokens
from service.answer import properties
from service.answer.rows import Row

_MOST = "most|highest|largest|biggest|longest|heaviest|dearest|fastest|latest|greatest|tallest|deepest|widest|hottest"
_LEAST = "least|fewest|lowest|smallest|shortest|lightest|cheapest|slowest|earliest|coldest|narrowest"
_OTHER = "oldest|newest|youngest|best|worst"
_ASKED = re.compile(
    rf"^\W*(?:which|who|whose|what) .*?(?<!at )(?<!at the )\b(?:({_MOST})|({_LEAST})|{_OTHER})\b|"
    "哪.{0,12}最(?:([多高大長重貴快晚深寬])|([少低小短輕便慢早淺窄]))",
    re.IGNORECASE | re.DOTALL,
)
_THE_LIMIT = re.compile(r"^\W*what (?:is|are|was|were) the\b", re.IGNORECASE)
_SAYS = re.compile(
    rf"\b(?:{_MOST}|{_LEAST}|{_OTHER}|top|maximum|minimum|max|min|only|first|last|\w+est)\b|最|唯一", re.I
)
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


def direction(question: str) -> int | None:
    """1 for the most, -1 for the least, 0 where that is not told; None when no such thing is asked for."""
    match = _ASKED.search(question)
    if match is None or _THE_LIMIT.search(question):
        return None
    most, least = match[1] or match[3], match[2] or match[4]
    return 1 if most else -1 if least else 0


def says(text: str) -> bool:
    """Whether a text says itself that something is the most or the least of its kind."""
    return bool(_SAYS.search(text))


def is_extreme(row: Row, table: Sequence[Row], question: str, asked: Mapping[str, float]) -> bool | None:
    """Whether this row has the most (or least) of what is asked among the rows of its table that are seen; None where
    no column of numbers can be told."""
    wanted = direction(question)
    rows = [one for one in table if one.header == row.header]
    column = _column(row.header, question, asked)
    if column is None or not wanted:
        return None
    seen = [number for one in rows if (number := _number(one, column)) is not None]
    mine = _number(row, column)
    if mine is None or len(seen) < 2:
        return None
    return mine == (max(seen) if wanted > 0 else min(seen))


def _column(header: Sequence[str], question: str, asked: Mapping[str, float]) -> int | None:
    wanted = properties.wanted(question)
    shares = [
        sum(asked.get(word, 0.0) for word in set(tokens(name))) + (0.5 if properties.names_any(name, wanted) else 0.0)
        for name in header
    ]
    best = max(range(1, len(shares)), key=shares.__getitem__, default=None)
    return best if best is not None and shares[best] > 0 else None


def _number(row: Row, column: int) -> float | None:
    match = _NUMBER.search(row.cells[column]) if column < len(row.cells) else None
    return float(match.group().replace(",", "")) if match else None
