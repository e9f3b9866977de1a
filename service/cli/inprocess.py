"""The service itself, for the length of one command: its parts, an ingest worker if wanted, and the API on a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, nullcontext, suppress
from tempfile import TemporaryDirectory
from typing import cast

import httpx
import uvicorn

from service.api.app import create_app
from service.settings import Settings
from service.supervise.embedded import Need, embedded
from service.supervise.web import WebServer
from service.wiring import open_parts, working


@asynccontextmanager
async def in_process(
    settings: Settings, needs: Iterable[str], *, works: bool
) -> AsyncIterator[httpx.AsyncHTTPTransport]:
    """A transport to an API that only this process can reach.

    Raises `NotReady` when a part does not come up, `Conflict` when another command holds the data folder.
    """
    async with (
        embedded(
            settings, cast(frozenset[Need], frozenset({"redis", "chroma", *needs})), command="parallax"
        ) as installation,
        open_parts(installation.settings, installation) as parts,
        working(parts) if works else nullcontext(),
    ):
        with TemporaryDirectory(prefix="parallax-") as folder:
            socket = f"{folder}/api.sock"
            server = WebServer(uvicorn.Config(create_app(parts), uds=socket, log_config=None, access_log=False))
            serving = asyncio.create_task(server.serve())
            listening = asyncio.create_task(server.listening.wait())
            try:
                await asyncio.wait({serving, listening}, return_when=asyncio.FIRST_COMPLETED)
                yield httpx.AsyncHTTPTransport(uds=socket)
            finally:
                listening.cancel()
                server.should_exit = True
                with suppress(asyncio.CancelledError):
                    await serving
