"""docx by unstructured: styles give headings, tables come as HTML."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from typing import Any

from docx.oxml.ns import nsmap
from docx.oxml.xmlchemy import BaseOxmlElement
from lxml import etree
from unstructured.partition.docx import partition_docx

from ingest.formats import BY_EXTENSION
from ingest.readers import archive
from ingest.readers.elements import blocks
from ingest.readers.text import language
from ingest.types import ParsedDocument, ParseLimits


def read(data: bytes, name: str, limits: ParseLimits) -> ParsedDocument:
    """Headings, lists, tables and text of a Word document. Pages only where Word has left its page breaks."""
    archive.check(data, name, BY_EXTENSION[".docx"], limits)
    setattr(BaseOxmlElement, "xpath", _xpath)  # noqa: B010
    try:
        elements = partition_docx(file=io.BytesIO(data), languages=[""])
    except (KeyError, ValueError, AttributeError, zipfile.BadZipFile) as error:
        raise archive.damaged("Word") from error
    made = blocks(elements)
    pages = max((block.page for block in made if block.page), default=None)
    first = next((block.text for block in made if block.kind == "heading"), None)
    text = "\n".join(block.text for block in made)
    return ParsedDocument(tuple(made), pages=pages, title=first, language=language(text))


def _xpath(element: Any, path: str) -> Any:
    """python-docx compiles each path anew at every call, which is half the time of a long document."""
    return _compiled(path)(element)


@cache
def _compiled(path: str) -> Any:
    return etree.XPath(path, namespaces=nsmap)
