"""Variants: what ships, what people add, and what is refused."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import fields

import httpx
import pytest

from service.answer.approaches import APPROACHES
from service.answer.parameters import Parameters
from service.api.export import document
from tests.doubles.expect import assert_error
from tests.doubles.fake_openai import Reply
from tests.doubles.served import Served

FIELDS = {"name", "label", "approach", "model", "parameters", "prompt_hash", "origin"}


@pytest.fixture
def name(api: httpx.Client) -> Iterator[str]:
    """A name that is free, and free again afterwards."""
    chosen = f"v-{uuid.uuid4().hex[:10]}"
    yield chosen
    api.delete(f"/api/variants/{chosen}")


def test_the_presets_ship(api: httpx.Client) -> None:
    items = api.get("/api/variants").json()["items"]
    assert [item["name"] for item in items][:3] == ["plain", "few_shot", "rag"]
    assert all(set(item) == FIELDS for item in items)
    assert all(item["origin"] == "preset" and item["prompt_hash"] for item in items[:3])
    assert len({item["prompt_hash"] for item in items[:3]}) > 1


def test_a_variant_is_made_found_used_changed_and_removed(served: Served, api: httpx.Client, name: str) -> None:
    made = api.post(
        "/api/variants",
        json={"name": name, "approach": "plain", "label": "Short", "parameters": {"max_tokens": 7, "temperature": 0.5}},
    )
    assert made.status_code == 201, made.text
    assert made.json() == {
        "name": name,
        "label": "Short",
        "approach": "plain",
        "model": "",
        "parameters": {"max_tokens": 7, "temperature": 0.5},
        "prompt_hash": api.get("/api/variants/plain").json()["prompt_hash"],
        "origin": "custom",
    }
    assert api.get(f"/api/variants/{name}").json() == made.json()
    assert name in [item["name"] for item in api.get("/api/variants").json()["items"]]

    served.fake.default = Reply("Yes.")
    answer = api.post("/api/chat", json={"question": "Well?", "variant": name, "stream": False}).json()
    assert (answer["variant"], answer["approach"]) == (name, "plain")
    sent = served.fake.chats()[-1].body
    assert (sent["max_tokens"], sent["temperature"]) == (7, 0.5)

    changed = api.patch(f"/api/variants/{name}", json={"label": "Shorter", "parameters": {"max_tokens": 5}}).json()
    assert (changed["label"], changed["parameters"]) == ("Shorter", {"max_tokens": 5, "temperature": 0.5})
    api.post("/api/chat", json={"question": "Well?", "variant": name, "stream": False})
    assert served.fake.chats()[-1].body["max_tokens"] == 5

    assert api.delete(f"/api/variants/{name}").status_code == 204
    assert_error(api.get(f"/api/variants/{name}"), 404, "unknown_variant")
    assert_error(api.delete(f"/api/variants/{name}"), 404, "unknown_variant")
    assert_error(api.post("/api/chat", json={"question": "Well?", "variant": name}), 404, "unknown_variant")


def test_a_name_is_taken_once(api: httpx.Client, name: str) -> None:
    assert api.post("/api/variants", json={"name": name, "approach": "plain"}).status_code == 201
    assert_error(api.post("/api/variants", json={"name": name, "approach": "rag"}), 409, "variant_exists")
    assert_error(api.post("/api/variants", json={"name": "rag", "approach": "rag"}), 409, "variant_exists")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"approach": "plain", "parameters": {"max_tokens": 0}}, 422, "bad_parameter"),
        ({"approach": "plain", "parameters": {"max_tokens": "7"}}, 422, "bad_parameter"),
        ({"approach": "plain", "parameters": {"max_tokens": True}}, 422, "bad_parameter"),
        ({"approach": "plain", "parameters": {"k": 3}}, 422, "unknown_parameter"),
        ({"approach": "rag", "parameters": {"check": "no"}}, 422, "bad_parameter"),
        ({"approach": "telepathy"}, 422, "invalid_request"),
        ({"approach": "plain", "model": "no-such-model"}, 404, None),
        ({}, 422, "invalid_request"),
    ],
)
def test_a_variant_that_cannot_be(
    api: httpx.Client, name: str, body: dict[str, object], status: int, code: str | None
) -> None:
    assert_error(api.post("/api/variants", json={"name": name, **body}), status, code)
    assert_error(api.get(f"/api/variants/{name}"), 404)


@pytest.mark.parametrize("bad", ["", "Plain", "../x", "a b", "x" * 64, "\u202egar", "-x", "a/b", "ｒａｇ"])
def test_a_name_that_cannot_be(api: httpx.Client, bad: str) -> None:
    assert_error(api.post("/api/variants", json={"name": bad, "approach": "plain"}), 422, "bad_variant_name")


@pytest.mark.parametrize("preset", ["plain", "few_shot", "rag"])
def test_presets_stay_as_they_ship(api: httpx.Client, preset: str) -> None:
    before = api.get(f"/api/variants/{preset}").json()
    assert_error(api.patch(f"/api/variants/{preset}", json={"label": "Mine"}), 409, "variant_is_preset")
    assert_error(api.delete(f"/api/variants/{preset}"), 409, "variant_is_preset")
    assert api.get(f"/api/variants/{preset}").json() == before


def test_only_approaches_with_code_are_offered_and_taken(api: httpx.Client, name: str) -> None:
    offered = document()["components"]["schemas"]["NewVariant"]["properties"]["approach"]["enum"]
    assert offered == list(APPROACHES)
    assert_error(api.post("/api/variants", json={"name": name, "approach": "guess"}), 422)
    for approach in ("plain", "few_shot", "rag"):
        assert api.post("/api/variants", json={"name": name, "approach": approach}).status_code == 201
        assert api.delete(f"/api/variants/{name}").status_code == 204


@pytest.mark.parametrize("approach", ["fine_tuned", "rag_fine_tuned"])
def test_a_variant_says_of_no_model_that_it_is_tuned_when_it_is_not(
    api: httpx.Client, name: str, approach: str
) -> None:
    assert_error(api.get(f"/api/variants/{approach}"), 404, "unknown_variant")  # nothing is deployed here
    assert_error(api.post("/api/variants", json={"name": approach, "approach": "plain"}), 409, "variant_exists")
    response = api.post("/api/variants", json={"name": name, "approach": approach})
    assert_error(response, 422, "model_not_tuned")


def test_every_parameter_is_described_as_it_is_checked(api: httpx.Client, name: str) -> None:
    described = document()["components"]["schemas"]["NewVariant"]["properties"]["parameters"]["properties"]
    assert set(described) == {field.name for field in fields(Parameters)}
    for parameter, shape in described.items():
        assert len(shape["description"]) > 20, parameter
        approach = next(one.name for one in APPROACHES.values() if parameter in one.accepts)
        assert approach in shape["description"]
        body = {"name": name, "approach": approach}
        limits = [shape["minimum"], shape["maximum"]] if "minimum" in shape else []
        for good in (shape["default"], *limits):
            assert api.post("/api/variants", json={**body, "parameters": {parameter: good}}).status_code == 201
            assert api.delete(f"/api/variants/{name}").status_code == 204
        for bad in (limits[0] - 1, limits[1] + 1) if limits else (1,):
            refused = api.post("/api/variants", json={**body, "parameters": {parameter: bad}})
            assert_error(refused, 422, "bad_parameter")
