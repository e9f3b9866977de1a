"""Speaking HTTP to the service: errors become ours again, streams become events."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx

from service.errors import NotReady, ServiceError


class Client:
    """A thin client of CONTRACT's API over one httpx client."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def call(self, method: str, path: str, **request: Any) -> Any:
        """The parsed JSON body (None for an empty one). Raises `ServiceError` with the service's own words."""
        try:
            response = await self.http.request(method, path, **request)
        except httpx.TransportError as error:
            raise _unreachable(self.http, error) from error
        _raise(response)
        return response.json() if response.content else None

    async def events(self, method: str, path: str, **request: Any) -> AsyncGenerator[tuple[str, Any], None]:
        """(event, data) of a server-sent stream, until it ends."""
        try:
            async with self.http.stream(method, path, **request) as response:
                if response.is_error:
                    await response.aread()
                    _raise(response)
                name = "message"
                async for line in response.aiter_lines():
                    if line.startswith("event:"):
                        name = line[6:].strip()
                    elif line.startswith("data:"):
                        yield name, json.loads(line[5:])
                    elif not line:
                        name = "message"
        except httpx.TransportError as error:
            raise _unreachable(self.http, error) from error


def _raise(response: httpx.Response) -> None:
    if not response.is_error:
        return
    try:
        body = response.json()
        raise ServiceError(body["code"], body["message"], body.get("hint", ""), status=response.status_code)
    except (ValueError, KeyError, TypeError):
        raise ServiceError(
            "not_parallax", f"{response.url} answered {response.status_code}.", "Is that address a Parallax service?"
        ) from None


def _unreachable(http: httpx.AsyncClient, error: httpx.TransportError) -> NotReady:
    return NotReady(
        "service_unreachable",
        f"The service at {http.base_url} does not answer ({type(error).__name__}).",
        "Start it with `parallax serve`, or give another --url.",
    )
