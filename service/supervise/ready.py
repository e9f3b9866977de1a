"""Ways to see that a child is ready. None of them raises."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx

from service.supervise.child import ReadyCheck

_PATIENCE = 2.0
"""Seconds one question may take; the supervisor asks again."""


def http(url: str, headers: dict[str, str] | None = None) -> ReadyCheck:
    """Ready when a GET answers 200. Proxies of the environment are not asked: these addresses are this machine's."""

    async def check() -> bool:
        try:
            async with httpx.AsyncClient(timeout=_PATIENCE, trust_env=False) as client:
                return (await client.get(url, headers=headers)).status_code == 200
        except httpx.HTTPError:
            return False

    return check


def ping(socket: Path) -> ReadyCheck:
    """Ready when a Redis-compatible server on a unix socket says PONG (while it loads its file it says -LOADING)."""

    async def check() -> bool:
        writer = None
        try:
            async with asyncio.timeout(_PATIENCE):
                reader, writer = await asyncio.open_unix_connection(str(socket))
                writer.write(b"PING\r\n")
                return (await reader.readline()).startswith(b"+PONG")
        except (OSError, TimeoutError):
            return False
        finally:
            if writer is not None:
                writer.close()

    return check


def file(path: Path) -> ReadyCheck:
    """Ready when the child has written this file (whose predecessor `prepare` removes)."""

    async def check() -> bool:
        return path.exists()  # noqa: ASYNC240 - one stat of a local file

    return check
