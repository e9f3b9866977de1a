"""What a variant may set. One table: every parameter's kind, bounds and default; approaches name those they take."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from service.errors import BadRequest


@dataclass(frozen=True, slots=True)
class Parameters:
    """Values in effect. `passage_chars` is the budget of all passages in one prompt, in characters."""

    temperature: float = 0.0
    max_tokens: int = 300
    shots: int = 4
    candidates: int = 8
    k: int = 3
    min_fit: float = 0.3
    min_about: float = 0.24
    passage_chars: int = 900
    check: bool = True


@dataclass(frozen=True, slots=True)
class Bounds:
    """Closed range of a number."""

    low: float
    high: float


BOUNDS: Mapping[str, Bounds] = {
    "temperature": Bounds(0, 2),
    "max_tokens": Bounds(1, 1000),
    "shots": Bounds(0, 16),
    "candidates": Bounds(1, 50),
    "k": Bounds(1, 10),
    "min_fit": Bounds(0, 1),
    "min_about": Bounds(0, 1),
    "passage_chars": Bounds(100, 4000),
}
DEFAULTS = Parameters()
MEANINGS: Mapping[str, str] = {
    "temperature": "how freely the model chooses its words; 0: always the likeliest",
    "max_tokens": "most tokens of an answer",
    "shots": "worked examples put before the question",
    "candidates": "passages that are searched for, to choose from",
    "k": "most passages put before the model",
    "min_fit": "share of the question's weight that a passage must hold, else the answer is declined",
    "min_about": "share of the question's weight that a passage must hold to be cited",
    "passage_chars": "characters of all passages in one prompt together",
    "check": "whether each statement must stand in the passages it cites before it is shown",
}
"""What each parameter does, for people and for the API's description; a name for every field of `Parameters`."""


def checked(given: Mapping[str, Any], accepted: Iterable[str]) -> dict[str, Any]:
    """The given values in their proper types. Raises `BadRequest` for a name not accepted or a value out of bounds."""
    names = tuple(accepted)
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in names:
            raise BadRequest(
                "unknown_parameter", f"There is no parameter {name[:80]!r} here.", f"Choose from: {', '.join(names)}."
            )
        values[name] = _value(name, value)
    return values


def effective(given: Mapping[str, Any], accepted: Iterable[str]) -> Parameters:
    """Defaults with the given values over them. Raises `BadRequest` as `checked` does."""
    return replace(DEFAULTS, **checked(given, accepted))


def _value(name: str, value: Any) -> Any:
    kind = type(getattr(DEFAULTS, name))
    if kind is bool:
        if isinstance(value, bool):
            return value
        raise BadRequest("bad_parameter", f"{name} is {value!r:.80}.", "Give true or false.")
    bounds = BOUNDS[name]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if (
        not number
        or not math.isfinite(value)
        or (kind is int and int(value) != value)
        or not bounds.low <= value <= bounds.high
    ):
        raise BadRequest(
            "bad_parameter",
            f"{name} is {value!r:.80}.",
            f"Give {'a whole number' if kind is int else 'a number'} from {bounds.low:g} to {bounds.high:g}.",
        )
    return kind(value)
