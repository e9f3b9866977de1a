"""Whether a value that stands in a passage is one of the property that is asked for, or of what is counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ingest.lexical import is_unspaced, tokens
from service.answer import counts, facts, properties, quantities, rows, units
from service.answer.evidence import Footing
from service.answer.properties import Property
from service.answer.terms import weightless

_MONEY = frozenset(("money",))


def agrees(question: str, statement: str, footing: Footing, asked_words: frozenset[str]) -> bool | None:
    """True when the numbers stand as what is asked or nothing special is asked, False when they stand as something
    else, None when neither their column, their sentence nor their unit tells."""
    said = facts.asserted(statement)
    numbers = said.numbers - facts.asserted(question).numbers
    things, asked = counts.counted(question), properties.wanted(question)
    if things and (unit := properties.of_units(question, things[-1])):
        things, asked = (), (*asked, *unit)
    if not numbers or not (things or asked):
        return True
    if not things and _best(_stated(asked, one, statement) for one in numbers) is False:
        return False
    return _all(_agrees(one, question, statement, footing, asked_words, things, asked) for one in sorted(numbers))


def confirms(question: str, claim: str, footing: Footing, asked_words: frozenset[str]) -> bool | None:
    """The same for the numbers that a yes makes of a question's own: those of "Is it 11 m long?" must be its length."""
    asked = properties.named(question)
    numbers = facts.asserted(claim).numbers
    if not numbers or not asked:
        return True
    return _all(_agrees(one, "", claim, footing, asked_words, (), asked) for one in sorted(numbers))


def _agrees(
    number: str,
    question: str,
    statement: str,
    footing: Footing,
    asked_words: frozenset[str],
    things: Sequence[str],
    asked: Sequence[Property],
) -> bool | None:
    evidence = footing.evidence
    row = evidence.row(footing.start, footing.end)
    place = evidence.text[footing.start : footing.end]
    if things:
        return _counts(things, number, row, statement, question, place)
    _, heading, *_ = evidence.told(footing.start, footing.end).split("\n")
    above = f"{evidence.label}\n{heading}"
    if row is not None:
        return _in_row(asked, number, row, above, statement, question, asked_words)
    inside = [
        evidence.text[start:end] for start, end, _ in evidence.units if start < footing.end and end > footing.start
    ]
    return _best(_in_text(asked, number, f"{unit}\n{above}", unit) for unit in inside)


def says_all(question: str, lost: Iterable[str]) -> bool:
    """Whether these words of a question, which stand nowhere near a value, only name the property that is asked for:
    a value that agrees with it needs no "heavy" beside its kilograms."""
    rest = question
    for one in properties.wanted(question):
        rest = one.words.sub(" ", one.asked.sub(" ", rest))
    left = frozenset(tokens(rest))
    return rest != question and not any(
        word in left and not (is_unspaced(word) and any(weightless(sign) for sign in word)) for word in lost
    )


def _all(found: Iterable[bool | None]) -> bool | None:
    """True only when all are, False when none is: a right number makes the wrong one beside it no better."""
    every = set(found)
    return every.pop() if len(every) == 1 else None


def _best(found: Iterable[bool | None]) -> bool | None:
    all_found = list(found)
    return True if True in all_found else None if None in all_found or not all_found else False


def _stated(asked: Sequence[Property], number: str, statement: str) -> bool | None:
    return properties.fits(asked, "", units.units_of(number, statement))


def _counts(
    things: Sequence[str], number: str, row: rows.Row | None, statement: str, question: str, place: str
) -> bool | None:
    if row is None:
        return counts.is_count(things, number, "", place)
    found = [cell for cell in rows.bearing(row, statement, question) if number in facts.asserted(cell[1]).numbers]
    return _best(
        counts.is_count(things, number, header or row.cells[0], f"{row.cells[0]} {cell}") for header, cell in found
    )


def _in_text(asked: Sequence[Property], number: str, above: str, place: str) -> bool | None:
    found: list[bool | None] = []
    for clause in properties.clauses(number, place):
        kinds = units.units_of(number, clause)
        one = properties.fits(asked, clause, kinds)
        if one is False and properties.fits(asked, "", kinds) is not False and properties.names_any(above, asked):
            one = None  # another property is named beside it, and the asked one near by
        elif one is None and properties.names_any(above, asked):
            one = True
        found.append(one)
    return _best(found)


def _in_row(
    asked: Sequence[Property],
    number: str,
    row: rows.Row,
    label: str,
    statement: str,
    question: str,
    asked_words: frozenset[str],
) -> bool | None:
    found: list[bool | None] = []
    for header, cell in rows.bearing(row, statement, question):
        if number not in facts.asserted(cell).numbers:
            continue
        kinds = units.units_of(number, cell)
        if not kinds - {"date"}:
            kinds |= units.header_units(header)
            if not kinds - {"date"} and quantities.speaks_of_money(header):
                kinds |= _MONEY
        place = header if properties.named(header) else f"{header} {row.cells[0]} {cell}"
        one = properties.fits(asked, place, kinds)
        if not properties.names_any(place, asked) and one is not False:
            others = [(name, text) for name, text in zip(row.header, row.cells, strict=False) if name != header]
            if any(properties.names_any(name, asked) for name, _ in others):
                one = False
            elif one and any(_same_kind(kinds, name, text) for name, text in others):
                one = None
        if one is None:
            if properties.names_any(label, asked) or asked_words & frozenset(tokens(header)):
                one = True
            elif rows.bare(cell):
                one = False
        found.append(one)
    return _best(found)


def _same_kind(kinds: frozenset[str], header: str, cell: str) -> bool:
    numbers = facts.asserted(cell).numbers
    there = units.header_units(header).union(*(units.units_of(one, cell) for one in numbers))
    return bool(numbers and kinds & there - {"date"})
