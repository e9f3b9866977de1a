"""Outlook messages by unstructured: the header people see, then the body; attachments are listed, not opened."""

from __future__ import annotations

import io
from typing import Any

from oxmsg import Message
from unstructured.partition.text import partition_text

from ingest.readers.archive import damaged
from ingest.readers.elements import blocks
from ingest.readers.html import partition
from ingest.readers.text import clean, decode, language, tidy
from ingest.types import Block, ParsedDocument, ParseLimits


def read(data: bytes, name: str, limits: ParseLimits) -> ParsedDocument:
    """Subject as heading, sender, receivers and date as lines, then the text."""
    try:
        message = Message.load(io.BytesIO(data))
        headers: dict[str, Any] = message.message_headers
        subject = clean(message.subject or "")
        sent = message.sent_date.isoformat(" ", "minutes") if message.sent_date else ""
        receivers = ", ".join(clean(f"{r.name} <{r.email_address}>") for r in message.recipients)
        attachments = [clean(a.file_name or "unnamed") for a in message.attachments]
        body, markup, sender = message.body, message.html_body, message.sender
    except (ValueError, KeyError, AttributeError, IndexError, OSError, UnicodeError) as error:
        raise damaged("Outlook message") from error
    shown = {"To": receivers or headers.get("To", ""), "Date": sent}
    sender = sender or headers.get("From", "")
    made = [Block("heading", subject, level=1)] if subject else []
    lines = [f"{field}: {clean(value)}" for field, value in shown.items() if value]
    if sender:
        lines.insert(0, f"{clean(sender)} wrote:")
    if lines:
        made.append(Block("text", "\n".join(lines)))
    warnings = [f"Attachment not read: {each}. Upload it by itself." for each in attachments]
    if body and tidy(body).strip():
        made.extend(blocks(partition_text(text=tidy(body), languages=[""]), headed=False))
    elif markup:
        found, complaints = partition(markup if isinstance(markup, str) else decode(markup))
        made.extend(found)
        warnings.extend(complaints)
    text = "\n".join(block.text for block in made)
    return ParsedDocument(tuple(made), title=subject or None, language=language(text), warnings=tuple(warnings))
