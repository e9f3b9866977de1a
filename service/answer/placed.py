"""Whether what a passage says where a statement stands is said of the thing, the amount and the year asked about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ingest.lexical import tokens
from service.answer import bounds, dates, facts, rivals, rows, subject, superlatives
from service.answer.evidence import Footing
from service.answer.terms import unspaced

ROW = 0.2
"""Of the question's weight so much more in another row's cells makes this one the wrong row."""
LONG = 3
"""Digits of a number that names something: an extension, a part, a case."""

Doubt = Literal["wrong", "doubtful", ""]


def doubt(question: str, statement: str, footing: Footing, asked: Mapping[str, float]) -> tuple[Doubt, str]:
    """`wrong` with the reason where it is said of something else, `doubtful` where that cannot be told for sure.

    `asked` is what each of the question's tokens is worth, together 1.
    """
    evidence = footing.evidence
    own, beside = evidence.near(footing.start, footing.end)
    row = evidence.row(footing.start, footing.end)
    place = " ".join(row.cells) if row else evidence.text[footing.start : footing.end]
    if bounds.outside(question, statement, place):
        return "wrong", "is a rule for other amounts"
    if subject.other_year(question, evidence.whole):
        return "wrong", "is said of another year"
    if strays := _numbers(question) & evidence.words - own - beside:
        return "wrong", f"not said of {', '.join(sorted(strays))}"
    return _in_row(row, question, statement, footing, asked) if row else _in_text(question, statement, footing, asked)


def _numbers(question: str) -> frozenset[str]:
    """The codes and long numbers that a question names a thing by."""
    sentence = subject.asking(question)
    asked = facts.asserted(sentence)
    sums = {f"{amount:g}" for amount in bounds.amounts(sentence)}
    return frozenset(
        token
        for token in tokens(sentence)
        if token.isdigit() and len(token) >= LONG and token in asked.numbers and token not in sums
        if not dates.YEAR.fullmatch(token)
    )


def _in_row(
    row: rows.Row, question: str, statement: str, footing: Footing, asked: Mapping[str, float]
) -> tuple[Doubt, str]:
    table = footing.evidence.table_rows
    ahead = rows.rival(row, table, asked)
    if ahead > ROW:
        return "wrong", "another row has more of what is asked"
    if superlatives.direction(question) is not None:
        if superlatives.is_extreme(row, table, question, asked) is False:
            return "wrong", "another row has more or less of it"
        return "doubtful", "the table may have further rows"
    if ahead > 0.0:
        return "doubtful", "another row has as much of what is asked"
    told = frozenset(tokens(f"{question} {statement}"))
    alone = len([one for one in table if one.header == row.header]) < 2
    return ("", "") if alone or row.key & told or ahead < 0.0 else ("doubtful", "nothing says which row is asked for")


def _in_text(question: str, statement: str, footing: Footing, asked: Mapping[str, float]) -> tuple[Doubt, str]:
    evidence = footing.evidence
    if superlatives.direction(question) is not None and not superlatives.says(
        evidence.told(footing.start, footing.end)
    ):
        return "wrong", "nothing there says which has the most or the least"
    ahead = rivals.ahead(statement, question, asked, evidence.text, footing.start, footing.end)
    beside, anywhere = ahead or (-1.0, -1.0)
    if beside > rivals.AHEAD and not unspaced(question):
        return "wrong", "what is asked stands by another value"
    return ("doubtful", "another value stands as near") if beside > 0.0 or anywhere > rivals.AHEAD else ("", "")
