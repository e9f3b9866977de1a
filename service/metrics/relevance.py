"""Which passages hold what a case asks for."""

from __future__ import annotations

from service.metrics.normal import squeezed
from service.metrics.types import Answered, Case, GoldPassage


def facts(case: Case) -> tuple[GoldPassage, ...]:
    """The facts an answer needs, each once: the gold passages, or the gold documents where there are none."""
    return case.gold_passages or tuple(GoldPassage(doc) for doc in case.gold_docs)


def holds(gold: GoldPassage, document: str, text: str, page: int | None) -> bool:
    """Whether a passage holds a fact: it is from a gold document and has the evidence in it (NFKC, lower case, white
    space ignored), or touches a gold page where no evidence is given, or only is from that document."""
    if document != gold.doc and document not in gold.also_docs:
        return False
    if gold.text:
        return squeezed(gold.text) in squeezed(text)
    return gold.page is None or page == gold.page or page in gold.also_pages


def relevant(case: Case, document: str, text: str, page: int | None = None) -> bool:
    return any(holds(gold, document, text, page) for gold in facts(case))


def gains(case: Case, answer: Answered) -> list[int]:
    """For each retrieved passage, best first, how many facts it holds that no earlier one held.

    Overlapping chunks hold the same fact several times; counted each time, the metric would depend on the chunker.
    """
    missing = list(facts(case))
    new = []
    for passage in sorted(answer.passages, key=lambda one: one.rank):
        still = [gold for gold in missing if not holds(gold, passage.document, passage.text, passage.page)]
        new.append(len(missing) - len(still))
        missing = still
    return new
