"""The service itself, for the length of one command: its parts, an ingest worker if wanted, and the API on a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, nullcontext, suppress
from tempfile import TemporaryDirectory
from typing import cast

import httpx
import uvicorn

from service.api.app import create_app
from service.models.shelf import Shelf
from service.settings import Settings
from service.supervise.embedded import Need, embedded
from service.supervise.web import WebServer
from service.wiring import open_parts, working

LOAD_SECONDS = 60.0


@asynccontextmanager
async def in_process(
    settings: Settings, needs: Collection[str], *, works: bool
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
        if installation.local.url is not None:
            await _loaded(parts.shelf)
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


async def _loaded(shelf: Shelf) -> None:
    """Wait for a local model that is still being read from disk; what keeps it longer the question itself will tell."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LOAD_SECONDS):
            while await shelf.problem() is not None:  # noqa: ASYNC110 (another process: there is nothing to wait for)
                await asyncio.sleep(0.2)
