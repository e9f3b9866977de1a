"""Hostile HTTP: origins, sizes, names, headers, floods; nobody else is held up and nothing is given away."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.doubles.fake_openai import Reply
from tests.doubles.host_page import HostPage
from tests.doubles.served import Served

pytestmark = pytest.mark.attack

MB = 1 << 20
ROOT = Path(__file__).resolve().parents[2]


def raw(served: Served, head: str, body: bytes = b"", *, seconds: float = 20) -> tuple[int, bytes]:
    """Status and everything that came back for bytes sent as they stand; 0 when the connection was just closed."""
    address = urlsplit(served.url)
    with socket.create_connection((address.hostname, address.port), seconds) as wire:
        wire.sendall(head.replace("\n", "\r\n").encode("utf-8", "surrogateescape") + body)
        answer = b""
        try:
            while piece := wire.recv(65536):
                answer += piece
        except ConnectionError:
            pass
    return (int(answer.split()[1]) if answer else 0), answer


def memory(served: Served) -> int:
    """Resident bytes of the service's own process."""
    for line in Path(f"/proc/{served.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmRSS")


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "https://shop.example.evil.example",
        "https://evilshop.example",
        "http://shop.example",
        "https://shop.example:444",
        "https://SHOP.example",
    ],
)
@pytest.mark.parametrize("path", ["/api/variants", "/api/documents", "/v1/models", "/"])
def test_a_stranger_s_page_may_not_read(api: httpx.Client, origin: str, path: str) -> None:
    response = api.get(path, headers={"origin": origin, "cookie": "session=1"})
    assert "access-control-allow-origin" not in response.headers
    asked = api.options(
        path,
        headers={
            "origin": origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type",
        },
    )
    assert asked.status_code >= 400
    assert "access-control-allow-origin" not in asked.headers


def test_the_pages_that_were_named_may(api: httpx.Client, host: HostPage) -> None:
    for origin in ("https://shop.example", host.origin):
        response = api.get("/api/variants", headers={"origin": origin})
        assert response.headers["access-control-allow-origin"] == origin
        assert "access-control-allow-credentials" not in response.headers
        assert "origin" in response.headers["vary"].lower()
        asked = api.options(
            "/api/chat",
            headers={
                "origin": origin,
                "access-control-request-method": "POST",
                "access-control-request-headers": "content-type",
            },
        )
        assert asked.status_code == 200
        assert asked.headers["access-control-allow-origin"] == origin


@pytest.mark.parametrize("path", ["/api/chat", "/api/search", "/v1/chat/completions", "/api/examples"])
def test_ten_gigabytes_are_refused_before_they_come(served: Served, path: str) -> None:
    head = f"POST {path} HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: 10737418240\n\n"
    began = time.monotonic()
    status, answer = raw(served, head, b"{")
    assert status == 413
    assert time.monotonic() - began < 5
    assert set(json.loads(answer.partition(b"\r\n\r\n")[2])) == {"code", "message", "hint"}


@pytest.mark.parametrize("path", ["/api/chat", "/v1/embeddings"])
def test_a_body_without_end_ends(served: Served, api: httpx.Client, path: str) -> None:
    before, sent = memory(served), 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        yield b'{"question": "'
        while True:
            sent += 65536
            yield b"x" * 65536

    try:
        response = api.post(path, content=endless(), headers={"content-type": "application/json"})
        assert response.status_code == 413
    except httpx.WriteError:  # it hung up on us: also an end
        pass
    assert sent < 64 * MB
    assert memory(served) - before < 64 * MB
    assert api.get("/healthz").status_code == 200


def test_an_upload_over_the_limit_is_refused_and_its_neighbour_kept(
    served: Served, api: httpx.Client, collection: str
) -> None:
    before = memory(served)
    files = [
        ("files", ("big.txt", b"x" * (60 * 1000 * 1000))),
        ("files", ("small.txt", b"The crane lifts nine tonnes.")),
    ]
    response = api.post("/api/documents", data={"collection": collection}, files=files)
    assert response.status_code == 202, response.text
    big, small = response.json()["items"]
    assert big["error"]["code"]
    assert "50" in big["error"]["message"] + big["error"]["hint"]
    assert small["status"] == "queued"
    assert memory(served) - before < 100 * MB
    assert not [file for file in (served.data / "files" / ".incoming").glob("*") if file.stat().st_size > MB]


def test_a_hundred_thousand_parts(served: Served, api: httpx.Client) -> None:
    before = memory(served)
    part = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nx\r\n'
    began = time.monotonic()
    response = api.post(
        "/api/documents",
        content=part * 100_000 + b"--b--\r\n",
        headers={"content-type": "multipart/form-data; boundary=b"},
    )
    assert 400 <= response.status_code < 500, response.text
    assert set(response.json()) == {"code", "message", "hint"}
    assert time.monotonic() - began < 30
    assert memory(served) - before < 200 * MB


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=b", b"--b\r\n"),
        ("multipart/form-data; boundary=b", b"nonsense"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"'),
        ("multipart/form-data; boundary=b", b"--b\r\n" + b"X: " + b"y" * 200_000 + b"\r\n\r\nx\r\n--b--\r\n"),
        ("multipart/form-data; boundary=" + "b" * 5000, b"x"),
        ("application/json", b"{}"),
        ("text/plain", b"hello"),
    ],
)
def test_a_form_that_is_none(api: httpx.Client, kind: str, body: bytes) -> None:
    response = api.post("/api/documents", content=body, headers={"content-type": kind})
    assert 400 <= response.status_code < 500, response.text
    assert set(response.json()) == {"code", "message", "hint"}


@pytest.mark.parametrize(
    "head",
    [
        "GET / HTTP/1.1\nHost: localhost\nX: a\n b\n\n",
        "GET / HTTP/9.9\nHost: localhost\n\n",
        "NONSENSE\n\n",
        "GET / HTTP/1.1\nHost: localhost\nContent-Length: -1\n\n",
        "GET / HTTP/1.1\nHost: localhost\nContent-Length: 5\nTransfer-Encoding: chunked\n\n",
        "POST /api/chat HTTP/1.1\nHost: localhost\nContent-Length: abc\n\n",
        "POST /api/chat HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked\n\nZZZ\n",
        "GET /" + "a" * 100_000 + " HTTP/1.1\nHost: localhost\n\n",
        "GET / HTTP/1.1\nHost: localhost\n" + "X: y\n" * 20_000 + "\n",
        "GET / HTTP/1.1\nHost: localhost\nX: " + "y" * 200_000 + "\n\n",
    ],
)
def test_what_is_not_http(served: Served, api: httpx.Client, head: str) -> None:
    closing = head.replace("Host: localhost\n", "Host: localhost\nConnection: close\n", 1)
    status, answer = raw(served, closing)
    assert status < 500
    assert b"Traceback" not in answer
    assert api.get("/healthz").status_code == 200


def test_a_request_that_never_ends_holds_nobody_up(served: Served, api: httpx.Client) -> None:
    address = urlsplit(served.url)
    slow = [socket.create_connection((address.hostname, address.port), 10) for _ in range(50)]
    try:
        for wire in slow:
            wire.sendall(b"POST /api/chat HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        began = time.monotonic()
        assert api.get("/healthz").status_code == 200
        assert time.monotonic() - began < 3
    finally:
        for wire in slow:
            wire.close()


def test_fifty_questions_at_once(served: Served, api: httpx.Client) -> None:
    """All are answered; the service stays itself."""
    served.fake.default = Reply("The sea is deep.", pause=0.01)
    before, statuses = memory(served), []

    def ask() -> None:
        with served.client() as client:
            answer = client.post("/api/chat", json={"question": "Sea?", "variant": "plain", "stream": False})
            statuses.append((answer.status_code, answer.json().get("text")))

    askers = [threading.Thread(target=ask) for _ in range(50)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join(60)
    assert statuses == [(200, "The sea is deep.")] * 50
    assert memory(served) - before < 100 * MB


@pytest.mark.parametrize("question", ["x" * 7_000, "啊" * 7_000, "a\u0301" * 3_500, "👩‍👩‍👧" * 1_400, "1" * 8_000])
@pytest.mark.parametrize("variant", ["plain", "rag"])
def test_a_question_made_to_be_slow(
    served: Served, api: httpx.Client, handbook: str, question: str, variant: str
) -> None:
    served.fake.default = Reply("Yes.")
    began = time.monotonic()
    response = api.post(
        "/api/chat", json={"question": question, "variant": variant, "collection": handbook, "stream": False}
    )
    assert response.status_code in (200, 422), response.text
    assert time.monotonic() - began < 5


def test_an_unexpected_fault_says_no_more_than_its_number(served: Served, api: httpx.Client) -> None:
    """Whatever a caller does, no answer shows where the code lies or what broke in it."""
    seen = ""
    for path in ("/api/documents/x", "/api/models/%00", "/api/conversations/%ff", "/api/documents?cursor=%00", "/%00"):
        seen += api.get(path).text
    for bad in ('{"question": 1e400}', '{"question": "\\ud800", "variant": "plain"}', "[" * 100_000, '{"a":' * 50_000):
        response = api.post("/api/chat", content=bad, headers={"content-type": "application/json"})
        assert response.status_code < 500, (bad[:40], response.text)
        seen += response.text
    assert "Traceback" not in seen
    assert str(ROOT) not in seen
    assert "site-packages" not in seen
    assert ".py" not in seen


def test_an_upload_that_says_it_is_huge_is_refused_before_it_comes(served: Served) -> None:
    head = f"POST /api/documents HTTP/1.1\nHost: {urlsplit(served.url).netloc}\nConnection: close\n"
    head += f"Content-Type: multipart/form-data; boundary=XX\nContent-Length: {10**12}\n\n"
    status, answer = raw(served, head, b"--XX\r\n")
    assert status == 413
    assert b"upload_too_large" in answer
