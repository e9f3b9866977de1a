"""The catalogue over HTTP: cards, filters, trying a model, making it a variant and taking that back."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from service.models import files, prices
from tests.doubles.expect import assert_error
from tests.doubles.fake_openai import Reply
from tests.doubles.served import Served, sse

CONTRACT = {"name", "task", "license", "source", "context", "card", "deployed", "measured"}
DEFAULT = "stand-in"
BIG = "qwen2.5-coder-1.5b-instruct-q4_k_m"


@pytest.fixture
def variant(api: httpx.Client) -> Iterator[str]:
    name = f"v-{uuid.uuid4().hex[:10]}"
    yield name
    api.delete(f"/api/variants/{name}")


def names(api: httpx.Client, **query: Any) -> set[str]:
    response = api.get("/api/models", params=query)
    assert response.status_code == 200, response.text
    return {item["name"] for item in response.json()["items"]}


def test_every_model_has_the_shape_of_the_contract(api: httpx.Client) -> None:
    items = {item["name"]: item for item in api.get("/api/models").json()["items"]}
    assert {DEFAULT, files.DEFAULT_CHAT, BIG, files.DEFAULT_EMBEDDING, "openai:gpt-4.1-mini"} <= set(items)
    assert all(set(item) >= CONTRACT for item in items.values())
    assert all(item["card"]["label"] and item["texts"]["zh-TW"]["about"] for item in items.values())
    assert items[DEFAULT]["default"]
    assert set(items[DEFAULT]["variants"]) >= {"plain", "few_shot", "rag"}
    paid = items["openai:gpt-4.1-mini"]
    known = prices.price("openai:gpt-4.1-mini")
    assert known
    assert paid["price"] == {
        "input": known.input,
        "output": known.output,
        "as_of": known.as_of,
        "source": known.source,
    }
    assert (paid["open"], paid["deployed"], paid["needs"]) == (False, False, "PARALLAX_OPENAI_API_KEY")
    assert items[BIG]["open"]
    assert (items[BIG]["quantisation"], items[BIG]["architecture"]) == ("Q4_K_M", "decoder")


def test_filters_narrow_the_list(api: httpx.Client) -> None:
    everything = names(api)
    chats, embeddings = names(api, task="chat"), names(api, task="embedding")
    assert files.DEFAULT_EMBEDDING in embeddings
    assert not chats & embeddings
    assert {DEFAULT, BIG} <= chats
    assert "openai:gpt-4o" in chats & names(api, task="multimodal")
    assert BIG in names(api, license="apache") < everything
    assert names(api, open="true") & names(api, open="false") == set()
    assert names(api, provider="qwen") == {files.DEFAULT_CHAT, BIG}
    assert names(api, q="1.5b") == {BIG}
    assert names(api, q="三倍") == {BIG}, "the Chinese card is looked through too"
    assert DEFAULT in names(api, deployed="true")
    assert BIG not in names(api, deployed="true")
    assert names(api, q="nothing of that kind") == set()
    assert_error(api.get("/api/models", params={"open": "perhaps"}), 422)


def test_a_card_says_how_a_program_asks_it(api: httpx.Client, served: Served) -> None:
    card = api.get(f"/api/models/{DEFAULT}").json()
    assert card["training"] is None
    assert f"{served.url}/v1" in card["samples"]["python"]
    assert f'"model": "{card["variants"][0]}"' in card["samples"]["curl"]
    assert api.get(f"/api/models/{BIG}").json()["samples"] == {}
    assert_error(api.get("/api/models/no-such"), 404, "unknown_model")


def test_answers_given_here_are_what_is_measured(served: Served, api: httpx.Client, handbook: str) -> None:
    before = api.get(f"/api/models/{DEFAULT}").json()["measured"].get("answers", 0)
    for _ in range(3):
        asked = {"question": "How high is the sea?", "variant": "plain", "stream": False, "collection": handbook}
        assert api.post("/api/chat", json=asked).status_code == 200
    measured = api.get(f"/api/models/{DEFAULT}").json()["measured"]
    assert 3 <= measured["answers"] <= min(before + 3, 500), "older answers may have left the last 500 meanwhile"
    assert 0 < measured["first_token_p50"] <= measured["total_p50"]
    assert "cost_mean" not in measured, "the price of an endpoint is not known"


def test_no_run_no_figures(api: httpx.Client) -> None:
    assert api.get(f"/api/models/{BIG}/measured").json() == {"items": [], "next": None}
    assert_error(api.get("/api/models/no-such/measured"), 404, "unknown_model")


def test_a_model_is_tried_as_it_is(served: Served, api: httpx.Client) -> None:
    served.fake.default = Reply("A short poem about rain.")
    with api.stream("POST", f"/api/models/{DEFAULT}/try", json={"prompt": " A poem "}) as response:
        events = list(sse(response))
    assert events[0] == ("started", {"model": DEFAULT})
    assert "".join(data["text"] for name, data in events if name == "delta") == "A short poem about rain."
    name, last = events[-1]
    assert name == "finished"
    assert (last["text"], last["cut"], last["cost"]) == ("A short poem about rain.", False, None)
    assert last["usage"]["completion_tokens"] == 5
    assert 0 < last["first_token"] <= last["total"]
    sent = served.fake.chats()[-1].body
    assert sent["messages"] == [{"role": "user", "content": "A poem"}], "no system prompt, no documents"
    assert sent["max_tokens"] == 400

    whole = api.post(f"/api/models/{DEFAULT}/try", json={"prompt": "A poem", "stream": False}).json()
    assert whole["text"] == "A short poem about rain."


def test_leaving_stops_a_trial(served: Served, api: httpx.Client) -> None:
    served.fake.default, before = Reply(fault="endless", pause=0.01), served.fake.aborted
    with api.stream("POST", f"/api/models/{DEFAULT}/try", json={"prompt": "Count"}) as response:
        next(data for name, data in sse(response) if name == "delta")  # the model is at it
    assert served.fake.wait_for(lambda fake: fake.aborted > before)


def test_a_trial_that_fails_says_why(served: Served, api: httpx.Client) -> None:
    served.fake.default = Reply(fault="cut")
    with api.stream("POST", f"/api/models/{DEFAULT}/try", json={"prompt": "Count"}) as response:
        name, error = list(sse(response))[-1]
    assert name == "failed"
    assert error["code"]
    assert error["hint"]


@pytest.mark.parametrize(
    ("model", "prompt", "status", "code"),
    [
        (DEFAULT, "  ", 422, "empty_prompt"),
        (DEFAULT, "x" * 8_001, 422, "prompt_too_long"),
        (files.DEFAULT_EMBEDDING, "Hello", 409, "model_not_chat"),
        (BIG, "Hello", 503, "model_not_running"),
        ("no-such", "Hello", 404, "unknown_model"),
    ],
)
def test_what_cannot_be_tried(api: httpx.Client, model: str, prompt: str, status: int, code: str) -> None:
    assert_error(api.post(f"/api/models/{model}/try", json={"prompt": prompt}), status, code)


def test_a_model_becomes_a_variant_and_is_retired(api: httpx.Client, variant: str) -> None:
    made = api.post(f"/api/models/{DEFAULT}/deploy", json={"approach": "plain", "variant": variant})
    assert made.status_code == 201, made.text
    assert variant in made.json()["variants"]
    found = api.get(f"/api/variants/{variant}").json()
    assert (found["approach"], found["model"]) == ("plain", DEFAULT)
    again = api.post(f"/api/models/{DEFAULT}/deploy", json={"approach": "plain", "variant": variant})
    assert_error(again, 409, "variant_exists")

    retired = api.post(f"/api/models/{DEFAULT}/retire")
    assert retired.status_code == 200, retired.text
    assert variant not in retired.json()["variants"]
    assert_error(api.get(f"/api/variants/{variant}"), 404)
    assert_error(api.post(f"/api/models/{DEFAULT}/retire"), 409, "model_has_no_variant")


def test_what_an_experiment_tests_is_not_retired(api: httpx.Client, variant: str, collection: str) -> None:
    api.post(f"/api/models/{DEFAULT}/deploy", json={"approach": "plain", "variant": variant})
    other = f"{variant}-b"
    api.post(f"/api/models/{DEFAULT}/deploy", json={"variant": other})
    lanes = [{"variant": variant, "weight": 1}, {"variant": "rag", "weight": 1}]
    body = {"name": "kept", "variants": lanes, "metric": "feedback", "collection": collection}
    experiment = api.post("/api/experiments", json=body).json()
    assert api.post(f"/api/models/{DEFAULT}/retire").status_code == 409
    kept = api.get(f"/api/models/{DEFAULT}").json()["variants"]
    assert {variant, other} <= set(kept), "all or none"
    assert api.post(f"/api/experiments/{experiment['id']}/stop", json={}).status_code == 200
    assert api.post(f"/api/models/{DEFAULT}/retire").status_code == 200


def test_only_what_can_be_asked_is_deployed(api: httpx.Client) -> None:
    assert_error(api.post(f"/api/models/{BIG}/deploy", json={}), 503, "model_not_running")
    assert_error(api.post(f"/api/models/{files.DEFAULT_EMBEDDING}/deploy", json={}), 409, "model_not_chat")
    assert_error(api.post("/api/models/no-such/deploy", json={}), 404, "unknown_model")
    wrong = api.post(f"/api/models/{DEFAULT}/deploy", json={"approach": "magic"})
    assert_error(wrong, 422)


def test_only_files_of_the_table_are_fetched_for_a_page(api: httpx.Client) -> None:
    for name in ("no-such", DEFAULT, "hub:maker/model/w.gguf", "http://127.0.0.1/w.gguf"):
        assert_error(api.post(f"/api/models/{name}/pull"), 404, "unknown_model")


@pytest.fixture(autouse=True)
def nothing_left(api: httpx.Client) -> Iterator[None]:
    yield
    made = [item for item in api.get("/api/variants").json()["items"] if item["model"] == DEFAULT]
    for item in made:
        api.delete(f"/api/variants/{item['name']}")
