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
    sets: list[frozenset[str]] = []
    for one in scored:
        if len(kept) == k:
            break
        words = frozenset(one.match.words.split())
        if any(_same(words, other) for other in sets):
            repeated.append(one)
        else:
            kept.append(one)
            sets.append(words)
    return (kept + repeated)[:k]


def _same(a: frozenset[str], b: frozenset[str]) -> bool:
    if len(a & b) < SAME * max(len(a), len(b)) or len(a & b) < SAME * len(a | b):
        return False
    return not any(c.isdigit() for word in a ^ b for c in word)
