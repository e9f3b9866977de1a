"""A stranger's page in the same browser, and a stranger's name for this machine."""

from __future__ import annotations

import httpx
import pytest

pytestmark = pytest.mark.attack

FILE = [("files", ("note.md", b"# Note\n\nPlanted."))]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example", "http://127.0.0.1:1"]
)
def test_a_strangers_page_cannot_upload(api: httpx.Client, collection: str, origin: str) -> None:
    answer = api.post("/api/documents", data={"collection": collection}, files=FILE, headers={"origin": origin})
    assert answer.status_code == 403
    assert answer.json()["code"] == "foreign_origin"
    assert api.get("/api/documents", params={"collection": collection}).json()["items"] == []


def test_own_and_allowed_pages_can(api: httpx.Client, collection: str) -> None:
    own = f"http://{api.base_url.host}:{api.base_url.port}"
    for origin in (own, "https://shop.example"):
        asked = {"question": "", "collection": collection}
        assert api.post("/api/chat", json=asked, headers={"origin": origin}).status_code == 422


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", ""])
def test_a_strangers_name_is_not_ours(api: httpx.Client, name: str) -> None:
    answer = api.get("/api/documents", headers={"host": name})
    assert answer.status_code in (400, 403)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1:8000", "[::1]:8000"])
def test_names_of_this_machine_are(api: httpx.Client, name: str) -> None:
    assert api.get("/healthz", headers={"host": name}).status_code == 200
