"""Identifiers of the catalogue: unguessable, safe in URLs and file names, and sorted by the time they were made."""

from __future__ import annotations

import hashlib
import re
import secrets
import time

_ID = re.compile(r"(?:doc|col)_[0-9a-f]{27}")


def new_id(prefix: str) -> str:
    """`doc_` or `col_`, 11 hex digits of milliseconds, 64 random bits."""
    return f"{prefix}_{time.time_ns() // 1_000_000:011x}{secrets.token_hex(8)}"


def is_id(text: str) -> bool:
    """Whether `text` could be an id at all; what cannot be one need not be looked up."""
    return _ID.fullmatch(text) is not None


def chunk_id(document_id: str, version: int, ordinal: int, text: str, embed_text: str) -> str:
    """The same chunk gets the same id whenever and wherever it is made, so doing the work twice changes nothing."""
    digest = hashlib.sha256()
    for part in (document_id, str(version), str(ordinal), text, embed_text):
        digest.update(part.encode("utf-8", "surrogatepass"))
        digest.update(b"\0")
    return digest.hexdigest()[:32]


def embed_hash(embed_text: str) -> str:
    """Key of the vector cache, together with the embedder's name."""
    return hashlib.sha256(embed_text.encode("utf-8", "surrogatepass")).hexdigest()


def generation_name(collection_id: str, number: int) -> str:
    """Name of a generation in the vector index."""
    return f"{collection_id}-v{number}"
