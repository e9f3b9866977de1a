"""What OpenAI-compatible servers list at `/models`, remembered for a while: a catalogue is looked at often."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence

import httpx
from pydantic import SecretStr

from ingest.loopback import is_loopback
from service.models.catalogue import Listed
from service.settings import Settings

ASK_SECONDS = 3.0
REMEMBER_SECONDS = 60.0
REMEMBER_FAILURE_SECONDS = 15.0
MOST_BYTES = 1 << 20
MOST_MODELS = 200
LONGEST_ID = 150


class Listings:
    """Asks each server at most once at a time. A server that fails or is silent lists nothing: the catalogue shows then
    what the settings name, and nobody waits longer than `ASK_SECONDS`."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, Sequence[str] | None]] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    async def all(self, settings: Settings) -> Listed:
        """Of the servers these settings name."""
        asked = []
        for url, key in (
            (settings.chat_base_url, settings.chat_api_key),
            (settings.openai_base_url if settings.openai_api_key is not None else None, settings.openai_api_key),
        ):
            asked.append(self.ids(url, key) if url else _nothing())
        endpoint, openai = await asyncio.gather(*asked)
        return Listed(endpoint, openai)

    async def ids(self, base_url: str, key: SecretStr | None) -> Sequence[str] | None:
        """The ids a server lists, in its order; None when it does not answer as it should."""
        async with self._turns.setdefault(base_url, asyncio.Lock()):
            until, found = self._known.get(base_url, (0.0, None))
            if time.monotonic() >= until:
                found = await _ask(base_url, key)
                seconds = REMEMBER_FAILURE_SECONDS if found is None else REMEMBER_SECONDS
                self._known[base_url] = (time.monotonic() + seconds, found)
            return found


async def _nothing() -> None:
    return None


async def _ask(base_url: str, key: SecretStr | None) -> Sequence[str] | None:
    headers = {"Accept": "application/json"}
    if key is not None:
        headers["Authorization"] = f"Bearer {key.get_secret_value()}"
    body = bytearray()
    try:
        async with (
            asyncio.timeout(ASK_SECONDS),
            httpx.AsyncClient(timeout=ASK_SECONDS, trust_env=not is_loopback(base_url)) as client,
            client.stream("GET", f"{base_url.rstrip('/')}/models", headers=headers) as response,
        ):
            if response.status_code != 200:
                return None
            async for block in response.aiter_bytes():
                body += block
                if len(body) > MOST_BYTES:
                    return None
        data = json.loads(body)["data"]
        ids = [one["id"] for one in data if isinstance(one["id"], str) and _fit(one["id"])]
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return list(dict.fromkeys(ids))[:MOST_MODELS]


def _fit(id: str) -> bool:
    return 0 < len(id) <= LONGEST_ID and id.isprintable()
