"""The pages: workspace, widget, API reference; what browsers are told about them, and no way out of their folder."""

from __future__ import annotations

import re
import socket
from urllib.parse import urlsplit

import httpx
import pytest

from service.api.pages import DIST
from tests.doubles.expect import assert_error
from tests.doubles.served import Served

pytestmark = pytest.mark.skipif(not (DIST / "index.html").is_file(), reason="the front end is not built: make install")


PAGES = ["/", "/chat/conv_x", "/documents/doc_x", "/settings", "/models/qwen2.5-coder", "/anything/else"]


@pytest.mark.parametrize("path", PAGES)
def test_the_workspace_has_many_addresses(api: httpx.Client, path: str) -> None:
    response = api.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.content == (DIST / "index.html").read_bytes()


def test_what_the_pages_name_is_there(api: httpx.Client) -> None:
    for page in ("/", "/embed.html"):
        text = api.get(page).text
        named = re.findall(r'(?:src|href)="(/[^"#]*)"', text)
        assert named, f"{page} names nothing"
        for address in named:
            response = api.get(address)
            assert response.status_code == 200, address
            if address.endswith(".js"):
                assert "javascript" in response.headers["content-type"]


def test_assets_are_kept_and_pages_are_not(api: httpx.Client) -> None:
    text = api.get("/").text
    (asset, *_) = re.findall(r'"(/assets/[^"]+)"', text)
    assert "immutable" in api.get(asset).headers["cache-control"]
    for page in ("/", "/embed.html", "/widget.js"):
        assert api.get(page).headers["cache-control"] == "no-cache"


def test_the_widget_may_be_loaded_by_other_pages(api: httpx.Client) -> None:
    response = api.get("/widget.js", headers={"origin": "https://shop.example"})
    assert response.status_code == 200
    assert "javascript" in response.headers["content-type"]
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "import.meta" not in response.text  # a classic script


def test_the_reference_needs_nothing_from_elsewhere(api: httpx.Client) -> None:
    page = api.get("/docs")
    assert page.status_code == 200
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert not urlsplit(address).netloc, f"{address} is on another machine"
        assert api.get(address).status_code == 200, address
    assert "/openapi.json" in page.text
    assert api.get("/openapi.json").json()["info"]["title"] == "Parallax"


@pytest.mark.parametrize("path", ["/", "/embed.html", "/widget.js", "/api/variants", "/healthz", "/nowhere.txt"])
def test_browsers_are_told_what_not_to_do(api: httpx.Client, path: str) -> None:
    headers = api.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    policy = headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert "server" not in headers


@pytest.mark.parametrize("path", ["/api/nothing", "/v1/nothing", "/nothing.js", "/assets/none.css", "/assets/"])
def test_what_is_not_there_is_an_error_in_words(api: httpx.Client, path: str) -> None:
    if path == "/assets/":
        assert api.get(path).content == (DIST / "index.html").read_bytes()  # an address of the workspace, no listing
    else:
        assert_error(api.get(path), 404, "not_found")


def test_a_method_that_is_not_there(api: httpx.Client) -> None:
    assert_error(api.put("/api/variants"), 405, "method_not_allowed")
    assert_error(api.post("/healthz"), 405, "method_not_allowed")


@pytest.mark.attack
@pytest.mark.parametrize(
    "path",
    [
        "/../pyproject.toml",
        "/assets/../../../pyproject.toml",
        "/..%2f..%2fpyproject.toml",
        "/%2e%2e/%2e%2e/pyproject.toml",
        "/..%5c..%5cpyproject.toml",
        "/assets/..%2f..%2f..%2f..%2fetc/passwd.txt",
        "//etc/passwd.txt",
        "/%00.js",
        "/a%00/../index.html",
        "/" + "x" * 6000 + ".js",
    ],
)
def test_no_path_leaves_the_folder(served: Served, path: str) -> None:
    """Sent as it stands, since clients tidy paths up."""
    address = urlsplit(served.url)
    with socket.create_connection((address.hostname, address.port), 10) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while piece := raw.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    assert status in (400, 404, 414) or body == (DIST / "index.html").read_bytes(), head
    assert b"root:" not in body
    assert b"[project]" not in body
