"""Plain text, and the two text formats whose headings are easy to see: reStructuredText and Org."""

from __future__ import annotations

import re

from ingest.readers.text import clean, decode, language, tidy
from ingest.types import Block, BlockKind, ParsedDocument, ParseLimits

_ITEM = re.compile(r"^\s*(?:[-*+•‣·○●▪]|\d{1,3}[.)]|[a-zA-Z][.)]|[（(]?[一二三四五六七八九十\d]{1,3}[）)、])\s*\S")
_UNDERLINE = re.compile(r"^([=\-~^\"'`#*+.:_])\1{2,}\s*$")
_STARS = re.compile(r"^(\*+)\s+(.*)$")


def read(data: bytes, name: str, limits: ParseLimits) -> ParsedDocument:
    """Paragraphs (separated by blank lines) and lists, with their lines as they are."""
    return _document(_blocks(tidy(decode(data)).split("\n")))


def read_rst(data: bytes, name: str, limits: ParseLimits) -> ParsedDocument:
    """As plain text; an underlined line is a heading, its level by the order in which the marks appear."""
    lines = tidy(decode(data)).split("\n")
    marks: list[str] = []
    out: list[Block | str] = []
    i = 0
    while i < len(lines):
        line, following = lines[i], lines[i + 1] if i + 1 < len(lines) else ""
        found = _UNDERLINE.match(following)
        if line.strip() and found and not _UNDERLINE.match(line) and len(following.rstrip()) >= len(line.rstrip()) // 2:
            if found.group(1) not in marks:
                marks.append(found.group(1))
            out.append(Block("heading", clean(line), level=min(marks.index(found.group(1)) + 1, 6)))
            i += 2
        elif _UNDERLINE.match(line) or line.startswith(".. "):
            out.append(line.removeprefix(".. ") if line.startswith(".. ") and "::" not in line else "")
            i += 1
        else:
            out.append(line)
            i += 1
    return _document(_mixed(out))


def read_org(data: bytes, name: str, limits: ParseLimits) -> ParsedDocument:
    """As plain text; lines that start with stars are headings, #+ lines are settings."""
    out: list[Block | str] = []
    for line in tidy(decode(data)).split("\n"):
        if found := _STARS.match(line):
            out.append(Block("heading", clean(found.group(2)), level=min(len(found.group(1)), 6)))
        elif not line.startswith("#+") or line.upper().startswith("#+TITLE:"):
            out.append(line.split(":", 1)[1] if line.startswith("#+") else line)
    return _document(_mixed(out))


def _mixed(items: list[Block | str]) -> list[Block]:
    made: list[Block] = []
    lines: list[str] = []
    for item in items:
        if isinstance(item, str):
            lines.append(item)
        else:
            made.extend(_blocks(lines))
            lines = []
            made.append(item)
    made.extend(_blocks(lines))
    return made


def _blocks(lines: list[str]) -> list[Block]:
    made: list[Block] = []
    pending: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            pending.append(line)
        elif pending:
            listed = sum(1 for each in pending if _ITEM.match(each))
            kind: BlockKind = "list" if listed > 1 and listed * 2 >= len(pending) else "text"
            made.append(Block(kind, tidy("\n".join(pending))))
            pending = []
    return [block for block in made if block.text]


def _document(made: list[Block]) -> ParsedDocument:
    text = "\n".join(block.text for block in made)
    title = next((block.text for block in made if block.kind == "heading"), None)
    warnings = () if made else ("The file holds no text.",)
    return ParsedDocument(tuple(made), title=title, language=language(text), warnings=warnings)
