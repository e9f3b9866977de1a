"""What a chunk is made of while a document is split: blocks and parts of blocks, with their place and their cost."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.types import BlockKind

_CJK_UNITS = 2.5
_CJK = re.compile(r"[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A block, or a part of a long one, with its place and its cost."""

    start: int
    end: int
    kind: BlockKind
    level: int
    page: int | None
    path: tuple[str, ...]
    section: int
    tokens: int
    units: float
    header: str = ""


def measure(text: str) -> float:
    """Length in units: a Latin character is one, a Chinese, Japanese or Korean one two and a half."""
    return len(text) + (_CJK_UNITS - 1) * len(_CJK.findall(text)) if not text.isascii() else float(len(text))


def outside(path: tuple[str, ...], current: list[Piece]) -> tuple[str, ...]:
    """The headings of `path` that do not stand in the chunk itself."""
    inside = {piece.path[-1] for piece in current if piece.kind == "heading" and piece.path}
    return tuple(name for name in path if name not in inside)


def section_costs(pieces: list[Piece]) -> list[tuple[int, float]]:
    """For each piece: tokens and units from there to the next heading."""
    costs: list[tuple[int, float]] = [(0, 0.0)] * len(pieces)
    tokens, units = 0, 0.0
    for i in range(len(pieces) - 1, -1, -1):
        tokens += pieces[i].tokens
        units += pieces[i].units
        costs[i] = (tokens, units)
        if pieces[i].kind == "heading":
            tokens, units = 0, 0.0
    return costs
