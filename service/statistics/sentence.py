"""A verdict as a sentence somebody can act on, in English and in Traditional Chinese."""

from __future__ import annotations

import math
from typing import Literal

from service.statistics.verdict import FEWEST_CLUSTERS, Verdict, fewest

Language = Literal["en", "zh-TW"]

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "better": "{a} is better than {b} on {metric} by {size} (95 % interval {near} to {far}, n = {n}).",
        "worse": "{a} is worse than {b} on {metric} by {size} (95 % interval {near} to {far}, n = {n}).",
        "equivalent": "{a} and {b} are equivalent on {metric}: the difference lies within {margin} "
        "(95 % interval {low} to {high}, n = {n}).",
        "undecided": "Not decided yet: {a} differs from {b} on {metric} by {signed} (95 % interval {low} to {high}, "
        "n = {n}). {more}",
        "few": "Not decided yet: {n} {counted} are too few to compare {a} with {b} on {metric}. {more}",
        "few one": "Not decided yet: one {one} is too little to compare {a} with {b} on {metric}. {more}",
        "clusters": "Not decided yet: {a} differs from {b} on {metric} by {signed}, but the questions come from only "
        "{clusters} documents; {least} are needed.",
        "none": "Not decided yet: nothing was scored for both {a} and {b} on {metric}.",
        "more": "About {count} more {counted} are needed.",
        "one more": "About one more {one} is needed.",
        "unknown": "So far they do not differ at all.",
        "point": "{} point",
        "points": "{} points",
        "questions": "questions",
        "visitors": "visitors",
        "votes": "votes",
    },
    "zh-TW": {
        "better": "在「{metric}」上，{a} 比 {b} 好 {size}（95% 區間 {near} 到 {far}，n = {n}）。",
        "worse": "在「{metric}」上，{a} 比 {b} 差 {size}（95% 區間 {near} 到 {far}，n = {n}）。",
        "equivalent": "在「{metric}」上，{a} 與 {b} 相當：差距不超過 {margin}（95% 區間 {low} 到 {high}，n = {n}）。",
        "undecided": "尚無定論：在「{metric}」上，{a} 與 {b} 相差 {signed}（95% 區間 {low} 到 {high}，"
        "n = {n}）。{more}",
        "few": "尚無定論：只有 {n} {counted}，不足以在「{metric}」上比較 {a} 與 {b}。{more}",
        "few one": "尚無定論：只有 1 {counted}，不足以在「{metric}」上比較 {a} 與 {b}。{more}",
        "clusters": "尚無定論：在「{metric}」上，{a} 與 {b} 相差 {signed}，但題目只來自 {clusters} 份文件，"
        "至少需要 {least} 份。",
        "none": "尚無定論：還沒有同時為 {a} 與 {b} 評出「{metric}」的結果。",
        "more": "大約還需要 {count} {counted}。",
        "one more": "大約還需要 1 {one}。",
        "unknown": "到目前為止兩者毫無差別。",
        "point": "{} 個百分點",
        "points": "{} 個百分點",
        "questions": "題",
        "visitors": "位訪客",
        "votes": "票",
    },
}


def sentence(verdict: Verdict, language: Language = "en") -> str:
    """One or two sentences. Scores are told in points, anything else in the pair's unit."""
    pair, it, words = verdict.pair, verdict.pair.difference, _WORDS[language]
    near, far = sorted((abs(it.low), abs(it.high)))
    fine = not pair.unit and (far < 0.0995 or near < 0.005)
    filled = {
        "a": pair.a,
        "b": pair.b,
        "metric": pair.metric,
        "n": str(it.n),
        "size": _sized(abs(it.difference), pair.unit, words, fine),
        "signed": ("+" if it.difference > 0 else "") + _sized(it.difference, pair.unit, words, fine),
        "near": _bare(near, pair.unit, fine),
        "far": _bare(far, pair.unit, fine),
        "low": _bare(it.low, pair.unit, fine),
        "high": _bare(it.high, pair.unit, fine),
        "margin": _sized(pair.margin or 0.0, pair.unit, words, True),
        "clusters": str(it.clusters),
        "least": str(FEWEST_CLUSTERS),
        "counted": words[pair.counted],
        "one": words[pair.counted].removesuffix("s"),
    }
    form: str = verdict.word
    if verdict.more_needed:
        count = _rounded(verdict.more_needed)
        filled["more"] = words["one more" if count == "1" else "more"].format(
            count=count, counted=filled["counted"], one=filled["one"]
        )
    else:
        filled["more"] = words["unknown"] if it.difference == 0 else ""
    if verdict.word == "undecided" and (it.n < fewest(pair) or not math.isfinite(it.low)):
        form = ("few" if it.n > 1 else "few one") if it.n else "none"
    elif verdict.word == "undecided" and it.clusters < FEWEST_CLUSTERS:
        form = "clusters"
    return words[form].format_map(filled).strip()


def _rounded(count: int) -> str:
    """Upwards to two digits: more would claim to know it better."""
    step = 10 ** max(0, len(str(count)) - 2)
    return f"{-(-count // step) * step:,}"


def _sized(value: float, unit: str, words: dict[str, str], fine: bool) -> str:
    number = _bare(value, unit, fine)
    return f"{number} {unit}" if unit else words["point" if number in ("1", "-1") else "points"].format(number)


def _bare(value: float, unit: str, fine: bool) -> str:
    """A number without its unit: points whole, or `fine` to a tenth; other units to three digits."""
    if not math.isfinite(value):
        return "?"
    if unit:
        text = f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    else:
        text = f"{100 * value:.1f}".removesuffix(".0") if fine else f"{100 * value:.0f}"
    return "0" if float(text) == 0 else text
