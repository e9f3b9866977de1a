"""Headings inside a passage: it may span several, and each says what the sentences under it are about."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from service.answer.numbering import unnumbered

_LONGEST = 80  # characters
_BLOCK = re.compile(r"(?:\A|(?<=\n\n))[^\n]+(?:\n[ \t]*\S[^\n]*)*")
_NO_HEADING = re.compile(r"^(?:\||[-*•–]\s|>|```)|[.!。！:：;；,，、·]\s*$|\d|@|[$£€]")
_TEXT = re.compile(r"[.!?。！？:：;；][\"'”’)」』）]*\s*$|^\s*(?:\||[-*•–]\s|\d{1,2}[.)]\s)")
_OUTLINED = re.compile(r"\s*(?:[一二三四五六七八九十]{1,3}、|第[一二三四五六七八九十百]+[章節條])\S")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading without its number, and the half-open range of its line's characters. `leads` says whether what follows
    reads as text, a list or a table: what heads the columns of a table that lost its lines is a heading of a kind only.
    """

    text: str
    start: int
    end: int
    leads: bool


@lru_cache(maxsize=512)
def within(text: str) -> tuple[Heading, ...]:
    """The headings in a text, in order: each short line that stands alone above more text, does not end as a sentence
    does and has no number but its own (a row of a table that lost its lines mostly has). Numbered in Chinese, it may
    stand right above its text."""
    end = len(text.rstrip())
    found: list[Heading] = []
    blocks = list(_BLOCK.finditer(text))
    for block, follows in zip(blocks, [*(one.group() for one in blocks[1:]), ""], strict=True):
        line, _, below = block.group().partition("\n")
        name = unnumbered(line).strip().lstrip("#").strip()
        above_text = bool(_OUTLINED.match(line)) if below.strip() else block.end() < end
        if above_text and 0 < len(name) <= _LONGEST and not _NO_HEADING.search(name):
            leads = bool(_TEXT.search(below or follows))
            found.append(Heading(name, block.start(), block.start() + len(line), leads))
    return tuple(found)


def over(text: str, at: int) -> Heading | None:
    """The heading in the text under which the character `at` stands; None above the first, and on a heading."""
    found = within(text)
    before = bisect_right([heading.start for heading in found], at)
    if not before or at < found[before - 1].end:
        return None
    return found[before - 1]
