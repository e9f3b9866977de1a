"""The questions that an empty chat suggests: only such as can be answered, and nobody's private ones."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.doubles.expect import assert_error
from tests.doubles.fake_openai import Reply
from tests.doubles.served import Served

FAQ = """# Questions

## 1. How long may the cable of a sonde be?

The cable of a sonde may be up to 120 metres long.

## Delivery

Goods leave on Tuesdays.

## 保固期多久？

保固期為三十六個月。
"""
SHED = """# Shed

## Who has the key of the boat shed?

Marta has the key of the boat shed. The boat shed is locked at seven.
"""
KEY = "Who has the key of the boat shed?"
LOCKED = "When is the boat shed locked?"


@pytest.fixture
def shelf(served: Served, api: httpx.Client, collection: str) -> str:
    """A collection with questions among its headings."""
    served.add(api, collection, "faq.md", FAQ)
    served.add(api, collection, "shed.md", SHED)
    return collection


def suggested(api: httpx.Client, collection: str, **query: str | int) -> list[tuple[str, str]]:
    response = api.get(f"/api/collections/{collection}/suggestions", params=query)
    assert response.status_code == 200, response.text
    return [(item["question"], item["source"]) for item in response.json()["items"]]


def ask(api: httpx.Client, collection: str, question: str, visitor: str, variant: str = "rag") -> httpx.Response:
    body = {"question": question, "collection": collection, "variant": variant, "visitor": visitor, "stream": False}
    response = api.post("/api/chat", json=body)
    assert response.status_code == 200, response.text
    return response


def test_an_empty_collection_has_none_and_says_how_much_it_knows(api: httpx.Client, collection: str) -> None:
    body = api.get(f"/api/collections/{collection}/suggestions").json()
    assert body == {"items": [], "documents": 0, "from_documents": True, "chosen": []}


def test_whether_all_that_may_answer_reads_the_documents(api: httpx.Client, collection: str) -> None:
    def from_documents(**query: str) -> object:
        return api.get(f"/api/collections/{collection}/suggestions", params=query).json()["from_documents"]

    assert from_documents(variant="rag") is True
    assert from_documents(variant="plain") is False
    lanes = [{"variant": "rag", "weight": 1}, {"variant": "plain", "weight": 1}]
    given = {"name": "both", "collection": collection, "variants": lanes, "metric": "feedback"}
    started = api.post("/api/experiments", json=given)
    assert started.status_code == 201, started.text
    assert from_documents() is False, "half of the visitors are answered without documents"
    assert api.post(f"/api/experiments/{started.json()['id']}/stop", json={}).status_code == 200
    assert from_documents() is True
    assert api.put(f"/api/collections/{collection}/default-variant", json={"variant": "plain"}).status_code == 200
    assert from_documents() is False
    assert_error(api.get(f"/api/collections/{collection}/suggestions", params={"variant": "none"}), 404)


def test_headings_that_ask_come_in_turn_and_in_the_pages_language_first(api: httpx.Client, shelf: str) -> None:
    assert api.get(f"/api/collections/{shelf}/suggestions").json()["documents"] == 2
    cable, chinese = "How long may the cable of a sonde be?", "保固期多久？"
    assert suggested(api, shelf) == [(cable, "heading"), (KEY, "heading"), (chinese, "heading")]
    assert suggested(api, shelf, language="zh-TW", limit=1) == [(chinese, "heading")]


def test_written_ones_come_first_but_only_where_the_documents_fit(api: httpx.Client, shelf: str) -> None:
    given = [LOCKED, "What is the Wi-Fi password in Lisbon?", f" {LOCKED.upper()} ", KEY]
    put = api.put(f"/api/collections/{shelf}/suggestions", json={"questions": given})
    assert put.status_code == 200
    assert put.json() == {"questions": [LOCKED, given[1], KEY]}
    assert suggested(api, shelf)[:2] == [(LOCKED, "chosen"), (KEY, "chosen")]
    assert given[1] not in dict(suggested(api, shelf, limit=12))
    assert api.get(f"/api/collections/{shelf}/suggestions").json()["chosen"] == [LOCKED, given[1], KEY]
    assert api.put(f"/api/collections/{shelf}/suggestions", json={"questions": []}).json() == {"questions": []}
    assert {source for _, source in suggested(api, shelf)} == {"heading"}


def test_what_a_deleted_document_answered_is_suggested_no_more(api: httpx.Client, shelf: str) -> None:
    api.put(f"/api/collections/{shelf}/suggestions", json={"questions": [LOCKED]})
    assert (LOCKED, "chosen") in suggested(api, shelf)
    documents = api.get("/api/documents", params={"collection": shelf}).json()["items"]
    shed = next(document["id"] for document in documents if document["name"] == "shed.md")
    assert api.delete(f"/api/documents/{shed}").status_code == 200
    assert {LOCKED, KEY}.isdisjoint(dict(suggested(api, shelf)))


def test_a_visitors_question_is_shown_when_three_asked_it_and_it_was_verified(
    served: Served, api: httpx.Client, shelf: str
) -> None:
    served.fake.default = Reply("The boat shed is locked at seven.")
    for visitor in ("ann", "ann", "ben"):
        assert ask(api, shelf, LOCKED, visitor).json()["citations"][0]["verdict"] == "verified"
    for visitor in ("ann", "ben", "cat"):
        ask(api, shelf, "When is the boat shed locked, without documents?", visitor, "plain")
    assert LOCKED not in dict(suggested(api, shelf)), "two visitors' question was shown to all"
    ask(api, shelf, LOCKED.lower(), "cat")
    # Another language is another list: what the first one found is kept for a minute.
    assert suggested(api, shelf, language="zh-TW", limit=2)[1] == (LOCKED.lower(), "asked")
    assert len(dict(suggested(api, shelf, language="zh-TW", limit=12))) == 4


def test_what_was_declined_or_disliked_is_not_suggested(served: Served, api: httpx.Client, shelf: str) -> None:
    served.fake.default = Reply("The harbour master has nine dogs.")
    assert ask(api, shelf, KEY, "ann").json()["finish"] == "declined"
    served.fake.default = Reply("The boat shed is locked at seven.")
    answers = [ask(api, shelf, LOCKED, visitor).json()["id"] for visitor in ("ann", "ben", "cat")]
    assert api.post(f"/api/answers/{answers[0]}/feedback", json={"rating": -1}).status_code == 200
    assert {KEY, LOCKED}.isdisjoint(dict(suggested(api, shelf)))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"questions": "What?"},
        {"questions": [""]},
        {"questions": ["  "]},
        {"questions": ["x" * 161]},
        {"questions": [f"{n}?" for n in range(13)]},
    ],
)
def test_what_is_no_list_of_questions(api: httpx.Client, collection: str, body: dict[str, object]) -> None:
    assert_error(api.put(f"/api/collections/{collection}/suggestions", json=body), 422, "invalid_request")


def test_no_such_collection(api: httpx.Client) -> None:
    assert_error(api.get("/api/collections/nowhere/suggestions"), 404, "collection_not_found")
    put = api.put("/api/collections/nowhere/suggestions", json={"questions": ["Why?"]})
    assert_error(put, 404, "collection_not_found")


def test_the_examples_questions_fit_the_limits() -> None:
    lines = Path("examples/questions.txt").read_text("utf-8").splitlines()
    assert 2 <= len(lines) <= 12
    assert all(6 <= len(line) <= 160 and line.endswith(("?", "？")) for line in lines)
