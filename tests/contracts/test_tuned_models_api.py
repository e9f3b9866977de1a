"""PATCH /api/models/{name}: what deploying a tuned model makes of the variants, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import Engine

from ingest.catalogue.engine import now, open_engine, sqlite_url, writing
from service.answer.presets import TUNED
from service.experiments import defaults
from service.models import files, tuned
from service.models.tuned import Tuned
from tests.doubles.expect import assert_error
from tests.doubles.served import Served, wait_for

HOSTED, LOCAL = "t-hosted", "t-local"
OPENAI = "openai:gpt-4.1-mini"


@pytest.fixture
def models(served: Served, api: httpx.Client) -> Iterator[Engine]:
    """Two retired models, as trainings leave them; gone at the end."""
    engine = open_engine(sqlite_url(served.data))
    card = {"about": "Knows the house.", "pairs": 60, "settings": {"rank": 16}}
    with writing(engine) as connection:
        tuned.add(connection, Tuned(HOSTED, "openai", OPENAI, now(), remote_id="ft:x", card=card))
        tuned.add(connection, Tuned(LOCAL, "local", files.DEFAULT_CHAT, now(), file_sha256="0" * 64))
    yield engine
    for name in (HOSTED, LOCAL):
        response = api.patch(f"/api/models/{name}", json={"deployed": False})
        assert response.status_code == 200, response.text
        with writing(engine) as connection:
            tuned.remove(connection, name)
    engine.dispose()


def variants(api: httpx.Client) -> list[str]:
    return [variant["name"] for variant in api.get("/api/variants").json()["items"]]


def asked_by_others(api: httpx.Client) -> list[str]:
    return [model["id"] for model in api.get("/v1/models").json()["data"]]


@pytest.mark.usefixtures("models")
def test_a_deployed_model_is_in_every_switch_until_it_is_retired(api: httpx.Client) -> None:
    wait_for(lambda: HOSTED in [model["name"] for model in api.get("/api/models").json()["items"]], 10)
    assert not set(TUNED) & set(variants(api))

    model = api.patch(f"/api/models/{HOSTED}", json={"deployed": True}).json()
    assert (model["deployed"], model["current"], model["tuned"], model["base"]) == (True, True, True, OPENAI)
    assert model["card"]["about"] == "Knows the house."
    assert model == api.get(f"/api/models/{HOSTED}").json()
    assert variants(api)[3:5] == list(TUNED)
    assert set(TUNED) <= set(asked_by_others(api))
    for name in TUNED:
        variant = api.get(f"/api/variants/{name}").json()
        assert (variant["approach"], variant["model"], variant["origin"]) == (name, HOSTED, "preset")
        assert_error(api.patch(f"/api/variants/{name}", json={"label": "Mine"}), 409, "variant_is_preset")

    answer = api.post("/api/chat", json={"question": "How?", "variant": "fine_tuned", "stream": False})
    assert_error(answer, 503, "model_not_running")  # this service has no key of OpenAI's: the model is what was asked
    assert HOSTED in answer.json()["message"]

    model = api.patch(f"/api/models/{HOSTED}", json={"deployed": False}).json()
    assert (model["deployed"], model["current"]) == (False, False)
    assert not set(TUNED) & {*variants(api), *asked_by_others(api)}


def test_what_a_collection_has_for_its_default_is_not_retired(
    api: httpx.Client, models: Engine, collection: str
) -> None:
    api.patch(f"/api/models/{HOSTED}", json={"deployed": True}).raise_for_status()
    with writing(models) as connection:
        defaults.choose(connection, collection, "fine_tuned")
    refused = api.patch(f"/api/models/{HOSTED}", json={"deployed": False})
    assert_error(refused, 409, "variant_is_default")
    assert collection in refused.json()["message"]
    assert api.get(f"/api/models/{HOSTED}").json()["deployed"]
    assert api.delete(f"/api/collections/{collection}/default-variant").status_code == 204


@pytest.mark.usefixtures("models")
def test_what_cannot_be_deployed_or_current(api: httpx.Client) -> None:
    def change(name: str, **body: bool) -> httpx.Response:
        return api.patch(f"/api/models/{name}", json=body)

    assert_error(change(LOCAL, deployed=True), 409, "base_not_running")  # an endpoint is configured: no local server
    assert_error(change(HOSTED, current=True), 409, "model_not_deployed")
    assert_error(change(HOSTED, current=True, deployed=False), 422, "current_and_retired")
    assert_error(change("t-none", deployed=True), 404, "unknown_model")
    assert_error(change(files.DEFAULT_CHAT, deployed=True), 409, "model_not_tuned")
    assert_error(change(HOSTED, current=False), 422)
    assert not api.get(f"/api/models/{LOCAL}").json()["deployed"]
