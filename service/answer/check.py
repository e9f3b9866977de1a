"""The check after the model: statement by statement, is it borne by the passages it would cite?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.lexical import tokens
from service.answer.evidence import Evidence, Footing, best_footing
from service.answer.terms import content
from service.types import Citation, Passage, Verdict

ENOUGH = 0.6
"""Share of a statement's content words that must stand in the passage (EVALUATION's deterministic groundedness)."""

_MARKER = re.compile(r"\s*\[\d{1,3}(?:\s*,\s*\d{1,3})*\]")
_LEAD_IN = re.compile(
    r"[:：]\s*$|^\W*(?:yes|no|sure|certainly|of course|是的?|不是|否|可以|不可以|會|不會|有|沒有)\W*$", re.I
)


@dataclass(frozen=True, slots=True)
class Judged:
    """One statement and what became of it. `text` has the markers of `citations` in it, the model's own are gone."""

    statement: str
    verdict: Verdict
    footing: Footing | None
    reason: str


class Checker:
    """Judges statements against the passages the model was given, in one answer."""

    def __init__(self, question: str, passages: Sequence[Passage]) -> None:
        self._evidences = [Evidence(passage) for passage in passages]
        self._question = question
        self._granted = frozenset(tokens(question))

    def judge(self, statement: str) -> Judged:
        """Verified when a quote bears all its facts and words, weak when the passage does, else unsupported."""
        bare = _MARKER.sub("", statement).strip()
        claim = bare if len(content(bare)) > 0 else f"{self._question} {bare}"
        footing = best_footing(claim, self._evidences, self._granted)
        if footing is None:
            return Judged(statement, "unsupported", None, "no passages")
        if footing.missing:
            return Judged(statement, "unsupported", footing, f"not in the passages: {', '.join(footing.missing)}")
        if footing.share < ENOUGH:
            return Judged(
                statement, "unsupported", footing, f"only {footing.share:.0%} of its words are in the passage"
            )
        return Judged(statement, "verified" if footing.near else "weak", footing, "")


def leads_in(statement: str) -> bool:
    """True for what says nothing by itself ("Yes.", "They are:") and belongs to the statement after it."""
    return bool(_LEAD_IN.search(_MARKER.sub("", statement).strip()))


def without_markers(text: str) -> str:
    """The text without citation markers the model made up."""
    return _MARKER.sub("", text)


class Footnotes:
    """Numbers the citations of one answer: the same quote keeps its number."""

    def __init__(self) -> None:
        self.citations: list[Citation] = []
        self._numbers: dict[tuple[str, int, int], int] = {}

    def cite(self, judged: Judged) -> str:
        """The statement with its marker put before its trailing white space."""
        text = without_markers(judged.statement)
        if judged.footing is None:
            return text
        passage = judged.footing.evidence.passage
        place = (passage.chunk_id, judged.footing.start, judged.footing.end)
        body = text.rstrip()
        if place not in self._numbers:
            self._numbers[place] = len(self._numbers) + 1
            self.citations.append(
                Citation(
                    n=self._numbers[place],
                    claim=body.strip(),
                    document_id=passage.document_id,
                    name=passage.name,
                    version=passage.version,
                    page=passage.page,
                    heading=passage.heading,
                    chunk_id=passage.chunk_id,
                    start=passage.start + place[1],
                    end=passage.start + place[2],
                    quote=passage.text[place[1] : place[2]],
                    verdict=judged.verdict,
                )
            )
        return f"{body} [{self._numbers[place]}]{text[len(body) :]}"
