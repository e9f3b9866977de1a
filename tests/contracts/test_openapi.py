"""The OpenAPI document is the truth: requests made up from it meet no 5xx, and answers are what it says."""

from __future__ import annotations

import json
import threading
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import jsonschema  # type: ignore[import-untyped]
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from service.api.export import COMMITTED, document
from tests.doubles.served import Served, sse

ENDLESS = "/api/documents/events"
EXAMPLES_EACH = 12
SECONDS_A_REQUEST = 30

_OPENAPI = document()
_CONFIG = SchemathesisConfig.from_dict(
    {"generation": {"mode": "all"}, "phases": {"coverage": {"enabled": True}, "stateful": {"enabled": False}}}
)
schema = schemathesis.openapi.from_dict(_OPENAPI, config=_CONFIG).exclude(path=ENDLESS)


@dataclass(frozen=True)
class Target:
    """The running service, and names that exist there: by path parameter, or by property of a body."""

    url: str
    paths: dict[str, str]
    bodies: dict[str, Any]


@pytest.fixture(scope="module")
def target(served_once: Served) -> Iterator[Target]:
    """What the made-up requests leave behind is removed afterwards."""
    collection, variant = f"t-{uuid.uuid4().hex[:10]}", f"v-{uuid.uuid4().hex[:10]}"
    with served_once.client() as api:
        before = {path: _ids(api, path) for path in ("/api/variants", "/api/examples", "/api/collections")}
        assert api.post("/api/collections", json={"name": collection}).status_code == 201
        assert api.post("/api/variants", json={"name": variant, "approach": "rag"}).status_code == 201
        document = served_once.add(api, collection, "sea.md", "# Sea\n\nThe sea is deep.")
        answer = api.post("/api/chat", json={"question": "Sea?", "variant": "plain", "stream": False}).json()
        lanes = {"variants": [{"variant": "plain"}, {"variant": "few_shot"}], "metric": "feedback"}
        experiment = api.post("/api/experiments", json={"name": variant, "collection": collection, **lanes}).json()
        with api.stream("POST", "/api/compare", json={"question": "Sea?", "variants": ["plain", "rag"]}) as stream:
            compared = list(sse(stream))
        yield Target(
            served_once.url,
            {
                "document_id": document["id"],
                "conversation_id": answer["conversation_id"],
                "answer_id": answer["id"],
                "comparison_id": compared[0][1]["id"],
                "name": variant,
                "experiment_id": experiment["id"],
            },
            {
                "collection": collection,
                "variant": "plain",
                "model": "rag",
                "conversation_id": answer["conversation_id"],
                "variants": ["plain", "rag"],
            },
        )
        for one in api.get("/api/experiments", params={"limit": 500}).json()["items"]:
            api.post(f"/api/experiments/{one['id']}/stop")
        api.delete("/api/collections/*/default-variant")
        api.delete("/api/collections/default/default-variant")
        for path, known in before.items():
            for made in _ids(api, path) - known:
                api.delete(f"{path}/{quote(made, safe='')}")


def _ids(api: httpx.Client, path: str) -> set[str]:
    items = api.get(path, params={"limit": 500} if path == "/api/collections" else None).json()["items"]
    return {item.get("id", item.get("name")) for item in items}


def _at_home(case: Case[Any], target: Target) -> None:
    """Half of the made-up names become names that exist; else hardly a request would get beyond "there is none"."""
    if zlib.crc32(repr((case.path_parameters, case.body)).encode("utf-8", "replace")) % 2:
        return
    for given, names in ((case.path_parameters, target.paths), (case.body, target.bodies)):
        if isinstance(given, dict) and case.method != "DELETE":
            for name in given.keys() & names.keys():
                if _like(given[name], names[name]):
                    given[name] = names[name]


def _like(made_up: Any, name: Any) -> bool:
    """Whether what was made up is as good as the name, but for being one."""
    if isinstance(name, list):
        return isinstance(made_up, list) and len(made_up) == len(name) and all(map(_like, made_up, name))
    return isinstance(made_up, str) and len(made_up) <= 200


@schema.parametrize()
@settings(
    max_examples=EXAMPLES_EACH,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    database=None,
)
def test_made_up_requests(case: Case[Any], target: Target) -> None:
    _at_home(case, target)
    case.call_and_validate(
        base_url=target.url,
        timeout=SECONDS_A_REQUEST,
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
            response_headers_conformance,
            negative_data_rejection,
        ],
    )


def test_the_endless_stream_is_what_the_document_says(served: Served, api: httpx.Client, collection: str) -> None:
    """Read until an upload has gone from queued to indexed, and left."""
    adding = threading.Thread(target=_add, args=(served, collection))
    seen: list[str] = []
    with api.stream("GET", ENDLESS, timeout=30) as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        adding.start()
        for event, data in sse(stream):
            if event != "document" or data["collection"] != collection:
                continue
            jsonschema.validate(data, {"$ref": "#/components/schemas/Document", "components": _OPENAPI["components"]})
            seen.append(data["status"])
            if data["status"] == "indexed":
                break
    adding.join()
    assert seen[-1] == "indexed"
    assert len(seen) > 1


def _add(served: Served, collection: str) -> None:
    with served.client() as other:
        served.add(other, collection, "news.md", "# News\n\nThe harbour is open.")


def test_every_operation_names_its_errors() -> None:
    """Every JSON error body is the one error body, whatever the route."""
    problem = {"$ref": "#/components/schemas/Error"}
    for path, methods in _OPENAPI["paths"].items():
        for method, operation in methods.items():
            for status, response in operation["responses"].items():
                if status.startswith(("4", "5")) and path != "/readyz":
                    shape = response["content"]["application/json"]["schema"]
                    assert shape == problem, f"{method} {path} {status}: {shape}"


def test_the_committed_document_is_this_one() -> None:
    """The front end's types are made from it."""
    assert json.loads(COMMITTED.read_text()) == json.loads(json.dumps(_OPENAPI)), (
        "frontend/openapi.json is out of date: run `.venv/bin/python -m service.api.export frontend/openapi.json` "
        "and `npm --prefix frontend run types`"
    )


def test_every_reference_leads_somewhere() -> None:
    names = set(_OPENAPI["components"]["schemas"])

    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    used = {reference.rsplit("/", 1)[-1] for reference in references(_OPENAPI)}
    assert used <= names
    assert {"Answer", "Citation", "Passage", "Document", "Chunk", "Variant"} <= names
