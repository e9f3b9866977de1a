"""Text for benchmarks: seeded, plain, of the length and vocabulary of office documents."""

from __future__ import annotations

import random
from collections.abc import Iterator

FACT = "A visitor badge of the Lindgate laboratory is valid for 14 days."
QUESTION = "How long is a visitor badge of the Lindgate laboratory valid?"

_SUBJECTS = (
    "the committee", "each department", "a supplier", "the regional office", "our auditor", "every trainee",
    "the landlord", "a customer", "the night shift", "the archive", "the purchasing team", "a contractor",
)  # fmt: skip
_VERBS = (
    "confirms", "reviews", "returns", "delivers", "signs", "postpones", "approves", "records", "invoices", "inspects",
    "renews", "forwards",
)  # fmt: skip
_OBJECTS = (
    "the quarterly figures", "a written notice", "the spare parts", "all open orders", "the insurance policy",
    "the minutes of the meeting", "an updated price list", "the maintenance plan", "the travel claims",
    "the delivery note", "a signed copy", "the safety instructions",
)  # fmt: skip
_TAILS = (
    "within {n} working days", "before the end of month {n}", "in building {n}", "under reference {n}",
    "at a rate of {n} percent", "for {n} pounds", "on page {n} of the manual", "after {n} hours of service",
)  # fmt: skip


def sentences(seed: int) -> Iterator[str]:
    """Endless sentences, the same for the same seed."""
    chance = random.Random(seed)
    while True:
        tail = chance.choice(_TAILS).format(n=chance.randint(2, 999))
        words = (chance.choice(_SUBJECTS), chance.choice(_VERBS), chance.choice(_OBJECTS), tail)
        yield f"{' '.join(words).capitalize()}."


def paragraph(seed: int, characters: int = 800) -> str:
    """Sentences up to about that many characters."""
    text = ""
    for sentence in sentences(seed):
        if len(text) + len(sentence) > characters:
            return text
        text += (" " if text else "") + sentence
    raise AssertionError("unreachable")


def markdown_files(count: int, sections: int = 5, seed: int = 0) -> dict[str, str]:
    """Files of `sections` sections each, a chunk a section; the first one holds `FACT`."""
    files = {}
    for number in range(count):
        parts = [f"# Procedure {number}"]
        for section in range(sections):
            body = paragraph(seed + number * sections + section)
            if number == section == 0:
                body = f"{FACT} {body[:400]}"
            parts.append(f"## Section {number}.{section}\n\n{body}")
        files[f"procedure-{number:03}.md"] = "\n\n".join(parts) + "\n"
    return files
