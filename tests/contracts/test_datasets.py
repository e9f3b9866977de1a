"""Datasets over HTTP: uploaded whole or not at all, reviewed case by case, from feedback, drafted from documents."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.doubles.examined import FACTS, cases
from tests.doubles.expect import assert_error
from tests.doubles.fake_openai import Messages, Reply
from tests.doubles.served import Served, wait_for

pytestmark = pytest.mark.timeout(120)


def uploaded(api: httpx.Client, content: str | bytes, name: str = "set.jsonl", **fields: str) -> httpx.Response:
    return api.post("/api/datasets", files={"file": (name, content)}, data=fields)


def listed(api: httpx.Client, dataset: str, **wanted: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        params = {"limit": 3, **wanted, **({"cursor": cursor} if cursor else {})}
        page = api.get(f"/api/datasets/{dataset}/cases", params=params).json()
        found += page["items"]
        cursor = page["next"]
    return found


def test_jsonl_is_kept_as_it_came(api: httpx.Client) -> None:
    text = "\n".join(json.dumps(case, ensure_ascii=False) for case in cases()) + "\n\n"
    made = uploaded(api, text.encode("utf-8-sig"), name="handbook.jsonl")
    assert made.status_code == 201, made.text
    dataset = made.json()
    assert (dataset["name"], dataset["cases"], dataset["origin"], dataset["status"]) == (
        "handbook", 8, "upload", "ready",
    )  # fmt: skip
    found = listed(api, dataset["id"])
    assert [case["id"] for case in found] == [case["id"] for case in cases()]
    assert found[0]["answers"] == ["4,200 litres", "4200"]
    assert found[0]["gold_passages"][0]["doc"] == "heron.md"
    assert (found[0]["answerable"], found[7]["answerable"]) == (True, False)
    assert {case["status"] for case in found} == {"accepted"}
    assert uploaded(api, text, name="handbook.jsonl").json()["id"] == dataset["id"], "the very same is not kept twice"
    assert api.delete(f"/api/datasets/{dataset['id']}").status_code == 204
    assert_error(api.get(f"/api/datasets/{dataset['id']}"), 404, "unknown_dataset")


def test_csv_with_several_answers(api: httpx.Client) -> None:
    text = (
        "question;answers;gold_docs;gold_passage;answerable;tags\r\n"
        '"How much; and why?";"4,200 litres|4200";heron.md;4,200 litres;yes;en|pump\r\n'
        "特休幾天？;14日;;;;\r\nWho won?;;;;no;\r\n"
    )
    made = uploaded(api, text, name="set.csv", name_="x")
    assert made.status_code == 201, made.text
    first, second, third = listed(api, made.json()["id"])
    assert (first["question"], first["answers"], first["tags"]) == (
        "How much; and why?", ["4,200 litres", "4200"], ["en", "pump"],
    )  # fmt: skip
    assert first["gold_passages"] == [
        {"doc": "heron.md", "text": "4,200 litres", "page": None, "also_ok_pages": [], "also_ok_docs": []}
    ]
    assert (second["question"], second["answerable"]) == ("特休幾天？", True)
    assert third["answerable"] is False
    assert len({first["id"], second["id"], third["id"]}) == 3


BAD = [
    ('{"id": "a"}', "line 2", "no `question`"),
    ('{"question": "Q?"}', "line 2", "no `id`"),
    ('{"id": "ok", "question": "Q?"}', "line 2", "line 1 already"),
    ('{"id": "b", "question": "Q?"', "line 2", "not JSON"),
    ('["b"]', "line 2", "not an object"),
    ('{"id": "b", "question": "Q?", "answers": {"a": 1}}', "line 2", "`answers`"),
    ('{"id": "b", "question": "Q?", "gold_passages": [{"text": "x"}]}', "line 2", "`doc`"),
    ('{"id": "b", "question": "Q?", "answerable": "maybe"}', "line 2", "`answerable`"),
    ('{"id": "b", "question": "Q?", "answerable": false, "answers": ["x"]}', "line 2", "not answerable"),
    ('{"id": "b", "question": "Q?", "history": ["hello"]}', "line 2", "`history`"),
    ('{"id": "b", "question": "half \\ud800 a character"}', "line 2", "lone surrogate"),
    ('{"id": "b", "question": "Q?", "nuggets": [["x", "\\udfff"]]}', "line 2", "half of a character"),
    ('{"id": "a\\u0000b", "question": "Q?"}', "line 2", "NUL"),
    ('{"id": "b", "question": "Q?", "history": [{"role": "user", "content": "\\u0000"}]}', "line 2", "a NUL"),
    ('{"id": ' + "1" * 5000 + ', "question": "Q?"}', "line 2", "4300 digits"),
    ('{"id": ' + "1" * 200 + ', "question": "Q?"}', "line 2", "has no `id`"),
    ('{"id": "b", "question": "Q?", "answers": [NaN]}', "line 2", "NaN"),
    ('{"id": "b", "question": "Q?", "answers": [1e400]}', "line 2", "not a list of texts"),
    ('{"id": "b", "question": "Q?", "nuggets": [["x"], [""]]}', "line 2", "says nothing"),
    ('{"id": "b", "question": "Q?", "gold_passages": [{"doc": "d", "also_ok_pages": [true]}]}', "line 2", "whole n"),
]


@pytest.mark.parametrize(("line", "place", "reason"), BAD, ids=[reason for _, _, reason in BAD])
def test_a_bad_line_is_named_and_nothing_is_kept(api: httpx.Client, line: str, place: str, reason: str) -> None:
    before = [one["id"] for one in api.get("/api/datasets", params={"limit": 500}).json()["items"]]
    response = uploaded(api, '{"id": "ok", "question": "Q?"}\n' + line + "\n")
    assert_error(response, 422, "bad_dataset")
    assert place in response.json()["message"]
    assert reason in response.json()["message"]
    assert [one["id"] for one in api.get("/api/datasets", params={"limit": 500}).json()["items"]] == before


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("open-quote.csv", b'question,"abc\nQ?,1\n', "the header is not CSV"),
        ("wide.csv", b"question," + b"x" * 200_000 + b"\nQ?,1\n", "the header is not CSV"),
        ("long.csv", b'question\n"' + b"x" * 200_000 + b'"\n', "line 2: it is not CSV"),
        ("array.json", b'[{"id": ' + b"1" * 5000 + b', "question": "Q?"}]', "the JSON array cannot be read"),
        ("array.json", b'[{"id": "b", "question": "\\ud800"}]', "lone surrogate"),
    ],
    ids=["open quote", "header too long", "field too long", "number too long", "half a character"],
)
def test_a_file_that_cannot_be_read_is_refused(api: httpx.Client, name: str, content: bytes, reason: str) -> None:
    response = uploaded(api, content, name=name)
    assert_error(response, 422, "bad_dataset")
    assert reason in response.json()["message"]


def test_what_no_store_keeps_is_refused_however_it_comes(api: httpx.Client) -> None:
    dataset = api.post("/api/datasets", json={"name": "clean", "cases": cases()}).json()["id"]
    for broken in ("\0", "x\0y"):
        case = {"id": "new", "question": f"Q? {broken}"}
        assert_error(api.post("/api/datasets", json={"name": "x", "cases": [case]}), 422, "bad_dataset")
        assert_error(api.post(f"/api/datasets/{dataset}/cases", json={"cases": [case]}), 422, "bad_dataset")
        assert_error(api.patch(f"/api/datasets/{dataset}/cases/q1", json={"tags": [broken]}), 422, "bad_case")
        assert_error(api.post("/api/datasets", json={"name": broken, "cases": cases()}), 422, "bad_dataset_name")


def test_every_bad_line_is_named(api: httpx.Client) -> None:
    response = uploaded(api, '{"id": "a"}\n{"id": "b", "question": "Q?"}\nnonsense\n')
    message = response.json()["message"]
    assert "2 of 3 lines" in message
    assert "line 1" in message
    assert "line 3" in message
    assert_error(uploaded(api, b"\xff\xfe\x00"), 422, "bad_dataset")
    assert_error(uploaded(api, "\n\n"), 422, "empty_dataset")
    assert_error(uploaded(api, "a,b\n1,2\n", name="x.csv"), 422, "bad_dataset")


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"json": {"name": "x", "cases": []}}, 422, "invalid_request"),
        ({"json": {"cases": [{"id": "a", "question": "Q?"}]}}, 422, "invalid_request"),
        ({"json": {"name": "x", "cases": [{"id": "a"}]}}, 422, "bad_dataset"),
        ({"content": "{", "headers": {"content-type": "application/json"}}, 400, "invalid_json"),
        ({"content": "x", "headers": {"content-type": "text/plain"}}, 415, "unsupported_media_type"),
        ({"data": {"name": "x"}, "files": {"other": b""}}, 422, "no_file"),
        ({"content": "x", "headers": {"content-type": "multipart/form-data"}}, 400, "bad_form"),
    ],
)
def test_what_is_no_dataset_is_refused(api: httpx.Client, request_: dict[str, Any], status: int, code: str) -> None:
    assert_error(api.post("/api/datasets", **request_), status, code)


def test_a_large_dataset_is_taken(api: httpx.Client) -> None:
    text = "".join(json.dumps({"id": f"n{n}", "question": "Why? " + "x" * 900}) + "\n" for n in range(2500))
    assert len(text) > 2_000_000
    made = uploaded(api, text, name="large.jsonl")
    assert (made.status_code, made.json()["cases"]) == (201, 2500)
    assert api.delete(f"/api/datasets/{made.json()['id']}").status_code == 204


def test_a_case_is_mended_and_rejected(api: httpx.Client) -> None:
    dataset = api.post("/api/datasets", json={"name": "to mend", "cases": cases()}).json()["id"]
    where = f"/api/datasets/{dataset}/cases/q1"
    changed = api.patch(where, json={"answers": ["4.2 m³"], "tags": []})
    assert (changed.json()["answers"], changed.json()["tags"]) == (["4.2 m³"], [])
    assert changed.json()["question"] == next(iter(FACTS)), "the rest stays"
    assert api.patch(where, json={"status": "rejected"}).json()["status"] == "rejected"
    assert (
        api.get(f"/api/datasets/{dataset}").json() | {"cases": 7, "rejected": 1}
        == api.get(f"/api/datasets/{dataset}").json()
    )
    assert_error(api.patch(where, json={"answerable": False}), 422, "bad_case")
    assert_error(api.patch(where, json={"question": ""}), 422, "invalid_request")
    assert_error(api.patch(f"/api/datasets/{dataset}/cases/none", json={}), 404, "unknown_case")
    more = {"cases": [{"id": "q9", "question": "And?"}]}
    assert api.post(f"/api/datasets/{dataset}/cases", json=more).json()["cases"] == 8
    assert_error(api.post(f"/api/datasets/{dataset}/cases", json=more), 409, "case_exists")
    assert [case["id"] for case in listed(api, dataset, status="rejected")] == ["q1"]


def test_a_typed_question_needs_no_id_and_passages_are_counted(api: httpx.Client) -> None:
    passage = {"doc": "a.md", "text": "two years"}
    body = {"name": "typed", "cases": [{"id": "q1", "question": "How long?", "gold_docs": ["a.md"]}]}
    made = api.post("/api/datasets", json=body).json()
    assert (made["cases"], made["with_passages"]) == (1, 0)
    typed = {"question": "How long is it?", "answers": ["2 years"], "gold_passages": [passage]}
    where = f"/api/datasets/{made['id']}"
    for _ in range(2):
        assert api.post(f"{where}/cases", json={"cases": [typed]}).status_code == 201, "each gets an id of its own"
    told = api.get(where).json()
    assert (told["cases"], told["with_passages"]) == (3, 2)
    (last,) = [one for one in listed(api, made["id"]) if one["ordinal"] == 2]
    assert (last["question"], last["gold_docs"]) == ("How long is it?", ["a.md"])
    api.patch(f"{where}/cases/{last['id']}", json={"status": "rejected"})
    assert api.get(where).json()["with_passages"] == 1, "of those a run may ask"
    (shown,) = [one for one in api.get("/api/datasets").json()["items"] if one["id"] == made["id"]]
    assert shown["with_passages"] == 1
    assert_error(api.post(f"{where}/cases", json={"cases": [{"question": " "}]}), 422, "bad_dataset")


def test_what_was_compared_amid_a_conversation_does_not_stand_alone(
    api: httpx.Client, served: Served, handbook: str
) -> None:
    served.fake.default = Reply("The Heron pump moves 4,200 litres of seawater an hour.")
    asked = {"variant": "plain", "collection": handbook, "stream": False}
    first = api.post("/api/chat", json={**asked, "question": "Which pump moves most, of all we ever had?"}).json()

    def rated(question: str, conversation: str | None) -> None:
        body = {"question": question, "variants": ["plain", "rag"], "collection": handbook}
        with_it = {**body, "conversation_id": conversation} if conversation else body
        text = api.post("/api/compare", json=with_it, timeout=60).text
        ids = {json.loads(line[6:])["answer"]["id"] for line in text.splitlines() if '"answer":{' in line}
        assert len(ids) == 2, text
        for id in ids:
            assert api.post(f"/api/answers/{id}/feedback", json={"rating": 1}).status_code == 200

    rated("And who is to be told of it by us?", first["conversation_id"])
    rated("Who is to be told of a pump that moves most?", None)
    made = api.post("/api/datasets/from-feedback", json={"name": "lanes", "collection": handbook}).json()
    found = [one["question"] for one in listed(api, made["id"])]
    assert "Who is to be told of a pump that moves most?" in found
    assert "And who is to be told of it by us?" not in found


@pytest.mark.parametrize(
    ("since", "code"),
    [("tomorrow", "bad_since"), ("2999-01-01", "no_feedback"), ("2999-01-01T00:00:00+08:00", "no_feedback")],
)
def test_since_is_an_instant(api: httpx.Client, since: str, code: str) -> None:
    assert_error(api.post("/api/datasets/from-feedback", json={"since": since}), 422, code)


def test_from_feedback(api: httpx.Client, served: Served, handbook: str) -> None:
    served.fake.default = Reply("The Heron pump moves 4,200 litres of seawater an hour.")
    marker = "Tell me about flow: "
    liked_question, disliked_question = marker + next(iter(FACTS)), marker + "what is the colour of the pump?"
    for question, rating in ((liked_question, 1), (disliked_question, -1)):
        body = {"question": question, "variant": "rag", "collection": handbook, "stream": False}
        answer = api.post("/api/chat", json=body).json()
        rated = {"rating": rating, "reason": "wrong" if rating < 0 else None}
        assert api.post(f"/api/answers/{answer['id']}/feedback", json=rated).status_code == 200
    made = api.post("/api/datasets/from-feedback", json={"name": "rated", "collection": handbook})
    assert made.status_code == 201, made.text
    assert (made.json()["origin"], made.json()["cases"]) == ("conversations", 0), "a person reviews them first"
    found = {case["question"]: case for case in listed(api, made.json()["id"])}
    liked, disliked = found[liked_question], found[disliked_question]
    assert (liked["status"], disliked["status"]) == ("draft", "draft")
    assert "4,200 litres" in liked["answers"][0]
    assert liked["gold_docs"] == ["heron.md"]
    assert (disliked["answers"], disliked["source"]["rating"], disliked["source"]["reason"]) == ([], -1, "wrong")
    run = {"dataset": made.json()["id"], "variants": ["plain"], "collection": handbook}
    assert_error(api.post("/api/runs", json=run), 422, "no_cases")
    assert_error(api.post("/api/datasets/from-feedback", json={"since": "2999-01-01T00:00:00Z"}), 422, "no_feedback")


def test_drafts_come_from_passages_and_wait_for_a_person(api: httpx.Client, served: Served, handbook: str) -> None:
    def drafter(messages: Messages) -> str:
        text = messages[-1]["content"]
        for question, (_, answers, _) in FACTS.items():
            if answers[0] in text:
                return f"Question: {question}\nAnswer: {answers[0]}."
        return "Question: What does the text say?\nAnswer: nothing of the sort"

    served.fake.default = Reply(drafter)
    made = api.post("/api/datasets/draft", json={"collection": handbook, "count": 3, "seed": 1})
    assert made.status_code == 202, made.text
    assert (made.json()["status"], made.json()["wanted"]) == ("drafting", 3)

    def ended() -> dict[str, Any] | None:
        dataset: dict[str, Any] = api.get(f"/api/datasets/{made.json()['id']}").json()
        return dataset if dataset["status"] != "drafting" else None

    dataset = wait_for(ended, 60, "the drafting ends")
    assert (dataset["status"], dataset["cases"]) == ("ready", 0)
    assert 1 <= dataset["drafts"] <= 3
    for case in listed(api, dataset["id"]):
        assert case["status"] == "draft"
        assert case["question"] in FACTS
        assert case["answers"][0] in case["source"]["text"], "an answer stands in its passage"
        assert case["gold_docs"] == [case["source"]["name"]]
        accepted = api.patch(f"/api/datasets/{dataset['id']}/cases/{case['id']}", json={"status": "accepted"})
        assert accepted.status_code == 200
    assert api.get(f"/api/datasets/{dataset['id']}").json()["cases"] == dataset["drafts"]
    assert_error(api.post("/api/datasets/draft", json={"collection": "nowhere"}), 404, "collection_not_found")


def test_nothing_to_draft_from(api: httpx.Client, collection: str) -> None:
    assert_error(api.post("/api/datasets/draft", json={"collection": collection}), 422, "no_documents")
