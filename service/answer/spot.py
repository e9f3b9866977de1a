"""Finds a question's search tokens in texts without taking the whole text apart: some twenty times faster."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ingest.lexical import is_unspaced, stem, tokens

_JOINED = re.compile(r"[^\W_]+(?:[-./@#&+_,'’][^\W_]+)+%?")
_HYPHENED = re.compile(r"[^\W\d_]+-[^\W\d_]+")
_BEGINNING = 3  # letters that stemming leaves alone


class Spotter:
    """Spots some tokens (of `ingest.lexical`) in any text."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self._wanted = frozenset(wanted)
        self._pairs = tuple(token for token in self._wanted if is_unspaced(token))
        beginnings = sorted({re.escape(token[:_BEGINNING]) for token in self._wanted if not is_unspaced(token)})
        self._latin = bool(beginnings)
        # Letters with accents may fold into a beginning: words with any are looked at too.
        self._word = re.compile(rf"(?<![^\W_])(?:(?:{'|'.join(beginnings)})[^\W_]*|[a-z]*[^\x00-\x7f][^\W_]*)")
        self._odd = any(not token.isalpha() for token in self._wanted)

    def find(self, text: str) -> list[tuple[int, str]]:
        """Where each token stands: character offset and token, in no order."""
        lower = text.lower()
        if len(lower) != len(text):
            lower = text  # a letter whose lower case is longer would shift all offsets
        found: list[tuple[int, str]] = []
        if self._latin:
            for match in self._word.finditer(lower):
                word = match.group()
                if word.isalpha():
                    token = stem(word)
                    if token in self._wanted:
                        found.append((match.start(), token))
                else:
                    found += [(match.start(), token) for token in tokens(word) if token in self._wanted]
            for match in (_JOINED if self._odd else _HYPHENED).finditer(lower):
                found += [(match.start(), token) for token in tokens(match.group()) if token in self._wanted]
        for pair in self._pairs:
            at = lower.find(pair)
            while at >= 0:
                found.append((at, pair))
                at = lower.find(pair, at + 1)
        return found
