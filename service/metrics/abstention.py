"""Declining: rightly where there is no answer, wrongly where there is. By the structured flag, never by phrases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from service.metrics.types import Answered, Case

Outcome = Literal["right", "wrong", "declined", "declined rightly", "answered wrongly"]


def judged(answer: Answered) -> bool:
    """Whether there is an answer to look at: neither declined nor failed."""
    return not answer.declined and not answer.failed


def declined_rightly(case: Case, answer: Answered) -> float | None:
    """Decline recall over the unanswerable: UX / U."""
    return float(answer.declined) if case.answerable is False else None


def declined_wrongly(case: Case, answer: Answered) -> float | None:
    """False declines over the answerable: AX / A."""
    return float(answer.declined) if case.answerable else None


def coverage(case: Case, answer: Answered) -> float | None:
    """The answerable that were attempted: (A - AX) / A."""
    return float(not answer.declined) if case.answerable else None


def asked_back(case: Case, answer: Answered) -> float | None:
    """Of the underspecified, whether a question came back (or none was answered)."""
    if case.answerable is not None:
        return None
    return float(answer.declined or (judged(answer) and answer.text.rstrip().endswith(("?", "？"))))


def outcome(case: Case, answer: Answered, correct: float | None) -> Outcome | None:
    """Which of the five it is; None for the underspecified and where nobody knows what is right.

    An error is a wrong answer.
    """
    if case.answerable is None:
        return None
    if not case.answerable:
        return "declined rightly" if answer.declined else "answered wrongly"
    if answer.declined:
        return "declined"
    return None if correct is None else "right" if correct else "wrong"


def truth(found: Outcome | None) -> float | None:
    """+1 for right and rightly declined, 0 for declined, -1 for what misleads (CRAG: Yang et al. 2024)."""
    if found is None:
        return None
    return {"right": 1.0, "declined rightly": 1.0, "declined": 0.0}.get(found, -1.0)


@dataclass(frozen=True, slots=True)
class Counts:
    """Answerable: right, wrong, declined; unanswerable: declined rightly, answered wrongly. None: nothing to divide."""

    right: int = 0
    wrong: int = 0
    declined: int = 0
    declined_rightly: int = 0
    answered_wrongly: int = 0

    @property
    def decline_recall(self) -> float | None:
        return _share(self.declined_rightly, self.declined_rightly + self.answered_wrongly)

    @property
    def false_declines(self) -> float | None:
        return _share(self.declined, self.right + self.wrong + self.declined)

    @property
    def decline_f1(self) -> float | None:
        """2 UX / (2 UX + UW + AX): declining as a detector of the unanswerable."""
        return _share(2 * self.declined_rightly, 2 * self.declined_rightly + self.answered_wrongly + self.declined)

    @property
    def accuracy_on_attempted(self) -> float | None:
        return _share(self.right, self.right + self.wrong)

    @property
    def coverage(self) -> float | None:
        return _share(self.right + self.wrong, self.right + self.wrong + self.declined)

    @property
    def truthfulness(self) -> float | None:
        """(AC + UX - AW - UW) / (A + U)."""
        good, bad = self.right + self.declined_rightly, self.wrong + self.answered_wrongly
        return _share(good - bad, good + bad + self.declined)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def counts(outcomes: Iterable[Outcome | None]) -> Counts:
    """How often each outcome came; None is left out."""
    found = Counter(outcomes)
    return Counts(
        found["right"], found["wrong"], found["declined"], found["declined rightly"], found["answered wrongly"]
    )
