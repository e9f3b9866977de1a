"""Which arm a visitor gets: always the same, with nothing stored."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

_DIGITS = 13  # hexadecimal digits: 52 bits, as many as a float holds exactly


def position(unit: str, experiment: str, salt: str) -> float:
    """Where a unit stands in [0, 1): the first 13 hexadecimal digits of sha256("salt:experiment:unit") over 16^13.

    A salt of its own for each experiment makes the positions in two experiments independent.
    """
    digest = hashlib.sha256(f"{salt}:{experiment}:{unit}".encode()).hexdigest()
    return int(digest[:_DIGITS], 16) / float(16**_DIGITS)


def assigned(unit: str, weights: Mapping[str, float], *, experiment: str, salt: str) -> str:
    """The arm under whose share of the cumulative weights, in their order, the unit's position falls.

    Raises ValueError when no weight is above 0 or one is below.
    """
    whole = sum(weights.values())
    if whole <= 0 or min(weights.values()) < 0:
        raise ValueError("weights must not be negative, and one must be above 0")
    at, passed = position(unit, experiment, salt) * whole, 0.0
    chosen = ""
    for arm, weight in weights.items():
        if weight == 0:
            continue
        chosen, passed = arm, passed + weight
        if at < passed:
            break
    return chosen
