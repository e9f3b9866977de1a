"""E-mail: the header people see, the body (text, else HTML), and a list of what was attached."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.message import Message

from ingest.errors import DocumentRefused
from ingest.readers.html import partition
from ingest.readers.markdown import parse
from ingest.readers.text import clean, declared_encoding, decode, language, tidy
from ingest.types import Block, ParsedDocument, ParseLimits

_SHOWN = ("To", "Cc", "Date")
_MAX_PARTS = 1_000
_TEXT_ATTACHMENTS = (".txt", ".md", ".csv", ".log")
_ATTACHMENT_CHARACTERS = 200_000


def read(data: bytes, name: str, limits: ParseLimits) -> ParsedDocument:
    """Subject as heading, then sender, receivers and date as lines, then the body. Attachments are named in warnings;
    those of plain text are read too."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[1:2] == b"\x00":
        data = decode(data).encode("utf-8")
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    subject = _header(message, "Subject")
    lines = _lines(message)
    made: list[Block] = [Block("heading", subject, level=1)] if subject else []
    if lines:
        made.append(Block("text", "\n".join(lines)))
    body, warnings = _body(message)
    if not lines and not subject and not body:
        raise DocumentRefused(
            "damaged", "The file is not an e-mail: it has neither header nor text.", "Export the message again."
        )
    made.extend(body)
    text = "\n".join(block.text for block in made)
    return ParsedDocument(tuple(made), title=subject or None, language=language(text), warnings=tuple(warnings))


def _lines(message: Message) -> list[str]:
    """Sender, receivers and date, as a mail program shows them under the subject."""
    sender = _header(message, "From")
    shown = [f"{field}: {value}" for field in _SHOWN if (value := _header(message, field))]
    return [f"{sender} wrote:", *shown] if sender else shown


def _body(message: Message) -> tuple[list[Block], list[str]]:
    made: list[Block] = []
    warnings: list[str] = []
    plain: list[Message] = []
    markup: list[Message] = []
    attached: list[tuple[str, Message]] = []
    for part in _leaves(message):
        kind = part.get_content_type()
        file_name = _decoded(part.get_filename() or "")
        if file_name or part.get_content_disposition() == "attachment":
            attached.append((clean(file_name) or "unnamed", part))
        elif kind in ("application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"):
            warnings.append("The message is encrypted: only its header could be read.")
        elif kind == "text/html":
            markup.append(part)
        elif part.get_content_maintype() == "text":
            plain.append(part)
    for part in plain:
        made.extend(_paragraphs(_text(part)))
    if not made:
        for part in markup:
            found, complaints = partition(_text(part))
            made.extend(found)
            warnings.extend(complaints)
    for file_name, part in attached:
        if file_name.lower().endswith(_TEXT_ATTACHMENTS) and part.get_content_maintype() in ("text", "application"):
            text = tidy(_text(part))[:_ATTACHMENT_CHARACTERS]
            made.append(Block("heading", f"Attachment: {file_name}", level=2))
            made.extend(parse(text) if file_name.lower().endswith(".md") else _paragraphs(text))
        else:
            warnings.append(f"Attachment not read: {file_name} ({part.get_content_type()}). Upload it by itself.")
    return made, warnings


def _leaves(message: Message) -> Iterator[Message]:
    """Parts without parts, nested messages included, in order and at most `_MAX_PARTS`."""
    stack: list[Message] = [message]
    seen = 0
    while stack and seen < _MAX_PARTS:
        part = stack.pop()
        seen += 1
        payload = part.get_payload()
        if isinstance(payload, list):
            stack.extend(child for child in reversed(payload) if isinstance(child, Message))
            if (
                part is not message
                and part.get_content_type() != "message/rfc822"
                and (subject := _header(part, "Subject"))
            ):
                note = Message()
                note.set_payload(
                    "\n".join(f"{f}: {v}" for f in ("Subject", *_SHOWN) if (v := _header(part, f))) if subject else ""
                )
                stack.append(note)
        else:
            yield part


def _paragraphs(text: str) -> list[Block]:
    return [Block("text", tidy(part)) for part in re.split(r"\n\s*\n", tidy(text)) if part.strip()]


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return str(part.get_payload())
    declared = part.get_content_charset() or (
        declared_encoding(payload) if part.get_content_type() == "text/html" else None
    )
    return decode(payload, declared)


def _header(message: Message, field: str) -> str:
    value = message.get(field)
    return clean(_decoded(str(value))) if value is not None else ""


def _decoded(value: str) -> str:
    """MIME words decoded; raw bytes that are not ASCII (not allowed, but sent) guessed at."""
    raw = value.encode("ascii", "surrogateescape") if any("\udc80" <= c <= "\udcff" for c in value) else None
    if raw is not None:
        value = decode(raw)
    try:
        return str(make_header(decode_header(value)))
    except (LookupError, UnicodeError, ValueError):
        return value
