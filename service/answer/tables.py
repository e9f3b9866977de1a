"""Markdown tables told row by row: a small model reads "Sales: 12553" where it would lose count of the columns."""

from __future__ import annotations

import re

_RULE = re.compile(r"\s*\|(?:\s*:?-{2,}:?\s*\|)+\s*$")
_CELL = re.compile(r"(?<!\\)\|")


def told(text: str) -> str:
    """The text with each row of a table that has a header written as "first cell: header = cell; header = cell"."""
    lines = text.split("\n")
    out: list[str] = []
    header: list[str] = []
    for at, line in enumerate(lines):
        if _RULE.match(line):
            continue
        if not line.lstrip().startswith("|"):
            header = header if line.strip() in ("", "…") else []
            out.append(line)
        elif at + 1 < len(lines) and _RULE.match(lines[at + 1]):
            header = _cells(line)
        elif header:
            out.append(_row(header, _cells(line)))
        else:
            out.append(line)
    return "\n".join(out)


def _cells(line: str) -> list[str]:
    return [cell.replace("\\|", "|").strip() for cell in _CELL.split(line.strip().removeprefix("|").removesuffix("|"))]


def _row(header: list[str], cells: list[str]) -> str:
    named = [f"{name} = {cell}" if name else cell for name, cell in zip(header[1:], cells[1:], strict=False) if cell]
    first = f"{header[0]} {cells[0]}".strip()
    return f"- {first}: {'; '.join(named)}" if named else f"- {first}"
