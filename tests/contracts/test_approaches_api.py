"""The ways of answering and their parameters, as the pages read them: what is listed is what a variant may set."""

from __future__ import annotations

import uuid

import httpx

from service.answer.approaches import APPROACHES


def test_every_parameter_can_be_set_to_its_bounds_and_no_further(api: httpx.Client) -> None:
    items = {item["name"]: item["parameters"] for item in api.get("/api/approaches").json()["items"]}
    assert set(items) == set(APPROACHES)
    for approach, parameters in items.items():
        assert [one["name"] for one in parameters] == list(APPROACHES[approach].accepts)
    for one in items["rag"]:
        assert one["meaning"]
        if one["kind"] == "boolean":
            assert (one["low"], one["high"], one["default"]) == (None, None, True)
            continue
        assert one["low"] <= one["default"] <= one["high"]
        assert _created(api, one["name"], one["low"]) == 201
        assert _created(api, one["name"], one["high"]) == 201
        assert _created(api, one["name"], one["high"] + 1) == 422


def _created(api: httpx.Client, parameter: str, value: float) -> int:
    name = f"v-{uuid.uuid4().hex[:10]}"
    new = {"name": name, "approach": "rag", "parameters": {parameter: value}}
    status = api.post("/api/variants", json=new).status_code
    if status == 201:
        assert api.delete(f"/api/variants/{name}").status_code == 204
    return status
