"""Rich Text Format: its text, without fonts, pictures and fields' instructions. Rows of tables become lines."""

from __future__ import annotations

import re

from ingest.readers.archive import damaged
from ingest.readers.text import language, tidy
from ingest.types import Block, ParsedDocument, ParseLimits

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)"
)
_SILENT = frozenset(
    b"fonttbl colortbl stylesheet info pict object fldinst header footer headerl headerr footerl footerr themedata "
    b"datastore colorschememapping latentstyles listtable listoverridetable rsidtbl generator xmlnstbl filetbl "
    b"revtbl nonshppict bkmkstart bkmkend shppict".split()
)
_SPECIAL = {
    b"par": "\n\n", b"line": "\n", b"sect": "\n\n", b"page": "\n\n", b"tab": "\t", b"cell": " | ", b"row": "\n",
    b"nestcell": " | ", b"nestrow": "\n", b"emdash": "—", b"endash": "–", b"bullet": "•", b"lquote": "‘",
    b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”",
}  # fmt: skip


def read(data: bytes, name: str, limits: ParseLimits) -> ParsedDocument:
    """Paragraphs of an RTF file."""
    if not data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{\\rtf"):
        raise damaged("Rich Text", "it does not begin like one")
    text = _plain(data)
    parts = [tidy(re.sub(r"\s*\|\s*$", "", part, flags=re.MULTILINE)) for part in re.split(r"\n[ \t]*\n", text)]
    made = tuple(Block("text", part.strip()) for part in parts if part.strip(" |\n\t"))
    warnings = () if made else ("The file holds no text.",)
    return ParsedDocument(made, language=language(text), warnings=warnings)


def _plain(data: bytes) -> str:
    out: list[str] = []
    raw = bytearray()  # bytes in the document's code page, decoded together: a character may be two of them
    codec = "cp1252"
    stack: list[tuple[bool, int]] = []
    silent, unicode_skip, pending_skip = False, 1, 0
    starred = False

    def flush() -> None:
        if raw:
            out.append(raw.decode(codec, "replace"))
            raw.clear()

    for found in _TOKEN.finditer(data):
        word, number, hexed, symbol, brace, text = found.groups()
        if brace == b"{":
            stack.append((silent, unicode_skip))
            starred = False
        elif brace == b"}":
            silent, unicode_skip = stack.pop() if stack else (False, 1)
            pending_skip = 0
        elif word:
            if word in _SILENT or (starred and word not in (b"shptxt", b"fldrslt")):
                silent = True
            elif word == b"ansicpg" and number:
                codec = _codec(f"cp{int(number)}")
            elif word == b"uc" and number:
                unicode_skip = min(int(number), 8)
            elif word == b"u" and number and not silent:
                flush()
                code = int(number) % 65536
                out.append(chr(code))
                pending_skip = unicode_skip
            elif word == b"bin" or silent:
                pass
            elif word in _SPECIAL:
                flush()
                out.append(_SPECIAL[word])
            starred = False
        elif symbol == b"*":
            starred = True
        elif hexed and not silent:
            if pending_skip:
                pending_skip -= 1
            else:
                raw.append(int(hexed, 16))
        elif symbol and not silent:
            if symbol in b"\\{}":
                raw += symbol
            elif symbol == b"~":
                raw += b" "
            elif symbol in b"\r\n":
                flush()
                out.append("\n\n")
        elif text and not silent:
            skipped = min(pending_skip, len(text))
            pending_skip -= skipped
            raw += text[skipped:]
    flush()
    joined = "".join(out)
    # Characters beyond the first plane come as two surrogates.
    return joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _codec(name: str) -> str:
    try:
        "".encode(name)
    except LookupError:
        return "cp1252"
    return name
