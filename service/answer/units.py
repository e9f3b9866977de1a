"""Units of measurement, by kind: what a number in a text, or a column of a table, is measured in."""

from __future__ import annotations

import re
import unicodedata

from ingest.lexical import tokens
from service.answer import quantities

_UNITS = {
    "mass": "kg|mg|g|grams?|kilograms?|kilos?|t|tons?|tonnes?|lbs?|oz|ounces?|公斤|公克|公噸|千克|克|噸|斤",
    "length": "mm|cm|km|m|[a-z]*met(?:re|er)s?|ft|feet|foot|inch(?:es)?|yards?|miles?|公尺|公分|公里|公釐|"
    "毫米|米|英[里尺吋]|呎|吋",
    "area": "m2|m²|km2|sq(?:uare)?\\.? ?\\w+|ha|hectares?|acres?|坪|平方公[尺里]|公頃",
    "volume": "ml|cl|l|[a-z]*lit(?:re|er)s?|m3|m³|gallons?|公升|毫升|立方公尺",
    "speed": "km/h|kph|mph|m/s|knots?|kn|公里/小時|節",
    "pressure": "m?bars?|psi|[khM]?Pa|atm|巴",
    "temperature": "°\\s?[CF]?|℃|℉|deg(?:rees)?(?: (?:C|F|Celsius|Fahrenheit))?|度",
    "power": "[kM]?W|watts?|kilowatts?|hp|horsepower|瓦特?|千瓦|馬力",
    "voltage": "k?V|volts?|伏特?",
    "current": "m?A|amps?|amperes?|安培",
    "energy": "[kM]?Wh|k?J|joules?|度電",
    "frequency": "[kMG]?Hz|赫茲",
    "data": "[kKMGT]i?B|(?:kilo|mega|giga|tera)bytes?",
    "sound": "dB|decibels?|分貝",
    "time": "m?s|secs?|seconds?|mins?|minutes?|hrs?|h|hours?|days?|nights?|weeks?|fortnights?|months?|quarters?|years?|"
    "秒鐘?|分鐘?|小時|個?工作[天日]|天|日|個?星期|週|個?月|年|歲",
    "money": "[$€£¥]|USD|GBP|EUR|CHF|JPY|NOK|SEK|DKK|HKD|TWD|NT\\$?|dollars?|"
    "pounds?|pence|euros?|francs?|yen|kron\\w+|元|圓|萬元",
    "share": "%|percent|per cent|％|成",
}
"""Each kind of unit, as it stands after a number."""
_BY_CASE = frozenset(("power", "voltage", "current", "energy", "pressure", "frequency", "data"))
"""Kinds whose units are told by their capitals: 5 V, but 5 v."""
_LONG = {
    "time": "minutes|hours|days|weeks|months|years|天數|日數|時數|年數",
    "money": "USD|GBP|EUR|CHF|NTD|TWD|NOK|SEK|DKK|dollars|pounds|euros|新臺幣|新台幣",
    "share": "percent|percentage|%",
}
"""Units that are told in a header without parentheses."""
_NUMERAL = re.compile(
    rf"\d[\d,]*(?:\.\d+)?|[零一二三四五六七八九十百千萬兩]+|"
    rf"\b(?:{'|'.join(sorted(quantities.WORDS, key=len, reverse=True))})\b",
    re.IGNORECASE,
)

_MEASURED = {
    kind: re.compile(rf"(?:\s|-)?(?:{words})(?![A-Za-z/]|[23²³]\b)", 0 if kind in _BY_CASE else re.IGNORECASE)
    for kind, words in _UNITS.items()
}
_IN_HEADER = {
    kind: re.compile(
        rf"[(\[（/,]\s*(?:in )?(?:{words})\s*(?:[)\]）/,]|$|\bper\b|\ba\b)|^(?:{words})$|\b(?:in|per)\s(?:{words})$"
        rf"|\b(?:{_LONG[kind]})\b",
        0 if kind in _BY_CASE else re.IGNORECASE,
    )
    if kind in _LONG
    else re.compile(
        rf"[(\[（/,]\s*(?:in )?(?:{words})\s*(?:[)\]）/,]|$|\bper\b|\ba\b)|^(?:{words})$|\bin\s(?:{words})$",
        0 if kind in _BY_CASE else re.IGNORECASE,
    )
    for kind, words in _UNITS.items()
}
_BEFORE = re.compile(r"(?:[$€£¥]|\b(?:USD|GBP|EUR|CHF|NT\$|NTD|TWD|NOK|SEK|DKK)|新臺幣|新台幣)\s?$", re.IGNORECASE)
_DATE = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)(?![-.,]?\d)")


def units_of(number: str, text: str) -> frozenset[str]:
    """The kinds of unit that a number has in a text: {"mass"} for 5 in "5 kg"; empty for a bare or absent number."""
    text = unicodedata.normalize("NFKC", text)
    return frozenset[str]().union(*(_kinds(match, text) for match in occurrences(number, text)))


def numerals(text: str) -> list[tuple[str, int, frozenset[str]]]:
    """Every number of a text in plain digits, where it begins, and the kinds of unit it has there."""
    return [(_plain(match.group()), match.start(), _kinds(match, text)) for match in _NUMERAL.finditer(text)]


def _kinds(match: re.Match[str], text: str) -> frozenset[str]:
    found = {kind for kind, unit in _MEASURED.items() if unit.match(text, match.end())}
    if _BEFORE.search(text[: match.start()]):
        found.add("money")
    if _DATE.fullmatch(match.group()):
        found.add("date")
    return frozenset(found)


def header_units(header: str) -> frozenset[str]:
    """The kinds of unit that a column's header names: {"mass"} for "Weight (kg)"."""
    return frozenset(kind for kind, unit in _IN_HEADER.items() if unit.search(unicodedata.normalize("NFKC", header)))


def occurrences(number: str, text: str) -> list[re.Match[str]]:
    """Where a number stands in a text, in whatever spelling: 1,500, five, 八."""
    return [match for match in _NUMERAL.finditer(text) if _plain(match.group()) == number]


def _plain(numeral: str) -> str:
    if numeral[0].isdigit():
        return quantities.plain(numeral)
    if numeral.lower() in quantities.WORDS:
        return quantities.WORDS[numeral.lower()]
    # the search tokens have Chinese numerals as digits
    return next((token for token in tokens(f"{numeral}日") if token.isdigit()), "")
