"""Which pairs a model is trained on and which are held out: by the seed alone, whatever the order they come in.

Pairs about one document stay together, so that the validation loss says something about documents the model has not
seen; so do pairs without a document that ask nearly the same or have the same answer: a paraphrase of a trained pair is
no test. When all are about one document, questions are divided instead.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from service.hygiene import normal, overlaps
from service.tune.types import Pair

By = Literal["document", "question", "pair"]


@dataclass(frozen=True, slots=True)
class Split:
    """`hash` is the same for the same two parts; `groups` were divided by `by`; `dropped` pairs were there twice."""

    train: tuple[Pair, ...]
    validation: tuple[Pair, ...]
    hash: str
    groups: int
    by: By
    dropped: int


def split(pairs: Sequence[Pair], share: float, seed: int) -> Split:
    """Hold out about `share` of the pairs (at least one, never all). Needs two that differ; raises `ValueError`."""
    unique = _unique(pairs)
    if len(unique) < 2:
        raise ValueError("two pairs at least")
    by: By = "document" if any(one.document for one in unique) else "question"
    groups = _grouped(unique, documents=True)
    if len(groups) == 1:
        by, groups = "question", _grouped(unique, documents=False)
    if len(groups) == 1:
        by, groups = "pair", [[one] for one in unique]
    wanted = max(1, round(share * len(unique)))
    held: list[Pair] = []
    left: list[Pair] = []
    for group in sorted(groups, key=lambda group: _drawn(seed, group)):
        room = wanted - len(held)
        # A group may overshoot by half of itself; a large one is trained on rather than held out.
        (held if room > 0 and len(group) <= 2 * room and len(held) + len(group) < len(unique) else left).extend(group)
    if not held:  # every group is large: the smallest one is held out
        smallest = min(groups, key=lambda group: (len(group), _drawn(seed, group)))
        held, left = list(smallest), [one for one in unique if one not in smallest]
    train, validation = _shuffled(left, seed), _shuffled(held, seed)
    return Split(train, validation, _hash(train, validation), len(groups), by, len(pairs) - len(unique))


def _unique(pairs: Iterable[Pair]) -> list[Pair]:
    seen: dict[tuple[str, str], Pair] = {}
    for one in sorted(pairs, key=_key):
        seen.setdefault((normal(one.question), normal(one.answer)), one)
    return list(seen.values())


def _grouped(pairs: Sequence[Pair], *, documents: bool) -> list[list[Pair]]:
    above = list(range(len(pairs)))

    def top(place: int) -> int:
        while above[place] != place:
            above[place] = above[above[place]]
            place = above[place]
        return place

    first: dict[Hashable, int] = {}
    for place, one in enumerate(pairs):
        about = ("document", one.document) if documents and one.document else ("answer", normal(one.answer))
        above[top(place)] = top(first.setdefault(about, place))
    alone = [place for place, one in enumerate(pairs) if not (documents and one.document)]
    by_question = {pairs[place].question: place for place in alone}
    for hit in overlaps(by_question, [(str(place), pairs[place].question) for place in alone]):
        above[top(by_question[hit.given])] = top(int(hit.case_id))
    groups: dict[int, list[Pair]] = defaultdict(list)
    for place, one in enumerate(pairs):
        groups[top(place)].append(one)
    return list(groups.values())


def _key(one: Pair) -> tuple[str, str, str]:
    return (one.question, one.answer, one.document or "")


def _drawn(seed: int, group: Sequence[Pair]) -> str:
    return hashlib.sha256(f"{seed}\0{min(map(_key, group))}".encode()).hexdigest()


def _shuffled(pairs: Iterable[Pair], seed: int) -> tuple[Pair, ...]:
    return tuple(sorted(pairs, key=lambda one: _drawn(seed, [one])))


def _hash(train: Sequence[Pair], validation: Sequence[Pair]) -> str:
    parts = (("train", train), ("validation", validation))
    lines = [
        json.dumps([part, one.question, one.answer], ensure_ascii=False)
        for part, some in parts
        for one in sorted(some, key=_key)
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
