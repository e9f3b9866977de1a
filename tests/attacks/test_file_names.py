"""A file's name is only a name: it is shown, and sent back, and never a path, a header or markup."""

from __future__ import annotations

import re
import uuid
from typing import Any

import httpx
import pytest

from tests.doubles.served import Served

pytestmark = pytest.mark.attack


@pytest.mark.parametrize(
    "name",
    [
        "../../escape.txt",
        "..\\..\\escape.txt",
        "C:\\Windows\\escape.txt",
        "/etc/escape.txt",
        "a\0b.txt",
        "CON.txt",
        "x" * 4000 + ".txt",
        "invoice\u202etxt.exe.txt",
        "line\r\nSet-Cookie: a=b.txt",
        ".htaccess.txt",
        '"; filename="other.exe.txt',
        "<img src=x onerror=alert(1)>.txt",
        "\x1b[31mred.txt",
        "名前\u200b.txt",
    ],
)
def test_a_file_s_name_is_only_a_name(served: Served, api: httpx.Client, collection: str, name: str) -> None:
    text = f"The harbour opens at seven. {uuid.uuid4()}"
    document = _uploaded(api, collection, name, text)
    shown = document["name"]
    assert 0 < len(shown) <= 200
    assert not re.search(r"[\x00-\x1f\u200b\u202e]|\.\.[/\\]", shown)
    assert not shown.startswith(("/", "\\"))
    response = api.get(f"/api/documents/{document['id']}/file")
    assert response.text == text
    disposition = response.headers["content-disposition"]
    assert disposition.startswith("attachment;")
    assert len(re.findall(r"filename=", disposition)) == 1
    assert "set-cookie" not in response.headers
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in response.headers["content-security-policy"]
    outside = [file for file in served.data.parent.rglob("*escape*") if file.is_file()]
    assert outside == []


def _uploaded(api: httpx.Client, collection: str, name: str, text: str) -> dict[str, Any]:
    """The document of a file with this very name: put on the wire by hand, since clients tidy names up."""
    quoted = name.replace('"', '\\"').encode("utf-8", "surrogateescape").replace(b"\r\n", b"%0D%0A")
    body = (
        b'--b\r\nContent-Disposition: form-data; name="collection"\r\n\r\n' + collection.encode() + b"\r\n"
        b'--b\r\nContent-Disposition: form-data; name="files"; filename="' + quoted + b'"\r\n'
        b"Content-Type: text/plain\r\n\r\n" + text.encode() + b"\r\n--b--\r\n"
    )
    response = api.post("/api/documents", content=body, headers={"content-type": "multipart/form-data; boundary=b"})
    assert response.status_code == 202, response.text
    found: dict[str, Any] = api.get(f"/api/documents/{response.json()['items'][0]['id']}").json()
    return found
