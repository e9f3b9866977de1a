"""POST /api/compare and what can be done with a comparison, over HTTP."""

from __future__ import annotations

from typing import Any

import httpx

from tests.doubles.fake_openai import Reply
from tests.doubles.handbook import ANSWER, QUESTION
from tests.doubles.served import Served, sse


def compared(api: httpx.Client, **body: Any) -> list[tuple[str, Any]]:
    with api.stream("POST", "/api/compare", json={"question": QUESTION, **body}) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        return list(sse(response))


def test_lanes_answer_side_by_side(served: Served, api: httpx.Client, handbook: str) -> None:
    served.fake.default = Reply(ANSWER)
    wanted = ["plain", "rag", {"variant": "rag", "parameters": {"k": 8}}]
    events = compared(api, variants=wanted, collection=handbook)
    (_, opened), *lanes, (last, done) = events
    assert (opened["lanes"], opened["blind"]) == (3, False)
    assert [lane["variant"] for lane in opened["lane"]] == ["plain", "rag", "rag (k=8)"]
    assert (last, done) == ("done", {"id": opened["id"]})
    for number, approach in enumerate(["plain", "rag", "rag"]):
        own = [(name, data) for name, data in lanes if data["lane"] == number]
        names = [name for name, _ in own]
        assert names[0] == "started"
        assert names[-1] == "finished"
        assert ("retrieved" in names) == (approach == "rag")
        answer = own[-1][1]["answer"]
        assert answer["approach"] == approach
        assert "".join(data["text"] for name, data in own if name == "delta") == answer["text"]
        kept = api.get(f"/api/conversations/{answer['conversation_id']}").json()["turns"]
        assert [turn["answer"] for turn in kept] == [answer]
