"""The table of formats: complete, consistent, and every reader in it exists."""

from __future__ import annotations

from pathlib import Path

import pytest

import ingest.readers
from ingest.formats import BY_EXTENSION, FORMATS, Format, extension

PROMISED = {"md", "txt", "html", "pdf", "docx", "pptx", "xlsx", "csv", "eml", "epub", "xml"}


def test_the_promised_formats_are_there() -> None:
    assert {format.key for format in FORMATS} >= PROMISED


def test_no_two_formats_claim_one_extension() -> None:
    claimed = [each for format in FORMATS for each in format.extensions]
    assert len(claimed) == len(set(claimed)) == len(BY_EXTENSION)
    assert all(each.startswith(".") and each == each.lower() for each in claimed)


@pytest.mark.parametrize("format", FORMATS, ids=lambda format: format.key)
def test_reader_exists(format: Format) -> None:
    module, function = format.reader.split(":")
    source = (Path(ingest.readers.__file__).parent / f"{module}.py").read_text()
    assert f"def {function}(data: bytes, name: str, limits: ParseLimits) -> ParsedDocument:" in source
    assert (format.container == "zip") == bool(format.marker)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.PDF", ".pdf"),
        ("x.tar.MD", ".md"),
        ("..\\..\\evil.docx", ".docx"),
        ("none", ""),
        (".htaccess", ""),
        ("a.b/c", ""),
    ],
)
def test_extension(name: str, expected: str) -> None:
    assert extension(name) == expected
