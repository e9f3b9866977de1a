"""Excel workbooks: a sheet is a page, tables come out whole, titles and notes around them as text.

openpyxl and xlrd are read directly: unstructured cuts a table wherever a row or column is empty, which parts the
figures from their header.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

import openpyxl
import xlrd  # type: ignore[import-untyped]

from ingest.errors import DocumentRefused
from ingest.formats import BY_EXTENSION
from ingest.readers import archive
from ingest.readers.text import clean, language, table
from ingest.types import Block, ParsedDocument, ParseLimits

_MAX_CELLS = 5_000_000
_HEADER_ROWS = 3


def read(data: bytes, name: str, limits: ParseLimits) -> ParsedDocument:
    """Every visible cell of every sheet; a formula shows its last value, or itself when it never had one."""
    container = archive.check(data, name, BY_EXTENSION[".xlsx"], limits)
    try:
        formulas = any(
            b"<f>" in (part := container.read(member)) or b"<f " in part
            for member in container.namelist()
            if member.startswith("xl/worksheets/")
        )
        values = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        written = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False) if formulas else None
        sheets = []
        for sheet in values.worksheets:
            sheet.reset_dimensions()
            other = written[sheet.title] if written else None
            if other is not None:
                other.reset_dimensions()
            sheets.append((sheet.title, list(_rows(sheet, other))))
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, zipfile.BadZipFile) as error:
        raise archive.damaged("Excel") from error
    return _document(sheets)


def read_xls(data: bytes, name: str, limits: ParseLimits) -> ParsedDocument:
    """The same for the old binary format."""
    try:
        book = xlrd.open_workbook(file_contents=data)
    except (xlrd.XLRDError, xlrd.compdoc.CompDocError, AssertionError, IndexError, KeyError, ValueError) as error:
        if "encrypted" in str(error).lower():
            raise archive.encrypted("Excel") from error
        raise archive.damaged("Excel") from error
    sheets = []
    for sheet in book.sheets():
        rows = []
        for r in range(sheet.nrows):
            row = []
            for cell in sheet.row(r):
                value: Any = cell.value
                if cell.ctype == xlrd.XL_CELL_DATE:
                    value = xlrd.xldate_as_datetime(value, book.datemode)
                elif cell.ctype == xlrd.XL_CELL_BOOLEAN:
                    value = bool(value)
                row.append(_shown(value, ""))
            rows.append(row)
        sheets.append((sheet.name, rows))
    return _document(sheets)


def _rows(sheet: Any, written: Any) -> Iterator[list[str]]:
    cells = 0
    for row, formulas in _side_by_side(sheet, written):
        cells += len(row)
        if cells > _MAX_CELLS:
            raise DocumentRefused("too_large", f"A sheet has more than {_MAX_CELLS:,} cells.", "Split it into parts.")
        shown = [_shown(cell.value, getattr(cell, "number_format", "") or "") for cell in row]
        if formulas:
            for i, cell in enumerate(formulas[: len(shown)]):
                if not shown[i] and isinstance(cell.value, str) and cell.value.startswith("="):
                    shown[i] = clean(cell.value)
        yield shown


def _side_by_side(sheet: Any, written: Any) -> Iterator[tuple[Any, Any]]:
    if written is None:
        for row in sheet.iter_rows():
            yield row, ()
    else:
        yield from zip(sheet.iter_rows(), written.iter_rows(), strict=False)


def _shown(value: Any, number_format: str) -> str:
    """A cell as a person reads it: whole numbers without ".0", percentages as such, dates in ISO form."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        if "%" in number_format:
            return f"{value * 100:.10g}%"
        return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:.12g}"
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time(0) else value.isoformat(" ", "minutes")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return clean(str(value))


def _document(sheets: Iterable[tuple[str, list[list[str]]]]) -> ParsedDocument:
    made: list[Block] = []
    count = 0
    for count, (title, rows) in enumerate(sheets, 1):
        body = list(_regions(rows, count))
        if body:
            made.append(Block("heading", clean(title) or f"Sheet {count}", level=1, page=count))
            made.extend(body)
    text = "\n".join(block.text for block in made)
    warnings = () if made else ("The workbook holds no values.",)
    return ParsedDocument(tuple(made), pages=count or None, language=language(text), warnings=warnings)


def _regions(rows: list[list[str]], page: int) -> Iterator[Block]:
    """Tables and the text between them. An empty row alone does not end a table; a new header after figures does."""
    grid: list[list[str]] = []
    blank = False
    for i, row in enumerate(rows):
        filled = [cell for cell in row if cell]
        if not filled:
            blank = bool(grid) or blank
            continue
        following = next((r for r in rows[i + 1 : i + 3] if any(r)), [])
        lone = len(filled) == 1
        inside = grid and not blank and sum(map(bool, following)) > 1
        if lone and not inside:
            yield from _flushed(grid, page)
            grid = []
            yield Block("text", filled[0], page=page)
        else:
            if blank and grid and any(map(_figures, grid)) and not _figures(row) and not lone:
                yield from _flushed(grid, page)
                grid = []
            grid.append(row)
        blank = False
    yield from _flushed(grid, page)


def _flushed(grid: list[list[str]], page: int) -> Iterator[Block]:
    if not grid:
        return
    first, second = grid[0], grid[1] if len(grid) > 1 else []
    if sum(map(bool, first)) <= 2 and sum(map(bool, second)) >= 4 and not _figures(first) and not _figures(second):
        # A title over the whole table ("in millions", "January to June"), not a header of its columns.
        yield Block("text", " – ".join(cell for cell in first if cell), page=page)
        grid = grid[1:]
    if text := table(_one_header(grid)):
        yield Block("table", text, page=page)


def _one_header(grid: list[list[str]]) -> list[list[str]]:
    """Header rows set above one another become one, so that columns empty but for a spanning title can go."""
    depth = next((i for i, row in enumerate(grid[: _HEADER_ROWS + 1]) if _figures(row)), 0)
    body = grid[depth:] if depth > 1 else grid
    width = max(map(len, grid))
    if depth <= 1:
        return grid
    padded = [row + [""] * (width - len(row)) for row in grid[:depth]]
    used = [any(i < len(row) and row[i] for row in body) for i in range(width)]
    header = [""] * width
    for row in padded:
        for i, cell in enumerate(row):
            if cell:
                # A title over a column without figures belongs to the next column that has some.
                at = i if used[i] else next((j for j in range(i, width) if used[j]), i)
                header[at] = f"{header[at]} {cell}".strip()
    return [header, *body]


def _figures(row: list[str]) -> bool:
    return (
        sum(1 for cell in row if cell and cell.strip("-+()%$€£¥ ").replace(",", "").replace(".", "", 1).isdigit()) >= 1
    )
