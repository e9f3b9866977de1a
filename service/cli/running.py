"""What `parallax serve` runs: the service, and the loading of the examples once it is up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
from rich.markup import escape

from ingest.loopback import is_loopback
from service.cli.client import Client
from service.cli.common import err, out
from service.cli.ingest import add_files, found
from service.cli.progress import FileBars
from service.cli.target import TIMEOUT
from service.settings import Settings
from service.supervise.embedded import Installation
from service.supervise.serve import serve


async def run_service(config: Settings, seed: Path | None) -> None:
    """Until a signal ends it."""
    seeding: set[asyncio.Task[None]] = set()

    def ready(_installation: Installation, url: str) -> None:
        out.print(f"[bold]Parallax[/] is ready at [bold cyan]{url}[/]  (Ctrl-C stops it)")
        if seed is not None:
            seeding.add(asyncio.ensure_future(_seed(url, seed)))

    # Importing the application takes seconds; the children start meanwhile.
    loading = asyncio.create_task(asyncio.to_thread(import_module, "service.cli.application"))

    @asynccontextmanager
    async def build(installation: Installation) -> AsyncIterator[Any]:
        application = await loading
        async with application.built(installation) as app:
            yield app

    await serve(config, build, on_ready=ready)


async def _seed(url: str, folder: Path) -> None:
    """Load the examples when the default collection is empty. A failure is said and changes nothing else."""
    try:
        async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT, trust_env=not is_loopback(url)) as http:
            client = Client(http)
            await _seed_few_shot(client, folder / "few_shot.jsonl")
            if (await client.call("GET", "/api/documents", params={"collection": "default", "limit": 1}))["items"]:
                return
            files = list(found([folder / "documents"]))
            with FileBars(err, "Loading the example documents", len(files), each=False) as bars:
                outcomes = await add_files(client, files, "default", bars)
            await _seed_questions(client, folder / "questions.txt")
            loaded = sum(outcome.status in ("indexed", "unchanged") for outcome in outcomes)
            out.print(f"{loaded} of {len(outcomes)} example documents are loaded. Ask something: {url}")
    except Exception as error:
        err.print(f"[red]The example documents were not loaded:[/] {escape(str(error))}")


async def _seed_questions(client: Client, file: Path) -> None:
    """What the empty chat suggests to ask: one question a line."""
    lines = (await asyncio.to_thread(file.read_text, "utf-8")).splitlines()
    questions = [line.strip() for line in lines if line.strip()]
    await client.call("PUT", "/api/collections/default/suggestions", json={"questions": questions})


async def _seed_few_shot(client: Client, file: Path) -> None:
    if (await client.call("GET", "/api/examples"))["items"]:
        return
    lines = await asyncio.to_thread(file.read_text, "utf-8")
    pairs = [json.loads(line) for line in lines.splitlines() if line.strip()]
    await client.call("POST", "/api/examples", json={"items": pairs})
