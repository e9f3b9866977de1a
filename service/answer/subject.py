"""Whether a passage speaks of everything that is asked: of the gate it may say a lot, and nothing of its extension."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ingest.lexical import is_unspaced, tokens
from service.answer import dates, facts
from service.answer.terms import own, unspaced, weights

ONE = 0.3
"""A word with so much of the question's weight must stand in the passage, or one that is made of it or makes it."""
ALL = 0.45
"""And no more than this may be missing altogether."""
_KIN = 4
"""Letters that the shorter of two words must have to be kin to one that it is a part of: cashed, uncashed."""

_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")


def asking(question: str) -> str:
    """The last sentence with a question mark; everything when none has one. What comes before it sets the scene ("A
    customer in Glasgow bought ..."), and rules need not name it."""
    sentences = [one for one in _SENTENCE.split(question) if one.strip()]
    return next((one for one in reversed(sentences) if one.rstrip().endswith(("?", "？"))), question)


def missing(
    question: str, shares: Mapping[str, float], words: frozenset[str], document: frozenset[str]
) -> tuple[str, ...]:
    """The words of its own in what is asked that stand nowhere among a passage's; () where so little is missing that
    the passage may well have it in other words. Scripts without spaces are not judged: their pairs straddle words.

    `shares` is what each of the question's tokens is worth, together 1. A name may stand anywhere among what is known
    of the passage's `document`: its title page has it, and no other page need.
    """
    sentence = asking(question)
    if unspaced(sentence):
        return ()
    total = sum(shares.get(word, 0.0) for word in weights(sentence) if _is_word(word)) or 1.0
    lost = [word for word in dict.fromkeys(own(sentence)) if word not in words and _is_word(word)]
    named = document & frozenset(token for name in facts.asserted(sentence).names for token in tokens(name))
    lost = [word for word in lost if word not in named and not any(_kin(word, other) for other in words)]
    worths = [shares.get(word, 0.0) / total for word in lost]
    return tuple(lost) if lost and (max(worths) >= ONE or sum(worths) >= ALL) else ()


def other_year(question: str, whole: str) -> bool:
    """Whether a year is asked for that a passage with its headings does not have, while it has another: what a thing
    costs in 2026 is not what it cost in 2024."""
    asked = frozenset(dates.YEAR.findall(asking(question)))
    return bool(asked) and not any(year in whole for year in asked) and bool(dates.YEAR.search(whole))


def _is_word(token: str) -> bool:
    """Not a number or a code, which the gate looks at, nor a pair of characters."""
    return not is_unspaced(token) and not any(character.isdigit() for character in token)


def _kin(word: str, other: str) -> bool:
    if min(len(word), len(other)) < _KIN or not (word.isalpha() and other.isalpha()):
        return False
    return word in other or other in word
