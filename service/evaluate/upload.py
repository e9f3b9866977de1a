"""Cases out of a file: JSONL in CONTRACT's shape, or CSV. Every line that cannot be used is named with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from service.evaluate.cases import LISTS, MOST, SINGULAR, Draft, checked
from service.lines import Broken, Line, Unusable, Upload

_TRUE, _FALSE = {"true", "yes", "1", "y"}, {"false", "no", "0", "n"}
_UNKNOWN = {"", "null", "none", "unknown"}


def from_file(data: bytes, name: str) -> list[Draft]:
    """The cases of an uploaded file; CSV when its name ends so, or when its first line is a CSV header.

    Raises `BadRequest` `bad_dataset`, which names every line that cannot be used and why.
    """
    lines, is_csv = _FILE.read(data, name)
    return _collected(lines, name, ids_needed=not is_csv)


def from_objects(objects: Sequence[Any], name: str) -> list[Draft]:
    """The same for cases that came as JSON: "lines" are counted from 1. Raises `BadRequest` `bad_dataset`."""
    return _collected(enumerate(objects, 1), name, ids_needed=True)


def _from_row(row: Mapping[str, str]) -> Any:
    plain = {SINGULAR.get(key, key): value.strip() for key, value in row.items() if value.strip()}
    case: dict[str, Any] = {key: plain[key] for key in ("id", "question", "lang", "answer_type") if key in plain}
    for key in LISTS:
        case[key] = [part.strip() for part in plain.get(key, "").split("|") if part.strip()]
    passages = [part.strip() for part in plain.get("gold_passages", "").split("|") if part.strip()]
    if passages and not case["gold_docs"]:
        return Broken("it has a gold passage and no gold document")
    docs = case["gold_docs"] if len(case["gold_docs"]) == len(passages) else case["gold_docs"][:1] * len(passages)
    case["gold_passages"] = [{"doc": doc, "text": text} for doc, text in zip(docs, passages, strict=True)]
    said = plain.get("answerable", "true").lower()
    if said not in _TRUE | _FALSE | _UNKNOWN:
        return Broken(f"its `answerable` is {said[:20]!r}: write true, false or nothing")
    case["answerable"] = None if said in _UNKNOWN else said in _TRUE
    return case


_FILE = Upload(
    noun="case",
    bad="bad_dataset",
    empty="empty_dataset",
    too_many="too_many_cases",
    most=MOST,
    column="question",
    columns="id, question, answers (several divided by |), gold_docs, gold_passage, answerable, tags",
    from_row=_from_row,
)


def _collected(lines: Iterable[Line], name: str, *, ids_needed: bool) -> list[Draft]:
    seen: dict[str, int] = {}

    def read(number: int, given: Any) -> Draft:
        case = checked(given, id_needed=ids_needed)
        if not case.id:
            case = Draft(f"q-{number:04d}", case.body)
        if case.id in seen:
            raise Unusable(f"its id {case.id!r} stands on line {seen[case.id]} already")
        seen[case.id] = number
        return case

    return _FILE.collected(lines, name, read)
