"""Word 97-2003: the text of the main document, found through its piece table. No formatting, so no headings."""

from __future__ import annotations

import io
import re
import struct

import olefile  # type: ignore[import-untyped]

from ingest.readers.archive import damaged, encrypted
from ingest.readers.text import language, table, tidy
from ingest.types import Block, ParsedDocument, ParseLimits

_FIELD = re.compile("\x13[^\x13\x14\x15]*(?:\x14([^\x13\x15]*))?\x15")
_ENCRYPTED, _TABLE_1 = 0x0100, 0x0200
_CLX_OFFSET = 0x01A2  # fcClx and lcbClx in the FIB of Word 97 and later


def read(data: bytes, name: str, limits: ParseLimits) -> ParsedDocument:
    """Paragraphs, and table rows as Markdown tables."""
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as container:
            if not container.exists("WordDocument"):
                raise damaged("Word 97-2003", "it holds no Word document")
            main = container.openstream("WordDocument").read()
            flags = struct.unpack_from("<H", main, 0x0A)[0]
            if flags & _ENCRYPTED:
                raise encrypted("Word 97-2003")
            pieces = container.openstream("1Table" if flags & _TABLE_1 else "0Table").read()
        length = struct.unpack_from("<i", main, 0x4C)[0]
        text = _text(main, pieces)[:length]
    except (OSError, struct.error, IndexError, ValueError) as error:
        raise damaged("Word 97-2003") from error
    made = tuple(_blocks(text))
    return ParsedDocument(made, language=language(text), warnings=() if made else ("The file holds no text.",))


def _text(main: bytes, pieces: bytes) -> str:
    offset, size = struct.unpack_from("<II", main, _CLX_OFFSET)
    clx = pieces[offset : offset + size]
    at = 0
    while at < len(clx) and clx[at] == 1:  # formatting runs before the piece table
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    if at >= len(clx) or clx[at] != 2:
        raise ValueError("no piece table")
    plc = clx[at + 5 : at + 5 + struct.unpack_from("<I", clx, at + 1)[0]]
    count = (len(plc) - 4) // 12
    positions = struct.unpack_from(f"<{count + 1}I", plc, 0)
    out: list[str] = []
    for i in range(count):
        place = struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * i + 2)[0]
        length = positions[i + 1] - positions[i]
        if length < 0 or length > len(main):
            raise ValueError("piece out of range")
        if place & 0x40000000:
            start = (place & 0x3FFFFFFF) // 2
            out.append(main[start : start + length].decode("cp1252", "replace"))
        else:
            out.append(main[place : place + 2 * length].decode("utf-16-le", "replace"))
    return "".join(out)


def _blocks(text: str) -> list[Block]:
    previous = None
    while previous != text:
        previous, text = text, _FIELD.sub(lambda found: found.group(1) or "", text)
    made: list[Block] = []
    rows: list[list[str]] = []
    cells: list[str] = []
    for paragraph in re.split("(?<=[\r\x07\x0c\x0e])", text):
        body, mark = (paragraph[:-1], paragraph[-1]) if paragraph else ("", "")
        said = tidy(body.replace("\x0b", "\n")).strip()
        if mark == "\x07":
            # Each cell ends with the mark; one more, with nothing before it, ends the row.
            if said or not cells:
                cells.append(said)
            else:
                rows.append(cells)
                cells = []
            continue
        if rows or cells:
            made.append(Block("table", table([*rows, cells])))
            rows, cells = [], []
        made.append(Block("text", said))
    if rows or cells:
        made.append(Block("table", table([*rows, cells])))
    return [block for block in made if block.text]
