"""Text from outside made harmless for a prompt: readable, but no markup of ours or of the model's."""

from __future__ import annotations

import re

# Zero-width and bidirectional controls, tag characters, other controls except tab and newline: invisible to a person.
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)
_CHAT_TOKEN = re.compile(r"<\s*\|+|\|+\s*>|<(?=/?s>)|<<(?=/?SYS>>)|\[(?=/?INST\])", re.IGNORECASE)
_TAG = re.compile(r"<(?=[A-Za-z/!?|])")
_ROLE_LINE = re.compile(r"^(\s*(?:#{1,6}\s*)?)(system|user|assistant|human|instructions?)(\s*[:：])", re.I | re.M)
_LOOKALIKE = {"<": "‹", ">": "›", "[": "［", "|": "¦"}


def spoken(text: str) -> str:
    """What a person typed (question, history, example): only a chat template's own tokens are broken up."""
    return _CHAT_TOKEN.sub(_lookalike, _INVISIBLE.sub("", text))


def quoted(text: str) -> str:
    """What a document says: no tag of any kind, no chat token and no line that begins like a role survives."""
    return _ROLE_LINE.sub(r"\1“\2”\3", _TAG.sub("‹", spoken(text)))


def _lookalike(match: re.Match[str]) -> str:
    return "".join(_LOOKALIKE.get(character, character) for character in match.group())
