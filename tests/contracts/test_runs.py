"""Runs over HTTP: what is asked, what is kept, what the report says of it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.doubles.examined import FACTS, UNANSWERABLE, WRONG, cases, examinee
from tests.doubles.expect import assert_error
from tests.doubles.fake_openai import Reply
from tests.doubles.served import Served, wait_for

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def dataset(api: httpx.Client, served: Served) -> Iterator[str]:
    served.fake.default = Reply(examinee)
    response = api.post("/api/datasets", json={"name": "handbook", "cases": cases()})
    assert response.status_code == 201, response.text
    yield response.json()["id"]
    assert api.delete(f"/api/datasets/{response.json()['id']}").status_code == 204


def begun(api: httpx.Client, dataset: str, handbook: str, **more: Any) -> dict[str, Any]:
    body = {"dataset": dataset, "collection": handbook, "variants": ["plain", "rag"], **more}
    response = api.post("/api/runs", json=body)
    assert response.status_code == 202, response.text
    run: dict[str, Any] = response.json()
    return run


def finished(api: httpx.Client, run_id: str) -> dict[str, Any]:
    def over() -> dict[str, Any] | None:
        run: dict[str, Any] = api.get(f"/api/runs/{run_id}").json()
        return run if run["status"] in ("finished", "failed", "cancelled") else None

    run: dict[str, Any] = wait_for(over, 90, "the run ends")
    return run


def by_name(report: dict[str, Any]) -> dict[str, Any]:
    return {arm["variant"]: arm for arm in report["arms"]}


def asked_of(served: Served, since: int) -> Counter[str]:
    """How often the model was asked each question, whatever stood around it."""
    found: Counter[str] = Counter()
    for request in served.fake.chats()[since:]:
        last = request.body["messages"][-1]["content"].rstrip()
        found[next(q for q in [*FACTS, *UNANSWERABLE] if last.endswith(q))] += 1
    return found


def test_a_run_ends_in_a_report_with_the_numbers_one_gets_by_hand(
    api: httpx.Client, served: Served, dataset: str, handbook: str
) -> None:
    since = len(served.fake.chats())
    run = begun(api, dataset, handbook, references=["closed_book", "oracle", "refuse"])
    assert (run["status"] in ("queued", "running"), run["total"]) == (True, 8 + 8 + 6 + 8)
    arms = {arm["name"]: arm for arm in run["arms"]}
    assert arms["closed_book"]["alias_of"] == "plain", "the very same prompt is not asked twice"
    run = finished(api, run["id"])
    assert (run["status"], run["done"], run["failed_answers"], run["error"]) == ("finished", 30, 0, None)
    assert set(asked_of(served, since)) == {*FACTS, *UNANSWERABLE}

    report = api.get(f"/api/runs/{run['id']}/report").json()
    assert (report["partial"], report["baseline"], report["headline"], report["questions"]) == (
        False, "plain", "correct", 8,
    )  # fmt: skip
    by = by_name(report)
    means = {name: {metric: one["mean"] for metric, one in arm["metrics"].items()} for name, arm in by.items()}
    assert means["plain"]["correct"] == 0.0
    assert means["closed_book"]["correct"] == 0.0
    assert means["refuse"]["correct"] == 2 / 8
    assert means["refuse"]["truthfulness"] == 2 / 8
    assert means["plain"]["truthfulness"] == -1.0
    assert means["oracle"]["correct"] == 1.0
    assert by["oracle"]["n"] == 6, "it skips what has no gold passage"
    rag = {row["case"]["id"]: one for row in rows(api, run["id"]) for one in row["answers"] if one["arm"] == "rag"}
    right = [id for id, one in rag.items() if one["scores"]["correct"] == 1.0]
    assert len(right) >= 6, "what the stand-in reads off the passages is right"
    assert means["rag"]["correct"] == pytest.approx(len(right) / 8)
    assert by["rag"]["metrics"]["correct"]["n"] == 8
    assert means["rag"]["hit_5"] == 1.0

    compared = {(one["a"], one["b"], one["metric"]): one for one in report["comparisons"]}
    against = compared["rag", "plain", "correct"]
    assert against["difference"] == pytest.approx(means["rag"]["correct"])
    assert against["verdict"] == "undecided", "eight questions decide nothing"
    assert against["more_needed"] >= 12
    assert "Not decided yet" in against["sentence"]
    assert report["verdicts"][0]["a"] == "rag"
    assert report["verdicts"][0]["text"]["en"].startswith("Not decided yet")
    assert "尚無定論" in report["verdicts"][0]["text"]["zh-TW"]
    lifts = {(one["name"], one["metric"]): one for one in report["references"]}
    assert lifts["rag_lift", "correct"]["difference"] == pytest.approx(means["rag"]["correct"])
    assert lifts["generation_gap", "correct"]["n"] == 6
    cells = {arm["variant"]: arm["cells"] for arm in report["diagnosis"]["arms"]}
    assert sum(cell["n"] for cell in cells["rag"].values()) == 8
    flips = next(one for one in report["flips"] if (one["a"], one["b"]) == ("rag", "plain"))
    assert flips["regressed"] == 0
    assert {one["case_id"] for one in flips["improvements"]} == set(right)
    assert all(one["b_text"] == WRONG for one in flips["improvements"])
    assert report["provenance"]["corpus"]["documents"] == 3
    assert report["provenance"]["corpus"]["changed"] is False


def rows(api: httpx.Client, run_id: str, **wanted: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        params = {"limit": 3, **wanted, **({"cursor": cursor} if cursor else {})}
        page = api.get(f"/api/runs/{run_id}/cases", params=params).json()
        found += page["items"]
        cursor = page["next"]
    return found


def test_rows_as_pages_and_as_a_table(api: httpx.Client, dataset: str, handbook: str) -> None:
    run = finished(api, begun(api, dataset, handbook)["id"])
    found = rows(api, run["id"])
    assert [row["case"]["id"] for row in found] == [f"q{n}" for n in range(1, 9)]
    assert all([one["arm"] for one in row["answers"]] == ["plain", "rag"] for row in found)
    only = rows(api, run["id"], arm="rag", tag="leave")
    assert [(row["case"]["id"], [one["arm"] for one in row["answers"]]) for row in only] == [("q6", ["rag"])]
    assert rows(api, run["id"], cell="generation_miss", arm="plain") == []
    text = api.get(f"/api/runs/{run['id']}/report.csv").text
    table = list(csv.DictReader(io.StringIO(text)))
    assert len(table) == 16
    assert sorted(int(row["position"]) for row in table) == list(range(16))
    assert {row["correct"] for row in table if row["arm"] == "plain"} == {"0.0"}


def test_the_page_needs_nothing_else_and_runs_nothing_of_anybodys(
    api: httpx.Client, served: Served, dataset: str, handbook: str
) -> None:
    served.fake.default = Reply('<script>alert(1)</script><img src="https://evil.example/x">')
    run = finished(api, begun(api, dataset, handbook)["id"])
    for language, word in (("en", "Not decided yet"), ("zh-TW", "尚無定論")):
        response = api.get(f"/api/runs/{run['id']}/report.html", params={"lang": language})
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/html")
        assert word in response.text
        assert "<script>alert" not in response.text
        assert 'src="https:' not in response.text
        assert "default-src 'none'" in response.headers["content-security-policy"]


def test_an_answer_that_fails_is_wrong_and_the_run_goes_on(
    api: httpx.Client, served: Served, dataset: str, handbook: str
) -> None:
    def unless_asked_about_watts(messages: Any) -> str:
        return "" if "watts" in messages[-1]["content"] else examinee(messages)

    served.fake.default = Reply(unless_asked_about_watts)
    since = len(served.fake.chats())
    run = finished(api, begun(api, dataset, handbook, variants=["plain"])["id"])
    assert (run["status"], run["done"], run["failed_answers"]) == ("finished", 8, 1)
    assert asked_of(served, since)["How many watts does the Heron pump draw at full speed?"] == 2, "once more, no more"
    arm = by_name(api.get(f"/api/runs/{run['id']}/report").json())["plain"]
    assert (arm["failed"], arm["metrics"]["correct"]["n"], arm["metrics"]["error"]["mean"]) == (1, 8, 1 / 8)
    assert arm["latency"]["total"]["p50"]["n"] == 7, "how long a failure took is no latency"


def test_repeats_are_averaged_within_the_question(api: httpx.Client, dataset: str, handbook: str) -> None:
    run = finished(api, begun(api, dataset, handbook, variants=["rag"], repeats=3, limit=4, seed=5)["id"])
    assert (run["total"], run["done"]) == (12, 12)
    arm = by_name(api.get(f"/api/runs/{run['id']}/report").json())["rag"]
    assert (arm["n"], arm["answers"], arm["metrics"]["correct"]["n"], arm["stability"]) == (4, 12, 4, 1.0)


def test_again_asks_the_same_in_the_same_order(api: httpx.Client, served: Served, dataset: str, handbook: str) -> None:
    def prompts(run: dict[str, Any]) -> list[Any]:
        since = len(served.fake.chats())
        yielded = finished(api, run["id"])
        assert yielded["status"] == "finished"
        return [request.body["messages"] for request in served.fake.chats()[since:]]

    since = len(served.fake.chats())
    first = begun(api, dataset, handbook, at_once=1, references=["oracle"])
    finished(api, first["id"])
    asked = [request.body["messages"] for request in served.fake.chats()[since:]]
    since = len(served.fake.chats())
    response = api.post(f"/api/runs/{first['id']}/again")
    assert response.status_code == 202, response.text
    second = response.json()
    finished(api, second["id"])
    assert [request.body["messages"] for request in served.fake.chats()[since:]] == asked, "byte for byte"
    assert (second["again_of"], second["seed"], second["warnings"]) == (first["id"], first["seed"], first["warnings"])
    both = api.get(f"/api/runs/{second['id']}/against/{first['id']}").json()
    assert (both["comparable"], both["n"]) == (True, 8)
    assert {one["difference"] for one in both["comparisons"] if one["metric"] == "correct"} == {0.0}


def test_a_perfect_search_without_passages_is_told_of_at_the_start_and_stands_nowhere(
    api: httpx.Client, served: Served, handbook: str
) -> None:
    served.fake.default = Reply(examinee)
    bare = [{**case, "gold_passages": []} for case in cases()]
    made = api.post("/api/datasets", json={"name": "bare", "cases": bare}).json()
    run = begun(api, made["id"], handbook, variants=["plain"], references=["oracle", "refuse"])
    assert ([arm["name"] for arm in run["arms"]], run["total"]) == (["plain", "refuse"], 16)
    assert run["warnings"][0].startswith("Perfect search is not asked: no question names the passages")
    finished(api, run["id"])
    report = api.get(f"/api/runs/{run['id']}/report").json()
    assert [arm["variant"] for arm in report["arms"]] == ["plain", "refuse"]
    second = api.post(f"/api/runs/{run['id']}/again").json()
    assert (second["warnings"], len(second["arms"])) == (run["warnings"], 2)
    finished(api, second["id"])


def test_other_documents_are_not_compared(
    api: httpx.Client, served: Served, dataset: str, handbook: str, collection: str
) -> None:
    served.add(api, collection, "heron.md", "The Heron pump moves 4,200 litres of seawater an hour.\n")
    one = finished(api, begun(api, dataset, handbook, variants=["plain"], limit=2, seed=1)["id"])
    other = finished(api, begun(api, dataset, collection, variants=["plain"], limit=2, seed=1)["id"])
    both = api.get(f"/api/runs/{one['id']}/against/{other['id']}").json()
    assert (both["comparable"], both["comparisons"]) == (False, [])
    assert any("different documents" in reason for reason in both["reasons"])
    assert any("stands in no passage" in warning for warning in other["warnings"]) or other["total"] == 2


def test_scoring_anew_asks_nobody(api: httpx.Client, served: Served, dataset: str, handbook: str) -> None:
    run = finished(api, begun(api, dataset, handbook, variants=["plain"])["id"])
    before = by_name(api.get(f"/api/runs/{run['id']}/report").json())["plain"]["metrics"]["correct"]["mean"]
    assert before == 0.0
    changed = api.patch(f"/api/datasets/{dataset}/cases/q1", json={"answers": ["probably blue"]})
    assert changed.status_code == 200, changed.text
    since = len(served.fake.chats())
    assert api.post(f"/api/runs/{run['id']}/rescore").json() == {"changed": 1}
    after = by_name(api.get(f"/api/runs/{run['id']}/report").json())["plain"]["metrics"]["correct"]["mean"]
    assert after == 1 / 8
    assert len(served.fake.chats()) == since


def test_a_run_can_be_stopped_and_keeps_what_was_answered(
    api: httpx.Client, served: Served, dataset: str, handbook: str
) -> None:
    served.fake.default = Reply(examinee, pause=0.05)
    run = begun(api, dataset, handbook, variants=["plain"], repeats=20, at_once=1)
    wait_for(lambda: api.get(f"/api/runs/{run['id']}").json()["done"] >= 2, 60, "two answers are kept")
    assert api.post(f"/api/runs/{run['id']}/cancel").status_code == 200
    ended = finished(api, run["id"])
    assert ended["status"] == "cancelled"
    assert 2 <= ended["done"] < ended["total"]
    report = api.get(f"/api/runs/{run['id']}/report").json()
    assert report["partial"] is True
    assert "so far" in report["verdicts"][0]["text"]["en"]
    assert_error(api.post(f"/api/runs/{run['id']}/cancel"), 409, "run_ended")
    assert api.delete(f"/api/runs/{run['id']}").status_code == 204
    assert_error(api.get(f"/api/runs/{run['id']}"), 404, "unknown_run")


def test_an_example_that_gives_a_question_away_is_refused(api: httpx.Client, dataset: str, handbook: str) -> None:
    told = {"question": "how long does the warranty of the HERON pump last", "answer": "36 months."}
    examples = api.post("/api/examples", json=told).json()["items"]
    ours = next(one["id"] for one in examples if one["question"] == told["question"])
    try:
        body = {"dataset": dataset, "collection": handbook, "variants": ["plain", "few_shot"]}
        response = api.post("/api/runs", json=body)
        assert_error(response, 409, "examples_overlap")
        assert "q3" in response.json()["message"]
        assert "HERON" in response.json()["message"]
        assert api.post("/api/runs", json={**body, "variants": ["plain"]}).status_code == 202, "nobody is shown it"
    finally:
        api.delete(f"/api/examples/{ours}")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"dataset": "nowhere"}, 404, "unknown_dataset"),
        ({"variants": ["nobody"]}, 404, "unknown_variant"),
        ({"variants": ["plain", "plain"]}, 422, "variant_twice"),
        ({"variants": []}, 422, "invalid_request"),
        ({"metrics": ["sparkle"]}, 422, "unknown_metric"),
        ({"collection": "nowhere"}, 404, "collection_not_found"),
        ({"references": ["psychic"]}, 422, "invalid_request"),
        ({"judge": "nobody"}, 404, "unknown_model"),
        ({"seed": -1}, 422, "invalid_request"),
        ({"seed": 2**53 + 1}, 422, "invalid_request"),
    ],
)
def test_what_cannot_be_run_is_refused(
    api: httpx.Client, dataset: str, handbook: str, change: dict[str, Any], status: int, code: str
) -> None:
    body = {"dataset": dataset, "collection": handbook, "variants": ["plain"], **change}
    assert_error(api.post("/api/runs", json=body), status, code)


def test_the_largest_seed_is_kept_to_the_digit(api: httpx.Client, dataset: str, handbook: str) -> None:
    run = begun(api, dataset, handbook, variants=["plain"], limit=1, seed=2**53)
    assert finished(api, run["id"])["seed"] == 2**53


def test_runs_are_listed_newest_first(api: httpx.Client, dataset: str, handbook: str) -> None:
    made = [begun(api, dataset, handbook, variants=["plain"], limit=1)["id"] for _ in range(3)]
    for run_id in made:
        finished(api, run_id)
    first = api.get("/api/runs", params={"dataset": dataset, "limit": 2}).json()
    second = api.get("/api/runs", params={"dataset": dataset, "limit": 2, "cursor": first["next"]}).json()
    assert [run["id"] for run in first["items"] + second["items"]] == made[::-1]
    assert second["next"] is None
    assert_error(api.get(f"/api/runs/{made[0]}/report", params={"baseline": "nobody"}), 422, "unknown_arm")


def test_metrics_are_listed_with_what_they_mean(api: httpx.Client) -> None:
    items = api.get("/api/evaluation/metrics").json()["items"]
    assert {"correct", "truthfulness", "hit_5"} <= {item["name"] for item in items}
    assert all(item["label"] and item["label_zh"] and item["meaning"] for item in items)


def test_a_judge_reads_everything_once_and_stands_beside_the_rules(
    api: httpx.Client, served: Served, dataset: str, handbook: str
) -> None:
    def judging(messages: Any) -> str:
        system, last = messages[0]["content"], messages[-1]["content"]
        if "You grade an answer" in system:
            return '{"label": "incorrect"}' if WRONG in last else '{"label": "correct"}'
        if "You compare two answers" in system:
            # Blind comparisons of other tests are read as well; there the wrong answer of this one is in neither.
            return '{"winner": "second"}' if 0 <= last.find(WRONG) < last.index("<<<second") else '{"winner": "first"}'
        return examinee(messages)

    served.fake.default = Reply(judging)
    run = finished(api, begun(api, dataset, handbook, limit=4, seed=2, judge=served.fake.model)["id"])
    assert (run["status"], run["judge"]) == ("finished", served.fake.model)
    report = api.get(f"/api/runs/{run['id']}/report").json()["judge"]
    assert report["warning"] is not None, "it judges answers of its own"
    assert report["failed"] == 0
    assert report["judged"] >= 4
    assert report["shares"]["plain"]["mean"] == 0.0
    assert api.get(f"/api/runs/{run['id']}/report.html").status_code == 200
