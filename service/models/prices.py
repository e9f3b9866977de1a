"""What a model's tokens cost. The table is `prices.json`: list prices with the day they were read and where."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as resources

from service.types import Price

_SNAPSHOT = re.compile(r"-20\d\d-\d\d-\d\d(?=$|:)")
_TUNED = re.compile(r"^(openai:ft:[^:]+):.*$")


HERE = Price(0.0, 0.0, source="runs on this machine")
"""What a model costs that this installation runs itself: electricity, which nobody bills by the token."""


@cache
def table() -> Mapping[str, Price]:
    """Catalogue name (`openai:NAME`) -> price."""
    listed = json.loads(resources("service.models").joinpath("prices.json").read_text("utf-8"))
    return {one["model"]: Price(one["input"], one["output"], one["as_of"], one["source"]) for one in listed["models"]}


@dataclass(frozen=True, slots=True)
class TrainingPrice:
    """US dollars per million tokens trained on (tokens of the file times epochs), as of a day, read at `source`."""

    per_million: float
    as_of: str
    source: str


def training(name: str) -> TrainingPrice | None:
    """What training a catalogue name (`openai:NAME`, or a snapshot of it) costs; None when it is not known."""
    listed = json.loads(resources("service.models").joinpath("prices.json").read_text("utf-8"))["training"]
    plain = _SNAPSHOT.sub("", name)
    found = next((one for one in listed if one["model"] == plain), None)
    return TrainingPrice(found["per_million"], found["as_of"], found["source"]) if found else None


def price(name: str) -> Price | None:
    """The price of a catalogue name; None when it is not known.

    A dated snapshot (`openai:gpt-4.1-mini-2025-04-14`) has its model's price unless it is listed itself; a tuned model
    (`openai:ft:gpt-4.1-mini-2025-04-14:company::id`) that of tuned models of its kind.
    """
    name = _TUNED.sub(r"\1", name)
    prices = table()
    return prices.get(name) or prices.get(_SNAPSHOT.sub("", name))


def is_snapshot(name: str) -> bool:
    """Whether a name is a dated snapshot of a model."""
    return _SNAPSHOT.search(name) is not None
