"""Answers against references. Each score is the best over a case's references."""

from __future__ import annotations

import re
from collections import Counter

from service.metrics.abstention import judged
from service.metrics.normal import is_article, is_cjk, normal, pieces, without_markers
from service.metrics.polarity import NO, YES, polarity
from service.metrics.quantity import hold, mostly_numbers, quantities
from service.metrics.types import Answered, Case

LONG = 20
"""Words (three Chinese characters are one) above which a reference is a text, that nobody repeats word by word."""

NUGGETS = 0.8
"""Share of a long answer's facts that make it correct."""


def exact(case: Case, answer: Answered) -> float | None:
    """Exact match: the normal answer equals a normal reference (SQuAD)."""
    if not _short(case):
        return None
    said = normal(without_markers(_said(answer)))
    return float(any(said == normal(reference) for reference in case.answers))


def f1(case: Case, answer: Answered) -> float | None:
    """2PR/(P+R) over the multisets of tokens (Rajpurkar et al. 2016); a Chinese character is one (DRCD, CMRC)."""
    if not case.answerable or not case.answers:
        return None
    said = Counter(pieces(without_markers(_said(answer))))
    return max(_overlap(said, Counter(pieces(reference))) for reference in case.answers)


def _overlap(said: Counter[str], wanted: Counter[str]) -> float:
    shared = (said & wanted).total()
    return 2 * shared / (said.total() + wanted.total()) if shared else 0.0


def contains(case: Case, answer: Answered) -> float | None:
    """Whether a short reference stands in the answer, at token borders; for yes and no, whether it says the same."""
    if not _short(case):
        return None
    said = without_markers(_said(answer))
    if not said.strip():
        return 0.0
    wanted = polarity_wanted(case)
    worded = [one for one in case.answers if not _is_long(one) and (wanted is None or normal(one) not in YES | NO)]
    agrees = wanted is not None and polarity(said, case.question) == wanted
    return float(agrees or any(holds(said, reference) for reference in worded))


def holds(text: str, reference: str) -> bool:
    """Whether a text holds a reference: within Chinese anywhere, else between characters that are no word's."""
    said, wanted = normal(text), normal(reference)
    if not wanted:
        return False
    if is_article(wanted):
        return said == wanted or _names_letter(text, reference.strip())
    if is_cjk(wanted):
        bare = wanted.replace(" ", "")
        start = r"(?<![\d.])" if bare[0].isdigit() else ""  # 4小時 does not stand in 14小時
        return bool(re.search(start + re.escape(bare), said.replace(" ", "")))
    wanted = wanted.lstrip("$£€¥") or wanted
    return bool(re.search(rf"(?<![\w.]){re.escape(wanted)}(?!\w|\.\d)", said))


def _names_letter(text: str, letter: str) -> bool:
    """Whether a text names grade A: as a capital, and not as the article that a sentence begins with."""
    if not (letter.isupper() and len(letter) == 1):
        return False
    named = rf"(?<![\w.'])(?<![.!?] ){letter}(?![\w'])"
    return bool(re.search(named, text.strip()[1:]) or re.match(rf"{letter}(?!\w|'|\s+\w)", text.strip()))


def polarity_wanted(case: Case) -> bool | None:
    """True for yes, False for no, None where the first reference is neither."""
    first = normal(case.answers[0]).strip() if case.answers else ""
    return True if first in YES else False if first in NO else None


def numeric(case: Case, answer: Answered) -> float | None:
    """Whether all quantities of a reference that has any stand in the answer (`quantity.hold`)."""
    if not _short(case):
        return None
    wanted = [found for found in map(quantities, case.answers) if found]
    if not wanted:
        return None
    said = quantities(without_markers(_said(answer)))
    return float(any(hold(said, found) for found in wanted))


def nuggets(case: Case, answer: Answered) -> float | None:
    """Share of the case's facts that stand in the answer, each in one of its wordings (TREC RAG nuggets, by alias)."""
    if not case.answerable or not case.nuggets:
        return None
    said = without_markers(_said(answer))
    return sum(any(holds(said, alias) for alias in aliases) for aliases in case.nuggets) / len(case.nuggets)


def correct(case: Case, answer: Answered) -> float | None:
    """The headline: 1 for a right answer and for a right decline, else 0. Deterministic.

    - unanswerable: right when declined.
    - with nuggets: right from 80 % of them on.
    - yes or no: right when it says the same.
    - short reference: right when the answer holds one, or, where a reference is mainly quantities, all of those
      ("30 calendar days" holds 30 days).
    - long references alone: None; words shared with a text say little, that takes people or a judge.
    - declined, failed or stopped although answerable: 0.
    """
    if case.answerable is None:
        return None
    if not case.answerable:
        return float(answer.declined)
    if case.nuggets:
        return float((nuggets(case, answer) or 0.0) >= NUGGETS)
    held = contains(case, answer)
    if held is None or held or answer.declined or answer.failed or polarity_wanted(case) is not None:
        return held
    said = quantities(without_markers(answer.text))
    return float(any(hold(said, quantities(one)) for one in case.answers if mostly_numbers(one)))


def _short(case: Case) -> bool:
    return bool(case.answerable) and any(not _is_long(reference) for reference in case.answers)


def _is_long(reference: str) -> bool:
    return sum(1 / 3 if is_cjk(piece) else 1.0 for piece in pieces(reference)) > LONG


def _said(answer: Answered) -> str:
    """What counts as said: nothing, where the arm declined or broke off."""
    return answer.text if judged(answer) else ""
