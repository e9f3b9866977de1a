"""Half a character (a lone surrogate) is refused wherever JSON carries it: no store, prompt or answer could keep it."""

from __future__ import annotations

import httpx
import pytest

from tests.doubles.expect import assert_error

HALF = '"a\\ud800b"'


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/chat", '{"question": %s, "stream": false}'),
        ("/api/chat", '{"question": "x", "variant": "plain", "visitor": %s}'),
        ("/api/chat", '{"question": "x", "variant": "plain", "stream": false, %s: 1}'),
        ("/api/search", '{"query": %s}'),
        ("/api/collections", '{"name": %s}'),
        ("/api/variants", '{"name": "q", "approach": "plain", "label": %s}'),
        ("/api/variants", '{"name": "q", "approach": "plain", "parameters": {"temperature": %s}}'),
        ("/api/examples", '{"question": %s, "answer": "x"}'),
        ("/api/answers/ans_x/feedback", '{"rating": 1, "comment": %s}'),
        ("/v1/chat/completions", '{"model": "plain", "messages": [{"role": "user", "content": %s}]}'),
        ("/v1/chat/completions", '{"model": "plain", "messages": [{"role": "user", "content": "x"}], "junk": [%s]}'),
        ("/v1/embeddings", '{"input": ["x", %s]}'),
    ],
)
def test_half_a_character_is_refused(api: httpx.Client, path: str, body: str) -> None:
    response = api.post(path, content=(body % HALF).encode(), headers={"content-type": "application/json"})
    assert_error(response, 422, "invalid_request")
    assert "surrogate" in response.json()["message"]


def test_both_halves_are_a_character(api: httpx.Client) -> None:
    body = b'{"query": "\\ud83d\\udc27"}'
    assert api.post("/api/search", content=body, headers={"content-type": "application/json"}).status_code == 200
