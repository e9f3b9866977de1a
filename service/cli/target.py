"""Whom a command talks to: the service at --url, the one that runs on the data folder, or one started just for this."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import httpx

from ingest.loopback import is_loopback
from service.cli.client import Client
from service.datafolder import running
from service.settings import Settings

TIMEOUT = httpx.Timeout(60.0, connect=5.0, read=600.0)


@asynccontextmanager
async def target(
    settings: Settings, url: str | None, *, needs: Collection[str] = (), works: bool = False
) -> AsyncIterator[Client]:
    """A client of whoever should do the work.

    With neither `url` nor a running service the parts in `needs` are started for the length of the block (and, with
    `works`, an ingest worker in this process). Raises `NotReady` and `Conflict` as `in_process` does.
    """
    service = None if url else running(settings.data_dir)
    address = url or (service.url if service else None)
    if address is not None:
        async with httpx.AsyncClient(base_url=address, timeout=TIMEOUT, trust_env=not is_loopback(address)) as http:
            yield Client(http)
        return
    # The whole service is imported only by a command that has to be it: that takes a second or two.
    from service.cli.inprocess import in_process

    async with (
        in_process(settings, needs, works=works) as transport,
        httpx.AsyncClient(base_url="http://localhost", timeout=TIMEOUT, transport=transport) as http,
    ):
        yield Client(http)
