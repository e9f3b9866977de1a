"""What is said when the documents do not answer: that they do not, what was searched, and what came closest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ingest.lexical import tokens
from service.answer import headings, templates
from service.answer.evidence import Evidence
from service.answer.language import Language
from service.answer.terms import scaled, worth
from service.types import Passage

NEAR = 0.24
"""Share of the question's weight that a passage must hold to be named: something is always found, mostly far off."""
_NEAREST = {"en": "Closest: ${places}.", "zh-TW": "最接近的是：${places}。"}
_NOTHING = {"en": "Nothing came close.", "zh-TW": "沒有相近的內容。"}
_PAGE = {"en": "p. {}", "zh-TW": "第 {} 頁"}
_SHOWN = 3


def text(
    language: Language,
    *,
    collection: str,
    query: str,
    passages: Sequence[Passage],
    rarity: Mapping[str, float],
    empty: bool = False,
) -> str:
    """The whole answer of a decline, in the question's language. Of an `empty` collection: how to put documents in.

    `rarity` is each question token's idf in the collection.
    """
    if empty:
        return templates.filled("empty", language, collection=collection)
    asked = worth(query, rarity)
    evidences = [Evidence(passage) for passage in passages]
    near = [one for one in evidences if scaled(query, _weight(asked, one.words)) >= NEAR]
    places = list(dict.fromkeys(_place(one, query, asked, language) for one in near))[:_SHOWN]
    separator = "; " if language == "en" else "；"
    nearest = _NEAREST[language].replace("${places}", separator.join(places)) if places else _NOTHING[language]
    return templates.filled("declined", language, collection=collection, query=query, nearest=nearest)


def _place(evidence: Evidence, query: str, asked: Mapping[str, float], language: Language) -> str:
    passage = evidence.passage
    heading = _heading(evidence, query, asked)
    page = [_PAGE[language].format(passage.page)] if passage.page is not None else []
    return ", ".join([" › ".join((passage.name, *([heading] if heading else []))), *page])


def _heading(evidence: Evidence, query: str, asked: Mapping[str, float]) -> str:
    """The heading over the sentence that has most of the question: a passage may span several."""
    first = evidence.passage.heading[-1] if evidence.passage.heading else ""
    if not evidence.units:
        return first
    words = frozenset(tokens(query))  # "How long" weighs nothing, but of two headings of a list of questions it tells

    def merit(unit: tuple[int, int, frozenset[str]]) -> tuple[float, int]:
        there = evidence.near(unit[0], unit[1])[0]
        return round(_weight(asked, there), 6), len(words & there)

    _, end, _ = max(evidence.units, key=merit)
    above = [one for one in headings.within(evidence.text) if one.leads and one.start < end]
    return above[-1].text if len(above) > 1 or (above and not first) else first


def _weight(asked: Mapping[str, float], words: frozenset[str]) -> float:
    return sum(share for word, share in asked.items() if word in words)
