"""What commands draw: passages at any width, and how far each file of an ingest is."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from service.cli.compare import _Lane, _table
from service.cli.progress import SHOWN, FileBars
from service.cli.search import show

TEXT = (
    "# Pumps\n\nThe Heron pump moves 4,200 litres an hour.\n| model | price |\n|---|---|\n| HX | 40 |\n" + "word " * 80
)


def passage(**changed: Any) -> dict[str, Any]:
    return {
        "name": "heron [bold].md", "page": 3, "heading": ["Pumps", "Heron"], "score": 0.8125, "text": TEXT,
        "ranks": {"dense": 1, "lexical": 2},
    } | changed  # fmt: skip


def drawn(width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None, highlight=False)
    show([passage(), passage(page=None, ranks={"lexical": 2})], console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 80, 160])
def test_a_passage_is_whole_and_as_wide_as_the_terminal(width: int) -> None:
    lines = drawn(width)
    assert max(map(len, lines)) <= width
    if width >= 80:
        assert max(map(len, lines)) > 70, "narrower than it need be"
    words = " ".join(" ".join(lines).split())
    assert words.count("word") == 160, "cut off"
    assert "heron [bold].md p.3 › Pumps › Heron" in words
    assert "dense 1, lexical 2" in words
    assert any(line.strip() == "| HX | 40 |" for line in lines), "the table's rows have run together"


def test_a_passage_that_is_piped_on_is_one_line() -> None:
    console = Console(file=io.StringIO(), width=80)
    show([passage(), passage(text="a\tb\nc")], console)
    assert isinstance(console.file, io.StringIO)
    one, two = console.file.getvalue().splitlines()
    assert one.split("\t") == ["1", "0.812", "heron [bold].md p.3 › Pumps › Heron", " ".join(TEXT.split())]
    assert two.split("\t")[-1] == "a b c"


def screen(bars: FileBars) -> str:
    """What the terminal shows now."""
    console = Console(file=io.StringIO(), width=100)
    console.print(bars._bars)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_each_file_has_its_own_progress_on_a_terminal() -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system=None)
    with FileBars(console, "handbook", 3) as bars:
        bars.working("1", "travel.md", "embedding", 0.4)
        bars.working("2", "a/" + "long " * 20 + "name.pdf", "parsing", 0.0)
        bars.working("3", "waits.md", "queued", 0.0)
        seen = screen(bars)
        assert "travel.md" in seen
        assert "embedding 40%" in seen
        assert "name.pdf" in seen
        assert "waits.md" not in seen
        bars.ended("1", "travel.md", "indexed")
        seen = screen(bars)
        assert "travel.md" not in seen
        assert "1 of 3" in seen
        for number in range(100):
            bars.working(f"more {number}", f"{number}.md", "parsing", 0.0)
        assert len(screen(bars).splitlines()) == SHOWN + 1


def test_elsewhere_each_file_has_a_line_when_it_ends() -> None:
    console = Console(file=io.StringIO(), width=40)
    with FileBars(console, "handbook", 2) as bars:
        bars.working("1", "travel.md", "embedding", 0.4)
        bars.ended("1", "x" * 60 + ".md", "indexed")
        bars.ended(None, "[red]bad.pdf", "failed")
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines()[:2] == [f"1/2 indexed {'x' * 60}.md", "2/2 failed [red]bad.pdf"]


def laned(name: str) -> _Lane:
    answer = {
        "finish": "answered", "timings": {"queue": 1.2, "first_token": 12.3, "total": 13.4}, "cost": 0.0,
        "usage": {"prompt_tokens": 1234, "completion_tokens": 123}, "citations": [{"verdict": "verified"}] * 2,
        "trace": [{"step": "retrieve", "detail": {}}, {"step": "prompt", "detail": {"chunks": ["a", "b"]}}],
    }  # fmt: skip
    return _Lane(name, "It is.", "ended", answer=answer)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_what_the_lanes_took_is_cut_at_no_width(width: int) -> None:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(_table([laned("plain"), laned("rag"), laned("rag (k = 8)")], console))
    assert isinstance(console.file, io.StringIO)
    told = console.file.getvalue()
    assert max(map(len, told.splitlines())) <= width
    assert "…" not in told
    for cell in ("variant", "waited", "rag (k = 8)", "answered", "1234 + 123", "$0.00000", "2 (2 verified)"):
        assert cell in told
