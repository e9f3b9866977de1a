"""The examples as data, and the text of every example document by the plain libraries, page by page."""

from __future__ import annotations

import csv
import email
import email.policy
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
import pypdfium2
import pytest
from lxml import etree, html

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMES = ("dataset", "few_shot", "pairs", "pairs_paraphrases")

Row = dict[str, Any]


def _text(path: Path) -> list[str]:
    return [path.read_text(encoding="utf-8")]


def _rows(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return ["\n".join(" | ".join(row) for row in csv.reader(file))]


def _html(path: Path) -> list[str]:
    body = html.document_fromstring(path.read_bytes()).find("body")
    for cell in body.iter("td", "th"):
        cell.tail = f" | {cell.tail or ''}"
    return [str(body.text_content())]


def _pdf(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def _docx(path: Path) -> list[str]:
    lines: list[str] = []
    for block in docx.Document(str(path)).iter_inner_content():
        if hasattr(block, "rows"):
            lines += [" | ".join(cell.text for cell in row.cells) for row in block.rows]
        else:
            lines.append(block.text)
    return ["\n".join(lines)]


def _xlsx(path: Path) -> list[str]:
    book = openpyxl.load_workbook(path, read_only=True)
    try:
        return [
            "\n".join(" | ".join("" if v is None else str(v) for v in row) for row in sheet.iter_rows(values_only=True))
            for sheet in book.worksheets
        ]
    finally:
        book.close()


def _pptx(path: Path) -> list[str]:
    def lines(slide: Any) -> Iterator[str]:
        for shape in slide.shapes:
            if shape.has_text_frame:
                yield shape.text_frame.text
            if shape.has_table:
                for row in shape.table.rows:
                    yield " | ".join(cell.text for cell in row.cells)

    return ["\n".join(lines(slide)) for slide in pptx.Presentation(str(path)).slides]


def _eml(path: Path) -> list[str]:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = message.get_body(preferencelist=("plain", "html"))
    assert body is not None
    return [f"{message['Subject']}\n{message['From']}\n{body.get_content()}"]


def _epub(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if "/text/ch" in name)
        return ["".join(etree.fromstring(archive.read(name)).itertext()) for name in names]


READERS: dict[str, Callable[[Path], list[str]]] = {
    "csv": _rows,
    "docx": _docx,
    "eml": _eml,
    "epub": _epub,
    "html": _html,
    "md": _text,
    "pdf": _pdf,
    "pptx": _pptx,
    "txt": _text,
    "xlsx": _xlsx,
}


@pytest.fixture(scope="session")
def rows() -> dict[str, list[Row]]:
    """The rows of each data file, by the file's name without its ending."""
    files = {name: (EXAMPLES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines() for name in NAMES}
    return {name: [json.loads(line) for line in lines] for name, lines in files.items()}


@pytest.fixture(scope="session")
def pages() -> dict[str, list[str]]:
    """The text of each example document by file name: one string a page, sheet, slide or chapter."""
    return {path.name: READERS[path.suffix[1:]](path) for path in sorted((EXAMPLES / "documents").iterdir())}
