"""What `parallax worker` runs. Apart from the rest, so that a worker does not import the web application."""

from __future__ import annotations

import os

from pydantic import SecretStr

from service.datafolder import running
from service.models.defaults import LocalModel
from service.settings import Settings
from service.wiring import open_parts, run_worker


async def run_until_told(config: Settings) -> None:
    """A worker, until a signal ends it: for the configured parts, or those of the service on this folder."""
    if (service := running(config.data_dir)) is not None:
        found = {
            "redis_url": SecretStr(service.redis_url) if service.redis_url else None,
            "chroma_url": service.chroma_url,
        }
        config = config.model_copy(
            update={name: url for name, url in found.items() if url and getattr(config, name) is None}
        )
    async with open_parts(config, local=LocalModel.told(os.environ)) as parts:
        await run_worker(parts)
