"""From the lines of a printed page to paragraphs, headings and lists, by where lines stand and how large they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from ingest.types import Block

HYPHEN = "\ufffe"
"""What pdfium writes where a word was broken at the end of a line."""

_ITEM = re.compile(
    r"^(?:[-–•‣·○●▪*+\uf0b7\uf0a7]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]|[（(]?[一二三四五六七八九十]{1,3}[）)、])\s+\S"
)
_BULLET = re.compile(r"^[•‣·○●▪\uf0b7\uf0a7]\s*")
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"^(?:page\s*)?[-–]?\s*\d{1,4}\s*[-–]?(?:\s*(?:/|of)\s*\d{1,4})?$|^第\s*\d+\s*頁", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_BROKEN = re.compile(rf"([^\W\d_]*){HYPHEN}\s*([^\W\d_]*)")
_CJK = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")
_HEADING_SHARE = 0.2  # of a document's characters; what is more common is text, however large
_HEADING_LINE = 60  # characters a line, on average over a size
_HEADING_MOST = 120
_PROSE = 80
_CONTINUED = re.compile(r"^[,.;:)\]”’%]")
_ENDED = re.compile(r"[.!?:;。！？：；”\")\]）」]$")


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line; coordinates in points from the page's lower left, `size` the height of its letters' boxes."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    size: float
    bold: bool


def without_furniture(pages: Sequence[list[Line]]) -> list[list[Line]]:
    """Drop what repeats at the top or bottom of most pages (numbers aside), and bare page numbers there."""
    if len(pages) < 3:
        return [list(lines) for lines in pages]
    counts: Counter[str] = Counter()
    for lines in pages:
        counts.update({_DIGITS.sub("#", line.text) for line in _edges(lines)})
    wanted = max(3, len([lines for lines in pages if lines]) * 0.6)
    repeated = {text for text, count in counts.items() if count >= wanted}
    kept: list[list[Line]] = []
    for lines in pages:
        edge = {id(line) for line in _edges(lines)}
        kept.append(
            [
                line
                for line in lines
                if id(line) not in edge
                or not (_DIGITS.sub("#", line.text) in repeated or _PAGE_NUMBER.match(line.text))
            ]
        )
    return kept


def hyphens_resolved(pages: list[list[Line]]) -> list[list[Line]]:
    """Join words broken over two lines, keeping the hyphen where the word is written with one elsewhere."""
    if not any(HYPHEN in line.text for lines in pages for line in lines):
        return pages
    words = Counter(
        word.lower() for lines in pages for line in lines for word in _WORD.findall(_BROKEN.sub(" ", line.text))
    )

    def mend(found: re.Match[str]) -> str:
        head, tail = found.group(1), found.group(2)
        joined, hyphened = (head + tail).lower(), f"{head}-{tail}".lower()
        whole = words[head.lower()] and words[tail.lower()] and len(head) > 1 and len(tail) > 1
        keep = not words[joined] and (words[hyphened] or whole or not head or not tail)
        return f"{head}-{tail}" if keep else head + tail

    mended: list[list[Line]] = []
    for lines in pages:
        out: list[Line] = []
        for line in lines:
            if HYPHEN in line.text and line.text.rstrip(HYPHEN).count(HYPHEN):
                line = replace(line, text=_BROKEN.sub(mend, line.text))
            if out and out[-1].text.endswith(HYPHEN):
                # The second half of the word stands at the start of this line: move it up to the first.
                head, _, rest = line.text.partition(" ")
                before = out[-1]
                out[-1] = replace(
                    before, text=_BROKEN.sub(mend, before.text + head), right=max(before.right, line.left)
                )
                if not rest:
                    continue
                line = replace(line, text=rest)
            out.append(line)
        if out and out[-1].text.endswith(HYPHEN):
            out[-1] = replace(out[-1], text=out[-1].text[:-1] + "-")
        mended.append(out)
    return mended


def heading_levels(pages: Sequence[Sequence[Line]]) -> tuple[float, dict[float, int]]:
    """The usual letter size, and the levels (1..4) of the larger sizes that only short, rare lines are set in."""
    characters: Counter[float] = Counter()
    lines: Counter[float] = Counter()
    for page in pages:
        for line in page:
            characters[line.size] += len(line.text)
            lines[line.size] += 1
    if not characters:
        return 0.0, {}
    body = characters.most_common(1)[0][0]
    total, above = sum(characters.values()), 0
    sizes: list[float] = []
    for size in sorted(characters, reverse=True):
        above += characters[size]
        if size < body * 1.12 or above > total * _HEADING_SHARE:
            break
        if characters[size] <= _HEADING_LINE * lines[size]:
            sizes.append(size)
    return body, {size: min(i + 1, 4) for i, size in enumerate(sizes)}


def blocks(lines: Sequence[Line], page: int, body: float, levels: Mapping[float, int]) -> list[Block]:
    """Blocks of one page. `body` is the document's usual letter size; `levels` gives the level of each larger one."""
    made: list[Block] = []
    group: list[Line] = []
    minor = min(max(levels.values(), default=0) + 1, 6)

    def flush() -> None:
        if group:
            text = _paragraph(group)
            items = sum(1 for line in text.split("\n") if line.startswith("- ") or _ITEM.match(line))
            last = made[-1] if made else None
            if items and last and last.kind == "list":
                made[-1] = Block("list", f"{last.text}\n{text}", page=page)
            else:
                listed = items > 1 or text.startswith("- ")
                made.append(Block("list" if listed else "text", text, page=page))
            group.clear()

    for i, line in enumerate(lines):
        following = lines[i + 1] if i + 1 < len(lines) else None
        before = lines[i - 1] if i else None
        level = _heading_level(line, before, following, body, levels)
        if level:
            flush()
            last = made[-1] if made else None
            joins = last and last.kind == "heading" and last.level == level and before and _continues(before, line)
            if last and joins and len(last.text) + len(line.text) < _HEADING_MOST:
                made[-1] = Block("heading", f"{last.text} {line.text}", level=level, page=page)
            else:
                made.append(Block("heading", line.text, level=level, page=page))
            continue
        if group and _new_paragraph(group[-1], line):
            flush()
        group.append(line)
    flush()
    return _lone_lines_raised(made, minor)


def _lone_lines_raised(made: list[Block], level: int) -> list[Block]:
    """A short line that stands alone, ends without a stop and has prose below it is a heading set in plain letters."""
    out: list[Block] = []
    for block, following in zip_longest(made, made[1:]):
        if (
            block.kind == "text"
            and following is not None
            and following.kind == "text"
            and len(following.text) >= _PROSE
            and 3 <= len(block.text) <= 60
            and "\n" not in block.text
            and not _ENDED.search(block.text)
            and (block.text[0].isupper() or block.text[0].isdigit() or _CJK.match(block.text))
            and block.text[-1].isalnum()
            and not _is_row(block.text)
            and len(_CJK.findall(block.text)) <= 20
        ):
            block = Block("heading", block.text, level=level, page=block.page)
        out.append(block)
    return out


def _heading_level(
    line: Line, before: Line | None, after: Line | None, body: float, levels: Mapping[float, int]
) -> int:
    if (
        not body
        or len(line.text) > 120
        or len(line.text) < 2
        or not re.search(r"[^\W\d_]{2}|[\u3400-\u9fff]", line.text)
    ):
        return 0
    if line.text[-1] in ".,;。，；" and len(line.text) > 40:
        return 0
    if line.size in levels:
        return levels[line.size]
    alone = after is None or not after.bold or after.size != line.size
    first = before is None or not before.bold or before.size != line.size
    if (
        line.bold
        and line.size >= body * 0.95
        and alone
        and first
        and len(line.text) <= 80
        and line.text[-1] not in ".,;:。，；："
    ):
        return min(max(levels.values(), default=0) + 1, 6)
    return 0


def _continues(before: Line, line: Line) -> bool:
    """A heading set in two lines."""
    return before.size == line.size and before.bottom - line.top < line.size * 0.8 and before.bottom >= line.bottom


def _new_paragraph(before: Line, line: Line) -> bool:
    if _CONTINUED.match(line.text):
        return False
    if not line.size or not before.size:
        return bool(_ITEM.match(line.text))
    gap = before.bottom - line.top
    moved_up = line.bottom > before.top  # another column, or a box elsewhere on the page
    return moved_up or gap > 0.7 * max(line.size, before.size) or abs(line.size - before.size) > 0.2 * before.size


def _paragraph(group: Sequence[Line]) -> str:
    """Lines that fill their column flow on; short ones, list items and rows of figures stay lines."""
    right = max(line.right for line in group)
    left = min(line.left for line in group)
    out: list[str] = []
    for before, line in zip([None, *group[:-1]], group, strict=True):
        text = _BULLET.sub("- ", line.text)
        if before is None or not out:
            out.append(text)
            continue
        full = (before.right - left) > 0.82 * (right - left) if right > left else len(before.text) > 60
        item = bool(_ITEM.match(line.text)) or text.startswith("- ")
        row = _is_row(before.text) or _is_row(line.text)
        flows = (full or _CONTINUED.match(line.text)) and not item and not (row and not line.text[0].islower())
        if flows and len(group) > 1:
            glue = "" if _CONTINUED.match(text) or (_CJK.match(out[-1][-1:]) and _CJK.match(text[:1])) else " "
            out[-1] += glue + text
        else:
            out.append(text)
    return "\n".join(out)


def _is_row(text: str) -> bool:
    """A row of a table without rules: several of its words are figures or codes."""
    words = text.split()
    figures = sum(1 for word in words if any(c.isdigit() for c in word))
    return (
        len(words) >= 2 and figures >= 2 and figures * 3 >= len(words) and not _ENDED.search(text.rstrip("0123456789%"))
    )


def _edges(lines: Sequence[Line]) -> list[Line]:
    return [*lines[:2], *lines[-2:]] if len(lines) > 4 else list(lines[:1]) + list(lines[-1:])
