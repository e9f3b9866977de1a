"""Whether an answer says yes or no, in English and Chinese; None where it says neither."""

from __future__ import annotations

import re

from service.metrics.normal import is_cjk, normal, pieces

YES = frozenset(("yes", "是", "是的", "可以", "可", "會", "有", "能", "應", "需要"))
NO = frozenset(("no", "否", "不是", "不可以", "不可", "不得", "不會", "沒有", "無", "不能", "不", "不需要"))

REPEATED = 0.75
"""Share of a question's words that a statement repeats when it says "yes" by saying the question."""

_OPENING = re.compile(r"\W*(?:(no)\b|(?:yes|yeah|yep|certainly|absolutely|definitely|indeed|of course)\b)")
_NEGATIVE = re.compile(r"\b(?:no|not|cannot|never|nobody|none|neither)\b|n't\b")
_EXCLUDING = re.compile(r"\b(?:prohibited|forbidden|banned|excluded|ineligible|unable|denied)\b")
_EVASIVE = re.compile(
    r"\b(?:depends|unclear|unsure|unknown|whether|as ai"
    r"|i (?:am|can|could|will|would|have|do|cannot)|i'(?:m|d|ll|ve)"
    r"|(?:please|(?:can|may|could|should|might|must|have to|need to)(?: also)?) (?:ask|contact|check|consult|refer|see"
    r"|speak|find|look|read|reach|review|visit|talk)"
    r"|(?:not|[a-z]+n't) (?:\w+ )?(?:sure|know|certain|clear|mention\w*|specif\w+|stated?|say|said|find))\b"
)
_POSITIVE = re.compile(
    r"\b(?:can|may|must|should|shall|do|does|allowed|permitted|entitled|eligible|required|possible|covered|covers"
    r"|included|includes|available|accepted|supported|supports|offered|offers|provided|provides)\b"
)
_POINTING = re.compile(r"\b(?:it|this|that|these|those|they|them|so|you|we|one)\b")
_ASKING = re.compile(
    r"\W*(?:is|are|was|were|am|do|does|did|can|could|may|might|must|should|shall|will|would|has|have|had)\b"
)
_NEGATIVE_CJK = re.compile(r"(?<![可能會])不(?![論僅但滿足])|(?<![是可能會])否|否(?=\W|$)|沒|無(?!論)|未(?!滿)")
_POSITIVE_CJK = re.compile(r"^是|可以|可|會|有|能|得|應")
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s*")
_FUNCTION_WORD = re.compile(
    r"i|me|my|you|your|we|us|our|it|its|they|them|their|this|that|these|those|there|to|of|in|on|at|for|from|by|with"
    r"|and|or|if|as|be|been|being|also|any|some|into|about|under|according|get"
)


def polarity(text: str, question: str = "") -> bool | None:
    """By the opening word, else by the first sentence that asks nothing.

    English: no where it negates. Yes needs more than the lack of a no: a word that affirms (can, may, is covered ...)
    in a sentence about what was asked, or the question said again as a statement. Sentences about the speaker, about
    whom to ask, and "it depends" are neither. Chinese: no where it negates, yes where it affirms (是, 可以, 會, ...).
    """
    if opening := _OPENING.match(normal(text)):
        return opening[1] is None
    sentences = [part for part in _SENTENCE.split(text.strip()) if part.strip()]
    first = next((part for part in sentences if part.rstrip()[-1] not in "?？"), "")
    if is_cjk(first):
        bare = "".join(first.split())
        return False if _NEGATIVE_CJK.search(bare) else True if _POSITIVE_CJK.search(bare) else None
    said, asked = normal(first), normal(question)
    if _EVASIVE.search(said):
        return None
    if _NEGATIVE.search(said) or (_EXCLUDING.search(said) and not _EXCLUDING.search(asked)):
        return False
    return True if _affirms(said, asked) else None


def _affirms(said: str, asked: str) -> bool:
    wanted = _stems(asked) if _ASKING.match(asked) else frozenset()
    shared = len(wanted & _stems(said))
    if wanted and shared >= REPEATED * len(wanted):
        return True
    return bool(_POSITIVE.search(said) and (not wanted or shared or _POINTING.search(said)))


def _stems(text: str) -> frozenset[str]:
    """The words that carry meaning, by their first five letters: covered and covers are one."""
    return frozenset(
        word[:5] for word in pieces(text) if not _FUNCTION_WORD.fullmatch(word) and not _ASKING.fullmatch(word)
    )
