"""Live experiments over HTTP: split, log, report, change, stop, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema  # type: ignore[import-untyped]
import openai
import pytest
from openai import OpenAI

from service.api.export import document
from tests.doubles.expect import assert_error
from tests.doubles.fake_openai import Reply
from tests.doubles.served import Served, wait_for

LANES = [{"variant": "plain", "weight": 1}, {"variant": "few_shot", "weight": 1}]
_OPENAPI = document()


def fits(body: Any, shape: str) -> None:
    """The body is what the OpenAPI document says."""
    jsonschema.validate(body, {"$ref": f"#/components/schemas/{shape}", "components": _OPENAPI["components"]})


@pytest.fixture
def space(api: httpx.Client, collection: str) -> Iterator[str]:
    """A fresh collection; whatever ran on it is stopped afterwards."""
    yield collection
    for experiment in api.get("/api/experiments", params={"limit": 500}).json()["items"]:
        if experiment["collection"] == collection and experiment["status"] == "running":
            api.post(f"/api/experiments/{experiment['id']}/stop")


def start(api: httpx.Client, space: str, **given: Any) -> dict[str, Any]:
    body = {"name": f"e-{uuid.uuid4().hex[:8]}", "variants": LANES, "metric": "feedback", "collection": space, **given}
    response = api.post("/api/experiments", json=body)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def ask(api: httpx.Client, space: str, visitor: str | None, **given: Any) -> dict[str, Any]:
    body = {"question": "How is the sea?", "collection": space, "stream": False, "visitor": visitor, **given}
    response = api.post("/api/chat", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def report(api: httpx.Client, experiment: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/api/experiments/{experiment['id']}/report").json()
    return found


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_the_readmes_example_gets_a_figure(served: Served, api: httpx.Client, space: str) -> None:
    """Its lines, as they stand there, in a shell: start, ask, rate, look, stop."""
    served.fake.default = Reply("The sea is deep.")
    text = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    lines = text.split("## Live experiments")[1].split("```")[1].strip("\n").replace("localhost:8000", served.url)
    lines = lines.replace('"collection": "default"', f'"collection": "{space}"')
    lines = lines.replace('"name": "autumn"', f'"name": "{space}"').replace(
        '"visitor":', f'"collection": "{space}", "visitor":'
    )
    begin, use = lines.split("# a visitor")
    shell = ["bash", "-euo", "pipefail", "-c"]
    options: Any = {"capture_output": True, "text": True, "timeout": 60, "check": True}
    made = json.loads(subprocess.run([*shell, begin], **options).stdout)
    for number in range(8):
        rating = "1" if number % 2 else "-1"
        asked = use.split(f"curl -s {served.url}/api/experiments")[0].replace('"ada"', f'"ada{number}"')
        asked = asked.replace('{"rating": 1}', f'{{"rating": {rating}}}')
        subprocess.run([*shell, f"# a visitor{asked}"], **options)
    looked = use[use.index(f"curl -s {served.url}/api/experiments") :].replace("/ID/", f"/{made['id']}/").splitlines()
    found = json.loads(subprocess.run([*shell, looked[0]], **options).stdout)
    assert "Nobody has rated an answer yet" not in found["verdict"]
    assert sum(arm["n"] for arm in found["metrics"][0]["arms"]) == 8
    assert json.loads(subprocess.run([*shell, looked[1]], **options).stdout)["status"] == "stopped"


def test_an_experiment_from_start_to_winner(served: Served, api: httpx.Client, space: str) -> None:
    served.fake.default = Reply("The sea is deep.")
    made = start(api, space, staff=["boss"])
    fits(made, "Experiment")
    assert made["status"] == "running"
    assert [(lane["variant"], lane["label"], lane["weight"]) for lane in made["variants"]] == [
        ("plain", "plain", 0.5),
        ("few_shot", "few_shot", 0.5),
    ]
    assert made["guardrails"] == [
        {"metric": "error_rate", "worse_than_control_by": 0.05},
        {"metric": "total", "worse_than_control_by": 10.0},
    ]
    assert api.get(f"/api/experiments/{made['id']}").json() == made
    assert made["id"] in [one["id"] for one in api.get("/api/experiments").json()["items"]]

    lanes, liked = {}, Counter[str]()
    for number in range(24):
        answer = ask(api, space, f"visitor {number}")
        lanes[f"visitor {number}"] = answer["variant"]
        rating = 1 if number % 3 else -1
        liked[answer["variant"]] += rating == 1
        assert api.post(f"/api/answers/{answer['id']}/feedback", json={"rating": rating}).status_code == 200
    assert set(lanes.values()) == {"plain", "few_shot"}
    for visitor, lane in list(lanes.items())[:6]:
        assert ask(api, space, visitor, question="And the air?", variant="auto")["variant"] == lane
    assert ask(api, space, "visitor 0", variant="rag")["variant"] == "rag"
    ask(api, space, "boss")
    ask(api, space, "visitor 1")

    found = report(api, made)
    fits(found, "ReportOfExperiment")
    assert sum(found["exposures"].values()) == 24 + 6 + 2
    assert found["left_out"] == {"staff": 1, "bot": 0, "nameless": 0, "repeat": 1, "moved": 0}
    assert {arm["label"]: arm["visitors"] for arm in found["arms"]} == Counter(lanes.values())
    assert not found["srm"]["alarm"]
    feedback = found["metrics"][0]
    assert (feedback["metric"], feedback["primary"]) == ("feedback", True)
    shares = [liked[arm["label"]] / arm["n"] for arm in feedback["arms"]]
    assert [arm["mean"] for arm in feedback["arms"]] == pytest.approx(shares)
    assert (found["decision"], found["leader"]) == ("undecided", None)

    exported = api.get(f"/api/experiments/{made['id']}/export.csv")
    assert exported.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(exported.text)))
    assert Counter(row["label"] for row in rows) == Counter(found["exposures"])
    assert "visitor" not in exported.text.split("\n", 1)[1]
    assert Counter(row["label"] for row in rows if row["rating"] == "1") == liked

    stopped = api.post(f"/api/experiments/{made['id']}/stop", json={"winner": "plain", "reason": "seen enough"}).json()
    fits(stopped, "Experiment")
    assert (stopped["status"], stopped["winner"], stopped["stop_reason"]) == ("stopped", "plain", "seen enough")
    assert {ask(api, space, f"visitor {number}")["variant"] for number in range(8)} == {"plain"}
    assert sum(report(api, made)["exposures"].values()) == 32
    default = api.get(f"/api/collections/{space}/default-variant").json()
    assert (default["variant"], default["own"]) == ("plain", True)
    assert made["id"] in default["reason"]
    assert api.delete(f"/api/collections/{space}/default-variant").status_code == 204
    assert ask(api, space, "visitor 0")["variant"] == "rag"


def test_streams_and_openai_s_clients_take_part(served: Served, api: httpx.Client, space: str) -> None:
    served.fake.default = Reply("The sea is deep.")
    made = start(api, space)
    with OpenAI(base_url=f"{served.url}/v1", api_key="any", max_retries=0, timeout=30) as client:
        for number in range(6):
            body: Any = {"model": "auto", "messages": [{"role": "user", "content": "Sea?"}], "user": f"user {number}"}
            first = client.chat.completions.create(**body, extra_body={"collection": space})
            again = list(client.chat.completions.create(**body, stream=True, extra_body={"collection": space}))
            assert {chunk.model for chunk in again} == {first.model} <= {"plain", "few_shot"}
            assert ask(api, space, f"user {number}")["variant"] == first.model
        named = client.chat.completions.create(
            model="plain", messages=body["messages"], user="x", extra_body={"collection": space}
        )
        assert named.model == "plain"
        with pytest.raises(openai.ConflictError):
            client.post("/../api/variants", cast_to=dict, body={"name": "auto", "approach": "plain"})
    found = report(api, made)
    assert sum(found["exposures"].values()) == 18
    assert found["left_out"]["repeat"] == 6  # asked in two words, then in four


def test_a_reader_who_leaves_before_any_text_was_not_shown_it(served: Served, api: httpx.Client, space: str) -> None:
    made = start(api, space)
    served.fake.default = Reply(fault="hang")
    before = served.fake.aborted
    body = {"question": "Sea?", "collection": space, "visitor": "v"}
    with api.stream("POST", "/api/chat", json=body) as stream:
        assert "started" in next(stream.iter_lines())
    wait_for(lambda: served.fake.aborted > before, 30, "the generation is stopped")
    served.fake.default = Reply("The sea is deep.", pause=0.05)
    with api.stream("POST", "/api/chat", json=body) as stream:
        for line in stream.iter_lines():
            if line.startswith("event: delta"):
                break
    wait_for(lambda: sum(report(api, made)["exposures"].values()) == 1, 30, "the answer that was read is logged")
    (row,) = csv.DictReader(io.StringIO(api.get(f"/api/experiments/{made['id']}/export.csv").text))
    assert row["finish"] == "stopped"


def test_a_failing_lane_stops_itself(served: Served, api: httpx.Client, space: str) -> None:
    """Each visitor asks twice: the first answer tells the lane, the second fails in one of them."""
    made = start(api, space, guardrails=[{"metric": "error_rate", "worse_than_control_by": 0.05}])
    good, bad = Reply("Fine."), Reply(fault="status", status=400)
    for number in range(120):
        served.fake.default = good
        lane = ask(api, space, str(number))["variant"]
        served.fake.default = bad if lane == "few_shot" else good
        body = {"question": "And the air?", "collection": space, "visitor": str(number), "stream": False}
        assert api.post("/api/chat", json=body).status_code == (502 if lane == "few_shot" else 200)
        if number >= 40 and api.get(f"/api/experiments/{made['id']}").json()["variants"][1]["stopped"]:
            break

    def stopped() -> Any:
        now = api.get(f"/api/experiments/{made['id']}").json()
        return now if now["variants"][1]["stopped"] else None

    found = wait_for(stopped, 30, "the lane is stopped")
    assert found["variants"][1]["weight"] == 0
    assert "error_rate" in found["variants"][1]["stopped"]["reason"]
    assert found["phases"][-1]["weights"] == {"plain": 1.0, "few_shot": 0.0}
    served.fake.default = good
    assert {ask(api, space, str(number))["variant"] for number in range(2000, 2010)} == {"plain"}
    assert "Few-shot was stopped by itself" in report(api, made)["verdict"]


def test_weights_are_changed_in_phases(served: Served, api: httpx.Client, space: str) -> None:
    made = start(api, space)
    path = f"/api/experiments/{made['id']}"
    changed = api.patch(path, json={"weights": {"plain": 3, "few_shot": 1}}).json()
    fits(changed, "Experiment")
    assert [phase["weights"] for phase in changed["phases"]] == [
        {"plain": 0.5, "few_shot": 0.5},
        {"plain": 0.75, "few_shot": 0.25},
    ]
    assert_error(api.patch(path, json={"weights": {"plain": 1}}), 422, "bad_weight")
    assert_error(api.patch(path, json={"weights": {"plain": 1, "few_shot": 0}}), 422, "bad_weight")
    assert_error(api.patch(path, json={"weights": {"plain": 1, "few_shot": -1}}), 422, "bad_weight")
    assert_error(api.patch(path, json={"weights": {"plain": True, "few_shot": 1}}), 422)
    api.post(f"{path}/stop")
    assert_error(api.patch(path, json={"weights": {"plain": 1, "few_shot": 1}}), 409, "experiment_stopped")


def test_thompson_routing_sets_its_own_weights(api: httpx.Client, space: str) -> None:
    made = start(api, space, routing="thompson")
    refused = api.patch(f"/api/experiments/{made['id']}", json={"weights": {"plain": 3, "few_shot": 1}})
    assert_error(refused, 422, "routing_decides")


def test_an_aa_test_has_the_same_variant_twice(served: Served, api: httpx.Client, space: str) -> None:
    served.fake.default = Reply("The sea is deep.")
    made = start(api, space, variants=[{"variant": "plain"}, {"variant": "plain"}], aa=True)
    assert [lane["label"] for lane in made["variants"]] == ["A", "B"]
    for number in range(12):
        assert ask(api, space, str(number))["variant"] == "plain"
    found = report(api, made)
    assert sum(found["exposures"].values()) == 12
    assert found["aa"]["sound"] is None
    assert "Too early" in found["aa"]["sentence"]
    stop = f"/api/experiments/{made['id']}/stop"
    assert_error(api.post(stop, json={"winner": "A"}), 422, "aa_has_no_winner")
    assert api.get(f"/api/experiments/{made['id']}").json()["status"] == "running"
    assert not api.get(f"/api/collections/{space}/default-variant").json()["own"]
    chinese = api.get(f"/api/experiments/{made['id']}/report", params={"language": "zh-TW"}).json()
    assert "A/A 測試" in chinese["verdict"]


def test_programs_are_logged_and_left_out(served: Served, api: httpx.Client, space: str) -> None:
    served.fake.default = Reply("The sea is deep.")
    made = start(api, space)
    body = {"question": "Sea?", "collection": space, "stream": False}
    api.post("/api/chat", json=body, headers={"user-agent": "Examplebot/1.0 (+https://bot.example)"})
    found = report(api, made)
    assert sum(found["exposures"].values()) == found["left_out"]["bot"] == 1
    assert sum(arm["visitors"] for arm in found["arms"]) == 0


def test_who_names_no_visitor_has_a_lane_and_does_not_count(served: Served, api: httpx.Client, space: str) -> None:
    served.fake.default = Reply("The sea is deep.")
    made = start(api, space)
    for _ in range(2):
        ask(api, space, None)
    completion = {"model": "auto", "messages": [{"role": "user", "content": "Sea?"}], "collection": space}
    assert api.post("/v1/chat/completions", json=completion).status_code == 200
    ask(api, space, "ann")
    assert api.post("/v1/chat/completions", json={**completion, "user": "bob"}).status_code == 200
    found = report(api, made)
    assert found["left_out"]["nameless"] == 3
    assert sum(found["exposures"].values()) == 5
    assert sum(arm["visitors"] for arm in found["arms"]) == 2
    said = _OPENAPI["components"]["schemas"]
    for body, field in (("ChatRequest", "visitor"), ("CompletionRequest", "user")):
        assert "does not count" in said[body]["properties"][field]["description"]


def test_who_belongs_to_the_staff_is_not_told(api: httpx.Client, space: str) -> None:
    made = start(api, space, staff=["boss@example.org", "ann@example.org"])
    assert made["staff"] == 2
    everything = api.get("/api/experiments").text + api.get(f"/api/experiments/{made['id']}").text
    assert "boss@example.org" not in everything


def test_what_runs_is_protected(api: httpx.Client, space: str) -> None:
    name = f"v-{uuid.uuid4().hex[:10]}"
    assert api.post("/api/variants", json={"name": name, "approach": "plain"}).status_code == 201
    made = start(api, space, variants=[{"variant": "plain"}, {"variant": name}])
    for refused in (
        api.delete(f"/api/variants/{name}"),
        api.patch(f"/api/variants/{name}", json={"parameters": {"max_tokens": 9}}),
    ):
        assert_error(refused, 409, "variant_in_experiment")
        assert made["id"] in refused.json()["message"]
    other = {"name": "another", "variants": LANES, "metric": "feedback"}
    taken = api.post("/api/experiments", json={**other, "collection": space})
    assert_error(taken, 409, "experiment_running")
    assert made["id"] in taken.json()["message"]
    assert_error(api.post("/api/experiments", json=other), 409, "experiment_running")
    stop = f"/api/experiments/{made['id']}/stop"
    assert_error(api.post(stop, json={"winner": "nobody"}), 404, "unknown_lane")
    assert api.post(stop, json={"winner": name}).status_code == 200
    assert api.post(stop).status_code == 200
    assert_error(api.post(stop, json={"winner": "plain"}), 409, "experiment_stopped")
    assert_error(api.delete(f"/api/variants/{name}"), 409, "variant_is_default")
    put = api.put(f"/api/collections/{space}/default-variant", json={"variant": "plain"})
    assert put.json()["variant"] == "plain"
    assert api.delete(f"/api/variants/{name}").status_code == 204


def test_a_deleted_collection_ends_what_ran_on_it(api: httpx.Client) -> None:
    space = f"t-{uuid.uuid4().hex[:12]}"
    assert api.post("/api/collections", json={"name": space}).status_code == 201
    made = start(api, space)
    assert api.delete(f"/api/collections/{space}").status_code == 200
    found = api.get(f"/api/experiments/{made['id']}").json()
    assert (found["status"], found["stop_reason"]) == ("stopped", "its collection was deleted")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"variants": [{"variant": "plain", "weight": 0}, {"variant": "rag", "weight": 1}]}, 422, "bad_weight"),
        ({"variants": [{"variant": "plain", "weight": -2}, {"variant": "rag"}]}, 422, "bad_weight"),
        ({"variants": [{"variant": "plain", "weight": "1"}, {"variant": "rag"}]}, 422, "invalid_request"),
        ({"variants": [{"variant": "plain"}]}, 422, "number_of_lanes"),
        ({"variants": [{"variant": f"v{n}"} for n in range(20)]}, 422, "number_of_lanes"),
        ({"variants": [{"variant": "plain"}, {"variant": "plain"}]}, 422, "same_variant_twice"),
        ({"variants": [{"variant": "plain"}, {"variant": "nobody"}]}, 404, "unknown_variant"),
        ({"variants": [{"variant": "plain"}, {"variant": "auto"}]}, 404, "unknown_variant"),
        ({"variants": "plain"}, 422, "invalid_request"),
        ({"aa": True}, 422, "aa_differs"),
        ({"name": " "}, 422, "bad_experiment_name"),
        ({"name": "a\u202eb"}, 422, "bad_experiment_name"),
        ({"metric": "happiness"}, 422, "invalid_request"),
        ({"metric": "votes", "routing": "thompson"}, 422, "routing_metric"),
        ({"collection": "nowhere-at-all"}, 404, "collection_not_found"),
        ({"collection": "../x"}, 422, "collection_name"),
        ({"guardrails": [{"metric": "votes", "worse_than_control_by": 0.1}]}, 422, "invalid_request"),
        ({"guardrails": [{"metric": "total", "worse_than_control_by": -1}]}, 422, "invalid_request"),
        ({"expected_n": 1}, 422, "invalid_request"),
    ],
)
def test_an_experiment_that_cannot_be(
    api: httpx.Client, space: str, change: dict[str, Any], status: int, code: str
) -> None:
    body = {"name": "never", "variants": LANES, "metric": "feedback", "collection": space, **change}
    assert_error(api.post("/api/experiments", json=body), status, code)
    assert space not in [one["collection"] for one in api.get("/api/experiments").json()["items"]]


def test_what_is_not_there(api: httpx.Client) -> None:
    for path in (
        "/api/experiments/exp_none",
        "/api/experiments/exp_none/report",
        "/api/experiments/exp_none/export.csv",
    ):
        assert_error(api.get(path), 404, "unknown_experiment")
    assert_error(api.post("/api/experiments/exp_none/stop"), 404, "unknown_experiment")
    assert_error(api.get("/api/experiments", params={"cursor": f"exp_{'0' * 24}"}), 404, "unknown_experiment")
    assert_error(api.get("/api/collections/nowhere/default-variant"), 404, "collection_not_found")
    assert_error(
        api.put("/api/collections/default/default-variant", json={"variant": "nobody"}), 404, "unknown_variant"
    )


def test_pages_of_experiments(api: httpx.Client, space: str) -> None:
    made = []
    for _ in range(3):
        made.append(start(api, space)["id"])
        api.post(f"/api/experiments/{made[-1]}/stop")
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = api.get("/api/experiments", params={"limit": 1} | ({"cursor": cursor} if cursor else {})).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None or len(seen) >= 3:
            break
    assert set(seen[:3]) == set(made)
