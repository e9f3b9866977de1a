"""`/api/documents` and `/api/collections` as other people's programs see them."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest

from ingest.formats import FORMATS

DOCUMENT_KEYS = {
    "id", "name", "collection", "version", "status", "progress", "chunks", "pages", "bytes", "sha256", "created_at",
    "warnings", "error",
}  # fmt: skip


def send(api: httpx.Client, collection: str, *files: tuple[str, bytes]) -> httpx.Response:
    return api.post("/api/documents", data={"collection": collection}, files=[("files", file) for file in files])


def settled(api: httpx.Client, document_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while True:
        document: dict[str, Any] = api.get(f"/api/documents/{document_id}").json()
        if document["status"] in ("indexed", "failed", "cancelled"):
            return document
        assert time.monotonic() < deadline, document
        time.sleep(0.05)


def assert_error(response: httpx.Response, status: int, code: str) -> None:
    assert response.status_code == status, response.text
    assert response.json().keys() == {"code", "message", "hint"}
    assert response.json()["code"] == code


def test_a_document_from_upload_to_receipt(api: httpx.Client, collection: str) -> None:
    text = b"# Travel\n\n## Trains\n\nSecond class up to two hours.\n"
    response = send(api, collection, ("travel.md", text))
    assert response.status_code == 202
    (item,) = response.json()["items"]
    assert item.keys() == {"id", "version", "name", "status", "duplicate_of"}
    document = settled(api, item["id"])
    assert document.keys() >= DOCUMENT_KEYS
    assert (document["status"], document["progress"], document["bytes"]) == ("indexed", 1.0, len(text))

    listed = api.get("/api/documents", params={"collection": collection, "status": "indexed"}).json()
    assert [one["id"] for one in listed["items"]] == [item["id"]]
    assert listed["next"] is None
    chunks = api.get(f"/api/documents/{item['id']}/chunks").json()["items"]
    assert chunks[0].keys() == {"id", "ordinal", "text", "heading", "page", "start", "end", "tokens"}
    assert "two hours" in " ".join(chunk["text"] for chunk in chunks)
    (version,) = api.get(f"/api/documents/{item['id']}/versions").json()["items"]
    assert (version["version"], version["live"]) == (1, True)

    receipt = api.delete(f"/api/documents/{item['id']}").json()
    assert receipt["probe_hits"] == 0
    assert receipt["removed"]["index"] == len(chunks)
    assert receipt["removed"]["files"] == 1
    for path in ("", "/chunks", "/versions", "/file"):
        assert_error(api.get(f"/api/documents/{item['id']}{path}"), 404, "document_not_found")


def test_the_original_is_a_download_and_nothing_else(api: httpx.Client, collection: str) -> None:
    name = 'we"ird\r\nset-cookie: x=1; 員工.html'
    page = b"<html><body><script>alert(1)</script><p>hello</p></body></html>"
    (item,) = send(api, collection, (name, page)).json()["items"]
    response = api.get(f"/api/documents/{item['id']}/file")
    assert response.content == page
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in response.headers["content-security-policy"]
    assert response.headers["content-disposition"].startswith("attachment; ")
    assert "set-cookie" not in response.headers


def test_each_file_of_a_batch_stands_for_itself(api: httpx.Client, collection: str) -> None:
    response = send(
        api,
        collection,
        ("empty.md", b""),
        ("good.md", b"good"),
        ("prog.exe", b"MZ\x90\x00\x03"),
        ("../../up.md", b"up"),
    )
    assert response.status_code == 202
    empty, good, program, up = response.json()["items"]
    assert empty["error"]["code"] == "empty_file"
    assert good["status"] == "queued"
    assert program["error"]["code"] == "unsupported_format"
    assert up["name"] == "up.md"
    assert settled(api, good["id"])["status"] == "indexed"


def test_when_all_are_refused_the_first_says_why(api: httpx.Client, collection: str) -> None:
    assert_error(send(api, collection, ("empty.md", b""), ("x.exe", b"MZ\x90\x00")), 422, "empty_file")
    assert_error(send(api, collection, ("x.exe", b"MZ\x90\x00")), 415, "unsupported_format")
    assert_error(send(api, collection, ("big.md", b"x" * 51_000_000)), 413, "file_too_large")


def test_what_is_no_upload(api: httpx.Client, collection: str) -> None:
    assert_error(api.post("/api/documents", json={"files": []}), 415, "not_multipart")
    assert_error(api.post("/api/documents", data={"collection": collection}, files={"x": ("", b"")}), 422, "no_files")
    assert_error(send(api, "no-such", ("a.md", b"text")), 404, "collection_not_found")
    cut = b'--B\r\ncontent-disposition: form-data; name="files"; filename="a.md"\r\n\r\nhal'
    response = api.post("/api/documents", content=cut, headers={"content-type": "multipart/form-data; boundary=B"})
    assert_error(response, 400, "upload_cut")


def test_pages_of_documents(api: httpx.Client, collection: str) -> None:
    items = send(api, collection, *((f"{n}.md", f"text {n}".encode()) for n in range(5))).json()["items"]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        params = {"collection": collection, "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = api.get("/api/documents", params=params).json()
        seen += [document["id"] for document in page["items"]]
        cursor = page["next"]
    assert sorted(seen) == sorted(item["id"] for item in items)
    assert len(seen) == 5


def test_cancel_and_retry_need_something_to_do(api: httpx.Client, collection: str) -> None:
    (item,) = send(api, collection, ("a.md", b"text")).json()["items"]
    settled(api, item["id"])
    assert_error(api.post(f"/api/documents/{item['id']}/cancel"), 409, "nothing_to_cancel")
    assert_error(api.post(f"/api/documents/{item['id']}/retry"), 409, "nothing_to_retry")


def test_the_events_tell_of_a_document_until_it_is_indexed(api: httpx.Client, collection: str) -> None:
    states: list[str] = []
    with api.stream("GET", "/api/documents/events", timeout=30) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        (item,) = send(api, collection, ("a.md", b"text for the news")).json()["items"]
        event = ""
        for line in stream.iter_lines():
            if line.startswith("event: "):
                event = line[7:]
            if line.startswith("data: ") and event == "document":
                document = json.loads(line[6:])
                if document["id"] == item["id"]:
                    states.append(document["status"])
                    if document["status"] == "indexed":
                        break
    assert states[-1] == "indexed"


@pytest.mark.parametrize("path", ["", "/chunks", "/versions", "/file", "/cancel", "/retry"])
@pytest.mark.parametrize("odd", ["nope", "doc_" + "0" * 27, "%00", "💥", "x" * 150])
def test_unknown_ids(api: httpx.Client, odd: str, path: str) -> None:
    method = "POST" if path in ("/cancel", "/retry") else "GET"
    assert_error(api.request(method, f"/api/documents/{odd}{path}"), 404, "document_not_found")


def test_collections(api: httpx.Client, collection: str) -> None:
    names = [one["name"] for one in api.get("/api/collections", params={"limit": 500}).json()["items"]]
    assert {"default", collection} <= set(names)
    assert_error(api.post("/api/collections", json={"name": collection}), 409, "collection_exists")
    assert_error(api.post("/api/collections", json={"name": "Not Good"}), 422, "collection_name")
    assert_error(api.delete("/api/collections/no-such"), 404, "collection_not_found")
    (item,) = send(api, collection, ("a.md", b"in the collection")).json()["items"]
    settled(api, item["id"])
    receipt = api.delete(f"/api/collections/{collection}").json()
    assert (receipt["name"], receipt["probe_hits"], receipt["removed"]["files"]) == (collection, 0, 1)
    assert_error(api.get(f"/api/documents/{item['id']}"), 404, "document_not_found")


def test_verify_and_reindex(api: httpx.Client, collection: str) -> None:
    (item,) = send(api, collection, ("a.md", b"text to build anew")).json()["items"]
    settled(api, item["id"])
    built = api.post("/api/maintenance/reindex", json={"collection": collection})
    assert built.json() == {"collection": collection, "chunks": 1}
    found = api.post("/api/maintenance/verify").json()
    assert [one for one in found["differences"] if collection in one["where"]] == []
    assert_error(api.post("/api/maintenance/reindex", json={"collection": "no-such"}), 404, "collection_not_found")


def test_the_formats_and_limits_can_be_asked_for(api: httpx.Client, collection: str) -> None:
    said = api.get("/api/formats").json()
    assert [item["key"] for item in said["items"]] == [format.key for format in FORMATS]
    assert {"key", "label", "extensions", "media_types"} == set(said["items"][0])
    assert (said["max_file_bytes"], said["max_upload_bytes"], said["max_files"]) == (50_000_000, 500_000_000, 500)
    extension = next(item["extensions"][0] for item in said["items"] if item["key"] == "txt")
    assert send(api, collection, (f"note{extension}", b"The harbour opens at seven.")).status_code == 202
