"""The gate before the model: do the passages fit the question at all?

The local model never declines by itself. So the question's words are weighed by how rare they are in the collection,
and where too little of that weight stands in any stretch that would be put before the model, it is not asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from ingest.lexical import tokens
from service.answer import dates, facts, subject
from service.answer.prompt import Excerpt
from service.answer.terms import scaled
from service.types import Passage, SearchResult

_ALIKE = 0.8


@dataclass(frozen=True, slots=True)
class Judgement:
    """`fit` 0..1; `reason` is "" when the gate is passed."""

    fit: float
    reason: str

    @property
    def passed(self) -> bool:
        return not self.reason


def judge(query: str, found: SearchResult, shown: Sequence[Excerpt], min_fit: float) -> Judgement:
    """Passed when the best excerpt holds `min_fit` of the question's weight, and no code or name that the
    question asks about is missing from every passage found."""
    if not shown:
        return Judgement(0.0, "nothing found")
    fit = scaled(query, max(excerpt.fit for excerpt in shown))
    if fit < min_fit:
        return Judgement(round(fit, 3), "too little of the question stands in the passages")
    lost = unknown(query, found.passages)
    return Judgement(round(fit, 3), f"no passage has: {', '.join(lost)}" if lost else "")


def unknown(query: str, passages: Sequence[Passage]) -> tuple[str, ...]:
    """The question's own codes, addresses, names and years that no passage has.

    Only the sentence that asks is looked at. Its other numbers and dates are mostly what a rule of the documents is to
    be applied to ("a trip of £3,100"), and are rightly found nowhere.
    """
    asked = facts.asserted(subject.asking(query))
    years = frozenset(number for number in asked.numbers if dates.YEAR.fullmatch(number))
    asked = replace(asked, numbers=years, measured=frozenset(), dates=frozenset())
    text = "\n".join(" ".join((passage.name, *passage.heading, passage.header, passage.text)) for passage in passages)
    if not (asked.addresses or asked.codes) and _plainly(asked, text.lower()):
        return ()
    words = frozenset(tokens(text))
    lost = facts.absent(asked, text, words, frozenset(), small_numbers=False)
    return tuple(one for one in lost if not _misspelt(one, words))


def _plainly(asked: facts.Facts, lower: str) -> bool:
    """Whether all names and numbers stand there as they were typed: most questions end here, for little time."""
    digits = lower.replace(",", "")
    return all(name.lower() in lower for name in asked.names) and all(
        number in digits for number in asked.numbers if len(number) > 2
    )


def _misspelt(name: str, words: frozenset[str]) -> bool:
    """Whether something stands there that may be meant: FY67 or '67 for 1967, a name with a letter wrong."""
    if dates.YEAR.fullmatch(name):
        return bool({f"fy{name[2:]}", name[2:]} & words)
    return len(name) > 4 and name.isalpha() and bool(get_close_matches(name.lower(), words, n=1, cutoff=_ALIKE))
