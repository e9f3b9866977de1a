"""A verdict as a sentence somebody can act on, in English and in Traditional Chinese."""

from __future__ import annotations

import math
from typing import Literal

from service.statistics.power import ALPHA
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
        "apart": "Not decided yet: {a} differs from {b} on {metric} by {signed} (95 % interval {low} to {high}, "
        "n = {n}), but its test gives p = {p}{holm}, and a verdict needs {alpha}. {more}",
        "holm": " after Holm's correction for all that is compared at once",
        "few": "Not decided yet, as a verdict needs {needs}, and there {are}: {a} differs from {b} on {metric} by "
        "{signed} (95 % interval {low} to {high}). {more}",
        "bare": "Not decided yet, as a verdict needs {needs}, and there {are}: {a} against {b} on {metric}.",
        "needs": "{fewest} {counted}",
        "needs documents": "{fewest} {counted} about {least} documents",
        "are": "are {n}",
        "are one": "is one",
        "are documents": "are {n} about {clusters}",
        "clusters": "Not decided yet: {a} differs from {b} on {metric} by {signed}, but the questions come from only "
        "{clusters} documents, and no verdict is given on fewer than {least}.",
        "none": "Not decided yet: nothing was scored for both {a} and {b} on {metric}.",
        "more": "About {count} more {counted} are needed to tell a difference of {sought} from none.",
        "one more": "About one more {one} is needed to tell a difference of {sought} from none.",
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
        "apart": "尚無定論：在「{metric}」上，{a} 與 {b} 相差 {signed}（95% 區間 {low} 到 {high}，"
        "n = {n}），但檢定的 p 值為 {p}{holm}，要下定論需為 {alpha} 以下。{more}",
        "holm": "（已就同時進行的所有比較作 Holm 校正）",
        "few": "尚無定論，因為要有 {needs}才下定論，目前有 {are}：在「{metric}」上，{a} 與 {b} 相差 {signed}"
        "（95% 區間 {low} 到 {high}）。{more}",
        "bare": "尚無定論，因為要有 {needs}才下定論，目前有 {are}：在「{metric}」上比較 {a} 與 {b}。",
        "needs": "{fewest} {counted}",
        "needs documents": "涵蓋 {least} 份文件的 {fewest} {counted}",
        "are": "{n} {counted}",
        "are one": "1 {counted}",
        "are documents": "涵蓋 {clusters} 份文件的 {n} {counted}",
        "clusters": "尚無定論：在「{metric}」上，{a} 與 {b} 相差 {signed}，但題目只來自 {clusters} 份文件，"
        "不到 {least} 份不下定論。",
        "none": "尚無定論：還沒有同時為 {a} 與 {b} 評出「{metric}」的結果。",
        "more": "要分辨 {sought} 的差距與毫無差距，大約還需要 {count} {counted}。",
        "one more": "要分辨 {sought} 的差距與毫無差距，大約還需要 1 {one}。",
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
    least = fewest(pair)
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
        "fewest": str(least),
        "p": f"{verdict.p_adjusted:.2g}",
        "alpha": f"{ALPHA:g}",
        "holm": words["holm"] if verdict.p_adjusted > it.p else "",
        "sought": _sized(max(abs(it.difference), pair.margin or 0.0), pair.unit, words, fine),
    }
    filled["more"] = _more(verdict, filled, words)
    narrow = pair.counted == "questions" and it.clusters < min(it.n, FEWEST_CLUSTERS)
    filled["needs"] = words["needs documents" if narrow else "needs"].format_map(filled)
    filled["are"] = words["are one" if it.n == 1 else "are documents" if narrow else "are"].format_map(filled)
    return words[_form(verdict)].format_map(filled).strip()


def _form(verdict: Verdict) -> str:
    """Which of the sentences; of an undecided one, the first reason that holds."""
    it = verdict.pair.difference
    if verdict.word != "undecided":
        return verdict.word
    if not it.n:
        return "none"
    if it.n == 1 or not math.isfinite(it.low):
        return "bare"
    if it.n < fewest(verdict.pair):
        return "few"
    if it.clusters < FEWEST_CLUSTERS:
        return "clusters"
    return "apart" if (it.low > 0 or it.high < 0) and verdict.p_adjusted > ALPHA else "undecided"


def _more(verdict: Verdict, filled: dict[str, str], words: dict[str, str]) -> str:
    """How many more tell what was seen from nothing; not said where they only make up what any verdict needs."""
    it, least = verdict.pair.difference, fewest(verdict.pair)
    if not verdict.more_needed:
        return words["unknown"] if it.difference == 0 else ""
    if verdict.more_needed <= least - it.n:
        return ""
    count = _rounded(verdict.more_needed)
    return words["one more" if count == "1" else "more"].format_map({**filled, "count": count})


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
