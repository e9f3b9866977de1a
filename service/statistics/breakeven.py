"""When training pays back: what it cost against what each answer of the trained model saves."""

from __future__ import annotations

import math


def questions_to_pay_back(training: float, before: float, after: float) -> int | None:
    """Answers after which training (its whole cost) is paid by cheaper answers; None where they are not cheaper.

    `before`, `after`: cost of an answer without and with the trained model, in the money of `training`. Give costs per
    *correct* answer where the two are not equally good.
    """
    saved = before - after
    if training <= 0:
        return 0
    return math.ceil(training / saved - 1e-9) if saved > 0 else None


def questions_a_month(
    training: float, before: float, after: float, *, months: float = 12.0, monthly: float = 0.0
) -> int | None:
    """Questions a month from which training pays back within `months`; None where no number does.

    `monthly` is what the trained model costs more each month whether asked or not (hosting, training again).
    Raises ValueError unless months is above 0.
    """
    if months <= 0:
        raise ValueError("paying back takes some time")
    return questions_to_pay_back(max(0.0, training) / months + monthly, before, after)
