"""The same question asked K times of the same arm: average first, then treat the mean as that question's score."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np

Key = TypeVar("Key", bound=Hashable)


def averaged(rows: Sequence[tuple[Key, float]]) -> dict[Key, float]:
    """(question, score) rows to one mean score a question, in the order of first appearance."""
    gathered: dict[Key, list[float]] = {}
    for key, score in rows:
        gathered.setdefault(key, []).append(score)
    return {key: sum(scores) / len(scores) for key, scores in gathered.items()}


def variance(by_question: Mapping[Key, Sequence[float]]) -> tuple[float, float]:
    """The variance of the overall mean in its two parts: between questions, and what more repeats would remove.

    Miller (2024), *Adding Error Bars to Evals*, 3.1: Var(mean) = Var(x)/n + E[sigma_i^2]/(n K). The sample variance of
    the questions' means estimates both together, so the first is what is left of it. Questions with one repeat say
    nothing about the second. Raises ValueError for fewer than two questions.
    """
    if len(by_question) < 2:
        raise ValueError("the variance of one question is not known")
    n = len(by_question)
    total = float(np.var([np.mean(scores) for scores in by_question.values()], ddof=1)) / n
    inside = [float(np.var(scores, ddof=1)) / len(scores) for scores in by_question.values() if len(scores) > 1]
    resampling = float(np.mean(inside)) / n if inside else 0.0
    return max(0.0, total - resampling), resampling


def stable(by_question: Mapping[Key, Sequence[float]]) -> float | None:
    """The share of questions that got the same score in all their repeats; None where none was repeated."""
    repeated = [scores for scores in by_question.values() if len(scores) > 1]
    return sum(len(set(scores)) == 1 for scores in repeated) / len(repeated) if repeated else None
