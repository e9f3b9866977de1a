"""What the oracle arm is shown: the chunks that hold the gold, found by going through each document once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from ingest.types import Chunk
from service.evaluate import oracle
from service.evaluate.cases import checked
from service.evaluate.types import StoredCase
from service.metrics.normal import squeezed

PLACES = {"a.md": ("doc_a", 3), "b.md": ("doc_b", 1)}


def case(number: int, question: str, *gold: dict[str, Any]) -> StoredCase:
    draft = checked({"id": f"q{number}", "question": question, "gold_passages": list(gold)})
    return StoredCase(draft.id, number, "accepted", draft.body)


def chunk(text: str, page: int | None = None) -> Chunk:
    return Chunk(ordinal=0, text=text, embed_text=text, start=0, end=len(text), tokens=5, page=page)


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Chunk]]:
    """The chunks of the documents in PLACES, by id; every reading of a document and squeezing of a text is counted."""
    texts = {"doc_a": [], "doc_b": []}  # type: dict[str, list[Chunk]]

    def page(_connection: object, id: str, version: int, *, limit: int) -> list[tuple[str, Chunk]]:
        return [(f"{id}-{place}", one) for place, one in enumerate(texts[id])]

    monkeypatch.setattr(oracle, "_places", lambda *_: PLACES)
    monkeypatch.setattr("ingest.catalogue.chunks.page", page)
    return texts


def shown(*cases: StoredCase) -> tuple[list[list[str]], list[str]]:
    found, uncovered = oracle.with_gold(None, "default", cases)  # type: ignore[arg-type]
    return [[one["chunk_id"] for one in each.oracle] for each in found], uncovered


def test_the_chunk_with_the_evidence_that_fits_the_question_best(shelf: dict[str, list[Chunk]]) -> None:
    shelf["doc_a"] = [
        chunk("Fees: the price\nis  10 EUR."),
        chunk("For the HERON pump the PRICE is 10 eur, twice: the price is 10 EUR."),
        chunk("A"),
    ]
    shelf["doc_b"] = [chunk("Nothing."), chunk("What does the heron pump cost? The price is 10 EUR.")]
    gold = {"doc": "a.md", "text": "the price is 10 EUR"}
    question = "What does the Heron pump cost?"
    assert shown(case(1, question, gold)) == ([["doc_a-1"]], [])
    assert shown(case(1, "Fees?", gold)) == ([["doc_a-0"]], [])
    assert shown(case(1, question, {**gold, "also_ok_docs": ["b.md"]})) == ([["doc_b-1"]], [])
    assert shown(case(1, question, {**gold, "doc": "away.md", "also_ok_docs": ["b.md"]})) == ([["doc_b-1"]], [])
    assert shown(case(1, "Zzz?", {**gold, "also_ok_docs": ["b.md"]})) == ([["doc_a-0"]], []), "the first when even"


def test_the_oracle_reads_a_row_under_its_header(shelf: dict[str, list[Chunk]]) -> None:
    shelf["doc_a"] = [chunk("Heron,1690"), replace(chunk("Otter,1180"), header="Name,Price")]
    asked = case(1, "Q?", {"doc": "a.md", "text": "Otter,1180"}, {"doc": "a.md", "text": "away"})
    (found,), _ = oracle.with_gold(None, "default", [asked])  # type: ignore[arg-type]
    kept, pasted = (oracle.passage(one) for one in found.oracle)
    assert (kept.text, kept.header) == ("Otter,1180", "Name,Price")
    assert pasted.header == ""
    of_before = {key: value for key, value in found.oracle[0].items() if key != "header"}
    assert oracle.passage(of_before).header == ""


def test_evidence_over_a_border_is_in_neither_chunk(shelf: dict[str, list[Chunk]]) -> None:
    shelf["doc_a"] = [chunk("one two"), chunk("three four")]
    assert shown(case(1, "Q?", {"doc": "a.md", "text": "two three"})) == ([["gold-0"]], ["q1"])


def test_pages_whole_documents_and_what_is_not_there(shelf: dict[str, list[Chunk]]) -> None:
    shelf["doc_a"] = [chunk("red", 1), chunk("green", 2), chunk("blue", 3)]
    by_page = {"doc": "a.md", "page": 2, "also_ok_pages": [3]}
    assert shown(
        case(1, "Is it blue?", by_page),
        case(2, "Is it red?", by_page),
        case(3, "Is it red?", {"doc": "a.md"}),
        case(4, "Is it?", {"doc": "a.md", "page": 9}, {"doc": "away.md", "text": "x"}),
        case(5, "Is it?"),
    ) == ([["doc_a-2"], ["doc_a-1"], ["doc_a-0"], ["gold-1"], []], ["q4"])


def test_a_document_is_gone_through_once_however_many_ask(
    shelf: dict[str, list[Chunk]], monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf["doc_a"] = [chunk(f"Fact {n} is value{n}.") for n in range(300)]
    counted: Counter[str] = Counter()

    def counting(text: str) -> str:
        counted[text] += 1
        return squeezed(text)

    monkeypatch.setattr("service.evaluate.oracle.squeezed", counting)
    cases = [case(n, f"What is fact {n}?", {"doc": "a.md", "text": f"Fact {n} is"}) for n in range(300)]
    found, uncovered = shown(*cases)
    assert (found, uncovered) == ([[f"doc_a-{n}"] for n in range(300)], [])
    assert max(counted[one.text] for one in shelf["doc_a"]) == 1
