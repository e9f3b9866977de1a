"""What a decline says: the closest places by the headings they stand under, and none where nothing is near."""

from __future__ import annotations

from service.answer import decline
from service.types import Passage
from tests.doubles.scripted_chat import passage

SPANNING = passage(
    "Cost centres\n\n| Centre | Of |\n| --- | --- |\n| 410 | Boats |\n\nMeals with guests\n\nThe limit is £42 per head."
    "\n\nHow wide may the cable be?\n\nThree millimetres.\n\nHow long may the cable be?\n\nUp to 120 metres.",
    name="expenses.md",
    heading=("Expenses", "Cost centres"),
)
SHEET = passage(
    "4.1 Hotels\n\nThe limits are for one night.\n\nPlace Limit per night\n\nLisbon £185", name="travel.pdf", page=3
)


def said(query: str, *passages: Passage) -> str:
    return decline.text("en", collection="default", query=query, passages=passages, rarity={})


def test_place_is_named_by_the_heading_over_its_sentence() -> None:
    assert "expenses.md › Meals with guests." in said("What is the limit for meals with guests?", SPANNING)
    assert "expenses.md › How long may the cable be?" in said("How long may the cable of the boat be?", SPANNING)
    assert "expenses.md › Cost centres." in said("Which cost centre have the boats?", SPANNING)


def test_head_of_columns_is_no_heading() -> None:
    assert "travel.pdf › Hotels, p. 3." in said("What is the limit for a night in Lisbon?", SHEET)


def test_nothing_is_named_where_nothing_is_near() -> None:
    far = said("What is the capital of Mongolia?", SPANNING, SHEET)
    assert "Nothing came close." in far
    assert "expenses.md" not in far


def test_only_what_is_near_is_named() -> None:
    told = said("What is the limit for meals with guests?", SPANNING, passage("Bees make honey.", name="bees.md"))
    assert "expenses.md" in told
    assert "bees.md" not in told
