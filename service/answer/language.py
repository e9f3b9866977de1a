"""Which language to answer in. Two are spoken here: English and Traditional Chinese."""

from __future__ import annotations

import re
from typing import Literal

Language = Literal["en", "zh-TW"]
LANGUAGES: tuple[Language, ...] = ("en", "zh-TW")

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_OTHER_EAST_ASIAN = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")  # kana, hangul


def language_of(text: str) -> Language:
    """Chinese when there are Han characters and neither kana nor hangul; everything else gets English."""
    return "zh-TW" if _HAN.search(text) and not _OTHER_EAST_ASIAN.search(text) else "en"
