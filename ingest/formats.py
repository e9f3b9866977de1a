"""The document formats, one line each. A new format is a line here and a reader in `ingest/readers/`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

Container = Literal["text", "pdf", "zip", "ole"]
Family = Literal["text", "pages", "office"]
"""Formats whose readers are loaded together: small ones, those with libraries of their own, those of unstructured."""


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file.

    `container` is what the bytes must look like; `reader` is "module:function" below `ingest.readers`, called with
    (data: bytes, name: str, limits: ParseLimits) in the parser's child process, forked from the server of its `family`.
    `marker` is the archive member a zip format must have.
    """

    key: str
    label: str
    extensions: tuple[str, ...]
    media_types: tuple[str, ...]
    container: Container
    reader: str
    family: Family = "text"
    marker: str = ""


_OFFICE = "application/vnd.openxmlformats-officedocument"
_WORD, _SLIDES = f"{_OFFICE}.wordprocessingml.document", f"{_OFFICE}.presentationml.presentation"
_SHEET, _ODT = f"{_OFFICE}.spreadsheetml.sheet", "application/vnd.oasis.opendocument.text"
_TSV, _XLS, _MSG = "text/tab-separated-values", "application/vnd.ms-excel", "application/vnd.ms-outlook"

FORMATS: tuple[Format, ...] = (
    Format("md", "Markdown", (".md", ".markdown"), ("text/markdown",), "text", "markdown:read"),
    Format("txt", "plain text", (".txt", ".text", ".log"), ("text/plain",), "text", "plain:read"),
    Format("rst", "reStructuredText", (".rst",), ("text/x-rst",), "text", "plain:read_rst"),
    Format("org", "Org", (".org",), ("text/org",), "text", "plain:read_org"),
    Format("html", "HTML", (".html", ".htm", ".xhtml"), ("text/html",), "text", "html:read", "office"),
    Format("xml", "XML", (".xml",), ("application/xml", "text/xml"), "text", "xml:read"),
    Format("csv", "CSV", (".csv",), ("text/csv",), "text", "delimited:read"),
    Format("tsv", "TSV", (".tsv", ".tab"), (_TSV,), "text", "delimited:read"),
    Format("eml", "e-mail", (".eml",), ("message/rfc822",), "text", "mail:read", "office"),
    Format("rtf", "Rich Text", (".rtf",), ("application/rtf", "text/rtf"), "text", "rtf:read"),
    Format("pdf", "PDF", (".pdf",), ("application/pdf",), "pdf", "pdf:read", "pages"),
    Format("docx", "Word", (".docx",), (_WORD,), "zip", "word:read", "office", "word/"),
    Format("pptx", "PowerPoint", (".pptx",), (_SLIDES,), "zip", "slides:read", "office", "ppt/"),
    Format("xlsx", "Excel", (".xlsx", ".xlsm"), (_SHEET,), "zip", "sheets:read", "pages", "xl/"),
    Format(
        "epub", "EPUB", (".epub",), ("application/epub+zip",), "zip", "epub:read", "office", "META-INF/container.xml"
    ),
    Format("odt", "OpenDocument text", (".odt",), (_ODT,), "zip", "odt:read", "pages", "content.xml"),
    Format("doc", "Word 97-2003", (".doc",), ("application/msword",), "ole", "doc:read", "pages"),
    Format("msg", "Outlook message", (".msg",), (_MSG,), "ole", "msg:read", "office"),
    Format("xls", "Excel 97-2003", (".xls",), (_XLS,), "ole", "sheets:read_xls", "pages"),
)

BY_EXTENSION: dict[str, Format] = {extension: format for format in FORMATS for extension in format.extensions}


def extension(name: str) -> str:
    """The lower-case extension of a file name, with its dot; empty when there is none."""
    return PurePath(name.replace("\\", "/")).suffix.lower()
