"""Where an answer went wrong: in finding, in saying, or in not saying.

|                    | right              | wrong           | declined      |
|--------------------|--------------------|-----------------|---------------|
| gold retrieved     | good               | generation miss | over-cautious |
| gold not retrieved | prior knowledge    | retrieval miss  | honest miss   |

Wrong, though the model alone is right: distracted by what it was given. Unanswerable: declined rightly, or answered
though there is no answer. An error has a cell of its own.
"""

from __future__ import annotations

from typing import Literal

from service.metrics.reference import correct
from service.metrics.relevance import facts, relevant
from service.metrics.types import Answered, Case

Cell = Literal[
    "good",
    "generation_miss",
    "over_cautious",
    "prior_knowledge",
    "retrieval_miss",
    "honest_miss",
    "distracted",
    "declined_rightly",
    "answered_unanswerable",
    "failed",
]


def diagnosis(case: Case, answer: Answered, closed_book_right: bool | None = None) -> Cell | None:
    """The cell of one answer; None for an arm that does not retrieve, and where nobody knows what is right or gold.

    `closed_book_right`: whether the same model without documents answers this case rightly; None where not asked.
    """
    if not answer.grounded or case.answerable is None:
        return None
    if answer.failed:
        return "failed"
    if not case.answerable:
        return "declined_rightly" if answer.declined else "answered_unanswerable"
    right = correct(case, answer)
    if right is None or not facts(case):
        return None
    found = any(relevant(case, one.document, one.text, one.page) for one in answer.passages)
    if answer.declined:
        return "over_cautious" if found else "honest_miss"
    if right:
        return "good" if found else "prior_knowledge"
    if closed_book_right:
        return "distracted"
    return "generation_miss" if found else "retrieval_miss"
