"""What the long-running commands run: the service with its seed, and a worker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from service.api.app import create_app
from service.cli.client import Client
from service.cli.common import err, out
from service.cli.ingest import add_files, found
from service.cli.target import TIMEOUT
from service.datafolder import running
from service.settings import Settings
from service.supervise.embedded import Installation
from service.supervise.serve import serve
from service.wiring import open_parts, run_worker


async def run_service(config: Settings, seed: Path | None) -> None:
    """Until a signal ends it."""
    seeding: set[asyncio.Task[None]] = set()

    def ready(_installation: Installation, url: str) -> None:
        out.print(f"[bold]Parallax[/] is ready at [bold cyan]{url}[/]  (Ctrl-C stops it)")
        if seed is not None:
            seeding.add(asyncio.ensure_future(_seed(url, seed)))

    await serve(config, _build, on_ready=ready)


@asynccontextmanager
async def _build(installation: Installation) -> AsyncIterator[Any]:
    async with open_parts(installation.settings, installation) as parts:
        yield create_app(parts)


async def _seed(url: str, folder: Path) -> None:
    """Load the examples when the default collection is empty. A failure is said and changes nothing else."""
    try:
        async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT) as http:
            client = Client(http)
            await _seed_few_shot(client, folder / "few_shot.jsonl")
            if (await client.call("GET", "/api/documents", params={"collection": "default", "limit": 1}))["items"]:
                return
            files = list(found([folder / "documents"]))
            with Progress(
                TextColumn("Loading the example documents"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                console=err,
            ) as bars:  # fmt: skip
                outcomes = await add_files(client, files, "default", bars)
            loaded = sum(outcome.status in ("indexed", "unchanged") for outcome in outcomes)
            out.print(f"{loaded} of {len(outcomes)} example documents are loaded. Ask something: {url}")
    except Exception as error:
        err.print(f"[red]The example documents were not loaded:[/] {error}", markup=True)


async def _seed_few_shot(client: Client, file: Path) -> None:
    if (await client.call("GET", "/api/examples"))["items"]:
        return
    lines = await asyncio.to_thread(file.read_text, "utf-8")
    pairs = [json.loads(line) for line in lines.splitlines() if line.strip()]
    await client.call("POST", "/api/examples", json={"items": pairs})


async def run_until_told(config: Settings) -> None:
    """An ingest worker, until a signal ends it: for the configured parts, or those of the service on this folder."""
    if (service := running(config.data_dir)) is not None:
        found = {
            "redis_url": SecretStr(service.redis_url) if service.redis_url else None,
            "chroma_url": service.chroma_url,
        }
        config = config.model_copy(
            update={name: url for name, url in found.items() if url and getattr(config, name) is None}
        )
    async with open_parts(config) as parts:
        await run_worker(parts)
