"""Words for the lexical index, out of text of any language: the same rules for documents and for questions.

| text | tokens |
|---|---|
| words of a spaced script | lower case, accents folded, stemmed (Snowball; English rules for Latin letters) |
| Han, Kana, Hangul, Thai and other unspaced runs | overlapping pairs of characters; a run of one character is itself |
| numbers | without thousands separators: `$2,499.00` is `2499` and `$2499`; `三十` and `３０` are `30` |
| codes, e-mail addresses, versions, dates | whole (`hx-4410`), joined (`hx4410`) and in their parts (`hx`, `4410`) |
| number + unit in Chinese or Japanese | the pair too: `三十日` and `30 日` both give `30日` |
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from threading import local

import snowballstemmer

# Scripts written without spaces between words (and Hangul, whose particles cling to the word): pairs of characters
# find parts of words there, and no list of words is needed.
_HAN = "\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_UNSPACED = _HAN + "\uac00-\ud7a3\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff"  # Hangul, Thai, Lao, Myanmar, Khmer
_LETTER = rf"[^\W{_UNSPACED}]"  # a letter, digit or underscore of a spaced script
_PIECE = re.compile(rf"([{_UNSPACED}]+)|([$€£¥]?{_LETTER}+(?:[-./:@#&+,'?=~]{{1,3}}{_LETTER}+)*%?)")
_NUMBER = re.compile(r"([$€£¥]?)(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(%?)")
_NOT_THOUSANDS = re.compile(r"(?<!\d),|,(?!\d{3}(?!\d))")
_CLAUSE = re.compile(r"[/:@#&+,?=~']+")
_ALNUM = re.compile(r"[^\W_]+")
_LETTERS_OR_DIGITS = re.compile(r"[^\W\d_]+|\d+")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_SPLIT_WORD = re.compile(r"(?<=[a-z])-[ \t]*\n[ \t]*(?=[a-z])")
_HAN_GAP = re.compile(rf"(?<=[{_HAN}])(?:[ \t]+|[ \t]*\n[ \t]*)(?=[{_HAN}])")
_NUMERAL = re.compile(r"[〇零一二三四五六七八九兩两十百千萬万億亿]+")
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "兩": 2, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"萬": 10**4, "万": 10**4, "億": 10**8, "亿": 10**8}
_STEMMERS = {"LATIN": "english", "CYRILLIC": "russian", "GREEK": "greek", "ARABIC": "arabic", "DEVANAGARI": "hindi"}
_LONGEST = 64  # characters of one token; what is longer is no word anybody types
_MOST_PARTS = 32  # parts taken from one unbroken piece of text (a long URL, base64)
_own = local()


def tokens(text: str) -> list[str]:
    """The tokens of `text`, in order, as often as they occur; none is empty or holds white space."""
    return [token for token, _ in weighed(text)]


def normal(text: str) -> str:
    """NFKC, lower case, straight apostrophes; words and Chinese lines that a line end broke are joined again."""
    text = unicodedata.normalize("NFKC", text).lower().replace("\u2019", "'").replace("\u00ad", "")
    return _HAN_GAP.sub("", _SPLIT_WORD.sub("", text))


def weighed(text: str) -> Iterator[tuple[str, float]]:
    """The tokens with what each is worth beside its whole: 1 for words and whole codes, 0.5 for the parts of a code."""
    text = normal(text)
    for match in _PIECE.finditer(text):
        if match[1]:
            for token in _run(match[1]):
                yield token, 1.0
            continue
        yield from _spaced(match[2])
        if match[2][-1].isdigit():  # a number and its unit: 30 日
            unit = text[match.end() : match.end() + 2].lstrip(" ")[:1]
            if unit and _HAN_CHARACTER.match(unit):
                yield _last_number(match[2]) + unit, 1.0


_HAN_CHARACTER = re.compile(rf"[{_HAN}]")


def is_unspaced(token: str) -> bool:
    """Whether the token stems from a script without spaces (its pairs are parts of words, not words)."""
    return bool(_UNSPACED_CHARACTER.match(token))


_UNSPACED_CHARACTER = re.compile(rf"[{_UNSPACED}]")


@lru_cache(maxsize=65_536)
def _spaced(piece: str) -> tuple[tuple[str, float], ...]:
    """Tokens of a piece of text without white space, in a script that uses it: a word, a number, a code."""
    if not any(c.isdigit() for c in piece):
        return tuple(_words(piece))
    found: dict[str, float] = {}
    for part in filter(None, _NOT_THOUSANDS.split(piece)):  # "14,15" are two numbers, "14,150" is one
        for token, weight in _number_or_code(part):
            found[token] = max(weight, found.get(token, 0.0))
    return tuple(found.items())


def _words(piece: str) -> Iterator[tuple[str, float]]:
    words = _WORD.findall(piece)
    if "@" in piece or "_" in piece.strip("_"):
        yield piece.strip("_%$€£¥'")[:_LONGEST], 1.0
    for word in words[:_MOST_PARTS]:
        yield stem(word), 1.0
    if len(words) == 2 and "-" in piece:  # e-mail is email, co-insurance coinsurance
        yield stem("".join(words)), 1.0 if len(words[0]) == 1 else 0.5


def _number_or_code(piece: str) -> Iterator[tuple[str, float]]:
    if match := _NUMBER.fullmatch(piece):
        currency, digits, percent = match.groups()
        number = _plain_number(digits)
        yield number, 1.0
        if currency:
            yield currency + number, 1.0
        if percent:
            yield number + percent, 1.0
        return
    piece = piece.strip("$€£¥%_',")
    for whole in {piece: None} | dict.fromkeys(_CLAUSE.split(piece)[:_MOST_PARTS]):  # HX-4410/HX-4411 are two codes
        if whole and len(whole) <= _LONGEST:
            yield whole, 1.0
            joined = "".join(_ALNUM.findall(whole))
            if joined != whole and "@" not in whole and len(joined) > 2:
                yield joined, 0.5
    for part in _ALNUM.findall(piece)[:_MOST_PARTS]:
        if part.isalpha():
            yield stem(part), 0.5
        elif len(part) <= _LONGEST:
            yield part, 1.0 if any(c.isalpha() for c in part) else 0.5
            if not part.isdigit():
                yield from ((p, 0.5) for p in _LETTERS_OR_DIGITS.findall(part) if len(p) > 1 or p.isdigit())


def _plain_number(digits: str) -> str:
    whole, _, fraction = digits.replace(",", "").partition(".")
    fraction = fraction.rstrip("0")
    return (f"{whole}.{fraction}" if fraction else whole)[:_LONGEST]


def _last_number(piece: str) -> str:
    match = re.search(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?$", piece)
    return _plain_number(match.group()) if match else piece[:_LONGEST]


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """One word, already lower case: possessive and accents removed, stemmed by the rules for its script."""
    word = word.removesuffix("'s")
    head, _, tail = word.rpartition("'")
    if head and len(head) <= 2 and len(tail) > 2:  # l'avion, d'accord, qu'elle
        word = tail
    word = _unaccented(word.replace("'", ""))[:_LONGEST]
    script = "LATIN" if word.isascii() else unicodedata.name(word[0], "").partition(" ")[0]
    stemmer = _stemmer(script)
    return (stemmer.stemWord(word) if stemmer else word) or word


def _unaccented(word: str) -> str:
    if word.isascii():
        return word
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c)) or word


def _stemmer(script: str) -> snowballstemmer.stemmer | None:
    """One for each thread: a stemmer keeps the word it works on in itself."""
    made: dict[str, snowballstemmer.stemmer | None] = _own.__dict__
    if script not in made:
        name = _STEMMERS.get(script)
        made[script] = snowballstemmer.stemmer(name) if name else None
    return made[script]


def _run(run: str) -> Iterator[str]:
    if len(run) == 1:
        yield run
    for i in range(len(run) - 1):
        yield run[i : i + 2]
    for match in _NUMERAL.finditer(run):
        value = _value(match.group())
        if value is not None:
            yield str(value)
            if match.end() < len(run):
                yield f"{value}{run[match.end()]}"


def _value(numeral: str) -> int | None:
    """三十 is 30, 二〇二四 is 2024; None for what is no number (千萬 and 百 alone, as parts of words)."""
    if all(c in _DIGITS for c in numeral):
        return int("".join(str(_DIGITS[c]) for c in numeral[:_LONGEST]))
    if not any(c in _DIGITS or c == "十" for c in numeral):
        return None
    total = section = digit = 0
    for c in numeral:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif c in _UNITS:
            section += (digit or 1) * _UNITS[c]
            digit = 0
        else:
            total = (total + section + digit) * _MYRIADS[c]
            section = digit = 0
    return total + section + digit
