"""Numbers in one spelling each (1,500 is 1500, five is 5, 三十 is 30), and with what they count: $12, 20%, 90 day."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from ingest.lexical import stem, tokens

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
WORDS = {word: str(value) for value, word in enumerate(_ONES.split())}
WORDS |= {word: str(10 * value) for value, word in enumerate(_TENS.split(), 2)}
_WORD = re.compile(r"[A-Za-z]+(?!-(?:way|fold|sided|factor|tier|step|part|party)\b)(?![A-Za-z])")
_DIGITS = r"\d[\d,]*(?:\.\d+)?"
_SCALED = re.compile(rf"({_DIGITS})\s*(thousand|million|billion)\b", re.IGNORECASE)
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_MONEY = re.compile(rf"([$€£¥])\s?({_DIGITS})")
CURRENCIES = "$€£¥"
_OF_MONEY = re.compile(
    r"[$€£¥₩元圓]|\b(?:USD|GBP|EUR|CHF|JPY|NOK|SEK|DKK|HKD|TWD|NTD?|dollars?|pounds?|euros?|kron\w+|francs?|yen|yuan)\b|"
    r"\b(?:pric|cost|fees?\b|fine[ds]?\b|pay|paid|salar|wages?\b|earn|rent(?:al|s)?\b|budget|sale|revenue|"
    r"turnover|profit|loss|tax|amount|total|"
    r"charg|rate|expens|allowance|refund|reimburs|discount|deposit|premium|bill|invoice|balance|value|worth|income|"
    r"grant|fund|debt|credit|cash|money|spen[dt])|價|費|薪|金額|錢|款|稅",
    re.IGNORECASE,
)
_DOLLARS = re.compile(rf"({_DIGITS})\s*(?:US )?(?:dollars?|USD)\b", re.IGNORECASE)
_POUNDS = re.compile(rf"({_DIGITS})\s*(pounds?|euros?|GBP|EUR)\b", re.IGNORECASE)
_PERCENT = re.compile(rf"({_DIGITS})\s*(?:%|percent|per cent)", re.IGNORECASE)
_TIME = re.compile(
    rf"\b({_DIGITS}|{'|'.join(WORDS)})[\s-]+(?:\(\d+\)\s*)?(?:(?:business|calendar|working|consecutive|full)\s+)?"
    r"(second|minute|hour|day|week|month|year)s?\b",
    re.IGNORECASE,
)
_COUNTED_THING = re.compile(
    rf"(?<![\w.,$€£¥-])({_DIGITS}|{'|'.join(WORDS)})\s+(?!(?:of|and|or|to|in|on|at|for|per|percent|the|a|thousand|million|"
    r"billion|hundred)\b)([A-Za-z]{3,})",
    re.IGNORECASE,
)
_RATE = re.compile(
    r"\b(?:(?:per|a|an|each|every)\s+(?:(?:calendar|plan|fiscal|business|working)\s+)?"
    r"(year|quarter|month|week|day|hour)s?|(annual|year|quarter|month|week|dai|hour)(?:ly|s)?)\b",
    re.IGNORECASE,
)
_RATES = {"annual": "year", "dai": "day"}
_RATE_CJK = re.compile(r"每[一]?個?(年|月|週|星期|日|天|小時)")
_TIME_CJK = {"日": "day", "天": "day", "年": "year", "月": "month", "小": "hour", "時": "hour", "分": "minute"} | {
    "週": "week",
    "星": "week",
}
_COUNTER = re.compile(r"(\d+)個?(\D)$")


def numbers(text: str) -> set[str]:
    """Every number in a text, words for numbers included; "60 million" is 60000000."""
    found = {token for token in tokens(text) if token[:1].isdigit() and token.replace(".", "", 1).isdigit()}
    found |= {WORDS[word] for word in _WORD.findall(text.lower()) if word in WORDS}
    for digits, scale in _SCALED.findall(text):
        found.discard(plain(digits))
        found.add(f"{float(digits.replace(',', '')) * _SCALES[scale.lower()]:.0f}")
    return {plain(number) for number in found}


def plain(digits: str) -> str:
    """Without thousands separators, leading zeros and zeros after the point."""
    whole, _, fraction = digits.replace(",", "").partition(".")
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


@lru_cache(maxsize=512)
def measured(text: str) -> frozenset[str]:
    """Amounts of money, percentages and times in a text: "$12", "20 %", "90 day", and rates: "per year"."""
    text = unicodedata.normalize("NFKC", text)
    found = {f"{sign} {plain(digits)}" for sign, digits in _MONEY.findall(text)}
    found |= {f"$ {plain(digits)}" for digits in _DOLLARS.findall(text)}
    found |= {f"{'£' if unit[0].lower() in 'pg' else '€'} {plain(digits)}" for digits, unit in _POUNDS.findall(text)}
    found |= {f"% {plain(digits)}" for digits in _PERCENT.findall(text)}
    found |= {f"{unit.lower()} {plain(WORDS.get(n.lower(), n))}" for n, unit in _TIME.findall(text)}
    found |= {f"per {_rate(match)}" for match in _RATE.finditer(text) if _is_rate(match)}
    found |= {f"per {_TIME_CJK[unit[0]]}" for unit in _RATE_CJK.findall(text)}
    for token in tokens(text) if any(unit in text for unit in _TIME_CJK) else ():
        counted = _COUNTER.match(token)
        if counted and counted[2] in _TIME_CJK:
            found.add(f"{_TIME_CJK[counted[2]]} {plain(counted[1])}")
    return frozenset(found)


@lru_cache(maxsize=512)
def counted(text: str) -> Mapping[str, frozenset[str]]:
    """What is counted in a text, by stem, and by which numbers: "20,000 bottles" is {"bottl": {"20000"}}."""
    found: dict[str, set[str]] = {}
    for digits, thing in _COUNTED_THING.findall(unicodedata.normalize("NFKC", text)):
        found.setdefault(stem(thing.lower()), set()).add(plain(WORDS.get(digits.lower(), digits)))
    return {thing: frozenset(by) for thing, by in found.items()}


def miscounted(said: str, stands: str) -> tuple[str, ...]:
    """What a statement counts otherwise than the text that has both the thing, counted, and the number."""
    there = counted(stands)
    return tuple(
        f"{number} {thing}"
        for thing, by in counted(said).items()
        for number in sorted(by)
        if thing in there and number not in there[thing] and any(number in other for other in there.values())
    )


def _is_rate(match: re.Match[str]) -> bool:
    return match[1] is not None or match.group().lower().endswith("ly") or match[2].lower() == "annual"


def _rate(match: re.Match[str]) -> str:
    unit: str = (match[1] or match[2]).lower()
    return _RATES.get(unit, unit)


def measured_otherwise(said: str, stands: frozenset[str]) -> bool:
    """Whether a text measures in this unit and never this much, or has the amount in another currency; a text without
    the unit (a table) says nothing."""
    unit, amount = said.split()
    if said in stands:
        return False
    if unit in CURRENCIES and any(f"{other} {amount}" in stands for other in CURRENCIES):
        return True
    return any(other.split()[0] == unit for other in stands)


def speaks_of_money(text: str) -> bool:
    """Whether a text has anything to do with money: else none of its numbers is an amount of it."""
    return bool(_OF_MONEY.search(text))
