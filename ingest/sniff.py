"""What a file really is: its first bytes, its extension and its content must agree, else it is refused in words."""

from __future__ import annotations

import re

from ingest.errors import DocumentRefused
from ingest.formats import BY_EXTENSION, FORMATS, Format, extension
from ingest.readers.text import wide_cjk

HEAD = 8192
"""Bytes that `identify` wants to see."""

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"#!", "a script"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"SQLite format 3", "a SQLite database"),
    (b"OggS", "an Ogg recording"),
    (b"ID3", "an MP3 recording"),
)
_HTML = re.compile(rb"^\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_TEXT_CONTROLS = frozenset(b"\t\n\r\f\x1b\x1a")


def named() -> str:
    """The extensions that can be read, for messages."""
    return ", ".join(format.extensions[0][1:] for format in FORMATS)


def identify(head: bytes, name: str, size: int) -> Format:
    """The format of a file, from its first `HEAD` bytes, its name and its size in bytes.

    Raises `DocumentRefused` with code `empty_file`, `unsupported_format` or `wrong_extension`. What lies deeper
    (inside archives, encryption, damage) is found while it is read, in the child process.
    """
    if size == 0:
        raise DocumentRefused("empty_file", "The file is empty (0 bytes).", "Upload the file again from its source.")
    suffix = extension(name)
    format = BY_EXTENSION.get(suffix)
    real = content(head)
    if format is None:
        what = f"A {suffix} file" if suffix else "A file without an extension"
        known = next((f for f in FORMATS if f.container == "pdf"), None) if real == "a PDF" else None
        hint = f"Rename it to {known.extensions[0]}." if known else f"These can be read: {named()}."
        if real == "text":
            hint = f"If it is a text, rename it to .txt. {hint}"
        message = f"{what} cannot be read here. This one holds {_said(real)}."
        raise DocumentRefused("unsupported_format", message, hint)
    if format.container != "text":
        wanted = {"pdf": "a PDF", "zip": "a zip container", "ole": "an old Office file"}[format.container]
        # An encrypted docx is an OLE file: the reader tells that apart from a renamed .doc.
        if real != wanted and not (format.container == "zip" and real == "an old Office file"):
            raise _lie(suffix, format, real)
    elif not real.startswith("text"):
        raise _lie(suffix, format, real)
    return format


def content(head: bytes) -> str:
    """In words, what the first bytes say; starts with "text" for what can be shown as text."""
    if b"%PDF-" in head[:1024]:
        return "a PDF"
    if head.startswith((ZIP, b"PK\x05\x06")):
        return "a zip container"
    if head.startswith(OLE):
        return "an old Office file"
    stripped = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"#!"):
        return "text (a script)"
    for magic, what in _MAGIC:
        if head.startswith(magic) and not (len(magic) < 4 and _printable(head)):
            return what
    if head[:4] == b"RIFF":
        return "a sound, picture or film"
    if head[4:8] == b"ftyp":
        return "a film or picture"
    if _HTML.match(stripped):
        return "text (HTML)"
    if stripped.startswith(b"{\\rtf"):
        return "text (Rich Text)"
    return "text" if _printable(head) else "binary data"


def refuse_lie(name: str, format: Format, real: str) -> DocumentRefused:
    """The error for a file whose content is not what its extension says."""
    return _lie(extension(name), format, real)


def _lie(suffix: str, format: Format, real: str) -> DocumentRefused:
    return DocumentRefused(
        "wrong_extension",
        f"The extension {suffix} says {format.label}, but the content is {_said(real)}.",
        "Give the file its right extension, or save it again in the format its name says.",
    )


def _said(real: str) -> str:
    """What `content` found, as it is said to people."""
    return "plain text" if real == "text" else real.removeprefix("text (").removesuffix(")")


def _printable(head: bytes) -> bool:
    """True for text in any encoding we know: no control characters, NUL only as in UTF-16 and UTF-32."""
    if head.startswith(_BOMS):
        return True
    if b"\x00" in head:
        evens, odds = head[0::2].count(0), head[1::2].count(0)
        half = max(len(head) // 2, 1)
        rest = head.replace(b"\x00", b"")
        # Latin text in UTF-16 has its zeros on one side only; in UTF-32 three bytes of four are zero.
        regular = min(evens, odds) < half * 0.05 < max(evens, odds) or 1.4 * half < (evens + odds) < 1.6 * half
        return regular and _control_share(rest) < 0.01
    return _control_share(head) < 0.02 or wide_cjk(head) is not None


def _control_share(data: bytes) -> float:
    controls = sum(1 for byte in data if byte < 32 and byte not in _TEXT_CONTROLS)
    return controls / max(len(data), 1)
