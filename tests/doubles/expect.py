"""What every error looks like from outside."""

from __future__ import annotations

import httpx


def assert_error(response: httpx.Response, status: int, code: str | None = None) -> None:
    """This status, and the only error body there is."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith("application/json")
    body = response.json()
    assert set(body) == {"code", "message", "hint"}
    assert all(isinstance(value, str) for value in body.values())
    assert body["message"]
    if code is not None:
        assert body["code"] == code
