"""What the last answers given here say of the models that gave them: seconds, tokens and money, never quality."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MOST_ANSWERS = 500
FEWEST = 3
"""Answers of a model below which a percentile says nothing."""


def by_model(bodies: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Model -> figures, out of answer objects as they were sent; those of failed and stopped answers count nowhere.

    `answers` (how many), `first_token_p50` and `total_p50` (seconds), `cost_mean` (US dollars an answer, where every
    price was known), `declined` (share), `tokens_mean` (written).
    """
    found: dict[str, list[Mapping[str, Any]]] = {}
    for body in bodies:
        if body.get("finish") in ("answered", "declined") and body.get("model"):
            found.setdefault(str(body["model"]), []).append(body)
    return {model: _figures(answers) for model, answers in found.items()}


def _figures(answers: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    figures: dict[str, float] = {"answers": float(len(answers))}
    if len(answers) < FEWEST:
        return figures
    spoken = [one for one in answers if (one.get("usage") or {}).get("completion_tokens")]
    for name, key in (("first_token_p50", "first_token"), ("total_p50", "total")):
        seconds = [value for one in spoken if (value := (one.get("timings") or {}).get(key)) is not None]
        if len(seconds) >= FEWEST:
            figures[name] = statistics.median(seconds)
    costs = [one.get("cost") for one in answers]
    known = [cost for cost in costs if cost is not None]
    if len(known) == len(costs):
        figures["cost_mean"] = statistics.fmean(known)
    figures["declined"] = sum(one["finish"] == "declined" for one in answers) / len(answers)
    if spoken:
        figures["tokens_mean"] = statistics.fmean(one["usage"]["completion_tokens"] for one in spoken)
    return figures
