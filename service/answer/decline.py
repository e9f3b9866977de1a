"""What is said when the documents do not answer: that they do not, what was searched, and what came closest."""

from __future__ import annotations

from collections.abc import Sequence

from service.answer import templates
from service.answer.language import Language
from service.types import Passage

_NEAREST = {"en": "Closest: ${places}.", "zh-TW": "最接近的是：${places}。"}
_NOTHING = {"en": "Nothing came close.", "zh-TW": "沒有相近的內容。"}
_PAGE = {"en": "p. {}", "zh-TW": "第 {} 頁"}
_SHOWN = 3


def text(language: Language, *, collection: str, query: str, passages: Sequence[Passage], empty: bool = False) -> str:
    """The whole answer of a decline, in the question's language. Of an `empty` collection: how to put documents in."""
    if empty:
        return templates.filled("empty", language, collection=collection)
    places = list(dict.fromkeys(_place(passage, language) for passage in passages))[:_SHOWN]
    separator = "; " if language == "en" else "；"
    nearest = _NEAREST[language].replace("${places}", separator.join(places)) if places else _NOTHING[language]
    return templates.filled("declined", language, collection=collection, query=query, nearest=nearest)


def _place(passage: Passage, language: Language) -> str:
    page = [_PAGE[language].format(passage.page)] if passage.page is not None else []
    return ", ".join([" › ".join((passage.name, *passage.heading[-1:])), *page])
