"""Rows out of an uploaded file: JSONL, a JSON array or CSV, each with its line number; what cannot be used says why."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from service.errors import BadRequest

SHOWN = 20
"""So many bad lines are named in the message; of the others the number."""

T = TypeVar("T")
Line = tuple[int, Any]
"""A line's number, from 1, and what stands there."""


class Unusable(ValueError):
    """Why one line cannot be used."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that is not even JSON or CSV, in place of what it would have been."""

    reason: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A kind of file. `bad`, `empty` and `too_many` are error codes; a CSV needs the column `column`, and `from_row`
    makes an object (or `Broken`) of one of its rows, whose empty cells are "". `columns` lists them for people."""

    noun: str
    bad: str
    empty: str
    too_many: str
    most: int
    column: str
    columns: str
    from_row: Callable[[Mapping[str, str]], Any]

    def read(self, data: bytes, name: str) -> tuple[Iterable[Line], bool]:
        """The lines of a file, and whether it is CSV: by its name's ending, or by a first line that is a CSV header.

        Raises `BadRequest` for what is no such file at all.
        """
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise self.refused(name, [(line, "it is not UTF-8")], 1) from error
        first = text.lstrip()[:1]
        headed = first not in "{[" and self.column in text[:500].split("\n")[0].lower()
        if headed or name.lower().endswith((".csv", ".tsv")):
            return self._rows(text, name), True
        return (self._array(text, name) if first == "[" else _json_lines(text)), False

    def collected(self, lines: Iterable[Line], name: str, checked: Callable[[int, Any], T]) -> list[T]:
        """What `checked` makes of every line. Raises `BadRequest` naming every line that it finds `Unusable`."""
        found: list[T] = []
        bad: list[tuple[int, str]] = []
        for number, given in lines:
            try:
                if isinstance(given, Broken):
                    raise Unusable(given.reason)
                found.append(checked(number, given))
            except Unusable as error:
                bad.append((number, str(error)))
        if bad:
            raise self.refused(name, bad, len(found) + len(bad))
        if not found:
            raise BadRequest(
                self.empty, f"{name} holds no {self.noun}.", "One JSON object a line, or CSV with a header."
            )
        if len(found) > self.most:
            told = f"{name} holds {len(found):,} {self.noun}s; {self.most:,} are accepted."
            raise BadRequest(self.too_many, told, "Divide it.")
        return found

    def refused(self, name: str, bad: Sequence[tuple[int, str]], count: int) -> BadRequest:
        """The error that names these lines, of so many."""
        named = "; ".join(f"line {number}: {reason}" for number, reason in bad[:SHOWN])
        more = f"; and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
        return BadRequest(
            self.bad,
            f"{len(bad)} of {count} lines of {name} cannot be used: {named}{more}.",
            "Nothing was kept. Mend these lines and send the whole file again.",
        )

    def _array(self, text: str, name: str) -> Iterable[Line]:
        try:
            return enumerate(_read(text), 1)
        except (ValueError, RecursionError) as error:
            raise self.refused(name, [(getattr(error, "lineno", 1), "the JSON array cannot be read")], 1) from error

    def _rows(self, text: str, name: str) -> Iterator[Line]:
        header = text.split("\n", 1)[0]
        delimiter = max("\t;,", key=header.count)
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restkey="", strict=True)
        try:
            names = [(field or "").strip().lower() for field in reader.fieldnames or []]
        except csv.Error as error:
            raise self.refused(name, [(1, f"the header is not CSV ({error})")], 1) from error
        if self.column not in names:
            raise BadRequest(
                self.bad, f"{name}: the first line names no column `{self.column}`.", f"Columns: {self.columns}."
            )
        reader.fieldnames = names
        while True:
            before = reader.line_num
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield before + 1, Broken(f"it is not CSV ({error})")
                return
            if any(value and value.strip() for value in row.values() if isinstance(value, str)):
                cells = {key: value or "" for key, value in row.items() if isinstance(value, str)}
                yield before + 1, self.from_row(cells)


def _json_lines(text: str) -> Iterator[Line]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield number, _read(line)
        except json.JSONDecodeError as error:
            yield number, Broken(f"it is not JSON ({error.msg} at column {error.colno})")
        except ValueError as error:  # NaN, or a number of more digits than Python reads
            yield number, Broken(f"it is not JSON ({error})")
        except RecursionError:
            yield number, Broken("it is nested too deeply")


def _read(text: str) -> Any:
    return json.loads(text, parse_constant=_constant)


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")
