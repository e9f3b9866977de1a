"""OpenDocument text, straight from its content.xml."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from ingest.errors import DocumentRefused
from ingest.formats import BY_EXTENSION
from ingest.readers import archive
from ingest.readers.text import clean, language, table, tidy
from ingest.types import Block, ParsedDocument, ParseLimits

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_SKIPPED = frozenset({f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_TEXT}note-citation", f"{_OFFICE}forms"})


def read(data: bytes, name: str, limits: ParseLimits) -> ParsedDocument:
    """Headings, lists, tables and paragraphs in order."""
    book = archive.check(data, name, BY_EXTENSION[".odt"], limits)
    manifest = book.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in book.namelist() else b""
    if b"encryption-data" in manifest:
        raise archive.encrypted("OpenDocument")
    try:
        root = ElementTree.fromstring(book.read("content.xml"))
    except DefusedXmlException as error:
        raise DocumentRefused(
            "xml_entities", "The file declares XML entities, which are not read.", "Save it again."
        ) from error
    except (KeyError, ElementTree.ParseError) as error:
        raise archive.damaged("OpenDocument") from error
    body = root.find(f".//{_OFFICE}text")
    made: list[Block] = []
    if body is not None:
        _collect(body, made)
    text = "\n".join(block.text for block in made)
    first = next((block.text for block in made if block.kind == "heading"), None)
    return ParsedDocument(tuple(made), title=first, language=language(text))


def _collect(parent: Element, made: list[Block]) -> None:
    for child in parent:
        if child.tag in _SKIPPED:
            continue
        if child.tag == f"{_TEXT}h":
            level = child.get(f"{_TEXT}outline-level", "1")
            _add(
                made, Block("heading", clean(_said(child)), level=min(max(int(level) if level.isdigit() else 1, 1), 6))
            )
        elif child.tag == f"{_TEXT}p":
            _add(made, Block("text", tidy(_said(child)).strip()))
        elif child.tag == f"{_TEXT}list":
            _add(made, Block("list", "\n".join(_items(child, 0))))
        elif child.tag == f"{_TABLE}table":
            _add(made, Block("table", table([_row(row) for row in child.iter(f"{_TABLE}table-row")])))
        else:
            _collect(child, made)


def _add(made: list[Block], block: Block) -> None:
    if block.text.strip():
        made.append(block)


def _items(element: Element, depth: int) -> list[str]:
    lines: list[str] = []
    for item in element:
        for child in item:
            if child.tag == f"{_TEXT}list":
                lines.extend(_items(child, min(depth + 1, 8)))
            elif said := clean(_said(child)):
                lines.append("  " * depth + "- " + said)
    return lines


def _row(row: Element) -> list[str]:
    cells: list[str] = []
    for cell in row:
        if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            continue
        repeated = cell.get(f"{_TABLE}number-columns-repeated", "1")
        said = clean(" ".join(_said(p) for p in cell.iter(f"{_TEXT}p")))
        cells.extend([said] * (min(int(repeated), 50) if repeated.isdigit() and said else 1))
    return cells


def _said(element: Element) -> str:
    parts = [element.text or ""]
    for child in element:
        if child.tag == f"{_TEXT}line-break":
            parts.append("\n")
        elif child.tag in (f"{_TEXT}s", f"{_TEXT}tab"):
            parts.append(" ")
        elif child.tag not in _SKIPPED:
            parts.append(_said(child))
        parts.append(child.tail or "")
    return "".join(parts)
