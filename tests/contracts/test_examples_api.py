"""The few-shot examples over HTTP."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.doubles.expect import assert_error


@pytest.fixture
def tag(api: httpx.Client) -> Iterator[str]:
    """A word that the questions of this test have; they are removed afterwards."""
    word = uuid.uuid4().hex
    yield word
    for item in api.get("/api/examples").json()["items"]:
        if word in item["question"]:
            api.delete(f"/api/examples/{item['id']}")


def tagged(api: httpx.Client, tag: str) -> list[tuple[str, str]]:
    items = api.get("/api/examples").json()["items"]
    return [(item["question"], item["answer"]) for item in items if tag in item["question"]]


def test_one_and_several_are_added_in_order(api: httpx.Client, tag: str) -> None:
    added = api.post("/api/examples", json={"question": f" A {tag}? ", "answer": " a "})
    assert added.status_code == 201
    assert all(set(item) == {"id", "question", "answer"} for item in added.json()["items"])
    api.post("/api/examples", json={"items": [{"question": f"{n} {tag}?", "answer": str(n)} for n in range(3)]})
    assert tagged(api, tag) == [(f"A {tag}?", "a"), *((f"{n} {tag}?", str(n)) for n in range(3))]


def test_the_same_question_keeps_its_place_and_gets_the_new_answer(api: httpx.Client, tag: str) -> None:
    for question, answer in (("A", "old"), ("B", "b"), ("A", "new")):
        api.post("/api/examples", json={"question": f"{question} {tag}", "answer": answer})
    assert tagged(api, tag) == [(f"A {tag}", "new"), (f"B {tag}", "b")]


def test_one_is_removed(api: httpx.Client, tag: str) -> None:
    items = api.post("/api/examples", json={"question": tag, "answer": "x"}).json()["items"]
    (mine,) = [item["id"] for item in items if item["question"] == tag]
    assert api.delete(f"/api/examples/{mine}").status_code == 204
    assert tagged(api, tag) == []
    assert_error(api.delete(f"/api/examples/{mine}"), 404, "unknown_example")


@pytest.mark.parametrize(
    "body",
    [
        {"question": "", "answer": "x"},
        {"question": "  ", "answer": "x"},
        {"question": "x"},
        {"question": "x" * 2001, "answer": "x"},
        {"items": []},
        {"items": [{"question": "x", "answer": ""}]},
        {"items": [{"question": f"{n}", "answer": "x"} for n in range(201)]},
        [],
        "x",
    ],
)
def test_what_is_no_example(api: httpx.Client, body: object) -> None:
    before = api.get("/api/examples").json()
    assert_error(api.post("/api/examples", json=body), 422, "invalid_request")
    assert api.get("/api/examples").json() == before


def test_there_is_an_end_to_how_many_and_a_refused_batch_leaves_nothing(api: httpx.Client, tag: str) -> None:
    first = [{"question": f"{n} {tag}", "answer": "x"} for n in range(150)]
    assert api.post("/api/examples", json={"items": first}).status_code == 201
    more = [{"question": f"more {n} {tag}", "answer": "x"} for n in range(60)]
    assert_error(api.post("/api/examples", json={"items": more}), 422, "too_many_examples")
    assert len(tagged(api, tag)) == 150
