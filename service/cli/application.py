"""The application over a running installation. Imports everything, and so takes a second or two to import."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from service.api.app import create_app
from service.supervise.embedded import Installation
from service.wiring import open_parts


@asynccontextmanager
async def built(installation: Installation) -> AsyncIterator[Any]:
    """The ASGI application, its parts open for the length of the block."""
    async with open_parts(installation.settings, installation) as parts:
        yield create_app(parts)
