"""What an answer took: tokens, money, seconds. Times of calls that failed are never averaged."""

from __future__ import annotations

from collections.abc import Sequence

from service.metrics.types import Answered, Case


def prompt_tokens(case: Case, answer: Answered) -> float | None:
    return _number(answer.prompt_tokens)


def completion_tokens(case: Case, answer: Answered) -> float | None:
    return _number(answer.completion_tokens)


def cost(case: Case, answer: Answered) -> float | None:
    return answer.cost


def first_token(case: Case, answer: Answered) -> float | None:
    return None if answer.failed else answer.first_token


def total(case: Case, answer: Answered) -> float | None:
    return None if answer.failed else answer.total


def error(case: Case, answer: Answered) -> float | None:
    return float(answer.failed)


def per_correct(costs: Sequence[float], correct: Sequence[float]) -> float | None:
    """Money for one correct answer: all that was spent over all that was right; None where nothing was."""
    right = sum(correct)
    return sum(costs) / right if right else None


def _number(count: int | None) -> float | None:
    return None if count is None else float(count)
