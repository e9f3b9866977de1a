"""Commands over documents: what they ask the service for."""

from __future__ import annotations

import json

import httpx
import pytest

from service.cli.client import Client
from service.cli.documents import every_collection

pytestmark = pytest.mark.anyio


async def test_every_collection_is_found_however_many_there_are() -> None:
    there = [f"c{number:03d}" for number in range(250)]

    def answer(request: httpx.Request) -> httpx.Response:
        after = request.url.params.get("cursor", "")
        later = [name for name in there if name > after]
        body = {"items": [{"name": name} for name in later[:100]], "next": later[99] if len(later) > 100 else None}
        return httpx.Response(200, content=json.dumps(body), headers={"content-type": "application/json"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://service") as http:
        assert await every_collection(Client(http)) == there
