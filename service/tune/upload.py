"""Pairs out of a file or a request: `{"question","answer"}`, OpenAI's `{"messages":[...]}`, or CSV with a header."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from service.characters import UNWRITABLE, strings
from service.lines import Unusable, Upload
from service.tune.types import Pair

MOST = 20_000
LONGEST_QUESTION = 8_000
LONGEST_ANSWER = 20_000
LONGEST_DOCUMENT = 500
_CHAT_ROLES = ("system", "developer", "user", "assistant")


def from_file(data: bytes, name: str) -> list[Pair]:
    """The pairs of an uploaded file. Raises `BadRequest` `bad_pairs`, which names every line that cannot be used."""
    lines, _ = _FILE.read(data, name)
    return _FILE.collected(lines, name, lambda _number, given: checked(given))


def from_objects(objects: Sequence[Any], name: str) -> list[Pair]:
    """The same for pairs that came as JSON: "lines" are counted from 1. Raises `BadRequest` `bad_pairs`."""
    return _FILE.collected(enumerate(objects, 1), name, lambda _number, given: checked(given))


def checked(given: Any) -> Pair:
    """One pair. Raises `Unusable`.

    Of `messages` a system message is left out: the product has its own. A conversation of several turns is no pair.
    """
    if not isinstance(given, Mapping):
        raise Unusable("it is not an object")
    if any(UNWRITABLE.search(text) for text in strings(given)):
        raise Unusable("a text in it holds a NUL or half of a character (a lone surrogate)")
    plain = {str(key).strip().lower(): value for key, value in given.items()}
    if "messages" in plain and "question" not in plain:
        question, answer = _of_messages(plain["messages"])
    else:
        question, answer = _text(plain, "question"), _text(plain, "answer")
    return Pair(
        _bounded("question", question, LONGEST_QUESTION),
        _bounded("answer", answer, LONGEST_ANSWER),
        _document(plain.get("document")),
    )


def digest(pairs: Iterable[Pair]) -> str:
    """SHA-256 over the pairs, whatever their order: the same pairs have the same digest."""
    lines = sorted(json.dumps([one.question, one.answer, one.document], ensure_ascii=False) for one in pairs)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _text(plain: Mapping[str, Any], key: str) -> str:
    value = plain.get(key)
    if value is None or (isinstance(value, str) and not value.strip()):
        raise Unusable(f"it has no `{key}`")
    if not isinstance(value, str):
        raise Unusable(f"its `{key}` is not a text")
    return value


def _of_messages(messages: Any) -> tuple[str, str]:
    if not isinstance(messages, list) or not messages:
        raise Unusable("its `messages` is not a list of {role, content}")
    said: list[tuple[str, str]] = []
    for one in messages:
        if not isinstance(one, Mapping) or one.get("role") not in _CHAT_ROLES:
            raise Unusable(f"a role of its `messages` is none of {', '.join(_CHAT_ROLES)}")
        if one["role"] in ("user", "assistant"):
            said.append((one["role"], _content(one.get("content"))))
    roles = [role for role, _ in said]
    if roles.count("user") > 1 or roles.count("assistant") > 1:
        raise Unusable("it is a conversation of several turns: a pair is one question and one answer")
    if roles != ["user", "assistant"]:
        raise Unusable("its `messages` are not a question (user) and then its answer (assistant)")
    return said[0][1], said[1][1]


def _content(content: Any) -> str:
    """A text, or OpenAI's list of text parts."""
    if isinstance(content, list):
        parts = [one.get("text") if isinstance(one, Mapping) and one.get("type") == "text" else None for one in content]
        content = None if None in parts else "\n".join(str(part) for part in parts)
    if not isinstance(content, str) or not content.strip():
        raise Unusable("the `content` of one of its `messages` is no text, or empty")
    return content


def _bounded(key: str, text: str, most: int) -> str:
    if len(text) > most:
        raise Unusable(f"its {key} has {len(text):,} characters; {most:,} are accepted")
    return text.strip()


def _document(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > LONGEST_DOCUMENT:
        raise Unusable("its `document` is not the name of a document")
    return value.strip() or None


_FILE = Upload(
    noun="pair",
    bad="bad_pairs",
    empty="no_pairs",
    too_many="too_many_pairs",
    most=MOST,
    column="question",
    columns="question, answer, document (the name of the document it is about; may be missing)",
    from_row=lambda row: {key: row[key] for key in ("question", "answer", "document") if key in row},
)
