"""Training pairs over HTTP: uploaded, drafted from documents, taken from feedback, reviewed and checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.doubles.fake_openai import Messages, Reply
from tests.doubles.served import Served, wait_for

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def assert_error(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    body: dict[str, Any] = response.json()
    assert set(body) == {"code", "message", "hint"}
    assert body["code"] == code
    return body


def listed(api: httpx.Client, set_id: str, **params: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api.get(f"/api/pairs/{set_id}/items", params=params).json()["items"]
    return items


def test_the_examples_are_fit_to_train_on(api: httpx.Client) -> None:
    file = (EXAMPLES / "pairs.jsonl").read_bytes()
    made = api.post("/api/pairs", files={"file": ("pairs.jsonl", file)})
    assert made.status_code == 201, made.text
    assert (made.json()["name"], made.json()["pairs"], made.json()["drafts"]) == ("pairs", 60, 0)
    again = api.post("/api/pairs", files={"file": ("pairs.jsonl", file)})
    assert again.json()["id"] == made.json()["id"], "the same pairs under the same name are not kept twice"
    cases = [json.loads(line) for line in (EXAMPLES / "dataset.jsonl").read_text().splitlines()]
    dataset = api.post("/api/datasets", json={"name": "examples", "cases": cases}).json()["id"]
    try:
        told = api.get(f"/api/pairs/{made.json()['id']}/check").json()
        assert (told["pairs"], told["train"], told["validation"], told["refused"]) == (60, 54, 6, False)
        assert [one["check"] for one in told["findings"]] == []
    finally:
        assert api.delete(f"/api/datasets/{dataset}").status_code == 204
    assert api.delete(f"/api/pairs/{made.json()['id']}").status_code == 204
    assert_error(api.get(f"/api/pairs/{made.json()['id']}"), 404, "unknown_pair_set")


def test_pairs_are_added_changed_and_rejected(api: httpx.Client) -> None:
    pairs = [{"question": "Who?", "answer": "Agnes."}, {"question": "Where?", "answer": "At Saltford."}]
    made = api.post("/api/pairs", json={"name": "few", "pairs": pairs}).json()
    added = api.post(f"/api/pairs/{made['id']}/items", json={"pairs": [{"question": "When?", "answer": "In 1998."}]})
    assert (added.status_code, added.json()["pairs"]) == (201, 3)
    first, second, third = listed(api, made["id"])
    assert [first["ordinal"], second["ordinal"], third["ordinal"]] == [0, 1, 2]
    changed = api.patch(
        f"/api/pairs/{made['id']}/items/{first['id']}", json={"answer": "Agnes Quill.", "document": "history.md"}
    )
    assert (changed.json()["answer"], changed.json()["document"], changed.json()["status"]) == (
        "Agnes Quill.", "history.md", "accepted",
    )  # fmt: skip
    assert api.patch(f"/api/pairs/{made['id']}/items/{second['id']}", json={"status": "rejected"}).status_code == 200
    assert [one["id"] for one in listed(api, made["id"], status="accepted")] == [first["id"], third["id"]]
    assert api.get(f"/api/pairs/{made['id']}/check").json()["pairs"] == 2
    assert_error(api.patch(f"/api/pairs/{made['id']}/items/{first['id']}", json={"answer": " "}), 422, "bad_pair")
    assert_error(api.patch(f"/api/pairs/{made['id']}/items/nobody", json={"answer": "x"}), 404, "unknown_pair")
    body = assert_error(
        api.post("/api/pairs", json={"name": "x", "pairs": [pairs[0], {"question": "?"}]}), 422, "bad_pairs"
    )
    assert "line 2: it has no `answer`" in body["message"]
    assert_error(api.post("/api/pairs", content=b"x", headers={"content-type": "text/plain"}), 415,
                 "unsupported_media_type")  # fmt: skip


def test_rated_answers_become_drafts(api: httpx.Client, served: Served, handbook: str) -> None:
    served.fake.default = Reply("Four weeks, and two days more.")
    asked = {"How long is the leave of room nine?": 1, "Where is the boathouse of room nine?": -1}
    for question, rating in asked.items():
        body = {"question": question, "variant": "plain", "collection": handbook, "stream": False}
        answer = api.post("/api/chat", json=body).json()
        rated = {"rating": rating, "comment": "At Saltford." if rating < 0 else None}
        assert api.post(f"/api/answers/{answer['id']}/feedback", json=rated).status_code == 200
    made = api.post("/api/pairs/from-feedback", json={"name": "rated", "collection": handbook})
    assert (made.status_code, made.json()["pairs"]) == (201, 0), made.text
    drafts = listed(api, made.json()["id"], limit=500)
    found = {one["question"]: one for one in drafts}
    liked, corrected = (found[question] for question in asked)
    assert (liked["answer"], liked["status"]) == ("Four weeks, and two days more.", "draft")
    assert (corrected["answer"], corrected["source"]["said"]) == ("At Saltford.", "Four weeks, and two days more.")
    reviewed = api.post(f"/api/pairs/{made.json()['id']}/review", json={"status": "accepted"}).json()
    answered = sum(bool(one["answer"]) for one in drafts)
    assert (reviewed["drafts"], reviewed["pairs"]) == (len(drafts) - answered, answered)
    assert_error(api.post("/api/pairs/from-feedback", json={"since": "2999-01-01T00:00:00Z"}), 422, "no_feedback")


def test_pairs_are_drafted_from_chosen_documents_and_forget_their_text_with_them(
    api: httpx.Client, served: Served, collection: str
) -> None:
    canary = "The Heron pump of hall seven moves exactly 4,711 litres an hour while its second valve is open."
    soup = "The canteen of hall two serves soup on Fridays between noon and one o'clock. "
    served.add(api, collection, "other.md", soup * 6)
    text = f"# Heron\n\n{canary} It was built by Agnes Quill for the works.\n"
    document = served.add(api, collection, "heron.md", text)

    def drafter(messages: Messages) -> str:
        assert "4,711" in messages[-1]["content"], "only the chosen document is shown"
        question = "How much does the Heron pump of hall seven move?"
        return f"Question: {question}\nAnswer: The Heron pump moves 4,711 litres an hour."

    served.fake.default = Reply(drafter)
    wanted = {"collection": collection, "documents": [document["id"]], "count": 3}
    made = api.post("/api/pairs/draft", json=wanted)
    assert made.status_code == 202, made.text

    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = api.get(f"/api/pairs/{made.json()['id']}").json()
        return found if found["status"] != "drafting" else None

    drafted = wait_for(ended, 60, "the drafting ends")
    assert (drafted["status"], drafted["pairs"], drafted["drafts"]) == ("ready", 0, 1), drafted
    (pair,) = listed(api, drafted["id"])
    assert (pair["status"], pair["document"], pair["answer"]) == (
        "draft", "heron.md", "The Heron pump moves 4,711 litres an hour.",
    )  # fmt: skip
    assert canary in pair["source"]["text"]
    assert_error(api.post("/api/pairs/draft", json={**wanted, "documents": ["doc_nobody"]}), 404, "unknown_document")
    assert api.delete(f"/api/documents/{document['id']}").status_code == 200
    (pair,) = listed(api, drafted["id"])
    assert (pair["source"]["text"], pair["answer"]) == ("", "The Heron pump moves 4,711 litres an hour.")


@pytest.mark.attack
def test_pairs_of_every_shape_and_size_are_refused_in_words(api: httpx.Client) -> None:
    for data in (
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"question": ' + b"9" * 5000 + b"}",
        b"",
        b"[]",
        b"question\n",
        b"null\n",
    ):
        answer = api.post("/api/pairs", files={"file": ("p.jsonl", data)})
        assert answer.status_code == 422, (data[:20], answer.text)
        assert answer.json()["code"] in ("bad_pairs", "no_pairs"), answer.text
    big = json.dumps({"name": "x", "pairs": [{"question": "q", "answer": "x" * 1000}] * 34_000})
    assert api.post("/api/pairs", content=big, headers={"content-type": "application/json"}).status_code == 413
    for path in ("/api/finetunes/%2e%2e%2f", "/api/finetunes/..%2f..%2fetc", "/api/finetunes/ft_" + "0" * 24):
        assert api.get(path).status_code in (404, 422)
