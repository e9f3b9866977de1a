"""Whether an answer holds a reference: deterministic, for English and Chinese."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from ingest.lexical import tokens
from service.answer.quantities import WORDS

_MARKER = re.compile(r"\s*\[\d+\]")


def right(references: Sequence[str], text: str) -> bool:
    """Whether an answer holds a reference, at word borders; for yes and no, whether its polarity is the same."""
    said = normal(_MARKER.sub("", text))
    if {reference.lower() for reference in references} & {"yes", "no"}:
        negative = re.search(r"\b(?:no|not|cannot|n't)\b", said.replace("n't", " n't"))
        opening = re.match(r"(yes|no)\b", said)
        return (opening[1] if opening else "no" if negative else "yes") == references[0].lower()
    for reference in map(normal, references):
        if re.search(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", reference):
            if reference.replace(" ", "") in said.replace(" ", ""):
                return True
        elif re.search(rf"(?<![\w.]){re.escape(reference.lstrip('$'))}(?!\w|\.\d)", said):
            return True
    return False


def normal(text: str) -> str:
    """NFKC, lower case, numerals as digits, percent as %, one space, without thousands separators and articles.

    So "once a year" is "once per year".
    """
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"[零〇一二三四五六七八九兩十百千萬]+", _numeral, text)
    text = re.sub(r"百分之(\d+)", r"\1%", text)
    text = re.sub(rf"\b({'|'.join(WORDS)})\b", lambda match: WORDS[match[1]], text)
    text = re.sub(r"\s*(?:percent|per cent)\b|\s+%", "%", text)
    text = re.sub(r"(\d)\.0+\b", r"\1", text)
    text = re.sub(r"\b(?:a|an|the|per)\b", " ", text)
    text = re.sub(r"[^\w%$.@/+~'-]+|\.(?!\d)", " ", text)
    return " ".join(text.split())


def _numeral(match: re.Match[str]) -> str:
    values = [token for token in tokens(match.group()) if token.isdigit()]
    return max(values, key=len) if values else match.group()
