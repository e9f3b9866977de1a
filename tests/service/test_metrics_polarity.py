"""What says yes, what says no, and what says neither: a statement without a no is not yet a yes."""

from __future__ import annotations

import pytest

from service.metrics import Answered, Case
from service.metrics.polarity import polarity
from service.metrics.reference import correct

LEAVE = "May I carry over unused leave?"
SCUBA = "Are scuba diving lessons covered by PerksPlus?"
FOOD = "Will PerksPlus pay me back for food and supplements?"
LENSES = "Does the Northwind Standard plan cover contact lenses?"
RENTALS = "Can users browse Contoso Real Estate rentals without an account?"


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (LEAVE, "It depends on the policy of your company."),
        (LEAVE, "Please ask your manager about this."),
        (LEAVE, "You should contact the staff office about leave."),
        (LEAVE, "You can find more about unused leave on the intranet."),
        (LEAVE, "The capital of France is Paris."),
        (LEAVE, "I am an AI assistant and can help with that."),
        (LEAVE, "I'm not sure."),
        (LEAVE, "The documents don't mention it."),
        (LEAVE, "May I ask which year you mean?"),
        (FOOD, "PerksPlus is a health and fitness programme."),
        (LENSES, "The plan has a deductible."),
        (RENTALS, "Contoso Real Estate is a company."),
        ("How long is the notice?", "Thirty days."),
        (LEAVE, ""),
    ],
)
def test_neither(question: str, said: str) -> None:
    assert polarity(said, question) is None
    for gold in ("Yes", "No"):
        assert correct(Case("q", question, (gold,)), Answered(said)) == 0.0


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (LEAVE, "Yes."),
        (LEAVE, "Certainly, up to five days."),
        (LEAVE, "You may carry over up to five days."),
        (LEAVE, "That is allowed until March."),
        (LEAVE, "Can you carry over leave? You may carry over five days."),
        (SCUBA, "Scuba diving lessons are covered by PerksPlus."),
        (SCUBA, "PerksPlus covers scuba diving lessons."),
        (RENTALS, "Users can browse rentals without signing in."),
        ("Do employees receive meal vouchers?", "Employees receive meal vouchers of 9 euros."),
        ("Are lenses excluded from the plan?", "Lenses are excluded from the plan."),
        ("Is Paris the capital of France?", "The capital of France is Paris."),
    ],
)
def test_yes(question: str, said: str) -> None:
    assert polarity(said, question) is True


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (LEAVE, "No, it lapses."),
        (LEAVE, "Unused leave cannot be carried over."),
        (LEAVE, "You may never carry it over."),
        (FOOD, "PerksPlus does not pay for food or supplements."),
        (LENSES, "Contact lenses are excluded."),
        (RENTALS, "Nobody can browse without an account."),
    ],
)
def test_no(question: str, said: str) -> None:
    assert polarity(said, question) is False
