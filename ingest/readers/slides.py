"""pptx by unstructured: a slide is a page, its title a heading; speaker notes are kept."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pptx
from pptx.exc import PythonPptxError
from unstructured.partition.pptx import partition_pptx

from ingest.formats import BY_EXTENSION
from ingest.readers import archive
from ingest.readers.elements import blocks
from ingest.readers.text import clean, language, tidy
from ingest.types import Block, ParsedDocument, ParseLimits


def read(data: bytes, name: str, limits: ParseLimits) -> ParsedDocument:
    """Slides in order, each under its title (or "Slide n")."""
    archive.check(data, name, BY_EXTENSION[".pptx"], limits)
    try:
        deck = list(pptx.Presentation(io.BytesIO(data)).slides)
        elements = partition_pptx(file=io.BytesIO(data), languages=[""])
    except (KeyError, ValueError, AttributeError, PythonPptxError, zipfile.BadZipFile) as error:
        raise archive.damaged("PowerPoint") from error
    found = blocks(elements)
    made: list[Block] = []
    for page, slide in enumerate(deck, 1):
        title = clean(slide.shapes.title.text_frame.text) if slide.shapes.title is not None else ""
        body = [block for block in found if block.page == page and block.text != title]
        notes = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
        spoken = tidy(notes.text).strip() if notes is not None else ""
        if not (title or body or spoken):
            continue
        made.append(Block("heading", title or f"Slide {page}", level=1, page=page))
        # unstructured takes any short text for a title; only the slide's own title is one.
        made.extend(replace(block, kind="text", level=0) if block.kind == "heading" else block for block in body)
        if spoken:
            made.append(Block("text", f"Notes: {spoken}", page=page))
    first = next((block.text for block in made if block.kind == "heading"), None)
    text = "\n".join(block.text for block in made)
    return ParsedDocument(tuple(made), pages=len(deck) or None, title=first, language=language(text))
