"""Answers and searches as they are sent and kept."""

from __future__ import annotations

from typing import Any

import orjson


def sent(value: object) -> Any:
    """The JSON object of an answer, or of what was retrieved for one. A passage's header is for the prompt and the
    check only: it is no part of the public shape."""
    body = orjson.loads(orjson.dumps(value))
    for passage in body["passages"]:
        passage.pop("header", None)
    return body
