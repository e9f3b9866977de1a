"""What a file is called here: safe to show, to log and to send back, whatever it was called there."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

LONGEST = 200
_GROUPS = ("C", "Zl", "Zp")
"""Unicode categories never shown: control, format (bidi overrides, zero width), surrogate, private, unassigned."""


def clean(name: str) -> str:
    """The name to show: the path below any drive or root, without `..`, control or invisible characters; never empty.

    At most `LONGEST` characters; the extension is kept.
    """
    plain = "".join(
        character
        for character in unicodedata.normalize("NFC", name)
        if not unicodedata.category(character).startswith(_GROUPS)
    )
    parts = [re.sub(r"\s+", " ", part).strip() for part in re.split(r"[/\\]", plain)]
    parts = [part for part in parts if part.strip(". ") and not re.fullmatch(r"[A-Za-z]:", part)]
    whole = "/".join(parts) or "unnamed"
    if len(whole) <= LONGEST:
        return whole
    stem, dot, extension = whole.rpartition(".")
    if not dot or len(extension) > 10:
        return whole[:LONGEST]
    return f"{stem[: LONGEST - len(extension) - 2]}….{extension}"


def disposition(name: str) -> str:
    """A `content-disposition` that downloads under this name: ASCII only, nothing to break out of (RFC 6266)."""
    last = name.rsplit("/", 1)[-1]
    ascii_name = re.sub(r"[^A-Za-z0-9._ -]", "_", last)
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(last, safe='')}"
