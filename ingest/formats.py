"""The document formats, one line each. A new format is a line here and a reader in `ingest/readers/`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

Container = Literal["text", "pdf", "zip", "ole"]


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file.

    `container` is what the bytes must look like; `reader` is "module:function" below `ingest.readers`, called with
    (data: bytes, name: str, limits: ParseLimits) in the parser's child process; `heavy` readers import unstructured,
    which takes seconds, and run in a child server of their own. `marker` is the archive member a zip format must have.
    """

    key: str
    label: str
    extensions: tuple[str, ...]
    media_types: tuple[str, ...]
    container: Container
    reader: str
    heavy: bool = False
    marker: str = ""


_OOXML = "application/vnd.openxmlformats-officedocument"

FORMATS: tuple[Format, ...] = (
    Format("md", "Markdown", (".md", ".markdown"), ("text/markdown",), "text", "markdown:read"),
    Format("txt", "plain text", (".txt", ".text", ".log"), ("text/plain",), "text", "plain:read"),
    Format("rst", "reStructuredText", (".rst",), ("text/x-rst",), "text", "plain:read_rst"),
    Format("org", "Org", (".org",), ("text/org",), "text", "plain:read_org"),
    Format("html", "HTML", (".html", ".htm", ".xhtml"), ("text/html",), "text", "html:read", heavy=True),
    Format("xml", "XML", (".xml",), ("application/xml", "text/xml"), "text", "xml:read"),
    Format("csv", "CSV", (".csv",), ("text/csv",), "text", "delimited:read"),
    Format("tsv", "TSV", (".tsv", ".tab"), ("text/tab-separated-values",), "text", "delimited:read"),
    Format("eml", "e-mail", (".eml",), ("message/rfc822",), "text", "mail:read", heavy=True),
    Format("rtf", "Rich Text", (".rtf",), ("application/rtf", "text/rtf"), "text", "rtf:read"),
    Format("pdf", "PDF", (".pdf",), ("application/pdf",), "pdf", "pdf:read"),
    Format("docx", "Word", (".docx",), (f"{_OOXML}.wordprocessingml.document",), "zip", "word:read", True, "word/"),
    Format("pptx", "PowerPoint", (".pptx",), (f"{_OOXML}.presentationml.presentation",), "zip", "slides:read", True, "ppt/"),
    Format("xlsx", "Excel", (".xlsx", ".xlsm"), (f"{_OOXML}.spreadsheetml.sheet",), "zip", "sheets:read", False, "xl/"),
    Format("epub", "EPUB", (".epub",), ("application/epub+zip",), "zip", "epub:read", True, "META-INF/container.xml"),
    Format("odt", "OpenDocument text", (".odt",), ("application/vnd.oasis.opendocument.text",), "zip", "odt:read", False, "content.xml"),
    Format("doc", "Word 97-2003", (".doc",), ("application/msword",), "ole", "doc:read", False, "WordDocument"),
    Format("msg", "Outlook message", (".msg",), ("application/vnd.ms-outlook",), "ole", "msg:read", True, "__properties_version1.0"),
    Format("xls", "Excel 97-2003", (".xls",), ("application/vnd.ms-excel",), "ole", "sheets:read_xls", False, "Workbook"),
)  # fmt: skip

BY_EXTENSION: dict[str, Format] = {extension: format for format in FORMATS for extension in format.extensions}


def extension(name: str) -> str:
    """The lower-case extension of a file name, with its dot; empty when there is none."""
    return PurePath(name.replace("\\", "/")).suffix.lower()
