"""Cases as they are kept: every field of CONTRACT checked, and why what was given is none."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from service.characters import UNWRITABLE, strings
from service.lines import Unusable
from service.metrics.types import Case, GoldPassage
from service.types import Message

MOST = 20_000
LONGEST_QUESTION = 8_000
LONGEST_TEXT = 20_000
LARGEST_NUMBER = 10**15

_ID = re.compile(r"[^\s/\\]{1,200}")
SINGULAR = {"answer": "answers", "gold_doc": "gold_docs", "gold_passage": "gold_passages", "tag": "tags"}
LISTS = ("answers", "gold_docs", "tags")
_KEPT = ("lang", "answer_type")
"""What metrics may use beside CONTRACT's fields."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A case that was read: its id and its body, every field of CONTRACT there."""

    id: str
    body: Mapping[str, Any]


def checked(given: Any, *, id_needed: bool = True) -> Draft:
    """One case in its proper types. Raises `Unusable`."""
    if not isinstance(given, Mapping):
        raise Unusable("it is not an object")
    if any(UNWRITABLE.search(text) for text in strings(given)):
        raise Unusable("a text in it holds a NUL or half of a character (a lone surrogate)")
    plain = {SINGULAR.get(str(key), str(key)): value for key, value in given.items()}
    id = plain.get("id", "")
    id = str(id) if _whole(id) else id
    if not isinstance(id, str) or (id_needed and not id.strip()):
        raise Unusable("it has no `id`")
    if id.strip() and not _ID.fullmatch(id.strip()):
        raise Unusable("its `id` has white space or a slash in it, or is too long")
    question = plain.get("question")
    if not isinstance(question, str) or not question.strip():
        raise Unusable("it has no `question`")
    if len(question) > LONGEST_QUESTION:
        raise Unusable(f"its question has {len(question):,} characters; {LONGEST_QUESTION:,} are accepted")
    body: dict[str, Any] = {"question": question.strip()}
    for key in LISTS:
        body[key] = _strings(key, plain.get(key))
    body["gold_passages"] = _passages(plain.get("gold_passages"))
    for passage in body["gold_passages"]:
        if passage["doc"] not in body["gold_docs"]:
            body["gold_docs"].append(passage["doc"])
    answerable = plain.get("answerable", True)
    if answerable is not None and not isinstance(answerable, bool):
        raise Unusable("its `answerable` is neither true, false nor null")
    if answerable is False and body["answers"]:
        raise Unusable("it is not answerable and yet has `answers`")
    body["answerable"] = answerable
    body["history"] = _history(plain.get("history"))
    body["nuggets"] = _nuggets(plain.get("nuggets"))
    body |= {key: plain[key] for key in _KEPT if isinstance(plain.get(key), str)}
    return Draft(id.strip(), body)


def case_of(id: str, body: Mapping[str, Any]) -> Case:
    """A kept case as metrics see it."""
    return Case(
        id=id,
        question=body["question"],
        answers=tuple(body["answers"]),
        gold_docs=tuple(body["gold_docs"]),
        gold_passages=tuple(
            GoldPassage(
                one["doc"],
                one.get("text") or "",
                one.get("page"),
                tuple(one.get("also_ok_docs") or ()),
                tuple(one.get("also_ok_pages") or ()),
            )
            for one in body["gold_passages"]
        ),
        answerable=body["answerable"],
        history=tuple(Message(turn["role"], turn["content"]) for turn in body["history"]),
        tags=tuple(body["tags"]),
        nuggets=tuple(tuple(ways) for ways in body.get("nuggets") or ()),
    )


def digest(cases: Iterable[Draft]) -> str:
    """SHA-256 over ids and bodies, in order: the same cases have the same digest."""
    whole = hashlib.sha256()
    for case in cases:
        whole.update(json.dumps([case.id, dict(case.body)], sort_keys=True, ensure_ascii=False).encode())
        whole.update(b"\n")
    return whole.hexdigest()


def _strings(key: str, value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list) and all(_whole(one) or (isinstance(one, float) and math.isfinite(one)) for one in value):
        value = [str(one) for one in value]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Unusable(f"its `{key}` is not a list of texts")
    if any(len(one) > LONGEST_TEXT for one in value):
        raise Unusable(f"a text of its `{key}` is longer than {LONGEST_TEXT:,} characters")
    return list(dict.fromkeys(one.strip() for one in value if one.strip()))


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_NUMBER


_ALSO: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "also_ok_pages": (_whole, "whole numbers"),
    "also_ok_docs": (lambda one: isinstance(one, str), "document names"),
}


def _passages(value: Any) -> list[dict[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unusable("its `gold_passages` is not a list")
    found = []
    for one in value:
        if not isinstance(one, Mapping) or not isinstance(one.get("doc"), str) or not one["doc"].strip():
            raise Unusable("one of its `gold_passages` has no `doc`")
        text, page = one.get("text") or "", one.get("page")
        if not isinstance(text, str) or len(text) > LONGEST_TEXT:
            raise Unusable("the `text` of one of its `gold_passages` is not a text, or too long")
        if page is not None and not _whole(page):
            raise Unusable("the `page` of one of its `gold_passages` is not a whole number")
        passage = {"doc": one["doc"].strip(), "text": text.strip(), "page": page}
        for key, (fits, kind) in _ALSO.items():
            also = one.get(key) or []
            if not isinstance(also, list) or not all(fits(each) for each in also):
                raise Unusable(f"the `{key}` of one of its `gold_passages` is not a list of {kind}")
            passage[key] = also
        found.append(passage)
    return found


def _nuggets(value: Any) -> list[list[str]]:
    """Facts, each as the list of the ways to put it; one way may come as a text."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unusable("its `nuggets` is not a list")
    found = [_strings("nuggets", one) for one in value]
    if not all(found):
        raise Unusable("one of its `nuggets` says nothing")
    return found


def _history(value: Any) -> list[dict[str, str]]:
    if value is None:
        return []
    roles = ("user", "assistant")
    if not isinstance(value, list) or not all(
        isinstance(turn, Mapping) and turn.get("role") in roles and isinstance(turn.get("content"), str)
        for turn in value
    ):
        raise Unusable("its `history` is not a list of {role: user or assistant, content}")
    if any(len(turn["content"]) > LONGEST_TEXT for turn in value):
        raise Unusable(f"a turn of its `history` is longer than {LONGEST_TEXT:,} characters")
    return [{"role": turn["role"], "content": turn["content"]} for turn in value]
