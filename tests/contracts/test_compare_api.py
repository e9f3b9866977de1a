"""POST /api/compare and what can be done with a comparison, over HTTP."""

from __future__ import annotations

import random
import uuid
from typing import Any

import httpx
import pytest

from service.compare.blind import style
from service.statistics.rank import ranking
from service.statistics.votes import Battle
from tests.doubles.expect import assert_error
from tests.doubles.fake_openai import Reply
from tests.doubles.handbook import ANSWER, QUESTION
from tests.doubles.served import Served, sse, wait_for

TEXT = "The Heron pump moves 4,200 litres"


def body(**given: Any) -> dict[str, Any]:
    return {"question": QUESTION, **given}


def compared(api: httpx.Client, **given: Any) -> list[tuple[str, Any]]:
    with api.stream("POST", "/api/compare", json=body(**given)) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        return list(sse(response))


def battle(api: httpx.Client, **given: Any) -> str:
    """A blind comparison of plain and rag about a question of its own; its id."""
    question = f"{QUESTION} ({uuid.uuid4().hex})"
    events = compared(api, **{"question": question, "variants": ["plain", "rag"], "blind": True, **given})
    return str(events[0][1]["id"])


def vote(api: httpx.Client, comparison_id: str, **given: Any) -> httpx.Response:
    return api.post(f"/api/comparisons/{comparison_id}/vote", json={"winner": 0, "visitor": "ada", **given})


def test_lanes_answer_side_by_side(served: Served, api: httpx.Client, handbook: str) -> None:
    served.fake.default = Reply(ANSWER)
    wanted = ["plain", "rag", {"variant": "rag", "parameters": {"k": 8}, "label": "More passages"}]
    (_, opened), *lanes, (last, done) = compared(api, variants=wanted, collection=handbook)
    assert (opened["lanes"], opened["blind"], opened["collection"]) == (3, False, handbook)
    assert [lane["variant"] for lane in opened["lane"]] == ["plain", "rag", "rag (k=8)"]
    assert opened["lane"][2]["label"] == "More passages"
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
        assert api.post(f"/api/answers/{answer['id']}/feedback", json={"rating": 1}).status_code == 200


def test_a_comparison_can_be_looked_at_again(served: Served, api: httpx.Client, handbook: str) -> None:
    served.fake.default = Reply(ANSWER)
    events = compared(api, variants=["plain", "rag"], collection=handbook)
    finished = {data["lane"]: data["answer"] for name, data in events if name == "finished"}
    comparison_id = events[0][1]["id"]
    again = api.get(f"/api/comparisons/{comparison_id}").json()
    assert (again["question"], again["state"], again["revealed"], again["can_vote"]) == (QUESTION, "ended", True, True)
    for lane in again["lanes"]:
        assert lane["answer"] == finished[lane["lane"]]
        assert (lane["text"], lane["outcome"]) == (lane["answer"]["text"], lane["answer"]["finish"])
    newest = api.get("/api/comparisons", params={"limit": 1}).json()
    assert newest["items"][0]["id"] == comparison_id
    assert newest["items"][0]["variants"] == ["plain", "rag"]
    assert newest["next"] in (comparison_id, None)


def test_prompts_are_those_the_model_got(served: Served, api: httpx.Client, handbook: str) -> None:
    served.fake.default = Reply(ANSWER)
    before = len(served.fake.chats())
    events = compared(api, variants=["plain", "rag"], collection=handbook)
    sent = [request.body["messages"] for request in served.fake.chats()[before:]]
    lanes = api.get(f"/api/comparisons/{events[0][1]['id']}/prompts").json()["lanes"]
    assert [lane["variant"] for lane in lanes] == ["plain", "rag"]
    assert sorted((call for lane in lanes for call in lane["calls"]), key=str) == sorted(sent, key=str)
    ((*before_plain, plain),), ((*before_rag, rag),) = (lane["calls"] for lane in lanes)
    assert before_plain == before_rag
    assert rag["content"].endswith(plain["content"])
    assert rag["content"] != plain["content"] == QUESTION


def test_a_lane_that_fails_fails_alone(served: Served, api: httpx.Client, handbook: str) -> None:
    served.fake.replies.append(Reply(fault="status", status=400))
    served.fake.default = Reply(ANSWER)
    lanes = [{"variant": "plain", "parameters": {"max_tokens": n}} for n in (10, 20, 30)]
    events = compared(api, variants=lanes)
    failed = [data for name, data in events if name == "failed"]
    assert len(failed) == 1
    assert set(failed[0]) == {"lane", "code", "message", "hint"}
    assert sum(name == "finished" for name, _ in events) == 2
    assert events[-1][0] == "done"
    lane = api.get(f"/api/comparisons/{events[0][1]['id']}").json()["lanes"][failed[0]["lane"]]
    assert (lane["state"], lane["outcome"], lane["answer"]["error"]["code"]) == ("failed", "failed", failed[0]["code"])


def test_a_failed_lane_is_asked_again(served: Served, api: httpx.Client, handbook: str) -> None:
    served.fake.replies.append(Reply(fault="status", status=400))
    served.fake.default = Reply(ANSWER)
    lanes = [{"variant": "plain", "parameters": {"max_tokens": n}} for n in (10, 20)]
    events = compared(api, variants=lanes)
    comparison_id = events[0][1]["id"]
    failed = next(data["lane"] for name, data in events if name == "failed")
    path = f"/api/comparisons/{comparison_id}/lanes"
    assert_error(api.post(f"{path}/{1 - failed}/again"), 409, "lane_answered")
    assert_error(api.post(f"{path}/5/again"), 404, "unknown_lane")
    assert_error(api.post(f"{path}/9/again"), 422, "invalid_request")
    with api.stream("POST", f"{path}/{failed}/again", json={"visitor": "ada"}) as response:
        again = list(sse(response))
    assert again[0][0] == "started"
    assert {data["lane"] for name, data in again[:-1]} == {failed}
    assert again[-1] == ("done", {"id": comparison_id})
    seen = api.get(f"/api/comparisons/{comparison_id}").json()
    assert [lane["outcome"] for lane in seen["lanes"]] == ["answered", "answered"]
    assert seen["can_vote"]


def test_hanging_up_stops_every_model(served: Served, api: httpx.Client) -> None:
    served.fake.default = Reply(TEXT, fault="hang_midway", after=3)
    before = served.fake.aborted
    lanes = [{"variant": "plain", "parameters": {"max_tokens": n}} for n in (10, 20, 30)]
    with served.client() as other, other.stream("POST", "/api/compare", json=body(variants=lanes)) as response:
        events = sse(response)
        comparison_id, heard = next(events)[1]["id"], set()
        for name, data in events:
            if name == "delta":
                heard.add(data["lane"])
            if len(heard) == 3:
                break
    assert served.fake.wait_for(lambda fake: fake.aborted == before + 3, 20)

    def stopped() -> bool:
        lanes = api.get(f"/api/comparisons/{comparison_id}").json()["lanes"]
        return all(lane["outcome"] == "stopped" and lane["text"] for lane in lanes)

    wait_for(stopped, 20, "the lanes are kept as stopped, with what they had said")
    assert_error(vote(api, comparison_id), 409, "cannot_vote")


def test_hanging_up_on_a_blind_comparison_stops_it_too(served: Served) -> None:
    served.fake.default = Reply(TEXT, fault="hang_midway", after=3)
    before, asked = served.fake.aborted, len(served.fake.chats())
    lanes = [{"variant": "plain", "parameters": {"max_tokens": n}} for n in (10, 20)]
    with (
        served.client() as other,
        other.stream("POST", "/api/compare", json=body(variants=lanes, blind=True)) as response,
    ):
        events = sse(response)  # kept: one that is thrown away hangs up
        next(events)
        assert served.fake.wait_for(lambda fake: len(fake.chats()) == asked + 2, 20)
    assert served.fake.wait_for(lambda fake: fake.aborted == before + 2, 20)


@pytest.fixture
def telling(api: httpx.Client, served: Served) -> Any:
    """A variant whose name, label and parameters are found nowhere else."""
    name = f"zanzibar-{uuid.uuid4().hex[:8]}"
    made = {"name": name, "label": "Quetzalcoatl", "approach": "rag", "parameters": {"passage_chars": 777}}
    assert api.post("/api/variants", json=made).status_code == 201
    yield name
    api.delete(f"/api/variants/{name}")


def test_nothing_tells_who_is_who_before_the_vote(
    served: Served, api: httpx.Client, handbook: str, telling: str
) -> None:
    served.fake.default = Reply(ANSWER)
    secrets = [telling, "zanzibar", "Quetzalcoatl", "777", "plain", "Plain", "few_shot", '"rag"', served.fake.model]
    secrets += ["heron.md", "[1]", "conv_", "ans_", "prompt_tokens", "first_token", "trace", "passages", 'citations":[']
    lanes = [telling, {"variant": "plain", "parameters": {"max_tokens": 99}}]
    asked = body(variants=lanes, blind=True, collection=handbook, visitor="ada")
    raw = api.post("/api/compare", json=asked).text
    comparison_id = raw.split('"id":"')[1].split('"')[0]
    seen = {"the stream": raw}
    for path in (f"/api/comparisons/{comparison_id}", "/api/comparisons", f"/api/comparisons/{comparison_id}/prompts"):
        for visitor in ("ada", "bob", None):
            shown = api.get(path, params={"visitor": visitor} if visitor else {"limit": 1})
            if path != "/api/comparisons":
                seen[f"{path} for {visitor}"] = shown.text
            elif visitor == "ada":
                seen[f"{path} for {visitor}"] = str(_line(shown, comparison_id))
            else:
                assert comparison_id not in shown.text, "others find it in no list"
    for place, text in seen.items():
        for secret in secrets:
            assert secret not in text, f"{place} tells {secret!r}: {text}"
    assert raw.count("event: progress") == 2
    assert raw.count("event: delta") == 2
    assert raw.index("event: delta") > raw.rindex("event: progress")
    assert api.get(f"/api/comparisons/{comparison_id}/prompts").status_code == 409

    revealed = vote(api, comparison_id, winner=1).json()
    assert {lane["variant"] for lane in revealed["lanes"]} == {telling, "plain (max_tokens=99)"}
    assert {lane["model"] for lane in revealed["lanes"]} == {served.fake.model}
    cited = next(lane for lane in revealed["lanes"] if lane["variant"] == telling)
    assert "[1]" in cited["answer"]["text"], "the answer itself keeps its markers"
    assert api.get(f"/api/comparisons/{comparison_id}", params={"visitor": "ada"}).json()["lanes"][0]["variant"]
    assert api.get(f"/api/comparisons/{comparison_id}", params={"visitor": "bob"}).json()["lanes"][0]["variant"] is None


def _line(response: httpx.Response, comparison_id: str) -> Any:
    return next(one for one in response.json()["items"] if one["id"] == comparison_id)


def test_a_blind_failure_is_told_alike_and_cannot_be_voted_on(served: Served, api: httpx.Client) -> None:
    served.fake.replies.append(Reply(fault="status", status=400, error={"message": f"{served.fake.model} is ill"}))
    served.fake.default = Reply(TEXT)
    lanes = [{"variant": "plain", "parameters": {"max_tokens": n}} for n in (10, 20)]
    events = compared(api, variants=lanes, blind=True)
    failed = [data for name, data in events if name == "failed"]
    assert [one["code"] for one in failed] == ["lane_failed"]
    assert served.fake.model not in str(events)
    comparison_id = events[0][1]["id"]
    assert_error(vote(api, comparison_id), 409, "cannot_vote")
    seen = api.get(f"/api/comparisons/{comparison_id}").json()
    assert (seen["can_vote"], sorted(lane["state"] for lane in seen["lanes"])) == (False, ["ended", "failed"])
    assert served.fake.model not in str(seen)


def test_the_rules_of_votes(served: Served, api: httpx.Client, handbook: str) -> None:
    served.fake.default = Reply(TEXT)
    one = battle(api, collection=handbook)
    assert_error(vote(api, "cmp_nothing"), 404, "unknown_comparison")
    assert_error(vote(api, one, winner=2), 422, "bad_winner")
    assert_error(vote(api, one, winner=6), 422, "invalid_request")
    for winner in (True, "0", None, 0.5, "left", -1):
        assert_error(vote(api, one, winner=winner), 422, "invalid_request")
    cast = vote(api, one, winner="tie", reason="Both say it.", source="widget").json()
    assert (cast["winner"], cast["counted"], cast["why_not"]) == ("tie", True, None)
    assert sorted(lane["asked"] for lane in cast["lanes"]) == [0, 1]
    assert_error(vote(api, one), 409, "already_voted")
    seen = api.get(f"/api/comparisons/{one}", params={"visitor": "ada"}).json()
    assert (seen["voted"]["winner"], seen["voted"]["reason"]) == ("tie", "Both say it.")
    assert seen["votes"] == {"lane_wins": [0, 0], "ties": 1, "both_bad": 0}
    again = battle(api, question=seen["question"].upper(), variants=["rag", "plain"], collection=handbook)
    assert_error(vote(api, again), 409, "already_voted")
    assert vote(api, again, visitor="bob").status_code == 200


def test_mistakes_are_plain_errors(api: httpx.Client) -> None:
    def refused(status: int, code: str, **given: Any) -> None:
        assert_error(api.post("/api/compare", json=body(**given)), status, code)

    refused(422, "too_few_lanes", variants=["rag"])
    refused(422, "too_few_lanes")
    refused(422, "too_many_lanes", variants=[{"variant": "rag", "parameters": {"k": n}} for n in range(1, 8)])
    refused(422, "same_lane", variants=["rag", "rag"])
    refused(422, "bad_parameter", variants=["rag", {"variant": "rag", "parameters": {"k": "8"}}])
    refused(422, "unknown_parameter", variants=["rag", {"variant": "rag", "parameters": {"\u0000": 1}}])
    refused(422, "invalid_request", variants=["rag", {"variant": "rag", "parameters": ["k"]}])
    refused(422, "invalid_request", variants="rag,plain")
    refused(404, "unknown_variant", variants=["rag", "'; DROP TABLE votes; --"])
    refused(404, "collection_not_found", variants=["rag", "plain"], collection="../../etc")
    refused(422, "empty_question", variants=["rag", "plain"], question=" ")
    refused(422, "question_too_long", variants=["rag", "plain"], question="x" * 8_001)
    assert_error(api.get("/api/comparisons/cmp_nothing"), 404, "unknown_comparison")
    assert_error(api.get("/api/comparisons/cmp_nothing/prompts"), 404, "unknown_comparison")
    assert_error(api.get("/api/comparisons", params={"cursor": "'"}), 422, "invalid_request")
    for since in ("yesterday", "2026-13-01", "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00"):
        response = api.get("/api/leaderboard", params={"since": since})
        assert response.status_code == 422, response.text


def test_a_hundred_votes_make_the_leaderboard_of_their_ranking(
    served: Served, api: httpx.Client, collection: str
) -> None:
    coin = random.Random(11)
    served.fake.default = Reply(lambda messages: f"**It** moves {len(messages[-1]['content']) * 'very '}much.")
    pairs = [["plain", "few_shot"], ["few_shot", {"variant": "plain", "parameters": {"max_tokens": 7}}]]
    battles: list[Battle] = []
    for n in range(20):
        comparison_id = battle(api, variants=pairs[n % 2], collection=collection)
        texts = [lane["text"] for lane in api.get(f"/api/comparisons/{comparison_id}").json()["lanes"]]
        for voter in range(5):
            winner = coin.choice([0, 1, "tie", "both_bad"])
            cast = vote(api, comparison_id, winner=winner, visitor=f"voter{voter}")
            assert cast.status_code == 200, cast.text
            left, right = (lane["variant"] for lane in cast.json()["lanes"])
            counts = [style(text) for text in texts]
            styles = {name: (float(counts[0][name]), float(counts[1][name])) for name in counts[0]}
            sides: dict[Any, Any] = {0: "left", 1: "right", "tie": "tie", "both_bad": "both_bad"}
            battles.append(Battle(left, right, sides[winner], f"voter{voter}", styles))
    shown = api.get("/api/leaderboard", params={"collection": collection}).json()
    expected = ranking(battles)
    assert (shown["votes"], shown["voters"], shown["connected"]) == (100, 5, True)
    assert [item["variant"] for item in shown["items"]] == [standing.arm for standing in expected.standings]
    for item, standing in zip(shown["items"], expected.standings, strict=True):
        assert item["strength"] == pytest.approx(standing.strength, abs=1e-6)
        assert (item["low"], item["high"]) == (pytest.approx(standing.low), pytest.approx(standing.high))
        assert (item["rank_low"], item["rank_high"]) == (standing.rank_low, standing.rank_high)
        assert (item["wins"], item["losses"], item["ties"], item["both_bad"], item["games"]) == (
            standing.wins, standing.losses, standing.ties, standing.both_bad, standing.games,
        )  # fmt: skip
    assert expected.position_bias is not None
    assert shown["position_bias"]["estimate"] == pytest.approx(expected.position_bias.estimate, abs=1e-6)
    assert {one["feature"] for one in shown["style"]} == {"tokens", "headings", "lists", "bold"}
    assert shown["both_bad"]["votes"] == sum(one.winner == "both_bad" for one in battles)
    assert sum(map(sum, shown["win_matrix"]["wins"])) == sum(one.winner in ("left", "right") for one in battles)
    assert len({one.left for one in battles}) > 1, "the coin never changed sides"
    # One vote more moves it.
    late = battle(api, variants=pairs[0], collection=collection)
    assert vote(api, late, visitor="late").json()["counted"]
    assert api.get("/api/leaderboard", params={"collection": collection}).json()["votes"] == 101


def test_one_vote_is_counted_and_says_nothing_of_strength(served: Served, api: httpx.Client, collection: str) -> None:
    comparison_id = battle(api, variants=["plain", "few_shot"], collection=collection)
    assert vote(api, comparison_id, winner=0, visitor="ada").json()["counted"]
    shown = api.get("/api/leaderboard", params={"collection": collection}).json()
    assert (shown["votes"], shown["voters"], shown["more_voters"], shown["connected"]) == (1, 1, 4, True)
    assert shown["verdict"] == "undecided"
    assert shown["sentence"].startswith("Too early to rank: 1 blind vote so far. It takes 9 more votes on ")
    for item in shown["items"]:
        assert [item[name] for name in ("strength", "low", "high", "rank_low", "rank_high")] == [None] * 5
        assert (item["games"], item["more_votes"]) == (1, 9)
    assert sum(item["wins"] for item in shown["items"]) == 1
    assert (shown["position_bias"], shown["lead"]) == (None, None)
    assert {one["estimate"] for one in shown["style"]} <= {None}
    assert shown["win_matrix"]["probability"] == [[None, None], [None, None]]
    assert shown["win_matrix"]["games"] == [[0, 1], [1, 0]]


def test_no_votes_no_ranking(api: httpx.Client, collection: str) -> None:
    shown = api.get("/api/leaderboard", params={"collection": collection}).json()
    assert (shown["connected"], shown["items"], shown["votes"]) == (False, [], 0)
    assert shown["sentence"]
