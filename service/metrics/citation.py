"""Are statements borne out by what they cite, and is it the right place? Deterministic, for any language.

Only answers of arms that answer from documents are looked at, and only those that were given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.lexical import tokens
from service.answer import dates
from service.answer.quantities import numbers
from service.answer.statements import Statements
from service.answer.terms import content
from service.metrics.abstention import judged
from service.metrics.normal import without_markers
from service.metrics.relevance import facts, relevant
from service.metrics.types import Answered, Case

ENOUGH = 0.6
"""Share of a statement's content words that must stand in what it cites (Chinese: pairs of characters)."""

_NUMBERS = re.compile(r"\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]")
_ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+|(?:https?://|www\.)[^\s<>()\[\]\"'，。；）]+", re.IGNORECASE)
_ENUMERATOR = re.compile(r"^\s*(?:\d{1,2}[.)]|[-*•])\s+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence or list item, without markers, and the numbers it cites."""

    text: str
    cites: frozenset[int]


def statements(text: str) -> tuple[Statement, ...]:
    """The statements of an answer that say something: not "Yes.", nor what only leads in to a list.

    A marker on a line of its own goes with the statement above it.
    """
    reader = Statements()
    found: list[Statement] = []
    for part in reader.feed(text) + reader.flush():
        bare = _ENUMERATOR.sub("", without_markers(part)).strip()
        cites = frozenset(int(n) for group in _NUMBERS.findall(part) for n in group.split(","))
        if content(bare) or numbers(bare):
            if not bare.endswith((":", "：")) or cites:
                found.append(Statement(bare, cites))
        elif cites and found:
            found[-1] = Statement(found[-1].text, found[-1].cites | cites)
    return tuple(found)


def entails(text: str, statement: str) -> bool:
    """Whether a text bears a statement: all its numbers, dates, e-mail and web addresses, and 60 % of its words.

    Stands in for the entailment model of ALCE (Gao et al. 2023); what it cannot see is a "not".
    """
    addresses = [address.lower().rstrip(".,;:") for address in _ADDRESS.findall(statement)]
    squeezed = "".join(text.lower().split())
    if not all(address in squeezed for address in addresses):
        return False
    bare = _ADDRESS.sub(" ", statement)
    stand = dates.found(text)
    said = [dates.read(match) for match in dates.PATTERN.finditer(bare)]
    if not all(any(dates.agrees(reading, other) for reading in readings for other in stand) for readings in said):
        return False
    bare = dates.PATTERN.sub(" ", bare)
    if not numbers(bare) <= numbers(text):
        return False
    words = set(content(bare))
    return not words or len(words & set(tokens(text))) >= ENOUGH * len(words)


def recall(case: Case, answer: Answered) -> float | None:
    """ALCE citation recall: the share of statements that all they cite, taken together, bears."""
    said = _statements(answer)
    return sum(_borne(answer, one, one.cites) for one in said) / len(said) if said else None


def precision(case: Case, answer: Answered) -> float | None:
    """ALCE citation precision: the share of citations that help their statement.

    One does not where the statement is not borne at all, or where it alone does not bear it and the others do.
    """
    kept = [
        _borne(answer, one, one.cites)
        and (_borne(answer, one, frozenset((n,))) or not _borne(answer, one, one.cites - {n}))
        for one in _statements(answer) or ()
        for n in sorted(one.cites)
    ]
    return sum(kept) / len(kept) if kept else None


def _statements(answer: Answered) -> tuple[Statement, ...] | None:
    return statements(answer.text) if answer.grounded and judged(answer) else None


def _borne(answer: Answered, statement: Statement, cites: frozenset[int]) -> bool:
    texts = [citation.text for citation in answer.citations if citation.n in cites]
    return bool(texts) and entails("\n".join(texts), statement.text)


def gold_precision(case: Case, answer: Answered) -> float | None:
    """The share of cited passages that hold a fact the case asks for."""
    if not (case.answerable and facts(case) and answer.citations and judged(answer)):
        return None
    useful = [relevant(case, cited.document, cited.text, cited.page) for cited in answer.citations]
    return sum(useful) / len(useful)


def gold_recall(case: Case, answer: Answered) -> float | None:
    """The share of gold documents that are cited; one of several that hold the same fact is enough."""
    if not (case.answerable and facts(case) and answer.grounded and judged(answer)):
        return None
    cited = {citation.document for citation in answer.citations}
    wanted = {gold.doc: {gold.doc, *gold.also_docs} for gold in facts(case)}
    return sum(bool(names & cited) for names in wanted.values()) / len(wanted)


def uncited(case: Case, answer: Answered) -> float | None:
    """1 for an answer without any citation."""
    return float(not answer.citations) if answer.grounded and judged(answer) else None


def dangling(case: Case, answer: Answered) -> float | None:
    """1 for an answer with a marker that points to nothing."""
    if not (answer.grounded and judged(answer)):
        return None
    marked = {int(n) for group in _NUMBERS.findall(answer.text) for n in group.split(",")}
    return float(bool(marked - {citation.n for citation in answer.citations}))


def invented_number(case: Case, answer: Answered) -> float | None:
    """1 for an answer with a number that stands neither in what was retrieved nor in the question (or what came
    before it). Numbers of list items are none."""
    if not (answer.grounded and judged(answer)):
        return None
    known = numbers(" ".join((case.question, *(message.content for message in case.history))))
    for passage in answer.passages:
        known |= numbers(passage.text)
    return float(not numbers(_ENUMERATOR.sub("", without_markers(answer.text))) <= known)
