"""A small body of documents that tests may ask about but not change, and questions it answers."""

from __future__ import annotations

COLLECTION = "t-handbook"

DOCUMENTS = {
    "heron.md": """# Heron pump

## Performance

The Heron pump moves 4,200 litres of seawater an hour. It draws 38 watts at full speed.

## Warranty

The warranty of the Heron pump lasts 36 months from the day of delivery. Claims go to claims@quillmere.example.
""",
    "returns.md": """# Returns

Unopened goods may be returned within 14 days of delivery. Opened filter cartridges cannot be returned.

Send returns to Coopers Wharf, Dock 7.
""",
    "leave.md": """# Leave

Every employee has 27 days of paid leave a year. Unused leave expires on 31 March.
""",
}

QUESTION = "How many litres of seawater does the Heron pump move an hour?"
ANSWER = "The Heron pump moves 4,200 litres of seawater an hour."
FOLLOW_UP = "And how long does its warranty last?"
FOLLOW_UP_ANSWER = "The warranty of the Heron pump lasts 36 months from the day of delivery."
"""QUESTION's follow-up: it names no pump."""
UNANSWERABLE = "What is the password of the guest Wi-Fi at the Lisbon office?"
