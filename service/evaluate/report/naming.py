"""What an arm is called, the same in sentences, charts, tables, the terminal and on the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.evaluate.report.types import ReportArm
from service.evaluate.report.words import Both
from service.evaluate.types import Arm

PRESETS: Mapping[str, Both] = {
    "plain": {"en": "Plain", "zh-TW": "直接回答"},
    "few_shot": {"en": "Few-shot", "zh-TW": "少量範例"},
    "rag": {"en": "RAG", "zh-TW": "RAG"},
    "fine_tuned": {"en": "Fine-tuned", "zh-TW": "微調"},
    "rag_fine_tuned": {"en": "RAG on tuned", "zh-TW": "微調+RAG"},
}
"""The variants that ship with Parallax, as the page calls them; a person's own keep their label."""
REFERENCES: Mapping[str, Both] = {
    "closed_book": {"en": "Model alone", "zh-TW": "單靠模型"},
    "oracle": {"en": "Perfect search", "zh-TW": "完美檢索"},
    "refuse": {"en": "Always declining", "zh-TW": "一律婉拒"},
}


def names(arms: Sequence[Arm | ReportArm], language: str) -> Mapping[str, str]:
    """Arm -> what it is called; two that would be called the same keep their own names."""
    called = {_name(arm): _called(arm, language) for arm in arms}
    often = list(called.values())
    return {name: said if often.count(said) == 1 else name for name, said in called.items()}


def _called(arm: Arm | ReportArm, language: str) -> str:
    known = PRESETS.get(_name(arm)) if arm.kind == "variant" else REFERENCES[arm.kind]
    return known[language] if known else arm.label or _name(arm)


def _name(arm: Arm | ReportArm) -> str:
    return arm.name if isinstance(arm, Arm) else arm.variant
