"""pptx by unstructured: a slide is a page, its title a heading; speaker notes are kept."""

from __future__ import annotations

import io
import zipfile

from pptx.exc import PythonPptxError
from unstructured.partition.pptx import partition_pptx

from ingest.formats import BY_EXTENSION
from ingest.readers import archive
from ingest.readers.elements import blocks
from ingest.readers.text import language
from ingest.types import Block, ParsedDocument, ParseLimits


def read(data: bytes, name: str, limits: ParseLimits) -> ParsedDocument:
    """Slides in order, each under its title (or "Slide n")."""
    archive.check(data, name, BY_EXTENSION[".pptx"], limits)
    try:
        elements = partition_pptx(file=io.BytesIO(data), include_slide_notes=True, languages=[""])
    except (KeyError, ValueError, AttributeError, PythonPptxError, zipfile.BadZipFile) as error:
        raise archive.damaged("PowerPoint") from error
    made: list[Block] = []
    page = 0
    for block in blocks(elements):
        if block.page and block.page != page:
            page = block.page
            heading = block.kind == "heading"
            made.append(Block("heading", block.text if heading else f"Slide {page}", level=1, page=page))
            if heading:
                continue
        elif block.kind == "heading":
            block = Block("heading", block.text, level=2, page=block.page)
        made.append(block)
    first = next((block.text for block in made if block.kind == "heading"), None)
    text = "\n".join(block.text for block in made)
    return ParsedDocument(tuple(made), pages=page or None, title=first, language=language(text))
