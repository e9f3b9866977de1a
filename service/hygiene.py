"""Nothing that a model is shown or trained on may give away a question it is examined with.

A few-shot example or a training pair overlaps a case when their questions are the same but for case, width and signs,
or share nearly all their character bigrams. That is deliberately about wording only: a paraphrase with other words is
what an example is for.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

SAME = 0.85
"""Share of character bigrams in common (Dice's coefficient over multisets) from which two questions count as one."""
_NOT_WORDS = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Overlap:
    """`given` (an example's or a pair's question) is too near to the case's question; `likeness` in 0..1."""

    given: str
    case_id: str
    question: str
    likeness: float
    kind: Literal["same", "near"]

    def __str__(self) -> str:
        how = "is" if self.kind == "same" else f"is nearly ({self.likeness:.0%})"
        return f"“{self.given[:120]}” {how} the case {self.case_id!r} (“{self.question[:120]}”)"


def overlaps(given: Iterable[str], cases: Sequence[tuple[str, str]]) -> Iterator[Overlap]:
    """Every pair of a given question and a case (id, question) that overlap. Linear in all but the shared bigrams.

    Questions that differ only in their numbers ("What does an HX-4410 cost?", "... an HX-4420 ...") are different
    questions: near ones must have the same numbers.
    """
    known = [(id, question, normal(question)) for id, question in cases]
    exact: dict[str, list[int]] = defaultdict(list)
    by_bigram: dict[str, list[int]] = defaultdict(list)
    bags = [_bigrams(text) for _, _, text in known]
    for place, (_, _, text) in enumerate(known):
        exact[_packed(text)].append(place)
        for bigram in bags[place]:
            by_bigram[bigram].append(place)
    for one in given:
        text = normal(one)
        if not text:
            continue
        for place in exact.get(_packed(text), ()):
            yield Overlap(one, known[place][0], known[place][1], 1.0, "same")
        bag = _bigrams(text)
        size = bag.total()
        shared: Counter[int] = Counter()
        for bigram, times in bag.items():
            for place in by_bigram.get(bigram, ()):
                shared[place] += min(times, bags[place][bigram])
        numbers = _NUMBER.findall(text)
        for place, common in sorted(shared.items()):
            likeness = 2 * common / (size + bags[place].total())
            other = known[place][2]
            if likeness >= SAME and _packed(other) != _packed(text) and _NUMBER.findall(other) == numbers:
                yield Overlap(one, known[place][0], known[place][1], likeness, "near")


def normal(question: str) -> str:
    """NFKC, lower case, words and numbers only, one space between them."""
    return _NOT_WORDS.sub(" ", unicodedata.normalize("NFKC", question).lower()).strip()


def _packed(text: str) -> str:
    return text.replace(" ", "")


def _bigrams(text: str) -> Counter[str]:
    packed = _packed(text)
    return Counter(packed[at : at + 2] for at in range(max(1, len(packed) - 1)))
