"""Identifiers: a prefix that says what it names, then 96 random bits."""

from __future__ import annotations

import secrets


def new_id(prefix: str) -> str:
    """For example `ans_5f1c...`: unguessable, safe in URLs and file names."""
    return f"{prefix}_{secrets.token_hex(12)}"
