"""What a blind voter reads: every lane's text rendered alike, and whether it still gives its arm away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from service.answer.check import without_markers
from service.answer.language import Language, language_of
from service.answer.size import tokens
from service.compare.types import Arm
from service.types import Answer

DECLINES: Mapping[Language, str] = {"en": "I cannot answer this.", "zh-TW": "我無法回答這個問題。"}
"""Every lane declines in these words: their own would tell which one looked into the documents."""

_PIECES = r"(?:passages?|excerpts?|snippets?|search results?|retrieved text)"
_MATERIAL = rf"(?:{_PIECES}|documents?|sources?|context|reference(?: material| text)?s?)"
_GIVEN = r"(?:provided|given|retrieved|supplied|above)"
_BETWEEN = r"(?:you|I|that|which|were|was|are|is|have|has|been)"
_SPEAKS_OF_MATERIAL = (
    re.compile(rf"\b{_GIVEN}\s+(?:\w+\s+){{0,2}}{_MATERIAL}\b", re.IGNORECASE),
    re.compile(rf"\b{_MATERIAL}\s+(?:{_BETWEEN}\s+){{0,3}}{_GIVEN}\b", re.IGNORECASE),
    re.compile(
        rf"\b(?:according to|based on|as per)\s+(?:the|these|this|your)\s+{_MATERIAL}\b(?!\s+(?:of|for|that)\b)",
        re.IGNORECASE,
    ),
    re.compile(rf"\b(?:from|in)\s+(?:the|these|this|your)\s+{_PIECES}\b", re.IGNORECASE),
    re.compile(rf"\bthe\s+{_MATERIAL}\s+(?:do(?:es)?|did)(?: not|n['’]t)\b", re.IGNORECASE),
    re.compile(r"(?:提供|給定|上述|以上|下列|檢索到)的?(?:文件|段落|資料|來源|文章|內容|節錄|片段|文本)"),
    re.compile(r"(?:根據|依據|依照)(?:這些|該|此)?(?:文件|段落|來源|節錄|片段)"),
)
_ORDINARY = re.compile(r"[a-z]+", re.IGNORECASE)
_TELLING = frozenset({"rag", "openai", "anthropic", "qwen", "gpt", "chatgpt", "claude", "gemini", "mistral", "llama"})
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s", re.MULTILINE)
_LIST = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s", re.MULTILINE)
_BOLD = re.compile(r"\*\*[^*\n]+\*\*|__[^_\n]+__")


def shown(answer: Answer, question: str) -> str:
    """The text as every lane's is rendered: without citation markers, a decline in neutral words."""
    bare = without_markers(answer.text).strip()
    return DECLINES[language_of(question)] if answer.finish == "declined" or not bare else bare


def gives_away(text: str, question: str, arms: Sequence[Arm]) -> str | None:
    """What in this text tells who said it, or that it had passages before it; None when nothing does.

    What the question says itself gives nothing away. A variant's name that is an everyday word ("plain") is not looked
    for: hardly an answer that holds it means the variant.
    """
    for name in _names(arms):
        found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE)
        if found and name.lower() not in question.lower():
            return found.group()
    for pattern in _SPEAKS_OF_MATERIAL:
        found = pattern.search(text)
        if found and not pattern.search(question):
            return found.group()[:80]
    return None


def style(text: str) -> dict[str, int]:
    """What the ranking controls for, as the voter saw it. Citations are shown for no lane, so they cannot sway."""
    return {
        "tokens": tokens(text),
        "headings": len(_HEADING.findall(text)),
        "lists": len(_LIST.findall(text)),
        "bold": len(_BOLD.findall(text)),
    }


def _names(arms: Sequence[Arm]) -> Iterator[str]:
    for arm in arms:
        for name in {arm.variant.name, arm.base, arm.variant.label, arm.variant.model}:
            if len(name) > 2 and (not _ORDINARY.fullmatch(name) or name.lower() in _TELLING):
                yield name
        # "I am Qwen": the family that a model's name begins with, and who offers it.
        for part in re.findall(r"[a-z]+", arm.variant.model.lower()):
            if part in _TELLING:
                yield part
