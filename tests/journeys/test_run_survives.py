"""kill -9 in the middle of a run, of the worker and of the whole service: it goes on, and asks nothing twice."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.doubles import handbook
from tests.doubles.examined import FACTS, UNANSWERABLE, cases, examinee
from tests.doubles.fake_openai import FakeOpenAI, Reply
from tests.doubles.served import FAKE_KEY, Served, descendants, serving, wait_for

pytestmark = pytest.mark.timeout(300)
REPEATS = 4
AT_ONCE = 2


def prepared(api: httpx.Client, served: Served) -> str:
    """A run over the handbook that is long enough to be killed in. Its id."""
    assert api.post("/api/collections", json={"name": "book"}).status_code == 201
    for name, text in handbook.DOCUMENTS.items():
        served.add(api, "book", name, text)
    dataset = api.post("/api/datasets", json={"name": "handbook", "cases": cases()}).json()["id"]
    body = {"dataset": dataset, "collection": "book", "variants": ["plain", "rag"], "repeats": REPEATS,
            "at_once": AT_ONCE, "references": ["refuse"]}  # fmt: skip
    response = api.post("/api/runs", json=body)
    assert response.status_code == 202, response.text
    return str(response.json()["id"])


def done(api: httpx.Client, run_id: str) -> int:
    return int(api.get(f"/api/runs/{run_id}").json()["done"])


def kept(api: httpx.Client, run_id: str) -> list[dict[str, Any]]:
    items = api.get(f"/api/runs/{run_id}/cases", params={"limit": 100}).json()["items"]
    return [{**one, "case": item["case"]["id"]} for item in items for one in item["answers"]]


def asked(fake: FakeOpenAI) -> Counter[tuple[str, str]]:
    """(arm, question) -> times the model was asked."""
    found: Counter[tuple[str, str]] = Counter()
    for request in fake.chats():
        last = request.body["messages"][-1]["content"].rstrip()
        question = next(q for q in [*FACTS, *UNANSWERABLE] if last.endswith(q))
        found["plain" if last == question else "rag", question] += 1
    return found


def workers(served: Served) -> list[int]:
    def is_worker(pid: int) -> bool:
        try:
            return b"service.cli.app\0worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
        except FileNotFoundError:
            return False

    return [pid for pid in descendants(served.process.pid) if is_worker(pid)]


def assert_whole(api: httpx.Client, fake: FakeOpenAI, run_id: str, kills: int) -> None:
    """Every answer is there once, in its place; the model was asked no more than what was in flight at a kill."""
    run = api.get(f"/api/runs/{run_id}").json()
    assert (run["status"], run["done"], run["failed_answers"]) == ("finished", run["total"], 0), run
    rows = kept(api, run_id)
    assert len(rows) == run["total"] == 8 * 3 * REPEATS
    assert sorted(row["position"] for row in rows) == list(range(run["total"]))
    assert len({(row["case"], row["arm"], row["repeat"]) for row in rows}) == run["total"]
    times = asked(fake)
    plain = sum(times["plain", question] for question in [*FACTS, *UNANSWERABLE])
    assert 8 * REPEATS <= plain <= 8 * REPEATS + kills * AT_ONCE, times
    assert all(REPEATS <= times["plain", question] <= REPEATS + kills * AT_ONCE for question in FACTS), times
    again = sum(max(0, count - REPEATS) for count in times.values())
    assert again <= kills * AT_ONCE * 2, f"asked again: {again}"  # a rag answer may take two rounds with the model


def test_the_worker_is_killed(tmp_path: Path) -> None:
    with FakeOpenAI(key=FAKE_KEY) as fake:
        fake.default = Reply(examinee, pause=0.02)
        with serving(tmp_path, fake) as served, served.client() as api:
            run_id = prepared(api, served)
            for share in (8, 40):
                wait_for(lambda share=share: done(api, run_id) >= share, 90, f"{share} answers")  # type: ignore[misc]
                before = {(row["case"], row["arm"], row["repeat"]): row["text"] for row in kept(api, run_id)}
                (worker,) = wait_for(lambda: workers(served), 60, "the worker is back")
                os.kill(worker, signal.SIGKILL)
                wait_for(lambda b=before: done(api, run_id) > len(b) + AT_ONCE, 90, "it goes on")  # type: ignore[misc]
                after = {(row["case"], row["arm"], row["repeat"]): row["text"] for row in kept(api, run_id)}
                assert before.items() <= after.items()
            wait_for(lambda: api.get(f"/api/runs/{run_id}").json()["status"] == "finished", 120, "the run ends")
            assert_whole(api, fake, run_id, kills=2)


def test_the_whole_service_is_killed(tmp_path: Path) -> None:
    with FakeOpenAI(key=FAKE_KEY) as fake:
        fake.default = Reply(examinee, pause=0.02)
        killed: list[int] = []
        try:
            with serving(tmp_path, fake) as served, served.client() as api:
                run_id = prepared(api, served)
                wait_for(lambda: done(api, run_id) >= 20, 90, "twenty answers")
                assert api.get(f"/api/runs/{run_id}").json()["status"] == "running"
                family = descendants(served.process.pid)
                served.process.send_signal(signal.SIGKILL)
                served.process.wait(10)
                wait_for(lambda: not [pid for pid in family if Path(f"/proc/{pid}/exe").exists()], 30, "nobody is left")
                killed = family
        except AssertionError:  # it does not end with status 0: that is the point
            if not killed:
                raise
        assert killed, "the service was not killed"
        assert len(asked(fake)) > 0
        with serving(tmp_path, fake) as served, served.client() as api:
            wait_for(lambda: api.get(f"/api/runs/{run_id}").json()["status"] == "finished", 120, "the run ends")
            assert_whole(api, fake, run_id, kills=1)


def test_a_run_waits_for_a_model_that_is_away_and_goes_on(tmp_path: Path) -> None:
    with FakeOpenAI(key=FAKE_KEY) as fake:
        fake.default = Reply(examinee, pause=0.02)
        with serving(tmp_path, fake) as served, served.client() as api:
            run_id = prepared(api, served)
            wait_for(lambda: done(api, run_id) >= 6, 90, "six answers")
            fake.key = "another key"  # what every endpoint does now and then: nobody is let in
            waiting = wait_for(lambda: api.get(f"/api/runs/{run_id}").json()["waiting"], 60, "it says that it waits")
            # The endpoint gives embeddings too: whichever the shuffled order wanted first says so.
            assert waiting["code"] in ("model_key", "embedder_refused")
            stands = done(api, run_id)
            fake.key = FAKE_KEY
            wait_for(lambda: done(api, run_id) > stands + AT_ONCE, 90, "it goes on")
            ended = wait_for(
                lambda: (run := api.get(f"/api/runs/{run_id}").json())["status"] == "finished" and run, 120, "it ends"
            )
            assert (ended["failed_answers"], ended["waiting"]) == (0, None)


def test_the_worker_is_killed_while_it_drafts(tmp_path: Path) -> None:
    """What was asked about is not asked about again, but for the one passage that was under way."""
    pumps = 12

    def fact(n: int) -> str:
        return f"The Heron pump of hall {n} moves {n}11 litres of seawater an hour."

    def pump_in(messages: Any) -> int:
        return next(n for n in range(pumps) if fact(n) in messages[-1]["content"])

    def drafter(messages: Any) -> str:
        n = pump_in(messages)
        return f"Question: How much does the Heron pump of hall {n} move?\nAnswer: {n}11 litres of seawater an hour"

    with FakeOpenAI(key=FAKE_KEY) as fake:
        fake.default = Reply(drafter, pause=0.02)
        with serving(tmp_path, fake) as served, served.client() as api:
            assert api.post("/api/collections", json={"name": "book"}).status_code == 201
            for n in range(pumps):
                served.add(
                    api, "book", f"pump{n}.md", f"{fact(n)}{' It was built for the works by Agnes Quill.' * 5}\n"
                )
            made = api.post("/api/datasets/draft", json={"collection": "book", "count": pumps, "seed": 1})
            assert made.status_code == 202, made.text

            def state() -> dict[str, Any]:
                found: dict[str, Any] = api.get(f"/api/datasets/{made.json()['id']}").json()
                return found

            wait_for(lambda: state()["tried"] >= 3, 90, "three passages")
            before = state()
            assert before["status"] == "drafting"
            (worker,) = wait_for(lambda: workers(served), 60, "the worker is there")
            os.kill(worker, signal.SIGKILL)
            ended = wait_for(lambda: (now := state())["status"] != "drafting" and now, 120, "it ends")
            assert (ended["status"], ended["drafts"], ended["unasked"]) == ("ready", pumps, 0)
            times = Counter(pump_in(request.body["messages"]) for request in fake.chats())
            assert len(times) == pumps
            assert times.total() <= pumps + 1, times
