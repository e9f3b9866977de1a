"""A model that misbehaves in any way gives a typed, kind error: never a silent end, never a stack trace."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from tests.doubles.fake_openai import Reply
from tests.doubles.handbook import ANSWER, QUESTION
from tests.doubles.served import Served, sse, wait_for

BEFORE_THE_FIRST_WORD = {
    "server error": (Reply(fault="status", status=500), 502),
    "unavailable": (Reply(fault="status", status=503), 502),
    "rate limited": (Reply(fault="status", status=429, headers={"Retry-After": "0"}), 429),
    "wrong key": (Reply(fault="status", status=401), 502),
    "wrong request": (Reply(fault="status", status=400), 502),
    "web page": (Reply(fault="html"), 502),
    "refused": (Reply(fault="refuse"), 502),
    "cut at once": (Reply(fault="cut", after=0), 502),
    "garbage at once": (Reply(fault="garbage", after=0), 502),
    "wrong shape at once": (Reply(fault="wrong_shape", after=0), 502),
    "says nothing": (Reply(fault="empty"), 502),
    "error inside": (Reply(fault="error_event", after=0), 502),
}
AFTER_SOME_WORDS = {
    "cut": Reply(ANSWER, fault="cut", after=4),
    "garbage": Reply(ANSWER, fault="garbage", after=4),
    "wrong shape": Reply(ANSWER, fault="wrong_shape", after=4),
    "error inside": Reply(ANSWER, fault="error_event", after=4),
    "no reason for its end": Reply(ANSWER, fault="no_finish"),
    "an event without an end": Reply(ANSWER, fault="huge", after=4),
}


def asked(variant: str, handbook: str, **more: Any) -> dict[str, Any]:
    return {"question": QUESTION, "variant": variant, "collection": handbook, **more}


def assert_kind(body: Any) -> None:
    assert set(body) == {"code", "message", "hint"}
    assert body["code"].startswith("model_"), body
    assert body["message"]
    assert body["hint"]
    assert "Traceback" not in str(body)


@pytest.mark.parametrize("variant", ["plain", "few_shot", "rag"])
@pytest.mark.parametrize("fault", BEFORE_THE_FIRST_WORD)
def test_before_the_first_word(served: Served, api: httpx.Client, handbook: str, variant: str, fault: str) -> None:
    served.fake.default, status = BEFORE_THE_FIRST_WORD[fault]
    response = api.post("/api/chat", json=asked(variant, handbook, stream=False))
    assert response.status_code == status, response.text
    assert_kind(response.json())
    with api.stream("POST", "/api/chat", json=asked(variant, handbook)) as stream:
        events = list(sse(stream))
    assert events[0][0] == "started"
    assert events[-1][0] == "failed"
    assert [name for name, _ in events].count("failed") == 1
    assert "finished" not in dict(events)
    assert_kind(events[-1][1])


@pytest.mark.parametrize("variant", ["plain", "rag"])
@pytest.mark.parametrize("fault", AFTER_SOME_WORDS)
def test_after_some_words(served: Served, api: httpx.Client, handbook: str, variant: str, fault: str) -> None:
    served.fake.default = AFTER_SOME_WORDS[fault]
    with api.stream("POST", "/api/chat", json=asked(variant, handbook)) as stream:
        events = list(sse(stream))
    assert events[-1][0] == "failed", events[-1]
    assert_kind(events[-1][1])
    if variant == "plain":
        assert any(name == "delta" for name, _ in events), "what came before the fault was held back"
    # What was said is kept with its conversation, marked as failed.
    kept = api.get(f"/api/conversations/{events[0][1]['conversation_id']}").json()["turns"]
    assert [turn["answer"]["finish"] for turn in kept] == ["failed"]
    assert kept[0]["answer"]["error"]["code"] == events[-1][1]["code"]


@pytest.mark.parametrize("fault", ["status", "refuse", "html"])
def test_one_fault_before_the_first_word_is_tried_again(served: Served, api: httpx.Client, fault: Any) -> None:
    served.fake.replies.append(Reply(fault=fault, status=503))
    served.fake.default = Reply("All is well.")
    before = len(served.fake.chats())
    answer = api.post("/api/chat", json={"question": "Well?", "variant": "plain", "stream": False})
    assert answer.json()["text"] == "All is well."
    assert len(served.fake.chats()) == before + 2


def test_after_the_first_word_nothing_is_tried_again(served: Served, api: httpx.Client) -> None:
    served.fake.replies.append(Reply("One two three four five.", fault="cut", after=3))
    before = len(served.fake.chats())
    with api.stream("POST", "/api/chat", json={"question": "Well?", "variant": "plain"}) as stream:
        assert list(sse(stream))[-1][0] == "failed"
    assert len(served.fake.chats()) == before + 1


@pytest.mark.parametrize(("fault", "text"), [("lying_finish", "The"), ("tool_calls", "The sea is deep.")])
def test_what_can_be_understood_is_answered(served: Served, api: httpx.Client, fault: Any, text: str) -> None:
    served.fake.default = Reply("The sea is deep.", fault=fault)
    answer = api.post("/api/chat", json={"question": "Well?", "variant": "plain", "stream": False})
    assert answer.status_code == 200, answer.text
    assert answer.json()["text"] == text  # what follows a model's own "stop" is not its answer


def test_an_endless_answer_ends(served: Served, api: httpx.Client) -> None:
    served.fake.default = Reply("and on and on it goes ", fault="endless")
    aborted = served.fake.aborted
    with api.stream("POST", "/api/chat", json={"question": "Well?", "variant": "plain"}) as stream:
        events = list(sse(stream))
    assert events[-1][0] in ("finished", "failed")
    said = "".join(data["text"] for name, data in events if name == "delta")
    assert len(said) < 200_000
    assert served.fake.wait_for(lambda fake: fake.aborted > aborted, 2)


@pytest.mark.parametrize("variant", ["plain", "rag"])
@pytest.mark.parametrize("when", ["silent", "midway", "talking"])
def test_leaving_stops_the_model_and_keeps_what_was_said(
    served: Served, api: httpx.Client, handbook: str, variant: str, when: str
) -> None:
    served.fake.default = {
        "silent": Reply(fault="hang"),
        "midway": Reply(f"{ANSWER} It hums.", fault="hang_midway", after=11),
        "talking": Reply(f"{ANSWER} {ANSWER}", fault="endless", pause=0.02),
    }[when]
    aborted, chats = served.fake.aborted, len(served.fake.chats())
    conversation = ""
    with api.stream("POST", "/api/chat", json=asked(variant, handbook)) as stream:
        for name, data in sse(stream):
            conversation = conversation or data.get("conversation_id", "")
            if when == "silent":
                assert served.fake.wait_for(lambda fake: len(fake.chats()) > chats)
                break
            if name == "delta":
                break
    left = time.monotonic()
    assert served.fake.wait_for(lambda fake: fake.aborted > aborted, 5)
    assert time.monotonic() - left < 1.0, "the model went on for a second and more"
    wait_for(lambda: api.get(f"/api/conversations/{conversation}").status_code == 200, 5, "the answer is kept")
    (turn,) = api.get(f"/api/conversations/{conversation}").json()["turns"]
    assert turn["answer"]["finish"] == "stopped"
    assert bool(turn["answer"]["text"]) == (when != "silent")


def test_leaving_an_unstreamed_answer_stops_the_model(served: Served) -> None:
    served.fake.default = Reply(fault="hang")
    aborted = served.fake.aborted
    with served.client() as client, pytest.raises(httpx.ReadTimeout):
        client.post(
            "/api/chat",
            json={"question": "Well?", "variant": "plain", "stream": False},
            timeout=httpx.Timeout(10, read=0.5),
        )
    assert served.fake.wait_for(lambda fake: fake.aborted > aborted, 1.0)


def test_the_service_answers_others_meanwhile(served: Served, api: httpx.Client) -> None:
    served.fake.default = Reply("Fine.")
    served.fake.replies.extend([Reply(fault="hang")] * 8)
    with served.client() as slow:
        streams = [slow.stream("POST", "/api/chat", json={"question": f"{n}?", "variant": "plain"}) for n in range(8)]
        entered = [stream.__enter__() for stream in streams]
        try:
            assert served.fake.wait_for(lambda fake: not fake.replies)
            began = time.monotonic()
            assert api.get("/healthz").status_code == 200
            answer = api.post("/api/chat", json={"question": "Well?", "variant": "plain", "stream": False})
            assert answer.json()["text"] == "Fine."
            assert time.monotonic() - began < 5
        finally:
            for stream in streams:
                stream.__exit__(None, None, None)
    assert all(response.status_code == 200 for response in entered)


def test_the_model_s_wish_for_patience_is_passed_on(served: Served, api: httpx.Client) -> None:
    served.fake.default = Reply(fault="status", status=429, headers={"Retry-After": "120"})
    response = api.post("/api/chat", json={"question": QUESTION, "variant": "plain", "stream": False})
    assert response.status_code == 429
    assert response.headers["retry-after"] == "120"
