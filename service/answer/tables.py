"""Markdown tables told row by row: a small model reads "Sales: 12553" where it would lose count of the columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from service.answer.quantities import plain

RULE = re.compile(r"\s*\|(?:\s*:?-{2,}:?\s*\|)+\s*$")
_CELL = re.compile(r"(?<!\\)\|")
_UNITS = (
    (re.compile(r"\b(second|minute|hour|day|week|month|year)s?\b", re.IGNORECASE), None),
    (re.compile(r"%|\bper ?cent", re.IGNORECASE), "%"),
    (re.compile(r"\$|\bUSD\b|\bdollars?\b", re.IGNORECASE), "$"),
    (re.compile(r"£|\bGBP\b|\bpounds?\b", re.IGNORECASE), "£"),
    (re.compile(r"€|\bEUR\b|\beuros?\b", re.IGNORECASE), "€"),
)
_AMOUNT = re.compile(r"[$£€]?\s?(\d[\d,]*(?:\.\d+)?)\s?%?")


@lru_cache(maxsize=512)
def measured(text: str) -> frozenset[str]:
    """What the cells of a text's tables measure by their column's header: 27 under "Days of leave" is "day 27".

    In the terms of `quantities.measured`.
    """
    found = set()
    for header, cell in _columns(text):
        amount = _AMOUNT.fullmatch(cell)
        for pattern, sign in _UNITS if amount else ():
            found |= {f"{sign or unit.lower()} {plain(amount[1])}" for unit in pattern.findall(header)}  # type: ignore[index]
    return frozenset(found)


def _columns(text: str) -> Iterator[tuple[str, str]]:
    """Each cell with its column's header."""
    lines = text.split("\n")
    header: list[str] = []
    for at, line in enumerate(lines):
        if not line.lstrip().startswith("|"):
            header = []
        elif at + 1 < len(lines) and RULE.match(lines[at + 1]):
            header = cells(line)
        elif not RULE.match(line):
            yield from zip(header, cells(line), strict=False)


def told(text: str) -> str:
    """The text with each row of a table that has a header written as "first cell: header = cell; header = cell"."""
    lines = text.split("\n")
    out: list[str] = []
    header: list[str] = []
    for at, line in enumerate(lines):
        if RULE.match(line):
            continue
        if not line.lstrip().startswith("|"):
            header = header if line.strip() in ("", "…") else []
            out.append(line)
        elif at + 1 < len(lines) and RULE.match(lines[at + 1]):
            header = cells(line)
        elif header:
            out.append(told_row(header, cells(line)))
        else:
            out.append(line)
    return "\n".join(out)


def headed(lines: str) -> bool:
    """Whether these lines end with a Markdown table's header row and its rule: what follows are its rows."""
    return "\n" in lines and bool(RULE.match(lines.rsplit("\n", 1)[-1]))


def cells(line: str) -> list[str]:
    """The cells of a row of a Markdown table."""
    return [cell.replace("\\|", "|").strip() for cell in _CELL.split(line.strip().removeprefix("|").removesuffix("|"))]


def told_row(header: Sequence[str], row: Sequence[str]) -> str:
    """One row as `told` tells it."""
    named = [f"{name} = {cell}" if name else cell for name, cell in zip(header[1:], row[1:], strict=False) if cell]
    first = f"{header[0]} {row[0]}".strip()
    return f"- {first}: {'; '.join(named)}" if named else f"- {first}"
