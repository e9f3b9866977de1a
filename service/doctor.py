"""Is this machine fit to run Parallax, and do the parts it is told to use answer? A failing check says what to do."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import httpx
from pydantic import SecretStr
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from ingest.catalogue.engine import open_engine
from ingest.errors import IngestError
from ingest.threads import in_thread
from service.datafolder import holder, open_folder, running
from service.errors import ServiceError
from service.models.defaults import default_chat, default_embedding, needs_local_server
from service.models.files import cache_folder, checked
from service.settings import Settings
from service.supervise.specs import valkey_binary

Level = Literal["ok", "warning", "failed"]
PATIENCE = 5.0
"""Seconds a configured address may take to answer."""
DATA_HINT = "choose another folder with --data or PARALLAX_DATA_DIR"
GIGABYTE = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's table. `hint` says what to do and is empty when all is well."""

    name: str
    level: Level
    detail: str
    hint: str = ""


Check = Callable[[Settings], Awaitable[Finding | None]]
"""None: this check does not concern these settings."""


async def examine(settings: Settings) -> list[Finding]:
    """All checks, at the same time; the findings in the order of `CHECKS`. Never raises for what it finds."""
    found = await asyncio.gather(*(_careful(name, check, settings) for name, check in CHECKS.items()))
    return [finding for finding in found if finding is not None]


async def _careful(name: str, check: Check, settings: Settings) -> Finding | None:
    try:
        async with asyncio.timeout(120):
            return await check(settings)
    except (ServiceError, IngestError) as error:
        return Finding(name, "failed", error.message, error.hint)
    except Exception as error:  # a check that breaks must not hide the others
        return Finding(name, "failed", f"{type(error).__name__}: {error}"[:300], "see the detail")


async def _python(_settings: Settings) -> Finding:
    return Finding("Python", "ok", f"{'.'.join(map(str, sys.version_info[:3]))} ({sys.executable})")


async def _node(_settings: Settings) -> Finding:
    path = shutil.which("node")
    hint = "only building the pages needs Node 20 or newer: https://nodejs.org"
    if path is None:
        return Finding("Node", "warning", "not found", hint)
    version = (await in_thread(_output, path, "--version")).strip()
    major = version.lstrip("v").split(".")[0]
    if not major.isdigit() or int(major) < 20:
        return Finding("Node", "warning", f"{version or 'no version'} ({path})", hint)
    return Finding("Node", "ok", version)


async def _disk(settings: Settings) -> Finding:
    free = min(
        shutil.disk_usage(_existing(path)).free for path in (settings.data_dir, cache_folder(settings.models_dir))
    )
    detail = f"{free / GIGABYTE:.1f} GB free"
    hint = "free some, or put PARALLAX_DATA_DIR and PARALLAX_MODELS_DIR on another disk"
    if free < GIGABYTE / 2:
        return Finding("disk", "failed", detail, hint)
    return Finding("disk", "warning", detail, hint) if free < 2 * GIGABYTE else Finding("disk", "ok", detail)


async def _memory(settings: Settings) -> Finding:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    free = _available() or total
    detail = f"{free / GIGABYTE:.1f} of {total / GIGABYTE:.1f} GB available"
    needed = 2.5 if needs_local_server(settings) else 1.0
    if free < needed * GIGABYTE and not running(settings.data_dir):
        hint = f"about {needed} GB are wanted; close something, or use a chat model elsewhere (PARALLAX_CHAT_BASE_URL)"
        return Finding("memory", "warning", detail, hint)
    return Finding("memory", "ok", detail)


async def _folder(settings: Settings) -> Finding:
    path = settings.data_dir.expanduser().absolute()
    parent = _existing(path)
    if parent != path:
        if os.access(parent, os.W_OK | os.X_OK):
            return Finding("data folder", "ok", f"{path} will be made")
        return Finding("data folder", "failed", f"{path} cannot be made: {parent} is not writable", DATA_HINT)
    folder = open_folder(path)
    probe = folder.path / ".probe"
    probe.write_bytes(b"x" * 4096)
    probe.unlink()
    folder.sockets()
    who = holder(path)
    return Finding("data folder", "ok", f"{path}" + (f", held by {who.describe()}" if who else ""))


async def _env_file(_settings: Settings) -> Finding | None:
    try:
        mode = stat.S_IMODE(os.stat(".env").st_mode)
    except FileNotFoundError:
        return None
    if mode & 0o077:
        return Finding(".env", "warning", "other users of this machine can read it", "chmod 600 .env")
    return Finding(".env", "ok", "only you can read it")


async def _address(settings: Settings) -> Finding:
    name, where = "address", f"{settings.host} port {settings.port}"
    service = running(settings.data_dir)
    if service is not None:
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
            answer = await client.get(f"{service.url}/readyz")
        unready = [part for part, check in answer.json().get("checks", {}).items() if not check["ok"]]
        if unready:
            return Finding(
                name, "warning", f"{service.url} runs, not ready: {', '.join(unready)}", "wait, or see its log"
            )
        return Finding(name, "ok", f"{service.url} runs and is ready")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[
            0
        ]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return Finding(
            name, "failed", f"{where}: {error.strerror or error}", "choose another with --port or PARALLAX_PORT"
        )
    return Finding(name, "ok", f"{where} is free")


async def _models(settings: Settings) -> Finding | None:
    folder = cache_folder(settings.models_dir)
    names: list[str] = []
    if needs_local_server(settings):
        names.append(default_chat(settings))
    if settings.embed_base_url is None:
        names.append(default_embedding(settings))
    for name in names:
        await in_thread(checked, name, folder)
    return Finding("models", "ok", f"{', '.join(names)} in {folder}, hashes right") if names else None


async def _valkey(settings: Settings) -> Finding:
    if settings.redis_url is None:
        version = await in_thread(_output, str(valkey_binary()), "--version")
        if "v=" not in version:
            hint = "set PARALLAX_REDIS_URL to a Redis or Valkey server"
            return Finding("valkey", "failed", f"the private server does not run here: {version.strip()}", hint)
        return Finding("valkey", "ok", "private, " + version.split("v=")[1].split()[0])
    client: Redis = Redis.from_url(
        settings.redis_url.get_secret_value(), socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE
    )
    try:
        await client.ping()
        return Finding("redis", "ok", "PARALLAX_REDIS_URL answers")
    except (RedisError, OSError) as error:
        return Finding("redis", "failed", f"{error}"[:300], "check PARALLAX_REDIS_URL, its password and the server")
    finally:
        await client.aclose()


async def _chroma(settings: Settings) -> Finding:
    if settings.chroma_url is None:
        if find_spec("chromadb_rust_bindings") is None:
            return Finding("chroma", "failed", "the server's package is missing", "run `make install` again")
        return Finding("chroma", "ok", "private")
    return await _get("chroma", f"{settings.chroma_url.rstrip('/')}/api/v2/heartbeat", "PARALLAX_CHROMA_URL")


async def _catalogue(settings: Settings) -> Finding:
    if settings.database_url is None:
        return Finding("catalogue", "ok", "SQLite in the data folder")

    def ask(url: str) -> None:
        engine = open_engine(url)
        try:
            with engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        finally:
            engine.dispose()

    try:
        await in_thread(ask, settings.database_url)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        return Finding("catalogue", "failed", reason[:300], "check PARALLAX_DATABASE_URL and the server")
    return Finding("catalogue", "ok", "PARALLAX_DATABASE_URL answers")


async def _chat(settings: Settings) -> Finding | None:
    if settings.chat_base_url is None:
        return None
    url = settings.chat_base_url.rstrip("/") + "/models"
    return await _get("chat endpoint", url, "PARALLAX_CHAT_BASE_URL", settings.chat_api_key)


async def _embeddings(settings: Settings) -> Finding | None:
    if settings.embed_base_url is None:
        return None
    url = settings.embed_base_url.rstrip("/") + "/models"
    return await _get("embeddings endpoint", url, "PARALLAX_EMBED_BASE_URL", settings.embed_api_key)


CHECKS: dict[str, Check] = {
    "Python": _python,
    "Node": _node,
    "disk": _disk,
    "memory": _memory,
    "data folder": _folder,
    ".env": _env_file,
    "address": _address,
    "models": _models,
    "valkey": _valkey,
    "chroma": _chroma,
    "catalogue": _catalogue,
    "chat endpoint": _chat,
    "embeddings endpoint": _embeddings,
}


async def _get(name: str, url: str, setting: str, key: SecretStr | None = None) -> Finding:
    headers = {"authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    try:
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            status = (await client.get(url, headers=headers)).status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Finding(
            name, "failed", f"{url}: {str(error) or type(error).__name__}", f"check {setting} and the server"
        )
    if status in (401, 403):
        return Finding(name, "failed", f"{url} answers {status}", f"check the key that belongs to {setting}")
    if status >= 500:
        return Finding(name, "failed", f"{url} answers {status}", "look at that server's log")
    if status != 200:
        return Finding(
            name, "warning", f"{url} answers {status}", f"is {setting} the right path (often it ends in /v1)?"
        )
    return Finding(name, "ok", f"{url} answers")


def _existing(path: Path) -> Path:
    """The path itself or the nearest parent that is there."""
    path = path.expanduser().absolute()
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _available() -> int | None:
    """Bytes a new process could use; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return done.stdout + done.stderr
