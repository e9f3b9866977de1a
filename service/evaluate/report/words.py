"""What a report says in words, in English and in Traditional Chinese, beside the verdicts' own sentences."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("en", "zh-TW")

Both = Mapping[str, str]

CELLS: Mapping[str, tuple[Both, Both, bool]] = {
    "good": (
        {"en": "Good", "zh-TW": "正確"},
        {"en": "found and answered rightly", "zh-TW": "找到並正確回答"},
        True,
    ),
    "prior_knowledge": (
        {"en": "Right without it", "zh-TW": "憑既有知識答對"},
        {
            "en": "right, though the passage was not found: knowledge or luck",
            "zh-TW": "未找到段落卻答對：既有知識或運氣",
        },
        True,
    ),
    "declined_rightly": (
        {"en": "Declined rightly", "zh-TW": "正確婉拒"},
        {"en": "there is no answer, and none was given", "zh-TW": "文件中沒有答案，也沒有作答"},
        True,
    ),
    "generation_miss": (
        {"en": "Generation miss", "zh-TW": "生成錯誤"},
        {"en": "found, but ignored or misread", "zh-TW": "已找到，但被忽略或誤讀"},
        False,
    ),
    "retrieval_miss": (
        {"en": "Retrieval miss", "zh-TW": "檢索錯誤"},
        {"en": "not found, and answered wrongly all the same", "zh-TW": "沒找到，卻仍作答且答錯"},
        False,
    ),
    "distracted": (
        {"en": "Distracted", "zh-TW": "受干擾"},
        {"en": "the model alone knew it; with the passages it was wrong", "zh-TW": "模型本來會，給了段落反而答錯"},
        False,
    ),
    "over_cautious": (
        {"en": "Over-cautious", "zh-TW": "過度謹慎"},
        {"en": "found, and declined all the same", "zh-TW": "已找到卻婉拒"},
        False,
    ),
    "honest_miss": (
        {"en": "Honest miss", "zh-TW": "誠實未答"},
        {"en": "not found, and declined", "zh-TW": "沒找到，因此婉拒"},
        False,
    ),
    "answered_unanswerable": (
        {"en": "Made up", "zh-TW": "憑空作答"},
        {"en": "answered though the documents do not say", "zh-TW": "文件沒有答案卻仍作答"},
        False,
    ),
    "failed": (
        {"en": "Failed", "zh-TW": "失敗"},
        {"en": "no answer came", "zh-TW": "沒有得到回答"},
        False,
    ),
}
"""Cell of the diagnosis table -> label, meaning, whether it is good."""

LIFTS: Mapping[str, Both] = {
    "rag_lift": {
        "en": "The documents add {size} on {metric}: {a} has {a_mean}, the model alone {b_mean} "
        "(95 % interval of the difference {low} to {high}, n = {n}).{decided}",
        "zh-TW": "文件使「{metric}」增加 {size}：{a} 為 {a_mean}，單靠模型為 {b_mean}"
        "（差距的 95% 區間 {low} 到 {high}，n = {n}）。{decided}",
    },
    "generation_gap": {
        "en": "A perfect search would add {size} on {metric}: with the right passage given it is {a_mean}, {b} has "
        "{b_mean} (95 % interval of the difference {low} to {high}, n = {n}).{decided}",
        "zh-TW": "若檢索完美，「{metric}」可再增加 {size}：給定正確段落時為 {a_mean}，{b} 為 {b_mean}"
        "（差距的 95% 區間 {low} 到 {high}，n = {n}）。{decided}",
    },
    "above_refusing": {
        "en": "Declining every question would get {b_mean} on {metric}; {a} gets {a_mean}, {more} "
        "(95 % interval of the difference {low} to {high}, n = {n}).{decided}",
        "zh-TW": "每題都婉拒，「{metric}」為 {b_mean}；{a} 為 {a_mean}，{more}"
        "（差距的 95% 區間 {low} 到 {high}，n = {n}）。{decided}",
    },
}

OPEN: Both = {
    "en": " That is not decided yet: chance alone could do it.",
    "zh-TW": "目前尚無定論：也可能只是巧合。",
}
"""After a difference whose interval holds zero."""

FEW: Both = {
    "en": " No verdict: that needs {least} questions.",
    "zh-TW": "尚非定論：至少要有 {least} 題。",
}
"""After a difference seen on too few questions, wherever its interval lies."""

NARROW: Both = {
    "en": " No verdict: that needs questions about {least} documents.",
    "zh-TW": "尚非定論：題目至少要涵蓋 {least} 份文件。",
}
"""After one seen on questions about too few documents."""

ALONE: Both = {
    "en": "{a} has {mean} on {metric} (95 % interval {low} to {high}, n = {n}).",
    "zh-TW": "{a} 的「{metric}」為 {mean}（95% 區間 {low} 到 {high}，n = {n}）。",
}

NOTHING: Both = {
    "en": "Nothing was answered yet.",
    "zh-TW": "還沒有任何回答。",
}

PARTIAL: Both = {
    "en": "Only {done} of {total} answers are there so far: what follows may change.",
    "zh-TW": "目前只有 {total} 則回答中的 {done} 則，以下內容仍可能改變。",
}


def whole(share: float) -> int:
    """A share in whole percent, halves to the even one as the pages round them: 0.625 is 62."""
    return round(100 * share)


def points(value: float) -> str:
    """A share as percent, whole: 0.614 is "61 %"."""
    return f"{whole(value)} %"


def more(size: int, language: str) -> str:
    """How many points more or less, in words: "43 points more"."""
    if size == 0:
        return "as much" if language == "en" else "兩者相同"
    if language == "en":
        return f"{abs(size)} {'point' if abs(size) == 1 else 'points'} {'more' if size > 0 else 'less'}"
    return f"{'高' if size > 0 else '低'} {abs(size)} 個百分點"


def difference(size: int, language: str) -> str:
    """A difference in points, signed: "+43 points"."""
    if language == "en":
        return f"{size:+d} {'point' if abs(size) == 1 else 'points'}"
    return f"{size:+d} 個百分點"
