"""What an answer costs: known, free or unknown, never guessed."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from pydantic import SecretStr

from service.answer import Ask, Draft
from service.answer.presets import PRESETS
from service.models import files, prices
from service.models.catalogue import OPENAI
from service.models.catalogue_data import described
from service.models.shelf import Shelf
from service.settings import Settings
from service.types import Price, Usage


def draft(price: Price | None, usage: Usage, *, asked: bool = True) -> Draft:
    made = Draft(Ask("ans_1", "conv_1", "Sea?", PRESETS[0], "default"), "a model", price)
    if asked:
        made.step("prompt")
    made.usage = usage
    return made


def test_every_model_of_the_catalogue_has_a_dated_price() -> None:
    billed = [one.name for one in described().values() if one.name.startswith("openai:") and "chat" in one.tasks]
    assert billed
    assert all(prices.price(name) for name in billed)
    for price in prices.table().values():
        assert date.fromisoformat(price.as_of)
        assert price.source.startswith("https://")
        assert 0 < price.input < price.output


@pytest.mark.parametrize(
    ("name", "like"),
    [
        ("openai:gpt-4.1-mini-2025-04-14", "openai:gpt-4.1-mini"),
        ("openai:ft:gpt-4.1-mini-2025-04-14:quillmere::abc", "openai:ft:gpt-4.1-mini"),
        ("openai:gpt-4o-2024-05-13", "openai:gpt-4o-2024-05-13"),
        ("openai:gpt-4o-2024-08-06", "openai:gpt-4o"),
    ],
)
def test_snapshots_and_tuned_models_find_their_price(name: str, like: str) -> None:
    assert prices.price(name) == prices.table()[like]


@pytest.mark.parametrize("name", ["openai:gpt-4.1-mega", "anthropic:some-model", "endpoint", "gpt-4o", ""])
def test_what_is_not_listed_is_not_guessed(name: str) -> None:
    assert prices.price(name) is None


def test_a_shelf_knows_what_runs_here_and_what_is_billed() -> None:
    here = Shelf(Settings(_env_file=None))
    assert here.price() == here.price(files.DEFAULT_CHAT) == prices.HERE
    endpoint = Shelf(Settings(_env_file=None, chat_base_url="http://127.0.0.1:1/v1", chat_model=files.DEFAULT_CHAT))
    assert endpoint.price() is None, "an endpoint may serve a model of that name for money"
    billed = Shelf(
        Settings(_env_file=None, chat_base_url=OPENAI, chat_api_key=SecretStr("k"), chat_model="gpt-4o-mini")
    )
    assert billed.price() == prices.table()["openai:gpt-4o-mini"]


def test_the_cost_of_an_answer() -> None:
    price = Price(0.4, 1.6)
    assert draft(price, Usage(1_000, 500)).answer("answered").cost == pytest.approx(0.0004 + 0.0008)
    assert draft(price, Usage()).answer("stopped").cost is None, "asked, and nobody said how many tokens it took"
    assert draft(price, Usage(), asked=False).answer("declined").cost == 0.0
    assert draft(None, Usage(1_000, 500)).answer("answered").cost is None
    assert draft(prices.HERE, Usage()).answer("stopped").cost == 0.0
    assert dataclasses.asdict(draft(price, Usage(1, 1)).answer("answered"))["cost"] > 0
