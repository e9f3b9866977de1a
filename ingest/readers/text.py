"""Bytes to text in whatever encoding they are in, and small repairs of text that every reader needs."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence

_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 65_536
# Where the frequent characters of each double-byte encoding lie: (codec, lead bytes, trail bytes, how far to trust it).
_FREQUENT: tuple[tuple[str, tuple[tuple[int, int], ...], tuple[tuple[int, int], ...], float], ...] = (
    ("cp932", ((0x81, 0x84), (0x88, 0x98)), ((0x40, 0x7E), (0x80, 0xFC)), 1.0),
    ("cp950", ((0xA1, 0xA3), (0xA4, 0xC6)), ((0x40, 0x7E), (0xA1, 0xFE)), 0.97),
    ("cp949", ((0xA1, 0xA3), (0xB0, 0xC8)), ((0xA1, 0xFE),), 0.99),
    ("gb18030", ((0xA1, 0xA3), (0xB0, 0xD7)), ((0xA1, 0xFE),), 0.98),
    ("euc_jp", ((0xA1, 0xA5), (0xB0, 0xCF)), ((0xA1, 0xFE),), 1.0),
)
_KANA_LEADS = {"cp932": (0x82, 0x83), "euc_jp": (0xA4, 0xA5)}
_INVISIBLE = re.compile("[\u200b\u2060\ufeff\u00ad\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u205f]+")
_SCRIPTS = {
    "ja": re.compile("[\u3040-\u30ff]"),
    "zh": re.compile("[\u4e00-\u9fff]"),
    "ko": re.compile("[\uac00-\ud7af]"),
    "ru": re.compile("[\u0400-\u04ff]"),
    "ar": re.compile("[\u0600-\u06ff]"),
    "he": re.compile("[\u0590-\u05ff]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
}
_LATIN = re.compile("[A-Za-z]")
_COMMON_WIDE = re.compile("[\u3000-\u30ff\u4e00-\u9fa5\uac00-\ud7a3\uff01-\uff5e\u2018-\u2026\n\r\t -~]")
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)


def decode(data: bytes, declared: str | None = None) -> str:
    """Text of `data`: by its byte order mark, as UTF-8, as declared, else by what its bytes look like. Never fails."""
    for bom, name in _BOMS:
        if data.startswith(bom):
            return data.decode(name, "replace")
    if b"\x00" in data[:_SAMPLE] and (wide := _by_zeros(data)):
        return data.decode(wide, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if wide := wide_cjk(data):
        return data.decode(wide, "replace")
    if declared:
        try:
            return data.decode(declared)
        except (LookupError, UnicodeDecodeError):
            pass
    return data.decode(guess(data), "replace")


def declared_encoding(data: bytes) -> str | None:
    """The encoding an HTML or XML file says it has, if it says so in its first 2 kB."""
    found = _DECLARED.search(data[:2048])
    return found.group(1).decode("ascii") if found else None


def guess(data: bytes) -> str:
    """The likeliest encoding of text that is neither UTF-8 nor UTF-16/32; cp1252 when nothing speaks for another."""
    sample = data[:_SAMPLE]
    best, best_score = "", 0.0
    for name, leads, trails, trust in _FREQUENT:
        score = trust * _double_byte_score(sample, name, leads, trails)
        if score > best_score:
            best, best_score = name, score
    if best_score > 0.7 and _decodes(data, best):
        return best
    for name in ("cp1252", "latin-1"):
        if _decodes(sample, name):
            return name
    return "cp1252"


def wide_cjk(data: bytes) -> str | None:
    """UTF-16 without a byte order mark and without zeros: nearly every pair of bytes is a common CJK character."""
    sample = data[: min(len(data), _SAMPLE) // 2 * 2]
    if len(data) % 2 or len(sample) < 12:
        return None
    for name in ("utf-16-le", "utf-16-be"):
        text = sample.decode(name, "replace")
        if len(_COMMON_WIDE.findall(text)) >= 0.97 * len(text):
            return name
    return None


def clean(text: str) -> str:
    """One line: runs of blanks become one, invisible and control characters go."""
    return _SPACES.sub(" ", tidy(text).replace("\n", " ")).strip()


def tidy(text: str) -> str:
    """Several lines: line ends become \\n, invisible and control characters go, trailing blanks go."""
    text = (
        text.replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\u2028", "\n")
        .replace("\x85", "\n")
        .replace("\x0b", "\n")
    )
    text = _CONTROL.sub("", _INVISIBLE.sub("", text)).replace("\u00a0", " ")
    return re.sub(r"[ \t]+\n", "\n", text).strip("\n").rstrip()


def table(rows: Sequence[Sequence[str]], *, header: bool = True) -> str:
    """A Markdown table of `rows`, the first being the header. Columns empty throughout are dropped; "" when all are."""
    cells = [[clean(cell).replace("|", "\\|") for cell in row] for row in rows]
    cells = [row for row in cells if any(row)]
    if not cells:
        return ""
    width = max(len(row) for row in cells)
    cells = [row + [""] * (width - len(row)) for row in cells]
    kept = [i for i in range(width) if any(row[i] for row in cells)]
    cells = [[row[i] for i in kept] for row in cells]
    if not header:
        cells.insert(0, [""] * len(kept))
    lines = ["| " + " | ".join(row) + " |" for row in cells]
    lines.insert(1, "|" + " --- |" * len(kept))
    return "\n".join(lines)


def language(text: str) -> str | None:
    """A guess by script: zh, ja, ko, ru, ar, he, th; None when the script does not tell (Latin)."""
    sample = text[:20_000]
    counts = {name: len(pattern.findall(sample)) for name, pattern in _SCRIPTS.items()}
    counts["ja"] *= 4  # Japanese is written in Chinese characters, too
    best = max(counts, key=lambda key: counts[key])
    return best if counts[best] > max(len(_LATIN.findall(sample)) * 0.3, 1) else None


def _by_zeros(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a byte order mark, told by where the zeros are."""
    sample = data[: _SAMPLE - _SAMPLE % 4]
    zeros = [sample[i::4].count(0) / max(len(sample[i::4]), 1) for i in range(4)]
    if zeros[1] > 0.5 and zeros[2] > 0.9 and zeros[3] > 0.9:
        return "utf-32-le"
    if zeros[0] > 0.9 and zeros[1] > 0.9 and zeros[2] > 0.5:
        return "utf-32-be"
    even, odd = (zeros[0] + zeros[2]) / 2, (zeros[1] + zeros[3]) / 2
    if odd > 0.2 and even < 0.05:
        return "utf-16-le"
    if even > 0.2 and odd < 0.05:
        return "utf-16-be"
    return None


def _decodes(data: bytes, name: str) -> bool:
    try:
        data.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _double_byte_score(
    data: bytes, name: str, leads: tuple[tuple[int, int], ...], trails: tuple[tuple[int, int], ...]
) -> float:
    """Share of the non-ASCII bytes that form frequent characters of `name`, a little more when there is kana."""
    good = other = kana = low = 0
    i, end = 0, len(data)
    kana_leads = _KANA_LEADS.get(name, ())
    while i < end:
        byte = data[i]
        if byte < 0x80:
            i += 1
            continue
        trail = data[i + 1] if i + 1 < end else 0
        if any(a <= byte <= b for a, b in leads) and any(a <= trail <= b for a, b in trails):
            good += 2
            kana += byte in kana_leads
            low += trail < 0x80
            i += 2
        else:
            other += 1
            i += 1
    if not good:
        return 0.0
    # Accented Latin text: high bytes stand alone among letters, so pairs eat an ASCII letter now and then.
    score = good / (good + 2 * other)
    if kana_leads:
        return score * (1.0 if kana * 8 >= good // 2 else 0.8 if name == "cp932" else 0.6)
    if name == "cp950" and good >= 8 and not low:
        return score * 0.5  # in Big5 two characters of five end in an ASCII byte
    return score
