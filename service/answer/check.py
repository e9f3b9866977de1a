"""The check after the model: is a statement borne by a passage that is about the question, and does it answer it?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.lexical import tokens
from service.answer import facts, kind, placed, quantities, rows, subject
from service.answer.agree import agrees, confirms, says_all
from service.answer.evidence import Evidence, Footing, best_footing
from service.answer.prompt import Excerpt
from service.answer.terms import content, own, scaled, worth
from service.types import Verdict

ENOUGH = 0.6
"""Share of a statement's content words that must stand in the passage."""

NEAR, CLOSE = 0.5, 0.6
"""Of the question's weight so much must stand at the quote, for a verdict of weak and of verified: what is said of one
thing in one sentence is not so because another sentence has the value."""
PLACE_LEAST, PLACE = 0.55, 0.7
"""And so much of what stands at the place in the passage that has most of it: the next row has a value, too."""
WORDY, OWN = 2, 0.75
"""A statement of so many content words can stand by these instead of the question's, if this share of them is there."""
LEAST = 0.3
"""But of the question's weight at least so much must stand there all the same."""
RELATED = 0.1
"""And so much of the weight of what is asked about the things it names: what they cost, when they are due."""

LIST_ABOVE = 12
"""Lines above a quote in which a list's own "not covered:" is looked for."""

_MARKER = re.compile(r"\s*\[\d{1,3}(?:\s*,\s*\d{1,3})*\]")
_SOURCING = re.compile(
    r"^\s*(?:based on|according to|as (?:stated|mentioned|given) in|as per|per|from|in) "
    r"(?:the |these |your |our )?(?:\w+ ){0,4}?"
    r"(?:information|excerpts?|documents?|passages?|texts?|context|sources?|tables?)\b[^,.:;\d]{0,60}[,:]\s*|"
    r"^\s*(?:根據|依據|依|按照)(?:上述|以上|所)?(?:提供的?)?(?:資訊|資料|文件|內容|節錄|文本|表格)[^，。,:：\d]{0,20}[，,:：]\s*",
    re.IGNORECASE,
)
"""What a small model opens with; it says where from, and that is checked anyway."""
_LEAD_IN = re.compile(
    r"[:：]\s*$|^\W*(?:yes|no|sure|certainly|of course|是的?|不是|否|可以|不可以|會|不會|有|沒有)\W*$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Judged:
    """One statement and what became of it.

    `answers` says whether it is of the kind the question wants; `reason` why it is unsupported, or does not answer.
    """

    statement: str
    verdict: Verdict
    footing: Footing | None = None
    answers: bool = False
    reason: str = ""


class Checker:
    """Judges statements against the excerpts the model was given, in one answer."""

    def __init__(
        self, question: str, shown: Sequence[Excerpt], rarity: Mapping[str, float], *, min_about: float
    ) -> None:
        self._question = question
        self._asked = frozenset(tokens(question)) | quantities.measured(question)
        self._asked_words = frozenset(content(question))
        self._kind = kind.wanted(question)
        evidences = [Evidence(excerpt.passage) for excerpt in shown]
        shares = worth(question, rarity)
        fits = [
            scaled(question, sum(share for token, share in shares.items() if token in evidence.words))
            for evidence in evidences
        ]
        self._shares = shares
        self._relation = _relation(question)
        self._by_document: dict[str, frozenset[str]] = {}
        for one in evidences:
            known = self._by_document.get(one.passage.document_id, frozenset())
            self._by_document[one.passage.document_id] = known | one.words
        self._evidences = [one for one, fit in zip(evidences, fits, strict=True) if fit >= min_about]

    def judge(self, statement: str) -> Judged:
        """Verified when one place bears its facts and speaks of what is asked, weak when that is spread over more of
        the passage, else unsupported."""
        bare = _SOURCING.sub("", without_markers(statement)).strip()
        if kind.refuses(bare):
            return Judged(statement, "unsupported", reason="the model says it does not know")
        words = set(content(bare))
        new = bool(words - self._asked)
        claim, granted = bare, self._asked
        if self._kind == "yes_no":  # the answer is the question itself, said to be so: nothing of it goes without proof
            claim, granted = bare if len(words) > 2 else f"{self._question} {bare}", frozenset()
        footing = best_footing(claim, self._evidences, granted, self._shares)
        if footing is None:
            return Judged(statement, "unsupported", reason="no passage is about the question")
        if footing.missing:
            reason = f"not in the passages: {', '.join(footing.missing)}"
        elif wrong := quantities.miscounted(bare, footing.evidence.text[footing.start : footing.end]):
            reason = f"the passage counts otherwise: {', '.join(wrong)}"
        elif not _borne(footing):
            reason = f"{footing.share:.0%} of its words are in the passages"
        elif not self._stands_there(footing):
            reason = "no one place speaks of all that is asked"
        elif not self._same_sense(bare, footing):
            reason = "the passage says the opposite"
        elif strays := self._strays(bare, footing):
            reason = strays
        elif (agreed := self._agrees(bare, footing)) is False and not self._says_its_own(bare, footing):
            reason = "is a value of something else"
        elif (doubt := self._placed(bare, footing))[0] == "wrong" and not self._says_its_own(bare, footing):
            reason = doubt[1]
        else:
            related = self._related(footing, bool(agreed))
            answers = agreed is not False and kind.is_of(self._kind, bare, self._question, new)
            reason = "" if answers else f"gives no {self._kind}" if self._kind != "any" else "says nothing new"
            if answers and not related and not self._relation & words:
                answers, reason = False, "speaks of something else"
            if answers and (lost := self._lacks(footing, bool(agreed))):
                answers, reason = False, f"nothing there speaks of: {', '.join(lost)}"
            named = not facts.asserted(bare).numbers or self._of_the_named(footing)
            if answers and doubt[0] == "wrong":
                answers, reason = False, doubt[1]
            sure = footing.near and related and agreed is not None and named and not doubt[0]
            close = bool(sure) and self._stands_there(footing, CLOSE, PLACE)
            return Judged(statement, "verified" if close else "weak", footing, answers, reason)
        return Judged(statement, "unsupported", footing, False, reason)

    def _stands_there(self, footing: Footing, near: float = NEAR, place: float = PLACE_LEAST) -> bool:
        """Whether what it is about stands where the statement stands: by the question, or by its own words."""
        asked = scaled(self._question, footing.asked)
        if self._kind == "yes_no":
            return asked >= ENOUGH
        if footing.words >= WORDY and footing.said >= OWN:
            return asked >= LEAST
        return asked >= near and footing.place >= place

    def _says_its_own(self, statement: str, footing: Footing) -> bool:
        """Whether a sentence is said word for word. It does not answer, but it may stand beside what does."""
        evidence = footing.evidence
        if evidence.row(footing.start, footing.end) is not None:
            return False
        said = tokens(statement)
        inside = [
            tokens(evidence.text[start:end])
            for start, end, _ in evidence.units
            if start < footing.end and end > footing.start
        ]
        return any(said == unit[at : at + len(said)] for unit in inside for at in range(len(unit) - len(said) + 1))

    def _related(self, footing: Footing, agreed: bool) -> bool:
        """Whether anything of what is asked about the things the question names stands where the statement stands, or
        nothing but a property is asked for and its value `agreed`."""
        row = footing.evidence.row(footing.start, footing.end)
        relation = self._relation - row.key if row else self._relation
        weight = sum(self._shares.get(word, 0.0) for word in relation)
        if self._kind == "yes_no" or not weight:
            return True
        own, beside = footing.evidence.near(footing.start, footing.end)
        there = relation & (own | beside | frozenset(tokens(" ".join(row.header) if row else "")))
        share = sum(self._shares.get(word, 0.0) for word in there) / weight
        if agreed and says_all(self._question, relation - there):
            return True
        return scaled(self._question, share) >= RELATED or (
            kind.wants_sum(self._question)
            and quantities.speaks_of_money(footing.evidence.told(footing.start, footing.end))
        )

    def _lacks(self, footing: Footing, agreed: bool) -> tuple[str, ...]:
        """What of the question its passage does not speak of, unless that only names what its value `agreed` with."""
        passage = footing.evidence.passage
        lost = subject.missing(
            self._question, self._shares, footing.evidence.words, self._by_document[passage.document_id]
        )
        return () if lost and agreed and says_all(self._question, lost) else lost

    def _strays(self, statement: str, footing: Footing) -> str:
        """Why what it says is said of something else: no money, another row, another column; "" when it is not."""
        evidence, question = footing.evidence, self._question
        money = quantities.speaks_of_money(evidence.told(footing.start, footing.end))
        sum_asked = kind.wants_sum(question)
        if sum_asked and facts.asserted(statement).numbers and not kind.is_sum(statement) and not money:
            return "nothing there speaks of money"
        row = evidence.row(footing.start, footing.end)
        if row is None:
            there = [one for one in evidence.table_rows if one.start < footing.end and one.end > footing.start]
            claim = f"{question} {statement}" if self._kind == "yes_no" else statement
            return "stands in other rows" if rows.of_others(there, claim, question) else ""
        if rows.of_another(row, evidence.table_rows, statement, question):
            return "stands in another row"
        if self._kind == "yes_no":
            return ""
        value = rows.value(row, statement, question)
        if value is None:
            return ""
        if self._other_column(row, value):
            return "stands in another column"
        if value.headers & self._asked_words or (sum_asked and money):
            return ""
        others = frozenset(tokens(" ".join(row.header[1:]))) - value.headers
        if others & self._relation - row.key:
            return "stands in another column"
        return "" if not value.bare or kind.counts(question) else "its column says something else"

    def _other_column(self, row: rows.Row, value: rows.Value) -> bool:
        """Whether another column's header has all of what is asked that its own has, and more."""
        mine = value.headers & self._asked_words
        headers = [frozenset(tokens(header)) & self._asked_words for header in row.header[1:]]
        return any(other > mine for other in headers) and bool(mine)

    def _agrees(self, statement: str, footing: Footing) -> bool | None:
        """Whether its numbers are of the property, or of the things, that the question asks for; None: not told."""
        if self._kind != "yes_no":
            return agrees(self._question, statement, footing, self._asked_words)
        return kind.negates(statement) or confirms(
            self._question, f"{self._question} {statement}", footing, self._asked_words
        )

    def _placed(self, statement: str, footing: Footing) -> tuple[placed.Doubt, str]:
        """Whether it is said of what the question is about (`placed.doubt`); a yes or no is judged by its words."""
        return ("", "") if self._kind == "yes_no" else placed.doubt(self._question, statement, footing, self._shares)

    def _of_the_named(self, footing: Footing) -> bool:
        """Whether the quote, if it names anything else, is near the things that question and passage name."""
        quote = facts.asserted(footing.evidence.text[footing.start : footing.end])
        asked = facts.asserted(self._question)
        if not set(quote.names) - set(asked.names):
            return True
        here = frozenset[str]().union(*footing.evidence.near(footing.start, footing.end))
        named = frozenset(word for name in asked.names for word in tokens(name))
        return not named & frozenset(tokens(footing.evidence.text)) - here

    def _same_sense(self, statement: str, footing: Footing) -> bool:
        """Whether statement and quote agree on yes or no: the sentence that has most of the question's weight must not
        negate what is said to be so; for a no, some negation must stand there, in the headings or above its list."""
        said = facts.asserted(statement)
        if self._kind != "yes_no" and (said.numbers or said.dates or said.addresses or said.codes):
            return True  # something exact says what it says
        evidence = footing.evidence
        inside = [i for i, (start, end, _) in enumerate(evidence.units) if start < footing.end and end > footing.start]
        closest = max(inside, key=lambda i: sum(self._shares.get(word, 0.0) for word in evidence.units[i][2]))
        start, end, _ = evidence.units[closest]
        if not kind.negates(statement):
            return not kind.negates(evidence.passage.text[start:end])
        if self._kind != "yes_no":
            return True
        listed = not evidence.passage.text[start:end].rstrip().endswith((".", "!", "?", "。"))
        above = evidence.units[max(0, inside[0] - LIST_ABOVE) if listed else inside[0]][0]
        return kind.limits(f"{evidence.label}\n{evidence.passage.text[above : footing.end]}")


def _relation(question: str) -> frozenset[str]:
    """What a question asks about the things it names: its own words without names, codes and numbers."""
    asked = facts.asserted(question)
    named = frozenset(word for name in asked.names for word in tokens(name)) | asked.codes
    return frozenset(word for word in own(question) if word not in named and not any(c.isdigit() for c in word))


def _borne(footing: Footing) -> bool:
    """Whether enough words stand there. One or two new words may be other forms of what does, where facts stand too."""
    return footing.share >= ENOUGH or (footing.exact and footing.new <= 2)


def leads_in(statement: str) -> bool:
    """True for what says nothing by itself ("Yes.", "They are:") and belongs to the statement after it."""
    return bool(_LEAD_IN.search(without_markers(statement).strip()))


def without_markers(text: str) -> str:
    """The text without citation markers the model made up."""
    return _MARKER.sub("", text)
