"""`POST /api/search` as other people's programs see it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

PASSAGE_KEYS = {
    "document_id", "name", "version", "chunk_id", "text", "heading", "page", "start", "end", "score", "ranks",
}  # fmt: skip


def search(api: httpx.Client, **body: Any) -> httpx.Response:
    return api.post("/api/search", json=body)


def test_passages_with_their_places(api: httpx.Client, handbook: str) -> None:
    response = search(api, query="How many days of annual leave are there?", collection=handbook, k=3)
    assert response.status_code == 200, response.text
    body = response.json()
    assert body.keys() == {"passages", "timings", "fit"}
    assert body["timings"].keys() == {"embed", "dense", "lexical", "fuse", "total"}
    assert 0 <= body["fit"] <= 1
    passages = body["passages"]
    assert 1 <= len(passages) <= 3
    for passage in passages:
        assert passage.keys() == PASSAGE_KEYS
        assert set(passage["ranks"]) <= {"dense", "lexical"}
        assert all(rank >= 1 for rank in passage["ranks"].values())
    assert [p["score"] for p in passages] == sorted((p["score"] for p in passages), reverse=True)
    first = passages[0]
    chunks = api.get(f"/api/documents/{first['document_id']}/chunks").json()["items"]
    (chunk,) = [chunk for chunk in chunks if chunk["id"] == first["chunk_id"]]
    for key in ("text", "heading", "page", "start", "end"):
        assert chunk[key] == first[key]


def test_an_empty_collection_has_no_passages(api: httpx.Client, collection: str) -> None:
    body = search(api, query="anything", collection=collection).json()
    assert (body["passages"], body["fit"]) == ([], 0.0)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"query": ""}, 422, "query_empty"),
        ({"query": " \n\t"}, 422, "query_empty"),
        ({"query": "x" * 4_001}, 422, "query_too_long"),
        ({"query": "q" * 100_000}, 422, "query_too_long"),
        ({"query": "leave", "collection": "no-such-collection"}, 404, "collection_not_found"),
        ({"query": "leave", "collection": "../etc\x00"}, 404, "collection_not_found"),
        ({"query": "leave", "k": 0}, 422, None),
        ({"query": "leave", "k": 51}, 422, None),
        ({"query": "leave", "k": "many"}, 422, None),
        ({"query": 7}, 422, None),
        ({}, 422, None),
    ],
)
def test_what_cannot_be_searched_is_said(
    api: httpx.Client, body: dict[str, Any], status: int, code: str | None
) -> None:
    response = api.post("/api/search", json=body)
    assert response.status_code == status, response.text
    error = response.json()
    assert error.keys() == {"code", "message", "hint"}
    assert code is None or error["code"] == code
    assert len(error["message"]) < 500


def test_invalid_json_is_said(api: httpx.Client) -> None:
    response = api.post("/api/search", content=b'{"query": ', headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert response.json().keys() == {"code", "message", "hint"}


@pytest.mark.parametrize(
    "query", ['" OR 1=1 --', "NEAR(a b) AND -x:*", "x" * 4_000, "勞" * 4_000, "\u0000", "\U0001f642", "%s %d {} $1"]
)
def test_strange_queries_are_only_words(api: httpx.Client, handbook: str, query: str) -> None:
    assert search(api, query=query, collection=handbook, k=50).status_code == 200
