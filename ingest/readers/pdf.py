"""PDF by pdfium, page by page: text in content order, lines joined into paragraphs, headings by size and weight."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

import pypdfium2
from pypdfium2 import raw

from ingest.errors import DocumentRefused
from ingest.readers.archive import damaged, encrypted
from ingest.readers.layout import Line, blocks, heading_levels, hyphens_resolved, without_furniture
from ingest.readers.text import clean, language
from ingest.types import Block, ParsedDocument, ParseLimits

_PAGES = 20_000
_JUNK_TITLE = re.compile(
    r"\.(?:docx?|pptx?|xlsx?|indd|pdf|tmp|qxd)\b|^microsoft |^untitled|^\(?anonymous\)?$|^powerpoint |^document\d*$",
    re.IGNORECASE,
)


@dataclass
class _Page:
    number: int
    lines: list[Line]


def read(data: bytes, name: str, limits: ParseLimits) -> ParsedDocument:
    """Pages in order. A PDF without any text (a scan) gives no blocks and a warning."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise encrypted("PDF") from error
        raise damaged("PDF") from error
    try:
        count = len(document)
        if count > _PAGES:
            raise DocumentRefused(
                "too_large", f"The PDF has {count:,} pages; {_PAGES:,} are read.", "Split it into parts."
            )
        pages: list[_Page] = []
        unreadable: list[int] = []
        for index in range(count):
            try:
                pages.append(_Page(index + 1, _lines(document[index])))
            except pypdfium2.PdfiumError:
                unreadable.append(index + 1)
        title = clean(document.get_metadata_value("Title") or "")
    finally:
        document.close()
    if not pages:
        raise damaged("PDF", "none of its pages can be read")
    empty = [page.number for page in pages if not page.lines]
    made = _assemble([page.lines for page in pages], [page.number for page in pages])
    warnings = [f"Page {_ranges(unreadable)} could not be read."] if unreadable else []
    if empty and len(empty) == len(pages):
        warnings.append("The PDF holds no text, only pictures of pages. Run text recognition (OCR) on it first.")
    elif empty:
        warnings.append(f"No text on page {_ranges(empty)} (empty, or a picture).")
    headings = [block for block in made[:20] if block.kind == "heading" and block.level <= 2]
    first = min(headings, key=lambda block: block.level).text if headings else None
    good_title = title if title and not _JUNK_TITLE.search(title) else first
    text = "\n".join(block.text for block in made)
    return ParsedDocument(tuple(made), pages=count, title=good_title, language=language(text), warnings=tuple(warnings))


def _assemble(pages: list[list[Line]], numbers: list[int]) -> list[Block]:
    pages = hyphens_resolved(without_furniture(pages))
    body, levels = heading_levels(pages)
    made: list[Block] = []
    for number, lines in zip(numbers, pages, strict=True):
        made.extend(blocks(lines, number, body, levels))
    return made


def _lines(page: pypdfium2.PdfPage) -> list[Line]:
    """The page's lines with the box, the size (points, to half a point) and the weight of their letters."""
    textpage = page.get_textpage()
    text = textpage.get_text_range()
    measurable = len(text) == textpage.count_chars()
    handle = textpage.raw
    lines: list[Line] = []
    at = 0
    rect = raw.FS_RECTF()
    for part in text.split("\n"):
        stripped = part.rstrip("\r")
        shown = clean(stripped)
        if shown:
            left = right = top = bottom = lowest = size = 0.0
            bold = False
            if measurable:
                lead = len(stripped) - len(stripped.lstrip())
                first, last = at + lead, at + len(stripped.rstrip().rstrip("\ufffe\x02")) - 1
                if raw.FPDFText_GetLooseCharBox(handle, first, rect):
                    left, top, bottom = rect.left, rect.top, rect.bottom
                    right, lowest = rect.right, rect.bottom
                if last > first and raw.FPDFText_GetLooseCharBox(handle, last, rect):
                    right, lowest = rect.right, min(rect.bottom, bottom)
                size = round(abs(top - bottom) * 2) / 2
                bottom = lowest
                weight = raw.FPDFText_GetFontWeight(handle, (first + last) // 2)
                bold = weight >= 600
            lines.append(Line(shown, left, right, top, bottom, size, bold))
        at += len(part) + 1
    return _downwards(lines)


def _downwards(lines: list[Line]) -> list[Line]:
    """Lines of a page that was written from its foot to its head, turned round.

    Only when nearly all go that way: in columns and forms the order of the file is better than the height.
    """
    upwards = sum(1 for before, after in pairwise(lines) if before.top < after.top)
    return lines[::-1] if len(lines) > 2 and upwards >= 0.8 * (len(lines) - 1) else lines


def _ranges(numbers: list[int]) -> str:
    """1-3, 7 for [1, 2, 3, 7]; long lists are cut."""
    parts: list[str] = []
    start = previous = numbers[0]
    for number in [*numbers[1:], -1]:
        if number == previous + 1:
            previous = number
            continue
        parts.append(str(start) if start == previous else f"{start}-{previous}")
        start = previous = number
    return ", ".join(parts[:10]) + (" and more" if len(parts) > 10 else "")
