"""What is known of models by name. The table is `catalogue.json`: files this machine can hold, and OpenAI's models.

Prices stand in `prices.json`, what has to be fetched for a model in `files.json`. A fact nobody publishes is null.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files as resources
from types import MappingProxyType
from typing import Any, Literal

Task = Literal["chat", "embedding", "speech", "image", "multimodal"]
Architecture = Literal["encoder", "decoder", "encoder-decoder"]
Language = Literal["en", "zh-TW"]
Card = Mapping[str, str]
"""`label`, `about`, `use` (what it is meant for) and `limits`, in one language."""

VERSION = 1
TERMS = "its provider's terms"

_LEAVES: Mapping[Language, str] = MappingProxyType(
    {
        "en": "Runs elsewhere: questions and passages leave this machine.",
        "zh-TW": "在別處執行：問題與段落會離開這台機器。",
    }
)
_KINDS: tuple[tuple[str, Task], ...] = (
    ("embed", "embedding"),
    ("minilm", "embedding"),
    ("bge-", "embedding"),
    ("e5-", "embedding"),
    ("whisper", "speech"),
    ("transcribe", "speech"),
    ("tts", "speech"),
    ("dall-e", "image"),
    ("gpt-image", "image"),
    ("stable-diffusion", "image"),
)


@dataclass(frozen=True, slots=True)
class Described:
    """A model as the table describes it. `tasks`: the first is what it is listed as. `open`: its weights are published;
    None where that is not known. `context` in tokens, `languages` as BCP 47 codes it was made for; empty: not told."""

    name: str
    tasks: tuple[Task, ...]
    license: str
    open: bool | None
    architecture: Architecture | None
    context: int | None
    provider: str
    source: str
    languages: tuple[str, ...]
    card: Mapping[Language, Card] = field(default_factory=dict)


@cache
def described() -> Mapping[str, Described]:
    """Every model of the table, by name."""
    table = json.loads(resources("service.models").joinpath("catalogue.json").read_text(encoding="utf-8"))
    if table["version"] != VERSION:
        raise ValueError(f"catalogue.json has version {table['version']}, this code reads {VERSION}")
    return MappingProxyType({row["name"]: _described(row) for row in table["models"]})


def elsewhere(name: str, provider: str, source: str) -> Described:
    """A model of which only its id is known, at a server somewhere else: its task is told by its name."""
    label = name.split(":", 1)[-1]
    card: dict[Language, Card] = {language: {"label": label, "about": about} for language, about in _LEAVES.items()}
    return Described(name, (kind_of(label),), TERMS, None, None, None, provider, source, (), card)


def kind_of(id: str) -> Task:
    """What a model of this id is for, as far as its name tells: chat unless it says otherwise."""
    low = id.lower()
    return next((task for part, task in _KINDS if part in low), "chat")


def _described(row: Mapping[str, Any]) -> Described:
    parts = dict(row)
    return Described(**{**parts, "tasks": tuple(parts["tasks"]), "languages": tuple(parts["languages"])})
