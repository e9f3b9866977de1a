"""The variants that ship with Parallax."""

from __future__ import annotations

from service.answer.approaches import APPROACHES
from service.types import ApproachName, Variant


def _preset(name: ApproachName, label: str, model: str = "") -> Variant:
    return Variant(
        name=name,
        label=label,
        approach=name,
        model=model,
        parameters={},
        prompt_hash=APPROACHES[name].prompt_hash,
        origin="preset",
    )


PRESETS = (
    _preset("plain", "Plain"),
    _preset("few_shot", "Few-shot"),
    _preset("rag", "Documents (RAG)"),
)
TUNED: tuple[ApproachName, ...] = ("fine_tuned", "rag_fine_tuned")
"""Presets, and approaches, that are there while a tuned model is."""
NAMES = (*(preset.name for preset in PRESETS), *TUNED)


def of_tuned(model: str) -> tuple[Variant, ...]:
    """The presets that ask the tuned model of that catalogue name."""
    return _preset("fine_tuned", "Fine-tuned", model), _preset("rag_fine_tuned", "Documents (RAG) on fine-tuned", model)
