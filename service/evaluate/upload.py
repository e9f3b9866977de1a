"""Cases out of a file: JSONL in CONTRACT's shape, or CSV. Every line that cannot be used is named with its reason."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.errors import BadRequest
from service.evaluate.cases import LISTS, MOST, SINGULAR, Draft, Unusable, checked

SHOWN = 20
"""So many bad lines are named in the message; of the others the number."""

_TRUE, _FALSE = {"true", "yes", "1", "y"}, {"false", "no", "0", "n"}
_UNKNOWN = {"", "null", "none", "unknown"}


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


@dataclass(frozen=True, slots=True)
class _Broken:
    """A line that is not even JSON."""

    reason: str


def _json_lines(text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield number, _read(line)
        except json.JSONDecodeError as error:
            yield number, _Broken(f"it is not JSON ({error.msg} at column {error.colno})")
        except ValueError as error:  # NaN, or a number of more digits than Python reads
            yield number, _Broken(f"it is not JSON ({error})")
        except RecursionError:
            yield number, _Broken("it is nested too deeply")


def _read(text: str) -> Any:
    return json.loads(text, parse_constant=_constant)


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _array(text: str, name: str) -> Iterator[tuple[int, Any]]:
    try:
        return iter(enumerate(_read(text), 1))
    except (ValueError, RecursionError) as error:
        raise _refused(name, [(getattr(error, "lineno", 1), "the JSON array cannot be read")], 1) from error


def _csv_lines(text: str, name: str) -> Iterator[tuple[int, Any]]:
    header = text.split("\n", 1)[0]
    delimiter = max("\t;,", key=header.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restkey="", strict=True)
    try:
        names = [(field or "").strip().lower() for field in reader.fieldnames or []]
    except csv.Error as error:
        raise _refused(name, [(1, f"the header is not CSV ({error})")], 1) from error
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
    plain = {SINGULAR.get(key, key): value.strip() for key, value in row.items() if value.strip()}
    case: dict[str, Any] = {key: plain[key] for key in ("id", "question", "lang", "answer_type") if key in plain}
    for key in LISTS:
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
