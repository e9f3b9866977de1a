"""The content words of a text: its search tokens without those that every question and every sentence has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from ingest.lexical import is_unspaced, tokens
from ingest.terms import analyse
from service.answer import kind

_STOP = """
a about above after again all also am an and any are as at be because been before being below between both but by can
cannot could did do does doing down during each either else etc every few for from further had has have having he her
here hers him his how however i if in into is it its itself just may me might more most much must my no nor not of off
on once only or other our ours out over own per please same shall she should so some such than that the their theirs
them then there these they this those through thus to too under until up upon us very was we were what when where
whether which while who whom whose why will with within without would yes you your yours according far get gets
getting got give given know let long many mean means often said say says tell want
"""
# What a question is framed with, whatever it asks about: documents put these otherwise or leave them out.
_FRAME = """
able actually allow allowed already amount anybody anyone anything apply available average back become begin belong
big bigger biggest call called case certain come consist contain count current currently date different due else exact
exactly exist figure find first follow following general generally give go good great happen held help herself high
higher highest himself hold include included keep kind large larger largest last late latest least less level like
limit limits list listed long longer longest look low lower lowest main make maximum mention mentioned minimum need
new normal normally number offer offered old one part people percent percentage person place possible post posting
provide provided put receive received refer regard relate require required respectively second see set share show
shown single size small smaller smallest somebody someone something soon sort start state stated take taken term
themselves thing three time total two type typical typically use used using usual usually way wrong
"""
FRAME_WEIGHT = 0.25
_FRAME_CJK = "規定 期間 時候 情況 情形 多久 最多 最少 最長 最高 上限 不得 超過 以上 以下 必須 應該 需要 可以 原則"
_STOP_CJK = frozenset(
    "的了嗎呢吧啊是在有和與及或也都就而但若如之其於以為被把對從到將會能可請問我你您他她它們這那哪誰什麼怎樣何幾多少個"
)
_PARTICLES = frozenset("的了嗎呢吧啊是為於")
_HIRAGANA = re.compile(r"[\u3041-\u309f]")
_WORDS = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af]+|[^\s\u2e80-\u9fff\uac00-\ud7af]+")


@lru_cache(maxsize=1)
def _stop() -> frozenset[str]:
    return frozenset(token for word in _STOP.split() for token in tokens(word))


def weightless(token: str) -> bool:
    """True for function words, for CJK tokens of function characters only, and for pairs that touch a particle."""
    return (
        token in _stop()
        or all(character in _STOP_CJK for character in token)
        or (len(token) == 2 and (token[0] in _PARTICLES or token[1] in _PARTICLES))
    )


@lru_cache(maxsize=1)
def _frame() -> frozenset[str]:
    return frozenset(token for word in _FRAME.split() for token in tokens(word)) | frozenset(_FRAME_CJK.split())


@lru_cache(maxsize=4096)
def content(text: str) -> tuple[str, ...]:
    """Content tokens in order, repeated ones included (words stemmed, CJK as bigrams: see `ingest.lexical`)."""
    return tuple(token for token in tokens(text) if not weightless(token))


def own(question: str) -> tuple[str, ...]:
    """The content tokens that say what a question is about: without those that frame any question."""
    light = _frame() | frozenset(tokens(kind.phrase(question)))
    return tuple(token for token in content(question) if token not in light)


def content_words(text: str) -> list[str]:
    """The words that carry meaning, as written. A run of CJK characters counts as one word."""
    return [word for word in _WORDS.findall(text) if content(word)]


@lru_cache(maxsize=1024)
def weights(question: str) -> Mapping[str, float]:
    """The question's content tokens, each with what it is worth (0..1] before its rarity is known.

    What frames a question, and what names the kind of thing it wants ("e-mail address": the document has the address
    itself), weighs little. Japanese pairs that touch hiragana are grammar; they count only where there is nothing else.
    """
    light = _frame() | frozenset(tokens(kind.phrase(question)))
    terms = {
        token: weight * (FRAME_WEIGHT if token in light else 1.0)
        for token, weight in analyse(question).terms.items()
        if not weightless(token)
    }
    return {token: weight for token, weight in terms.items() if not _HIRAGANA.search(token)} or terms


def unspaced(text: str) -> bool:
    """True when most of a question's weight is in a script without spaces between words."""
    asked = weights(text)
    return 2 * sum(weight for token, weight in asked.items() if is_unspaced(token)) > sum(asked.values())


def worth(question: str, rarity: Mapping[str, float]) -> Mapping[str, float]:
    """What each content token of the question is worth; together 1. A token not seen anywhere is the rarest of all."""
    unseen = max(rarity.values(), default=1.0)
    raw = {token: weight * rarity.get(token, unseen) for token, weight in weights(question).items()}
    total = sum(raw.values()) or 1.0
    return {token: value / total for token, value in raw.items()}


UNSPACED_SCALE = 2.0
"""Every second pair of characters of a Chinese or Japanese question straddles two words and stands nowhere else."""


def scaled(question: str, share: float) -> float:
    """A share of a question's weight, made comparable between scripts: 0..1."""
    return min(1.0, share * (UNSPACED_SCALE if unspaced(question) else 1.0))
