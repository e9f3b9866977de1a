"""The variants that ship with Parallax."""

from __future__ import annotations

from service.answer.approaches import APPROACHES
from service.types import ApproachName, Variant


def _preset(name: ApproachName, label: str) -> Variant:
    return Variant(
        name=name,
        label=label,
        approach=name,
        model="",
        parameters={},
        prompt_hash=APPROACHES[name].prompt_hash,
        origin="preset",
    )


PRESETS = (
    _preset("plain", "Plain"),
    _preset("few_shot", "Few-shot"),
    _preset("rag", "Documents (RAG)"),
)
