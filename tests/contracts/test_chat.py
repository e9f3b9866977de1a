"""POST /api/chat: the order and shape of its events, its answer object, and that citations lead to their words."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.doubles.expect import assert_error
from tests.doubles.fake_openai import Reply
from tests.doubles.handbook import ANSWER, DOCUMENTS, FOLLOW_UP, FOLLOW_UP_ANSWER, QUESTION, UNANSWERABLE
from tests.doubles.served import Served, sse

ANSWER_FIELDS = {
    "id",
    "conversation_id",
    "variant",
    "approach",
    "model",
    "text",
    "finish",
    "citations",
    "passages",
    "usage",
    "cost",
    "timings",
    "trace",
    "error",
}
CITATION_FIELDS = {
    "n",
    "claim",
    "document_id",
    "name",
    "version",
    "page",
    "heading",
    "chunk_id",
    "start",
    "end",
    "quote",
    "verdict",
}
PASSAGE_FIELDS = {
    "document_id",
    "name",
    "version",
    "chunk_id",
    "text",
    "heading",
    "page",
    "start",
    "end",
    "score",
    "ranks",
}


def streamed(api: httpx.Client, **body: Any) -> list[tuple[str, Any]]:
    with api.stream("POST", "/api/chat", json={"question": QUESTION, **body}) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-cache"
        return list(sse(response))


def whole(api: httpx.Client, **body: Any) -> dict[str, Any]:
    response = api.post("/api/chat", json={"question": QUESTION, "stream": False, **body})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


@pytest.mark.parametrize("variant", ["plain", "few_shot"])
def test_without_documents_it_starts_says_and_finishes(served: Served, api: httpx.Client, variant: str) -> None:
    served.fake.default = Reply("The sea is deep and cold.")
    events = streamed(api, variant=variant)
    names = [name for name, _ in events]
    assert names == ["started", *["delta"] * (len(names) - 2), "finished"]
    assert names.count("delta") > 1, "it came in one piece: nothing was streamed"
    started, finished = events[0][1], events[-1][1]
    assert set(started) == {"id", "conversation_id", "variant"}
    assert started["variant"] == variant
    assert "".join(data["text"] for name, data in events if name == "delta") == "The sea is deep and cold."
    answer = finished["answer"]
    assert set(answer) == ANSWER_FIELDS
    assert {name: finished[name] for name in ANSWER_FIELDS} == answer
    assert (answer["id"], answer["conversation_id"]) == (started["id"], started["conversation_id"])
    assert (answer["finish"], answer["text"]) == ("answered", "The sea is deep and cold.")
    assert (answer["citations"], answer["passages"], answer["error"]) == ([], [], None)


def test_with_documents_passages_come_first_and_citations_follow_what_they_prove(
    served: Served, api: httpx.Client, handbook: str
) -> None:
    served.fake.default = Reply(ANSWER)
    events = streamed(api, variant="rag", collection=handbook)
    names = [name for name, _ in events]
    assert names[:2] == ["started", "retrieved"]
    assert names[-1] == "finished"
    assert set(names[2:-1]) == {"delta", "citations"}
    assert names.index("citations") > names.index("delta")
    answer = events[-1][1]["answer"]
    assert events[1][1] == {"passages": answer["passages"]}
    said = "".join(data["text"] for name, data in events if name == "delta")
    assert said == answer["text"]
    assert "4,200 litres" in said
    assert "[1]" in said
    assert [data for name, data in events if name == "citations"][-1]["citations"] == answer["citations"]


def test_the_whole_answer_is_the_finished_event(served: Served, api: httpx.Client, handbook: str) -> None:
    served.fake.default = Reply(ANSWER)
    answer = whole(api, variant="rag", collection=handbook)
    assert set(answer) == ANSWER_FIELDS
    assert answer["finish"] == "answered"
    assert answer["approach"] == "rag"
    assert answer["model"]
    assert answer["passages"]
    assert all(set(passage) == PASSAGE_FIELDS for passage in answer["passages"])
    assert answer["citations"]
    assert all(set(citation) == CITATION_FIELDS for citation in answer["citations"])
    assert set(answer["timings"]) == {"queue", "retrieve", "first_token", "total"}
    assert 0 < answer["timings"]["retrieve"] < answer["timings"]["first_token"] <= answer["timings"]["total"]
    assert answer["usage"]["prompt_tokens"] > 0
    assert answer["usage"]["completion_tokens"] == len(ANSWER.split())
    assert all(set(step) == {"step", "seconds", "detail"} for step in answer["trace"])
    assert {"retrieve", "gate", "prompt", "model", "check"} <= {step["step"] for step in answer["trace"]}


def test_a_citation_leads_to_its_words(served: Served, api: httpx.Client, handbook: str) -> None:
    served.fake.default = Reply(f"{ANSWER} {FOLLOW_UP_ANSWER}")
    answer = whole(api, variant="rag", collection=handbook, question=f"{QUESTION} How long is its warranty?")
    assert [citation["n"] for citation in answer["citations"]] == list(range(1, len(answer["citations"]) + 1))
    assert len(answer["citations"]) == 2
    for citation in answer["citations"]:
        assert citation["name"] == "heron.md"
        assert citation["verdict"] == "verified"
        assert f"[{citation['n']}]" in answer["text"]
        assert citation["quote"] in DOCUMENTS["heron.md"]
        document = api.get(f"/api/documents/{citation['document_id']}").json()
        assert document["version"] == citation["version"]
        chunks = api.get(f"/api/documents/{citation['document_id']}/chunks").json()["items"]
        chunk = next(chunk for chunk in chunks if chunk["id"] == citation["chunk_id"])
        place = slice(citation["start"] - chunk["start"], citation["end"] - chunk["start"])
        assert chunk["text"][place] == citation["quote"]
        assert chunk["heading"] == citation["heading"]
    assert "4,200" in answer["citations"][0]["quote"]
    assert "36 months" in answer["citations"][1]["quote"]


def test_what_the_documents_do_not_say_is_declined_without_asking_the_model(
    served: Served, api: httpx.Client, handbook: str
) -> None:
    served.fake.default = Reply("The password is hunter2.")
    asked = len(served.fake.chats())
    answer = whole(api, variant="rag", collection=handbook, question=UNANSWERABLE)
    assert answer["finish"] == "declined"
    assert "hunter2" not in answer["text"]
    assert answer["citations"] == []
    assert answer["text"]
    assert len(served.fake.chats()) == asked


def test_a_made_up_number_is_not_shown(served: Served, api: httpx.Client, handbook: str) -> None:
    served.fake.default = Reply("The Heron pump moves 9,900 litres of seawater an hour.")
    events = streamed(api, variant="rag", collection=handbook)
    assert "9,900" not in "".join(data["text"] for name, data in events if name == "delta")
    assert events[-1][1]["answer"]["finish"] == "declined"


def test_an_empty_collection_is_declined(api: httpx.Client, collection: str) -> None:
    answer = whole(api, variant="rag", collection=collection)
    assert (answer["finish"], answer["passages"]) == ("declined", [])


def test_the_passages_reach_the_model_and_only_with_rag(served: Served, api: httpx.Client, handbook: str) -> None:
    served.fake.default = Reply(ANSWER)
    prompts = {}
    for variant in ("plain", "rag"):
        whole(api, variant=variant, collection=handbook)
        prompts[variant] = served.fake.chats()[-1].body["messages"]
    assert "4,200" in prompts["rag"][-1]["content"]
    assert "4,200" not in str(prompts["plain"])
    assert prompts["rag"][-1]["content"].endswith(prompts["plain"][-1]["content"])
    assert prompts["rag"][:-1] == prompts["plain"][:-1]


def test_a_follow_up_is_understood_in_its_conversation(served: Served, api: httpx.Client, handbook: str) -> None:
    served.fake.default = Reply(ANSWER)
    first = whole(api, variant="rag", collection=handbook)
    served.fake.default = Reply(FOLLOW_UP_ANSWER)
    second = whole(
        api, variant="rag", collection=handbook, question=FOLLOW_UP, conversation_id=first["conversation_id"]
    )
    assert second["conversation_id"] == first["conversation_id"]
    assert second["id"] != first["id"]
    assert second["finish"] == "answered"
    assert "36 months" in second["text"]
    messages = served.fake.chats()[-1].body["messages"]
    assert next(message["content"] for message in messages if message["role"] == "user") == QUESTION
    assert ANSWER in next(message["content"] for message in messages if message["role"] == "assistant")


def test_a_replaced_answer_is_not_remembered(served: Served, api: httpx.Client) -> None:
    served.fake.default = Reply("A wrong answer.")
    first = whole(api, variant="plain")
    served.fake.default = Reply("A better answer.")
    whole(api, variant="plain", conversation_id=first["conversation_id"], replaces=first["id"])
    assert "A wrong answer." not in str(served.fake.chats()[-1].body)


def test_an_unknown_answer_to_replace(api: httpx.Client) -> None:
    first = whole(api, variant="plain")
    response = api.post(
        "/api/chat",
        json={
            "question": "Again?",
            "variant": "plain",
            "conversation_id": first["conversation_id"],
            "replaces": "ans_none",
        },
    )
    assert_error(response, 404, "unknown_answer")


def test_the_few_shot_examples_stand_before_the_question(served: Served, api: httpx.Client) -> None:
    added = api.post("/api/examples", json={"question": "Canary question?", "answer": "Canary answer."}).json()
    try:
        whole(api, variant="few_shot")
        messages = served.fake.chats()[-1].body["messages"]
        assert {"role": "user", "content": "Canary question?"} in messages
        assert {"role": "assistant", "content": "Canary answer."} in messages
        assert messages[-1]["content"] == QUESTION
        whole(api, variant="plain")
        assert "Canary" not in str(served.fake.chats()[-1].body)
    finally:
        for example in added["items"]:
            if example["question"] == "Canary question?":
                api.delete(f"/api/examples/{example['id']}")


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("variant", "nobody", "unknown_variant"),
        ("conversation_id", "conv_none", "unknown_conversation"),
        ("collection", "nowhere", "collection_not_found"),
    ],
)
def test_an_unknown_name_is_404_before_anything_streams(
    api: httpx.Client, stream: bool, field: str, value: str, code: str
) -> None:
    response = api.post("/api/chat", json={"question": QUESTION, "stream": stream, "variant": "rag", field: value})
    assert_error(response, 404, code)


@pytest.mark.parametrize(
    "question", ["", "   \n\t ", "x" * 100_000, "why? " * 20_000, "\u0301" * 100_000, "👩‍👩‍👧" * 5_000]
)
@pytest.mark.parametrize("stream", [True, False])
def test_an_empty_or_endless_question_is_refused(
    served: Served, api: httpx.Client, question: str, stream: bool
) -> None:
    asked = len(served.fake.chats())
    response = api.post("/api/chat", json={"question": question, "variant": "plain", "stream": stream})
    assert_error(response, 422, "empty_question" if not question.strip() else "question_too_long")
    assert len(served.fake.chats()) == asked


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 400),
        (b"", 422),
        (b"\xff\xfe{}", 400),
        (b"[]", 422),
        (b'{"question": 7}', 422),
        (b'{"question": null}', 422),
        (b"{}", 422),
    ],
)
def test_a_body_that_is_not_the_request(api: httpx.Client, content: bytes, status: int) -> None:
    response = api.post("/api/chat", content=content, headers={"content-type": "application/json"})
    assert_error(response, status)


def test_the_visitor_and_the_collection_do_not_leak_into_the_prompt(
    served: Served, api: httpx.Client, collection: str
) -> None:
    whole(api, variant="plain", collection=collection, visitor="visitor-canary-91")
    assert "visitor-canary-91" not in str(served.fake.chats()[-1].body)
    assert collection not in str(served.fake.chats()[-1].body)
