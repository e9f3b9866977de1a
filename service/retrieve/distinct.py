"""Passages that say the same are shown once: repeated pages, boilerplate, a document kept in two places."""

from __future__ import annotations

from collections.abc import Sequence

from service.retrieve.fuse import Scored

SAME = 0.9  # Jaccard similarity of the token sets from which on two chunks say the same ...


def distinct(scored: Sequence[Scored], k: int) -> list[Scored]:
    """The first k that differ from each other; repetitions follow, where there are not enough others.

    Two chunks whose numbers or codes differ are never the same, however alike their words: 14 days here and 30 days
    there are two facts.
    """
    kept: list[Scored] = []
    repeated: list[Scored] = []
    sets: list[tuple[frozenset[str], frozenset[str]]] = []
    for one in scored:
        if len(kept) == k:
            break
        words = frozenset(one.match.words.split())
        numbers = frozenset(word for word in words if any(c.isdigit() for c in word))
        if any(numbers == n and _alike(words, w) for w, n in sets):
            repeated.append(one)
        else:
            kept.append(one)
            sets.append((words, numbers))
    return (kept + repeated)[:k]


def _alike(a: frozenset[str], b: frozenset[str]) -> bool:
    return len(a & b) >= SAME * len(a | b)
