"""The prompt files: read once, versioned by the hash of their bytes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from importlib.resources import files
from string import Template
from typing import Literal

from service.answer.language import LANGUAGES, Language

Name = Literal["system", "passages", "declined", "empty"]


@cache
def text(name: Name, language: Language) -> str:
    """The file's text without its final newline."""
    return (files("service.answer") / "prompts" / f"{name}.{language}.txt").read_text("utf-8").removesuffix("\n")


def filled(name: Name, language: Language, **values: str) -> str:
    """The text with `${key}` replaced, once: what a value holds is never read as a template."""
    return Template(text(name, language)).substitute(values)


@cache
def version(names: tuple[Name, ...]) -> str:
    """12 hex digits that change when any of these prompts changes in any language."""
    return _digest(f"{name}.{language}\0{text(name, language)}" for name in sorted(names) for language in LANGUAGES)


def _digest(parts: Iterable[str]) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()[:12]
