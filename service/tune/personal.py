"""Personal data found by rule: what a model must not learn by heart. Rules with a checksum check it.

| kind | rule |
|---|---|
| email | an address with a host name |
| phone | 8 to 15 digits with a country code or in a telephone's groups |
| iban | ISO 13616: country, length and the checksum modulo 97 |
| card | 13 to 19 digits that begin as the networks' do, Luhn's checksum (ISO/IEC 7812) |
| national_id | Taiwan's and China's with their checksums, Spain's DNI, the US's SSN, Britain's NI number |
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["email", "phone", "iban", "card", "national_id"]

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[A-Za-z\u4e00-\u9fff]{2,24}\b")
_PHONE = re.compile(
    r"(?<![\w./#-])(?:\+\d{1,3}[\s.-]?(?:\(0?\d{1,4}\)[\s.-]?)?\d(?:[\s.-]?\d){6,12}"  # +44 20 7946 0958
    r"|\(0\d{1,4}\)\s?\d{3,4}[\s.-]?\d{3,4}"  # (02) 2345-6789
    r"|0\d{1,4}[\s-]\d{3,4}[\s-]?\d{3,4}"  # 0117 496 0123, 02-2345-6789
    r"|09\d{8}"  # 0912345678: Taiwan's mobiles
    r"|\d{3}[.-]\d{3}[.-]\d{4})(?![\w-])"  # 212-555-0123
)
_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,4})?(?![A-Z0-9])")
_CARD = re.compile(r"(?<![\d.-])\d(?:[ -]?\d){12,18}(?![\d-])")
_CARD_BEGINS = re.compile(r"4|5[1-5]|2[2-7]|3[47]|36|30[0-5]|38|6(?:011|5|4[4-9])|35(?:2[89]|[3-8])|62")
_TAIWAN = re.compile(r"(?<![A-Z0-9])[A-Z][1289]\d{8}(?![A-Z0-9])")
_SSN = re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\d-])")
_NI = re.compile(
    r"(?<![A-Z0-9])(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?(?:\d\d ?){3}[A-D](?![A-Z0-9])"
)
_DNI = re.compile(r"(?<![A-Z0-9])(\d{8})-?([A-HJ-NP-TV-Z])(?![A-Z0-9])")
_CHINA = re.compile(r"(?<!\d)\d{17}[\dX](?![\dX])")

_LETTERS = {letter: number for number, letter in enumerate("ABCDEFGHJKLMNPQRSTUVXYWZIO", 10)}
"""Taiwan's numbers of the letters: I, O, W and Z come out of order."""
_IBAN_LENGTHS = {
    one[:2]: int(one[2:])
    for one in (  # noqa: SIM905 (seventy strings would fill a page)
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 "
        "FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IS26 IT27 JO30 KW30 KZ20 LB28 LI21 LT20 LU20 LV21 MC27 "
        "MD24 ME22 MK19 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SE24 SI19 SK24 SM27 TN24 TR26 UA29 "
        "VG24 XK20"
    ).split()
}
"""Characters of an IBAN by country."""


@dataclass(frozen=True, slots=True)
class Found:
    """A piece of personal data, as it stands in the text."""

    kind: Kind
    text: str

    @property
    def masked(self) -> str:
        """Enough to find it again, too little to use it."""
        shown = self.text[:2] + "…" + self.text[-2:] if len(self.text) > 6 else "…"
        return f"{self.kind} {shown}"


def found(text: str) -> Iterator[Found]:
    """Every piece of personal data in a text, each stretch of it once."""
    plain = unicodedata.normalize("NFKC", text)
    taken: list[tuple[int, int]] = []
    for kind, pattern, good in _RULES:
        for match in pattern.finditer(plain):
            start, end = match.span()
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            if good(match.group()):
                taken.append((start, end))
                yield Found(kind, match.group())


def luhn(number: str) -> bool:
    """Whether the digits satisfy Luhn's checksum (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed([int(one) for one in number if one.isdigit()])):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def iban(text: str) -> bool:
    """Whether it is an IBAN of its country's length with the right checksum (ISO 13616, ISO 7064 MOD 97-10)."""
    packed = text.replace(" ", "")
    length = _IBAN_LENGTHS.get(packed[:2], 0)
    if not length or len(packed) < length:
        return False
    packed = packed[:length]  # what follows may be a word in capitals
    return int("".join(str(int(one, 36)) for one in packed[4:] + packed[:4])) % 97 == 1


def taiwanese(text: str) -> bool:
    """Whether it is a national or resident certificate number of Taiwan: weights 1, 9 .. 1, 1, modulo 10."""
    letter = _LETTERS[text[0]]
    digits = [letter // 10, letter % 10, *(int(one) for one in text[1:])]
    weights = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 10 == 0


def chinese(text: str) -> bool:
    """Whether it is a resident identity number of China (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(text[:17]))
    return "10X98765432"[total % 11] == text[17]


def _card(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    return bool(_CARD_BEGINS.match(digits)) and len(set(digits)) > 1 and luhn(digits)


def _dni(text: str) -> bool:
    digits = text.replace("-", "")
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(digits[:8]) % 23] == digits[8]


def _phone(text: str) -> bool:
    return 8 <= sum(one.isdigit() for one in text) <= 15


_RULES: tuple[tuple[Kind, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("email", _EMAIL, lambda _: True),
    ("iban", _IBAN, iban),
    ("national_id", _CHINA, chinese),
    ("card", _CARD, _card),
    ("national_id", _TAIWAN, taiwanese),
    ("national_id", _SSN, lambda _: True),
    ("national_id", _NI, lambda _: True),
    ("national_id", _DNI, _dni),
    ("phone", _PHONE, _phone),
)
"""In this order: what a stricter rule has found is not looked at again."""
