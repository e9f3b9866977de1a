"""HTML by unstructured; pages nested deeper than it can follow are read flat."""

from __future__ import annotations

import re

from lxml import etree
from lxml import html as lxml_html
from unstructured.partition.html import partition_html

from ingest.readers.elements import blocks
from ingest.readers.text import clean, declared_encoding, decode, language
from ingest.types import Block, ParsedDocument, ParseLimits

_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_FILE_NAME = re.compile(r"^\S+\.[a-z]{2,5}$", re.IGNORECASE)
_DEEP = 200
_TAGS = re.compile(r"<(/?)(?:div|span|p|table|tr|td|ul|ol|li|b|i|font|center|section|blockquote)\b", re.IGNORECASE)
_BREAKING = frozenset(
    [
        "p",
        "div",
        "li",
        "tr",
        "br",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "section",
        "article",
        "td",
        "th",
        "dt",
        "dd",
        "pre",
        "blockquote",
        "table",
        "ul",
        "ol",
    ]
)
_SKIPPED = frozenset({"script", "style", "noscript", "template", "head", "title"})


def read(data: bytes, name: str, limits: ParseLimits) -> ParsedDocument:
    """Headings, lists, tables and text of a web page; scripts, styles and comments are left out."""
    markup = decode(data, declared_encoding(data))
    found = _TITLE.search(markup)
    title = clean(lxml_html.fromstring(f"<p>{found.group(1)}</p>").text_content()) if found else None
    made, warnings = partition(markup)
    first = next((block.text for block in made if block.kind == "heading" and block.level == 1), None)
    if title and _FILE_NAME.search(title):
        title = None
    text = "\n".join(block.text for block in made)
    return ParsedDocument(tuple(made), title=title or first, language=language(text), warnings=tuple(warnings))


def partition(markup: str) -> tuple[list[Block], list[str]]:
    """Blocks of HTML text, and warnings."""
    if not markup.strip():
        return [], []
    if _depth(markup) < _DEEP:
        try:
            return blocks(partition_html(text=markup, languages=[""]), headed=False), []
        except (RecursionError, etree.LxmlError, ValueError, AttributeError):
            pass
    return _flat(markup), ["The page is nested very deeply or oddly: it was read as plain text, without its structure."]


def _depth(markup: str) -> int:
    """How deep tags nest, roughly: closing tags that are missing count as depth, capped generously by `_DEEP`."""
    depth = deepest = 0
    for found in _TAGS.finditer(markup):
        if found.group(1):
            depth = max(depth - 1, 0)
        else:
            depth += 1
            deepest = max(deepest, depth)
    return deepest if depth * 2 > deepest or deepest > 5 * _DEEP else min(deepest, _DEEP - 1)


def _flat(markup: str) -> list[Block]:
    """Text of the markup by a forward pass over its tags: no tree, so no depth can hurt."""
    target = _FlatText()
    parser = etree.HTMLParser(target=target, huge_tree=True, recover=True)
    try:
        parser.feed(markup.encode("utf-8", "replace"))
        parser.close()
    except etree.LxmlError:
        pass
    target.end_line()
    if not target.lines:
        rest = clean(re.sub(r"<[^>]*>", " ", markup))
        return [Block("text", rest)] if rest else []
    return [Block("text", line) for line in target.lines]


class _FlatText:
    """A parser target that keeps lines of text."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._parts: list[str] = []
        self._skipping = 0

    def start(self, tag: str, attributes: object) -> None:
        if tag in _SKIPPED:
            self._skipping += 1
        if tag in _BREAKING:
            self.end_line()

    def end(self, tag: str) -> None:
        if tag in _SKIPPED:
            self._skipping = max(self._skipping - 1, 0)
        if tag in _BREAKING:
            self.end_line()

    def data(self, text: str) -> None:
        if not self._skipping:
            self._parts.append(text)

    def comment(self, text: str) -> None:
        """Comments are not content."""

    def close(self) -> None:
        self.end_line()

    def end_line(self) -> None:
        if line := clean("".join(self._parts)):
            self.lines.append(line)
        self._parts.clear()
