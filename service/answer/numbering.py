"""Numbers of headings and list items: "8. Disbursements" says nothing of eight."""

from __future__ import annotations

import re

# A place in the document, not a quantity; "12. March 2024" is a date.
_NUMBERING = re.compile(
    r"^[ \t#>*-]*(?:\d{1,2}[.)]|\d{1,2}(?:\.\d{1,2}){1,3}\.?(?=[ \t]+[A-Z\u3400-\u9fff]))(?=[ \t])"
    r"(?![ \t]+[A-Z][a-z]{2,8}\.?,? \d{4})",
    re.MULTILINE,
)


def unnumbered(text: str) -> str:
    """The text with these numbers blanked: all other characters stay where they are."""
    return _NUMBERING.sub(lambda match: " " * len(match.group()), text)


def untitled(text: str, title: str) -> str:
    """The text without its first line when that is the passage's own heading, which is told above it anyway: a small
    model takes the number of a heading for an amount."""
    first, _, rest = text.partition("\n")
    return rest.lstrip("\n") if rest.strip() and first.strip(" #*") == title.strip() else text
