"""What a question asks the number of, and whether a number counts it: "Berth" says which one, "Berths" how many."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.lexical import is_unspaced, stem
from service.answer.units import occurrences, units_of

_WORD = re.compile(r"[A-Za-z]+")
_HOW_MANY = re.compile(
    r"\bhow many ((?:[\w-]+ ){0,3}?)([\w-]+?)(?=\s+(?:is|are|was|were|do|does|did|can|could|may|must|should|will|has|"
    r"have|had|of|in|on|at|for|to|per|from|by|with|a|an|the|fit|report|work|need|belong|there|i|we|you|"
    r"it|he|she|they)\b|\W*[?.,]|\W*$)|"
    r"(?:幾|多少)(?!樓|號|點|倍|成|級|折|錢)(?:個?(天|日|小時|分鐘|秒|工作[天日]|星期|週|月|年|歲|公[斤克噸尺分里升]|元)|"
    r"[個位名間艘台臺輛張件次條座隻份]?([\u3400-\u9fff]*))",
    re.IGNORECASE,
)
_COUNTING = re.compile(
    r"\b(?:numbers? of|no\. of|count|quantity|qty|capacity|total|how many)\b|#|數|數量|人數|容納", re.IGNORECASE
)
_PEOPLE = frozenset(
    stem(word)
    for word in (
        "people",
        "person",
        "staff",
        "employees",
        "heads",
        "headcount",
        "workers",
        "members",
        "crew",
        "seats",
        "guests",
        "passengers",
    )
)
_PEOPLE_CJK = re.compile(r"人|員")


def counted(question: str) -> tuple[str, ...]:
    """The words for what a question asks the number of: ("spare", "berths") in "How many spare berths has it?"."""
    match = _HOW_MANY.search(question)
    if match is None:
        return ()
    if match[2]:
        return (*match[1].split(), match[2])
    if match[3]:
        return (match[3],)
    thing = match[4].rstrip("的呢嗎")
    return (thing or "人",) if thing or "人" in question[match.start() :] else ()


def is_count(things: Sequence[str], number: str, header: str, cell: str) -> bool | None:
    """Whether a number in a cell, or in a sentence (`header` is "" then), counts these things.

    A column "Berth" says which one, and "Berths", "Number of berths" say how many. None when that is not told.
    """
    *_, thing = things
    if is_unspaced(thing):
        if any(pair in header or pair in cell for pair in _pairs(thing)):
            return (
                True
                if _COUNTING.search(header) or not header or re.search(rf"{number}\s?[個位名人間艘台]", cell)
                else None
            )
        return (
            None
            if _COUNTING.search(header) and not _PEOPLE_CJK.search(header + thing)
            else (True if _PEOPLE_CJK.search(header) and _PEOPLE_CJK.search(thing) else None if not header else False)
        )
    kin = {stem(thing.lower())}
    if kin & _PEOPLE:
        kin |= _PEOPLE
    in_header = [word for word in _WORD.findall(header) if stem(word.lower()) in kin]
    if in_header:
        exact = any(word.lower() == thing.lower() or word.lower().endswith("s") for word in in_header)
        return bool(exact or _COUNTING.search(header) or kin & _PEOPLE)
    if "money" in units_of(number, cell):
        return False  # £1,800 for a bicycle counts no bicycles
    for match in occurrences(number, cell):
        after = [stem(word.lower()) for word in _WORD.findall(cell[match.end() : match.end() + 60])[:4]]
        if kin & set(after):
            return True
    before = rf"\b(\w+)\s+(?:no\.?\s*|number\s*)?{re.escape(number)}\b"
    if any(stem(word.lower()) in kin and not word.lower().endswith("s") for word in re.findall(before, cell, re.I)):
        return False
    if kin & {stem(word.lower()) for word in _WORD.findall(cell)}:
        return True
    return None if not header or _COUNTING.search(header) else False


def _pairs(thing: str) -> list[str]:
    return [thing[at : at + 2] for at in range(len(thing) - 1)] or [thing]
