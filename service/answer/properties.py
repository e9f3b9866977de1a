"""Properties that a question can ask for, as one table: by which words each is asked for and named, and in what units
it is measured. A value named or measured as another property is no answer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from service.answer.units import occurrences, units_of

_ROWS = (
    # name, kinds of unit, English words, Chinese words, how else it is asked for
    (
        "weight",
        "mass",
        r"weigh\w*|heav(?:y|ier|iest)|mass|payload|displacement",
        "重量|體重|淨重|總重|載重",
        "how heavy|多重",
    ),
    ("length", "length", r"lengths?|long|longest|loa", "長度|全長|船長|身長", r"how long|多長"),
    ("width", "length", r"widths?|wide|widest|breadth|beam", "寬度|寬", r"how wide|how broad|多寬"),
    (
        "height",
        "length",
        r"heights?|tall|tallest|altitude|elevation|headroom|clearance",
        "高度|身高|海拔",
        r"how tall|how high (?:is|are|was) (?:the )?(?-i:[A-Z])|多高",
    ),
    ("depth", "length", r"depths?|deep|deepest|draughts?|draft", "深度|水深|吃水", r"how deep|多深"),
    ("thickness", "length", r"thick\w*", "厚度|厚", r"how thick|多厚"),
    ("diameter", "length", r"diameters?|bore|calib(?:re|er)", "直徑|口徑|管徑", ""),
    ("distance", "length", r"distances?|range|far|mileage|away", "距離|里程|航程", r"how far|多遠"),
    ("area", "area", r"areas?|floor space|acreage", "面積|坪數", ""),
    ("volume", "volume", r"volumes?|capacit\w+|tank", "容量|體積|容積", ""),
    ("speed", "speed", r"speeds?|fast\w*|velocity", "速度|航速|時速|車速|流速", r"how fast|多快"),
    ("pressure", "pressure", r"pressures?", "壓力|水壓|氣壓", ""),
    (
        "temperature",
        "temperature",
        r"temperatures?|temp|hot\w*|warm\w*|cold\w*|freez\w+",
        "溫度|氣溫|水溫|室溫",
        r"how (?:hot|cold|warm)|多[熱冷]",
    ),
    ("power", "power", r"power|wattage|horsepower", "功率|馬力", ""),
    ("voltage", "voltage", r"voltages?", "電壓", ""),
    ("current", "current", r"current draw|amperage", "電流", ""),
    ("frequency", "frequency", r"frequenc\w+", "頻率", ""),
    ("loudness", "sound", r"loud\w*|nois[ey]\w*", "噪音|音量", r"how loud|多吵"),
    (
        "age",
        "time date",
        r"ages?|aged|old|older|oldest|born|birth\w*|built|founded|year|since",
        "年齡|年紀|歲數?|出生|生日|年份|年",
        r"how old|幾歲|多大年紀",
    ),
    (
        "duration",
        "time",
        r"durations?|lasts?|lasting|takes?|(?<=\w )time|period|term|hours?|days?|weeks?|months?|years?|minutes?|notice",
        "時間|期間|期限|時數|天數|日數|年限|小時|分鐘|效期|保固",
        r"how (?:long|soon|quickly)|多久",
    ),
    (
        "price",
        "money share",
        r"pric\w+|costs?|fees?|charges?|charged|rates?|tariffs?|fares?",
        "價格|價錢|售價|單價|定價|價|費用|費率|費",
        r"多少錢|多少元",
    ),
    ("rent", "money share", r"rent|rents|rental|rented|leas\w+|hire", "租金|房租|月租|年租", ""),
    ("pay", "money share", r"salar\w+|wages?|pay|paid|earn\w*|income|stipend", "薪資|薪水|月薪|年薪|工資|薪", ""),
    ("deposit", "money share", r"deposits?", "押金|訂金|保證金", ""),
    ("fine", "money share", r"fines?|penalt\w+", "罰款|罰金|罰鍰", ""),
    ("budget", "money share", r"budgets?", "預算", ""),
    ("revenue", "money share", r"revenues?|turnover|sales", "營收|營業額|銷售額", ""),
    ("profit", "money share", r"profits?|margins?", "利潤|獲利|盈餘", ""),
)
_VERBS = {
    "weight": r"\bweigh\b",
    "price": r"\b(?:costs?|charge)\b",
    "pay": r"\b(?:earns?|paid)\b|\bhow much (?:do|does|did|can) [^?]{1,60}\b(?:make|get)\b(?: an?| per|\?|$)",
    "duration": r"\bhow long [^?]{1,60}\b(?:last|take)\b",
}
"""Verbs after "what does" and "how much does" that ask for a property."""
_INSTEAD = {"price": frozenset({"rent"})}
"""What else may be named where a property is asked for: what a berth costs is its rent, but no rent is a price."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property: the kinds of unit it is measured in, what names it and what asks for it."""

    name: str
    kinds: frozenset[str]
    words: re.Pattern[str]
    asked: re.Pattern[str]


def _property(name: str, kinds: str, english: str, chinese: str, phrases: str) -> Property:
    asks = rf"(?:{chinese})(?:是|為|有|約|大約|上限)*(?:多少|幾|什麼|何|多[長寬高深重大]|[?？]|$)"
    more = "|".join(one for one in (phrases, _VERBS.get(name, "")) if one)
    return Property(
        name,
        frozenset(kinds.split()),
        re.compile(rf"\b(?:{english})\b|{chinese}", re.IGNORECASE),
        re.compile(f"{asks}|{more}" if more else asks, re.IGNORECASE),
    )


PROPERTIES = tuple(_property(*row) for row in _ROWS)
_HEAD = re.compile(
    r"\b(?:what|which|how (?:high|low|large|big|much|great))(?:['’]s)?(?: (?:is|are|was|were|will be)\b)? (.*?)"
    r"(?=\b(?:of|for|in|at|on|to|with|from|by|per|when|if|before|after|do|does|did|is|are|was|were|must|may|should|can|"
    r"that|which|has|have|had)\b|[?,.;:]|$)",
    re.IGNORECASE,
)
"""The noun phrase a question asks for: "the yearly rent" in "What is the yearly rent of berth 15?"."""
_LIMIT = re.compile(r" (?:limit|range|rating|level|value|rate)s?$", re.IGNORECASE)
_CLAUSE = re.compile(r"[,;，、；]\s*(?!\d)|(?<=[.!?])\s+|(?<=[。！？])|\n|\s(?:and|but|with)\s(?=[^,;.]*\d)")


@lru_cache(maxsize=512)
def wanted(question: str) -> tuple[Property, ...]:
    """The properties a question may ask for; () when its wording tells none."""
    heads = [_LIMIT.sub("", head.strip()) for head in _HEAD.findall(question)]
    named = tuple(one for one in PROPERTIES if any(_ends(one.words, head) for head in heads))
    return named or tuple(one for one in PROPERTIES if one.asked.search(question))


def of_units(question: str, thing: str) -> tuple[Property, ...]:
    """What "how many hours", "how many kg" ask for: the properties measured so that the question names, or all that
    are; () when the thing is no unit."""
    kinds = units_of("5", f"5 {thing}")
    measured = tuple(one for one in PROPERTIES if one.kinds & kinds)
    return tuple(one for one in measured if one.words.search(question)) or measured


def _ends(words: re.Pattern[str], head: str) -> bool:
    return any(match.end() == len(head) for match in words.finditer(head))


def named(text: str) -> tuple[Property, ...]:
    """The properties a text names."""
    return tuple(one for one in PROPERTIES if one.words.search(text))


def clauses(number: str, text: str) -> list[str]:
    """The parts of a text's sentences that have this number."""
    return [part for part in _CLAUSE.split(unicodedata.normalize("NFKC", text)) if part and occurrences(number, part)]


def fits(asked: Sequence[Property], place: str, kinds: frozenset[str]) -> bool | None:
    """Whether a value of these kinds of unit (none known: empty), at a place with these words, is one of what is asked.

    None when neither words nor unit tell. A number of four digits can be a year, and anything else.
    """
    wanted_kinds = frozenset[str]().union(*(one.kinds for one in asked))
    sure = kinds - {"date"}
    if sure and not sure & wanted_kinds:
        return False
    there = [one for one in named(place) if not sure or one.kinds & sure]
    if any(one.name in accepted(asked) for one in there):
        return True
    if there:
        return False
    return True if kinds & wanted_kinds else None


def accepted(asked: Sequence[Property]) -> frozenset[str]:
    """The names of the properties that may be given where these are asked for."""
    return frozenset(name for one in asked for name in (one.name, *_INSTEAD.get(one.name, ())))


def names_any(text: str, asked: Sequence[Property]) -> bool:
    """Whether a text names one of these properties, or what may stand for it."""
    return any(one.name in accepted(asked) for one in named(text))
