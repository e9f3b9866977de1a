"""Names of files: safe to show, log and send back, whatever they were."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.documents.names import LONGEST, clean, disposition


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "etc/passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Users\\me\\report.docx", "Users/me/report.docx"),
        ("/abs/olute.md", "abs/olute.md"),
        ("a\x00b\n\x1b[31m.md", "ab[31m.md"),
        ("evil\u202efdp.exe", "evilfdp.exe"),
        ("zero\u200bwidth.md", "zerowidth.md"),
        ("", "unnamed"),
        ("...", "unnamed"),
        ("員工手冊.docx", "員工手冊.docx"),
        ("  a   b .md ", "a b .md"),
        (".htaccess", ".htaccess"),
    ],
)
def test_examples(given_name: str, shown: str) -> None:
    assert clean(given_name) == shown


def test_a_very_long_name_keeps_its_extension() -> None:
    name = clean("x" * 4000 + ".docx")
    assert len(name) <= LONGEST
    assert name.endswith(".docx")


@given(st.text(max_size=400))
def test_every_name_is_safe(name: str) -> None:
    shown = clean(name)
    assert 0 < len(shown) <= LONGEST
    assert not any(unicodedata.category(character).startswith("C") for character in shown)
    assert not {"..", "."} & set(shown.split("/"))
    assert not shown.startswith("/")
    assert clean(shown) == shown
    header = disposition(shown)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
