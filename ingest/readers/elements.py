"""unstructured's elements turned into blocks, and unstructured kept offline. The one home of that library's set-up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from textwrap import dedent

from lxml import html as lxml_html
from unstructured.documents.elements import Element
from unstructured.nlp import tokenize

from ingest.readers.text import clean, table, tidy
from ingest.types import Block

_MAX_SPAN = 50
_WORD = re.compile(r"\w+|[^\w\s]")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def offline() -> None:
    """Give unstructured a pipeline of our own: its spaCy model is fetched from the web, and costs half of a parse.

    unstructured asks it only to tell narrative text from other text, which blocks do not care about.
    """
    pipeline = _Pipeline()

    def own() -> _Pipeline:
        return pipeline

    setattr(tokenize, "_get_nlp", own)  # noqa: B010


@dataclass(frozen=True, slots=True)
class _Span:
    text: str
    tag_: str = ""


class _Pipeline:
    """Words and sentences by pattern, with as much of spaCy's interface as unstructured uses."""

    max_length = 1 << 30

    def __call__(self, text: str) -> _Words:
        return _Words(text)


class _Words:
    def __init__(self, text: str) -> None:
        self._text = text

    def __iter__(self) -> Iterator[_Span]:
        return (_Span(word) for word in _WORD.findall(self._text))

    @property
    def sents(self) -> Iterator[_Span]:
        return (_Span(sentence) for sentence in _SENTENCE_END.split(self._text) if sentence)


def blocks(elements: Iterable[Element], *, headed: bool = True) -> list[Block]:
    """Blocks in reading order: headings with levels, lists and tables whole, page headers and footers once.

    `headed`: take every `Title` for a heading; otherwise only those with a depth (in HTML the others are guesses).
    """
    made: list[Block] = []
    seen: set[str] = set()
    for element in elements:
        meta = element.metadata
        page, depth = meta.page_number, meta.category_depth
        match element.category:
            case "PageBreak":
                continue
            case "Table":
                block = from_table(meta.text_as_html or "", element.text, page)
            case "ListItem":
                text = "  " * min(depth or 0, 4) + "- " + clean(element.text)
                last = made[-1] if made else None
                if last and last.kind == "list" and last.page == page:
                    made[-1] = Block("list", f"{last.text}\n{text}", page=page)
                    continue
                block = Block("list", text, page=page)
            case "CodeSnippet":
                block = Block("code", tidy(element.text), page=page)
            case "Title" if depth is not None or headed:
                block = Block("heading", clean(element.text), level=min((depth or 0) + 1, 6), page=page)
            case "Header" | "Footer":
                if (text := clean(element.text)) in seen:
                    continue
                seen.add(text)
                block = Block("text", text, page=page)
            case _:
                block = Block("text", tidy(element.text).strip(), page=page)
        if block.text.strip("- \t"):
            made.append(block)
    return [replace(block, text=dedent(block.text)) if block.kind == "list" else block for block in made]


def from_table(markup: str, text: str, page: int | None) -> Block:
    """A table element: Markdown when it has rows and columns, plain text when it only lays out a page."""
    rows = rows_of(markup) if markup else []
    filled = [[cell for cell in row if cell] for row in rows]
    filled = [row for row in filled if row]
    if not filled:
        return Block("text", tidy(text), page=page)
    cells = sum(len(row) for row in filled)
    layout = max(len(row) for row in filled) < 2 or len(filled) < 2
    if layout or sum(len(cell) for row in filled for cell in row) / cells > 400:
        return Block("text", "\n".join(" ".join(row) for row in filled), page=page)
    return Block("table", table([_join_units(row) for row in rows]), page=page)


def rows_of(markup: str) -> list[list[str]]:
    """The cells of an HTML table; a cell that spans rows is said again in each, one that spans columns is said once."""
    root = lxml_html.fragment_fromstring(markup, create_parent="div")
    rows: list[list[str]] = []
    carried: dict[int, tuple[int, str]] = {}
    for tr in root.iter("tr"):
        row: list[str] = []

        def carry(row: list[str] = row) -> None:
            while (column := len(row)) in carried:
                left, text = carried.pop(column)
                row.append(text)
                if left > 1:
                    carried[column] = (left - 1, text)

        for td in tr.iterchildren("td", "th"):
            carry()
            text = clean(" ".join(str(part) for part in td.itertext()))
            down, across = _span(td.get("rowspan")), _span(td.get("colspan"))
            if down > 1:
                carried[len(row)] = (down - 1, text)
            row.append(text)
            row.extend([""] * (across - 1))
        carry()
        rows.append(row)
    return rows


def _span(value: str | None) -> int:
    return min(int(value), _MAX_SPAN) if value and value.isdigit() and int(value) else 1


def _join_units(row: list[str]) -> list[str]:
    """Financial tables put $ and % into cells of their own: give them back to their number."""
    joined = list(row)
    for i, cell in enumerate(row):
        if cell in {"$", "€", "£", "¥", "NT$", "US$", "("}:
            following = next((j for j in range(i + 1, min(i + 4, len(row))) if joined[j]), None)
            if following is not None:
                joined[following] = cell + joined[following]
                joined[i] = ""
        elif cell in {")", "%", ")%", "%)"}:
            before = next((j for j in range(i - 1, max(i - 4, -1), -1) if joined[j]), None)
            if before is not None:
                joined[before] += cell
                joined[i] = ""
    return joined
