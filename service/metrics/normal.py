"""Texts in one spelling, so that what means the same compares equal: English and Chinese, numbers and dates.

| written | normal |
|---|---|
| full width, capitals, runs of white space | NFKC, lower case, one space |
| `1,500`, `$2.00`, `twelve`, `三十日`, `百分之二十`, `20 percent` | `1500`, `$2`, `12`, `30日`, `20%`, `20%` |
| a, an, the, per (unless alone); punctuation | gone; what belongs to codes, addresses, amounts and dates stays |

Simplified and Traditional characters are not unified: no small library for it is a dependency.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from ingest.lexical import tokens
from service.answer.quantities import WORDS

_MARKER = re.compile(r"\s*\[\d{1,3}(?:\s*,\s*\d{1,3})*\]")
_CJK = re.compile(r"[\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
_PIECES = re.compile(rf"{_CJK.pattern}|(?:(?!{_CJK.pattern})\S)+")
_NUMERAL = re.compile(r"[零〇一二三四五六七八九兩两十百千萬万億亿]+")
_ARTICLE = re.compile(r"\b(?:a|an|the|per)\b")
_NUMBER_WORD = re.compile(rf"\b({'|'.join(WORDS)})\b")


def without_markers(text: str) -> str:
    """The text without citation markers."""
    return _MARKER.sub("", text)


@lru_cache(maxsize=2048)
def normal(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).lower().replace("\u2019", "'")
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = _NUMERAL.sub(_digits, text)
    text = re.sub(r"百分之\s*(\d+(?:\.\d+)?)", r"\1%", text)
    text = _NUMBER_WORD.sub(lambda match: WORDS[match[1]], text)
    text = re.sub(r"\s*(?:percent|per cent)\b|\s+%", "%", text)
    text = re.sub(r"(\d)\.0+\b", r"\1", text)
    text = re.sub(r"[^\w%$£€¥.@/+~'-]+|\.(?!\d)", " ", text)
    words = " ".join(text.split())
    return " ".join(_ARTICLE.sub(" ", words).split()) or words


def is_article(text: str) -> bool:
    """Whether a normal text is nothing but what is dropped elsewhere: grade A, Vitamin A's letter."""
    return bool(_ARTICLE.fullmatch(text))


def _digits(match: re.Match[str]) -> str:
    values = [token for token in tokens(match.group()) if token.isdigit()]
    return max(values, key=len) if values else match.group()


def pieces(text: str) -> list[str]:
    """Tokens of the normal text: words by white space, one character each in Chinese, Japanese and Korean."""
    return _PIECES.findall(normal(text))


def is_cjk(text: str) -> bool:
    """Whether there is a character of Chinese, Japanese or Korean in it."""
    return bool(_CJK.search(text))


@lru_cache(maxsize=4096)
def squeezed(text: str) -> str:
    """NFKC, lower case, no white space: how evidence is looked for in a passage."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())
