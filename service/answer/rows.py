"""Rows of a table: a value belongs to its row's first cell and to its column's header, and to nothing else."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ingest.formats import BY_EXTENSION, extension
from ingest.lexical import tokens
from service.answer import facts
from service.answer.tables import RULE, cells, told_row
from service.answer.terms import content
from service.types import Passage

_NUMBER = re.compile(r"[\d.,\s]+")
_SEPARATED = ("csv", "tsv")  # formats that are lines of comma-separated values, however they were separated
_QUOTED_OR_COMMA = re.compile(r'"(?:[^"]|"")*"|,')
_LEAST = 3  # columns of a file of comma-separated values, else its commas may be anything


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells, its table's header ("" for a column without one), and its characters in the text."""

    cells: tuple[str, ...]
    header: tuple[str, ...]
    start: int
    end: int

    @property
    def key(self) -> frozenset[str]:
        """The content tokens of what the row is about: its first cell."""
        return frozenset(content(self.cells[0])) if self.cells else frozenset()


@lru_cache(maxsize=512)
def within(text: str, *, separated: bool = False) -> tuple[Row, ...]:
    """The rows of all tables with a header in a text: Markdown's, or the lines of a `separated` file's part that
    begins with its header."""
    return tuple(_separated(text) if separated else _ruled(text))


def under(header: str, text: str, *, separated: bool = False) -> tuple[Row, ...]:
    """`within`, for a text whose first table has its header elsewhere; the rows' characters are those of the text."""
    above = f"{header}\n" if header else ""
    found = within(above + text, separated=separated)
    if not above:
        return found
    shift = len(above)
    return tuple(replace(row, start=row.start - shift, end=row.end - shift) for row in found if row.start >= shift)


def separated(passage: Passage) -> bool:
    """Whether its lines are a separated file's under a known header: its own first line, or the passage's header."""
    format = BY_EXTENSION.get(extension(passage.name))
    return format is not None and format.key in _SEPARATED and bool(passage.header or not passage.start)


def parted(text: str) -> str:
    """The lines of a separated file with a semicolon for each comma between cells: C-09,36 is no number."""
    return _QUOTED_OR_COMMA.sub(lambda match: ";" if match.group() == "," else match.group(), text)


def told(passage: Passage, text: str) -> str:
    """Lines of a separated file's passage, each told as a row of a Markdown table is (`tables.told`)."""
    known = under(passage.header, passage.text, separated=True)
    if not known:
        return f"{passage.header}\n{text}" if passage.header else text
    out: list[str] = []
    for line in text.split("\n"):
        row = tuple(cell.strip() for cell in next(csv.reader([line]), []))
        if len(row) != len(known[0].header):
            out.append(line)
        elif row != known[0].header:
            out.append(told_row(known[0].header, row))
    return "\n".join(out)


def _ruled(text: str) -> Sequence[Row]:
    found: list[Row] = []
    header: tuple[str, ...] = ()
    before, at = "", 0
    for line in text.splitlines(keepends=True):
        if not line.lstrip().startswith("|"):
            header = ()
        elif RULE.match(line.rstrip("\n")):
            header = tuple(cells(before))
            found = [row for row in found if row.end != at]
        else:
            found.append(Row(tuple(cells(line)), header, at, at + len(line)))
        before, at = line, at + len(line)
    return [row for row in found if row.header]


def _separated(text: str) -> Sequence[Row]:
    lines = text.splitlines(keepends=True)
    parsed = [next(csv.reader([line]), []) for line in lines]
    header = tuple(cell.strip() for cell in parsed[0]) if parsed else ()
    if len(header) < _LEAST or any(_NUMBER.fullmatch(cell) for cell in header):
        return []
    found: list[Row] = []
    at = 0
    for line, one in zip(lines, parsed, strict=True):
        if at and len(one) == len(header):
            found.append(Row(tuple(cell.strip() for cell in one), header, at, at + len(line)))
        at += len(line)
    return found


@dataclass(frozen=True, slots=True)
class Value:
    """What of a statement stands in a row beside its key: the cells' headers, and whether each is a bare number."""

    headers: frozenset[str]
    header: str
    bare: bool


def value(row: Row, statement: str, question: str) -> Value | None:
    """The cells that bear what the statement says beyond the question; None when the first alone does, or none."""
    found = bearing(row, statement, question)
    if not found:
        return None
    said = " ".join(header for header, _ in found)
    return Value(frozenset(tokens(said)), said, all(bare(cell) for _, cell in found))


def bearing(row: Row, statement: str, question: str) -> list[tuple[str, str]]:
    """The cells beside the first, each with its header, that bear what the statement says beyond the question."""
    exact = _exact(statement) - _exact(question)
    words = frozenset(content(statement)) - frozenset(tokens(question)) - row.key  # an address may have the name again
    cells = [(header, cell) for header, cell in zip(row.header[1:], row.cells[1:], strict=False) if cell]
    if not exact:
        return [(header, cell) for header, cell in cells if words & frozenset(tokens(cell))]
    shared = [exact & _exact(cell) for _, cell in cells]
    # each fact in the cell that has most of them: 10:45 shares its ten with 10:00
    most = {fact: max(len(one) for one in shared if fact in one) for fact in frozenset[str]().union(*shared)}
    return [cell for cell, one in zip(cells, shared, strict=True) if any(len(one) == most[fact] for fact in one)]


def bare(cell: str) -> bool:
    """Whether a cell has a number and nothing else."""
    return bool(_NUMBER.fullmatch(cell))


def of_another(row: Row, rows: Sequence[Row], statement: str, question: str) -> bool:
    """Whether the question names another row of the table than this one, and the statement does not name this one:
    the telephone number of the next line is nobody's answer."""
    asked, said = frozenset(tokens(question)), frozenset(tokens(statement))
    if not row.key or row.key <= asked | said:
        return False
    return any(other.key and other.key <= asked for other in rows if other.header == row.header)


def of_others(rows: Sequence[Row], claim: str, question: str) -> bool:
    """Whether the question names one of these rows, and none that it names has every number of the claim."""
    asked = frozenset(tokens(question))
    named = [row for row in rows if row.key and row.key <= asked]
    numbers = facts.asserted(claim).numbers
    return bool(named and numbers) and not any(
        numbers <= frozenset[str]().union(*(facts.asserted(cell).numbers for cell in row.cells)) for row in named
    )


def fit(row: Row, asked: Mapping[str, float]) -> float:
    """How much of a question's weight stands in the row's cells and not already in their headers."""
    told = frozenset(tokens(" ".join(row.header)))
    there = frozenset(tokens(" ".join(row.cells))) - told
    return sum(weight for word, weight in asked.items() if word in there)


def rival(row: Row, table: Sequence[Row], asked: Mapping[str, float]) -> float:
    """By how much of a question's weight the best other row of the table is ahead of this one."""
    others = [fit(one, asked) for one in table if one.header == row.header and one.start != row.start]
    return max(others, default=0.0) - fit(row, asked)


def _exact(text: str) -> frozenset[str]:
    said = facts.asserted(text)
    return said.numbers | said.codes | said.addresses
