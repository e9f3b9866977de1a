"""Whom a command talks to: the service at --url, the one that runs on the data folder, or one started just for this."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from tempfile import TemporaryDirectory

import httpx
import uvicorn

from service.api.app import create_app
from service.cli.client import Client
from service.datafolder import running
from service.settings import Settings
from service.supervise.embedded import Need, embedded
from service.wiring import open_parts, working

TIMEOUT = httpx.Timeout(60.0, connect=5.0, read=600.0)


@asynccontextmanager
async def target(
    settings: Settings, url: str | None, *, needs: Iterable[Need] = (), works: bool = False
) -> AsyncIterator[Client]:
    """A client of whoever should do the work.

    With neither `url` nor a running service the parts in `needs` are started for the length of the block (and, with
    `works`, an ingest worker in this process); the API answers on a socket that only this user can open.
    Raises `NotReady` when a part does not come up, `Conflict` when another command holds the data folder.
    """
    service = None if url else running(settings.data_dir)
    if url or service:
        async with httpx.AsyncClient(base_url=url or service.url, timeout=TIMEOUT) as http:  # type: ignore[union-attr]
            yield Client(http)
        return
    async with (
        embedded(settings, frozenset({"redis", "chroma", *needs}), command="parallax") as installation,
        open_parts(installation.settings, installation) as parts,
        working(parts) if works else _idle(),
    ):
        with TemporaryDirectory(prefix="parallax-") as folder:
            socket = f"{folder}/api.sock"
            config = uvicorn.Config(create_app(parts), uds=socket, log_level="warning", lifespan="on")
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server._serve())
            try:
                while not server.started:
                    if serving.done():
                        serving.result()
                    await asyncio.sleep(0.01)
                transport = httpx.AsyncHTTPTransport(uds=socket)
                async with httpx.AsyncClient(base_url="http://parallax", timeout=TIMEOUT, transport=transport) as http:
                    yield Client(http)
            finally:
                server.should_exit = True
                with suppress(asyncio.CancelledError):
                    await serving


@asynccontextmanager
async def _idle() -> AsyncIterator[None]:
    yield
