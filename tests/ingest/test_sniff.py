"""Files whose name, first bytes and content disagree are refused, and the message says what they are."""

from __future__ import annotations

import pytest

from ingest.errors import DocumentRefused
from ingest.sniff import content, identify
from tests.ingest import made


def refused(data: bytes, name: str) -> DocumentRefused:
    with pytest.raises(DocumentRefused) as caught:
        identify(data[:8192], name, len(data))
    return caught.value


@pytest.mark.parametrize(
    ("data", "name", "key"),
    [
        (b"# Title", "a.md", "md"),
        (b"%PDF-1.7\n", "a.PDF", "pdf"),
        (b"\xef\xbb\xbf%PDF-1.7\n", "a.pdf", "pdf"),
        (b"PK\x03\x04", "../../etc/a.docx", "docx"),
        ("naïve".encode("utf-16"), "a.txt", "txt"),
        ("plain".encode("utf-32-le"), "a.csv", "csv"),
        ("plain text".encode("utf-16-be"), "a.txt", "txt"),
        ("會議於下午三時".encode("big5"), "a.txt", "txt"),
        ("會議於下午三時開始".encode("utf-16-le"), "zh.txt", "txt"),
        (b"<html><body>x", "a.htm", "html"),
        (b"{\\rtf1 x}", "a.rtf", "rtf"),
        (b"MZ was here, said the sign", "a.txt", "txt"),
        (b"#!/bin/sh is how scripts begin", "a.md", "md"),
    ],
)
def test_what_agrees_is_taken(data: bytes, name: str, key: str) -> None:
    assert identify(data, name, len(data)).key == key


def test_empty() -> None:
    assert refused(b"", "a.pdf").code == "empty_file"


@pytest.mark.parametrize("name", ["a.zip", "a", "a.exe", "photo.jpeg", ".htaccess"])
def test_unknown_format(name: str) -> None:
    error = refused(b"\xff\xd8\xff\xe0 something", name)
    assert error.code == "unsupported_format"
    assert "pdf" in error.hint
    assert " cannot be read here. This one holds " in error.message


def test_a_text_that_is_called_a_picture_is_told_what_it_is() -> None:
    error = refused(b"Harbour notes.", "notes.png")
    assert error.message == "A .png file cannot be read here. This one holds plain text."
    assert error.hint.startswith("If it is a text, rename it to .txt.")


def test_unknown_extension_of_a_pdf_says_how_to_call_it() -> None:
    assert ".pdf" in refused(b"%PDF-1.7", "a.dat").hint


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (b"MZ\x90\x00\x03\x00\x00\x00" + bytes(64), "notes.md", "Windows program"),
        (b"MZ" + bytes(500), "notes.md", "Windows program"),
        (bytes(500), "notes.md", "binary data"),
        (b"\x7fELF\x02\x01\x01" + bytes(64), "notes.txt", "Linux program"),
        (b"<!DOCTYPE html><html>", "a.pdf", "HTML"),
        (b"%PDF-1.4", "a.docx", "PDF"),
        (b"%PDF-1.4", "a.md", "PDF"),
        (b"just words", "a.xlsx", "plain text"),
        (b"PK\x03\x04rest", "a.csv", "zip"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "a.html", "PNG"),
        (bytes(range(256)) * 8, "a.txt", "binary"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64), "a.pdf", "old Office"),
    ],
)
def test_an_extension_that_lies(data: bytes, name: str, says: str) -> None:
    error = refused(data, name)
    assert error.code == "wrong_extension"
    assert says in error.message
    assert error.hint


def test_an_encrypted_docx_is_left_to_the_reader() -> None:
    assert identify(made.ole_with("EncryptedPackage"), "a.docx", 9_000).key == "docx"


def test_random_bytes_never_raise() -> None:
    for first in range(256):
        assert content(bytes([first, 0, 7, 200]) * 10)
