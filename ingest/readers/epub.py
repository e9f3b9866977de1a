"""EPUB: a zip of XHTML chapters, read in the order of the book's spine."""

from __future__ import annotations

import posixpath
from urllib.parse import unquote
from zipfile import ZipFile

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from ingest.errors import DocumentRefused
from ingest.formats import BY_EXTENSION
from ingest.readers import archive
from ingest.readers.html import partition
from ingest.readers.text import clean, declared_encoding, decode, language
from ingest.types import Block, ParsedDocument, ParseLimits

_OPF = "{http://www.idpf.org/2007/opf}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"


def read(data: bytes, name: str, limits: ParseLimits) -> ParsedDocument:
    """All chapters, one after the other; the title and author come from the package file."""
    book = archive.check(data, name, BY_EXTENSION[".epub"], limits)
    if "META-INF/encryption.xml" in book.namelist() and "META-INF/rights.xml" in book.namelist():
        raise archive.encrypted("EPUB")
    try:
        container = ElementTree.fromstring(book.read("META-INF/container.xml"))
        root = container.find(f".//{_CONTAINER}rootfile")
        path = root.get("full-path", "") if root is not None else ""
        package = ElementTree.fromstring(book.read(path))
    except DefusedXmlException as error:
        raise DocumentRefused(
            "xml_entities", "The EPUB declares XML entities, which are not read.", "Save it again."
        ) from error
    except (KeyError, ElementTree.ParseError) as error:
        raise archive.damaged("EPUB", "its table of contents cannot be read") from error
    manifest = {item.get("id"): item.get("href", "") for item in package.iter(f"{_OPF}item")}
    base = posixpath.dirname(path)
    made: list[Block] = []
    warnings: list[str] = []
    for reference in package.iter(f"{_OPF}itemref"):
        chapter = _chapter(
            book, posixpath.normpath(posixpath.join(base, unquote(manifest.get(reference.get("idref"), ""))))
        )
        found, complaints = partition(chapter)
        made.extend(found)
        warnings.extend(complaints[: 1 - len(warnings)])
    titles = [clean(title.text or "") for title in package.iter(f"{_DC}title")]
    text = "\n".join(block.text for block in made)
    return ParsedDocument(
        tuple(made), title=titles[0] if titles else None, language=language(text), warnings=tuple(warnings)
    )


def _chapter(book: ZipFile, path: str) -> str:
    try:
        data = book.read(path)
    except KeyError:
        return ""
    return decode(data, declared_encoding(data))
