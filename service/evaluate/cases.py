"""Cases out of a file: JSONL in CONTRACT's shape, or CSV. Every line that cannot be used is named with its reason."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.errors import BadRequest
from service.metrics.types import Case, GoldPassage
from service.types import Message

MOST = 20_000
LONGEST_QUESTION = 8_000
LONGEST_TEXT = 20_000
SHOWN = 20
"""So many bad lines are named in the message; of the others the number."""

_TRUE, _FALSE = {"true", "yes", "1", "y"}, {"false", "no", "0", "n"}
_UNKNOWN = {"", "null", "none", "unknown"}
_ID = re.compile(r"[^\s/\\]{1,200}")
_SINGULAR = {"answer": "answers", "gold_doc": "gold_docs", "gold_passage": "gold_passages", "tag": "tags"}
_LISTS = ("answers", "gold_docs", "tags")
_KINDS = {int: "whole numbers", str: "document names"}
_KEPT = ("lang", "answer_type")
"""What metrics may use beside CONTRACT's fields."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A case that was read: its id and its body, every field of CONTRACT there."""

    id: str
    body: Mapping[str, Any]


class Unusable(ValueError):
    """Why one line is no case."""


def from_file(data: bytes, name: str) -> list[Draft]:
    """The cases of an uploaded file; CSV when its name ends so, or when its first line is a CSV header.

    Raises `BadRequest` `bad_dataset`, which names every line that cannot be used and why.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _refused(name, [(line, "it is not UTF-8")], 1) from error
    first = text.lstrip()[:1]
    if name.lower().endswith((".csv", ".tsv")) or (
        first not in "{[" and "question" in text[:500].split("\n")[0].lower()
    ):
        return _collected(_csv_lines(text, name), name, ids_needed=False)
    if first == "[":
        return _collected(_array(text, name), name, ids_needed=True)
    return _collected(_json_lines(text), name, ids_needed=True)


def from_objects(objects: Sequence[Any], name: str) -> list[Draft]:
    """The same for cases that came as JSON: "lines" are counted from 1. Raises `BadRequest` `bad_dataset`."""
    return _collected(enumerate(objects, 1), name, ids_needed=True)


def checked(given: Any, *, id_needed: bool = True) -> Draft:
    """One case in its proper types. Raises `Unusable`."""
    if not isinstance(given, Mapping):
        raise Unusable("it is not an object" if not isinstance(given, _Broken) else given.reason)
    plain = {_SINGULAR.get(str(key), str(key)): value for key, value in given.items()}
    id = plain.get("id", "")
    id = str(id) if isinstance(id, int) and not isinstance(id, bool) else id
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
    for key in _LISTS:
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


@dataclass(frozen=True, slots=True)
class _Broken:
    """A line that is not even JSON."""

    reason: str


def _json_lines(text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except json.JSONDecodeError as error:
            yield number, _Broken(f"it is not JSON ({error.msg} at column {error.colno})")
        except RecursionError:
            yield number, _Broken("it is nested too deeply")


def _array(text: str, name: str) -> Iterator[tuple[int, Any]]:
    try:
        return iter(enumerate(json.loads(text), 1))
    except (json.JSONDecodeError, RecursionError) as error:
        raise _refused(name, [(getattr(error, "lineno", 1), "the JSON array cannot be read")], 1) from error


def _csv_lines(text: str, name: str) -> Iterator[tuple[int, Any]]:
    header = text.split("\n", 1)[0]
    delimiter = max("\t;,", key=header.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restkey="", strict=True)
    names = [(field or "").strip().lower() for field in reader.fieldnames or []]
    if "question" not in names:
        raise BadRequest(
            "bad_dataset",
            f"{name}: the first line names no column `question`.",
            "Columns: id, question, answers (several divided by |), gold_docs, gold_passage, answerable, tags.",
        )
    reader.fieldnames = names
    while True:
        before = reader.line_num
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield before + 1, _Broken(f"it is not CSV ({error})")
            return
        if any(value and value.strip() for value in row.values() if isinstance(value, str)):
            yield before + 1, _from_row({key: value or "" for key, value in row.items() if isinstance(value, str)})


def _from_row(row: Mapping[str, str]) -> Any:
    plain = {_SINGULAR.get(key, key): value.strip() for key, value in row.items() if value.strip()}
    case: dict[str, Any] = {key: plain[key] for key in ("id", "question", "lang", "answer_type") if key in plain}
    for key in _LISTS:
        case[key] = [part.strip() for part in plain.get(key, "").split("|") if part.strip()]
    passages = [part.strip() for part in plain.get("gold_passages", "").split("|") if part.strip()]
    if passages and not case["gold_docs"]:
        return _Broken("it has a gold passage and no gold document")
    docs = case["gold_docs"] if len(case["gold_docs"]) == len(passages) else case["gold_docs"][:1] * len(passages)
    case["gold_passages"] = [{"doc": doc, "text": text} for doc, text in zip(docs, passages, strict=True)]
    said = plain.get("answerable", "true").lower()
    if said not in _TRUE | _FALSE | _UNKNOWN:
        return _Broken(f"its `answerable` is {said[:20]!r}: write true, false or nothing")
    case["answerable"] = None if said in _UNKNOWN else said in _TRUE
    return case


def _collected(lines: Iterable[tuple[int, Any]], name: str, *, ids_needed: bool) -> list[Draft]:
    found: list[Draft] = []
    bad: list[tuple[int, str]] = []
    seen: dict[str, int] = {}
    for number, given in lines:
        try:
            if isinstance(given, _Broken):
                raise Unusable(given.reason)
            case = checked(given, id_needed=ids_needed)
            if not case.id:
                case = Draft(f"q-{number:04d}", case.body)
            if case.id in seen:
                raise Unusable(f"its id {case.id!r} stands on line {seen[case.id]} already")
            seen[case.id] = number
            found.append(case)
        except Unusable as error:
            bad.append((number, str(error)))
    if bad:
        raise _refused(name, bad, len(found) + len(bad))
    if not found:
        raise BadRequest("empty_dataset", f"{name} holds no case.", "One JSON object a line, or CSV with a header.")
    if len(found) > MOST:
        raise BadRequest("too_many_cases", f"{name} holds {len(found):,} cases; {MOST:,} are accepted.", "Divide it.")
    return found


def _refused(name: str, bad: Sequence[tuple[int, str]], count: int) -> BadRequest:
    named = "; ".join(f"line {number}: {reason}" for number, reason in bad[:SHOWN])
    more = f"; and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
    return BadRequest(
        "bad_dataset",
        f"{len(bad)} of {count} lines of {name} cannot be used: {named}{more}.",
        "Nothing was kept. Mend these lines and send the whole file again.",
    )


def _strings(key: str, value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list) and all(isinstance(one, int | float) and not isinstance(one, bool) for one in value):
        value = [str(one) for one in value]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Unusable(f"its `{key}` is not a list of texts")
    if any(len(one) > LONGEST_TEXT for one in value):
        raise Unusable(f"a text of its `{key}` is longer than {LONGEST_TEXT:,} characters")
    return list(dict.fromkeys(one.strip() for one in value if one.strip()))


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
        if page is not None and (not isinstance(page, int) or isinstance(page, bool)):
            raise Unusable("the `page` of one of its `gold_passages` is not a whole number")
        passage = {"doc": one["doc"].strip(), "text": text.strip(), "page": page}
        for key, kind in (("also_ok_pages", int), ("also_ok_docs", str)):
            also = one.get(key) or []
            if not isinstance(also, list) or not all(isinstance(each, kind) for each in also):
                raise Unusable(f"the `{key}` of one of its `gold_passages` is not a list of {_KINDS[kind]}")
            passage[key] = also
        found.append(passage)
    return found


def _nuggets(value: Any) -> list[list[str]]:
    """Facts, each as the list of the ways to put it; one way may come as a text."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unusable("its `nuggets` is not a list")
    return [_strings("nuggets", one) for one in value]


def _history(value: Any) -> list[dict[str, str]]:
    if value is None:
        return []
    roles = ("user", "assistant")
    if not isinstance(value, list) or not all(
        isinstance(turn, Mapping) and turn.get("role") in roles and isinstance(turn.get("content"), str)
        for turn in value
    ):
        raise Unusable("its `history` is not a list of {role: user or assistant, content}")
    return [{"role": turn["role"], "content": turn["content"]} for turn in value]
