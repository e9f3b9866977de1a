"""Thumbs, and the conversations they stand in."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.doubles.expect import assert_error
from tests.doubles.fake_openai import Reply
from tests.doubles.handbook import ANSWER, QUESTION
from tests.doubles.served import Served


@pytest.fixture
def answer(served: Served, api: httpx.Client) -> dict[str, Any]:
    served.fake.default = Reply("Yes, it is.")
    body: dict[str, Any] = api.post(
        "/api/chat", json={"question": "Is it?", "variant": "plain", "stream": False}
    ).json()
    return body


def test_a_rating_is_kept_changed_and_taken_back(api: httpx.Client, answer: dict[str, Any]) -> None:
    address = f"/api/answers/{answer['id']}/feedback"
    given = api.post(address, json={"rating": -1, "reason": "incorrect", "comment": "It is not."})
    assert given.status_code == 200
    assert given.json() == {
        "answer_id": answer["id"],
        "rating": -1,
        "reason": "incorrect",
        "comment": "It is not.",
    }
    assert api.post(address, json={"rating": 1}).json()["rating"] == 1
    assert api.delete(address).status_code == 204
    assert_error(api.delete(address), 404, "unknown_feedback")
    assert api.post(address, json={"rating": 1}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"rating": 0},
        {"rating": 2},
        {"rating": "1"},
        {"rating": 1, "reason": "x" * 201},
        {"rating": 1, "comment": "x" * 4001},
        {"rating": None},
    ],
)
def test_what_is_no_rating(api: httpx.Client, answer: dict[str, Any], body: dict[str, Any]) -> None:
    address = f"/api/answers/{answer['id']}/feedback"
    assert_error(api.post(address, json=body), 422, "invalid_request")
    assert_error(api.delete(address), 404, "unknown_feedback")


def test_an_answer_that_nobody_gave(api: httpx.Client) -> None:
    assert_error(api.post("/api/answers/ans_none/feedback", json={"rating": 1}), 404, "unknown_answer")
    assert_error(api.delete("/api/answers/ans_none/feedback"), 404)
    assert_error(api.post("/api/answers/..%2fx/feedback", json={"rating": 1}), 405)  # a path that is not the API's


def test_a_conversation_has_its_turns_in_order_as_they_were_sent(
    served: Served, api: httpx.Client, handbook: str, answer: dict[str, Any]
) -> None:
    served.fake.default = Reply(ANSWER)
    second = api.post(
        "/api/chat",
        json={
            "question": QUESTION,
            "variant": "rag",
            "collection": handbook,
            "conversation_id": answer["conversation_id"],
            "stream": False,
        },
    ).json()
    kept = api.get(f"/api/conversations/{answer['conversation_id']}").json()
    assert set(kept) == {"id", "turns"}
    assert kept["id"] == answer["conversation_id"]
    assert [turn["question"] for turn in kept["turns"]] == ["Is it?", QUESTION]
    assert [turn["answer"] for turn in kept["turns"]] == [answer, second]
    assert kept["turns"][0]["created_at"] <= kept["turns"][1]["created_at"]


def test_a_conversation_that_never_was(api: httpx.Client) -> None:
    assert_error(api.get("/api/conversations/conv_none"), 404, "unknown_conversation")
    assert_error(api.get(f"/api/conversations/{'x' * 5000}"), 404)
