"""Editions of one document: which of them a question is about."""

from __future__ import annotations

import pytest

from service.answer.focus import excerpts
from service.retrieve.editions import superseded
from service.types import Passage
from tests.doubles.scripted_chat import passage

ROWS = "Products and prices in pounds, valid for the whole year, without freight.\nHeron sonde {}\nOtter pump {}"
OLD = passage(ROWS.format(2310, 880), name="price-list-2025.xlsx")
NEW = passage(ROWS.format(2465, 920), name="price-list-2026.xlsx")
MINUTES_OLD = passage("The Oslo fair was cancelled.", name="minutes-2026-01.md")
MINUTES_NEW = passage("A climate chamber is bought from Brandt.", name="minutes-2026-02.md")
OTHER = passage("A Heron sonde weighs three pounds.", name="product-sheet-2024.html")


@pytest.mark.parametrize(
    ("query", "passages", "left_out"),
    [
        ("What does a Heron sonde cost in 2025?", (NEW, OLD, OTHER), {0}),
        ("What does a Heron sonde cost in 2026?", (OLD, NEW, OTHER), {0}),
        ("What did it cost in 2025 and in 2026?", (OLD, NEW), set()),
        ("What does a Heron sonde cost?", (OLD, NEW, OTHER), {0}),
        ("How much did the price of a Heron sonde change?", (OLD, NEW), set()),
        ("What was sold in August 2027?", (OLD, NEW), {0}),  # in force at that time
        ("What was sold in 2019?", (OLD, NEW), set()),  # before them all: nothing tells them apart
        ("What was cancelled?", (MINUTES_OLD, MINUTES_NEW), set()),  # not the same in other years, but other things
        ("What was decided in 2024?", (MINUTES_OLD, MINUTES_NEW), set()),
        ("What does a Heron sonde cost in 2024?", (OLD, OTHER), set()),
    ],
)
def test_edition_a_question_is_about(query: str, passages: tuple[Passage, ...], left_out: set[int]) -> None:
    assert superseded(query, passages) == left_out


def test_sheets_of_a_workbook_and_versions_are_editions_too() -> None:
    sheets = [passage(ROWS.format(n, n), name="prices.xlsx", heading=(f"Prices {n}",), start=n) for n in (2024, 2025)]
    assert superseded("What does a Heron sonde cost in 2024?", sheets) == {1}
    drafts = [passage(ROWS.format(n, n), name=f"terms_v{n}.docx", start=n) for n in (9, 10)]
    assert superseded("What does a Heron sonde cost?", drafts) == {0}
    assert superseded("What did a Heron sonde cost in version 9?", drafts) == {1}


def test_model_sees_the_right_edition_only() -> None:
    shown = excerpts("What does a Heron sonde cost in 2025?", [NEW, OLD], k=3, chars=900)
    assert [one.passage.name for one in shown] == ["price-list-2025.xlsx"]
