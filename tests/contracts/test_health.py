"""Liveness, readiness with the part that is not ready, and numbers for Prometheus."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.datafolder import running
from tests.doubles.fake_openai import FakeOpenAI, Reply
from tests.doubles.served import FAKE_KEY, Served, descendants, serving, wait_for


def test_alive(api: httpx.Client) -> None:
    response = api.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_ready_names_every_part(api: httpx.Client) -> None:
    body = api.get("/readyz").json()
    assert body["status"] == "ready"
    assert {"catalogue", "redis", "chroma", "chat_model", "worker-1"} <= set(body["checks"])
    assert all(set(check) == {"ok", "detail"} and check["ok"] for check in body["checks"].values())


def test_requests_are_counted_by_route_and_never_by_id(served: Served, api: httpx.Client) -> None:
    def counted() -> dict[tuple[str, str], float]:
        families = {family.name: family for family in text_string_to_metric_families(api.get("/metrics").text)}
        return {
            (sample.labels["route"], sample.labels["status"]): sample.value
            for sample in families["parallax_requests"].samples
            if sample.name.endswith("_total")
        }

    route = ("/api/conversations/{conversation_id}", "404")
    before = counted().get(route, 0)
    for n in range(3):
        api.get(f"/api/conversations/conv_{n}canary")
        api.get(f"/nowhere/{n}canary.txt")
    served.fake.default = Reply("Yes.")
    api.post("/api/chat", json={"question": "Is it?", "variant": "plain"})
    wait_for(lambda: ("/api/chat", "200") in counted(), 5, "a request is counted once its answer has ended")
    after = counted()
    assert after[route] == before + 3
    assert "canary" not in str(after)
    text = api.get("/metrics")
    assert text.headers["content-type"].startswith("text/plain")
    assert re.search(r'parallax_request_seconds_count\{.*route="/api/chat"', text.text)


@pytest.mark.timeout(240)
def test_a_part_that_is_gone_is_named_and_comes_back(tmp_path: Path) -> None:
    """A service of its own: the model's endpoint goes away, then Chroma is killed and started again."""
    with FakeOpenAI(key=FAKE_KEY) as fake, serving(tmp_path, fake) as served, served.client() as api:
        runtime = running(served.data)
        assert runtime is not None
        (chroma,) = [pid for pid in descendants(served.process.pid) if _is(pid, "chroma_main")]
        os.kill(chroma, signal.SIGSTOP)
        try:
            body = wait_for(lambda: _not_ready(api), 15, "Chroma is said to be gone")
            assert not body["checks"]["chroma"]["ok"]
            assert body["checks"]["chroma"]["detail"]
            assert body["checks"]["catalogue"]["ok"]
            assert api.get("/healthz").status_code == 200
        finally:
            os.kill(chroma, signal.SIGKILL)
        wait_for(lambda: api.get("/readyz").status_code == 200, 60, "Chroma is back")
        assert chroma not in descendants(served.process.pid)


def _not_ready(api: httpx.Client) -> dict[str, dict[str, dict[str, object]]] | None:
    response = api.get("/readyz")
    return response.json() if response.status_code == 503 else None


def _is(pid: int, program: str) -> bool:
    try:
        return program in Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
