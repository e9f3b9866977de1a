"""Nothing that a model is shown or trained on may give away a question it is examined with.

A few-shot example or a training pair overlaps a case when their questions are the same but for case, width and signs,
or share nearly all their character bigrams. That is deliberately about wording only: a paraphrase with other words is
what an example is for.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

SAME = 0.85
"""Share of character bigrams in common (Dice's coefficient over multisets) from which two questions count as one."""
SAMPLE = 2000
"""Cases by which bigrams are told rare."""
_SLACK = 1e-6
"""What bounds give away, so that no rounding of a share makes them too tight."""
_Bigram = tuple[str, str]
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


@dataclass(frozen=True, slots=True)
class _Question:
    """A given question, and the places of the cases that are the `same` or `near` it (with their likeness)."""

    said: str
    packed: str
    bag: Counter[_Bigram]
    size: int
    """Bigrams, each as often as it occurs."""
    same: list[int]
    near: list[tuple[int, float]]


def overlaps(given: Iterable[str], cases: Sequence[tuple[str, str]]) -> Iterator[Overlap]:
    """Every pair of a given question and a case (id, question) that overlap: by given question, the same cases first,
    then the near ones, each in their order.

    Questions that differ only in their numbers ("What does an HX-4410 cost?", "... an HX-4420 ...") are different
    questions: near ones must have the same numbers.

    Hardly any two are compared. Two bags of `a` and `b` bigrams that are alike enough share `SAME * (a + b) / 2` of
    them, and so, b being no less than that, `a * SAME / (2 - SAME)` at least. Of all but so many of a bag's bigrams,
    and one more, the other bag has one (the prefix filter of similarity joins: Bayardo, Ma and Srikant, 2007): each
    given question is looked up by that many of its rarest ones.
    """
    known = [normal(question) for _, question in cases]
    rare = _Rarity(known)
    questions: list[_Question] = []
    exact: dict[str, list[_Question]] = defaultdict(list)
    index: dict[tuple[str, ...], dict[_Bigram, list[_Question]]] = defaultdict(lambda: defaultdict(list))
    for said in given:
        if text := normal(said):
            packed = _packed(text)
            bag = Counter(_bigrams(packed))
            made = _Question(said, packed, bag, bag.total(), [], [])
            questions.append(made)
            exact[packed].append(made)
            by_bigram = index[tuple(_NUMBER.findall(text))]
            for bigram in rare.prefix(made):
                by_bigram[bigram].append(made)
    for place, text in enumerate(known):
        packed = _packed(text)
        for one in exact.get(packed, ()):
            one.same.append(place)
        if (rivals := index.get(tuple(_NUMBER.findall(text)))) is not None:
            _compare(place, packed, rivals)
    for one in questions:
        for place in one.same:
            yield Overlap(one.said, cases[place][0], cases[place][1], 1.0, "same")
        for place, likeness in one.near:
            yield Overlap(one.said, cases[place][0], cases[place][1], likeness, "near")


def _compare(place: int, packed: str, by_bigram: Mapping[_Bigram, list[_Question]]) -> None:
    """Note the case as near to those questions that it is near to."""
    mine = _bigrams(packed)
    distinct, size = set(mine), len(mine)
    bag: Counter[_Bigram] | None = None
    seen: set[int] = set()
    for bigram in by_bigram.keys() & distinct:
        for one in by_bigram[bigram]:
            if id(one) in seen:
                continue
            seen.add(id(one))
            enough = SAME * (one.size + size) / 2 - _SLACK
            # What they share is no more than the smaller one, nor than the shared kinds and what is there more often.
            if min(one.size, size) < enough or one.packed == packed:
                continue
            shared = one.bag.keys() & distinct
            if len(shared) + one.size - len(one.bag) < enough:
                continue
            bag = bag or Counter(mine)
            likeness = 2 * sum(min(one.bag[each], bag[each]) for each in shared) / (one.size + size)
            if likeness >= SAME:
                one.near.append((place, likeness))


class _Rarity:
    """How rare bigrams are, by a sample of texts: which ones are taken changes the time and nothing else."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._times: Counter[_Bigram] = Counter()
        for text in texts[:: max(1, len(texts) // SAMPLE)]:
            self._times.update(_bigrams(_packed(text)))

    def prefix(self, one: _Question) -> list[_Bigram]:
        """Its rarest bigrams, as many as every question that is near has one of."""
        shared = math.ceil(one.size * SAME / (2 - SAME) - _SLACK)
        room, taken = one.size - shared + 1, []
        for bigram in sorted(one.bag, key=lambda each: (self._times[each], each)):
            if room <= 0:
                break
            taken.append(bigram)
            room -= one.bag[bigram]
        return taken


def normal(question: str) -> str:
    """NFKC, lower case, words and numbers only, one space between them."""
    return _NOT_WORDS.sub(" ", unicodedata.normalize("NFKC", question).lower()).strip()


def _packed(text: str) -> str:
    return text.replace(" ", "")


def _bigrams(packed: str) -> list[_Bigram]:
    """Every two characters in a row; of a text that is too short, the text."""
    return list(pairwise(packed)) or [(packed, "")]
