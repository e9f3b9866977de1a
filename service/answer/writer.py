"""Lets through, statement by statement, what of the model's text stands on the passages, with its citations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from service.answer.check import Checker, Judged, leads_in
from service.answer.footnotes import Footnotes
from service.answer.statements import Statements
from service.types import Citation

HOPELESS = 4  # statements dropped with nothing shown: the model is making things up and need not go on


class Writer:
    """Fed with the model's text; gives back whole statements to show. `strict` withholds what is unsupported.

    A statement that is borne out but does not answer the question waits for one that does, and goes before it.
    """

    def __init__(self, checker: Checker, *, strict: bool) -> None:
        self._checker = checker
        self._strict = strict
        self._statements = Statements()
        self._footnotes = Footnotes()
        self._lead = ""
        self._waiting: list[Judged] = []
        self._said: set[str] = set()
        self._shown = False
        self._gap = ""
        self.dropped: list[str] = []

    @property
    def citations(self) -> tuple[Citation, ...]:
        return tuple(self._footnotes.citations)

    @property
    def hopeless(self) -> bool:
        """True when it is no use to listen any longer."""
        return self._strict and not self._shown and len(self.dropped) >= HOPELESS

    def feed(self, text: str) -> Iterator[str]:
        """What may be shown now that this text came."""
        for statement in self._statements.feed(text):
            yield from self._taken(statement)

    def finish(self) -> Iterator[str]:
        """What may be shown now that no more text comes."""
        for statement in self._statements.flush():
            yield from self._taken(statement)
        if self._lead:
            lead, self._lead = self._lead, ""
            yield from self._passed(lead)
        self.dropped += [judged.reason for judged in self._waiting]
        self._waiting = []

    def _taken(self, statement: str) -> Iterable[str]:
        statement, self._lead = self._lead + statement, ""
        if leads_in(statement):
            self._lead = statement
            return ()
        return self._passed(statement)

    def _passed(self, statement: str) -> Iterator[str]:
        same = "".join(statement.split()).lower()
        if same in self._said:
            return  # small models repeat themselves
        self._said.add(same)
        judged = self._checker.judge(statement)
        if self._strict and judged.verdict == "unsupported":
            self.dropped.append(judged.reason)
            return
        if self._strict and not judged.answers and not self._shown:
            self._waiting.append(judged)
            return
        for one in (*self._waiting, judged):
            gap, self._gap = self._gap, _trailing(one.statement)
            yield (gap if self._shown else "") + self._footnotes.cite(one)
            self._shown = True
        self._waiting = []


def _trailing(statement: str) -> str:
    """The white space a statement ends with: shown only when another one follows."""
    return statement[len(statement.rstrip()) :] or " "
