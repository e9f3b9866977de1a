"""Whatever is not configured by URL, running for the length of a block."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from pydantic import SecretStr

from service.datafolder import DataFolder, Holder, hold, open_folder
from service.models import adapters
from service.models.defaults import (
    LOCAL_MODEL_FOLDER,
    LOCAL_MODEL_KEY,
    LOCAL_MODEL_URL,
    LocalModel,
    needs_local_server,
)
from service.settings import Settings
from service.supervise import specs
from service.supervise.child import Child, State
from service.supervise.ports import Port, reserve
from service.supervise.supervisor import Supervisor

Need = Literal["redis", "chroma", "chat", "workers"]
EVERYTHING: frozenset[Need] = frozenset({"redis", "chroma", "chat", "workers"})


@dataclass(frozen=True, slots=True)
class Installation:
    """A running set of children. `settings` has the addresses of all of them filled in: use it instead of yours."""

    settings: Settings
    folder: DataFolder
    holder: Holder
    supervisor: Supervisor
    local: LocalModel = field(default_factory=LocalModel)
    """Where the local model answers; nowhere when a configured one is used instead."""
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the end has begun: readiness goes off and endless streams close."""

    def states(self) -> tuple[State, ...]:
        return self.supervisor.states()


@asynccontextmanager
async def embedded(
    settings: Settings,
    needs: Set[Need] = EVERYTHING,
    *,
    command: str = "parallax",
    address: str | None = None,
) -> AsyncIterator[Installation]:
    """Hold the data folder and start those of `needs` that have no URL; stop them all at the end.

    Raises `Conflict` when another process holds the folder (the message says which), `NotReady` when a child does not
    come up.
    """
    folder = open_folder(settings.data_dir)
    ports: list[Port] = []
    with hold(folder, command, address) as holder:
        try:
            plan = _plan(settings, needs, folder, ports)
            async with Supervisor(plan.children, folder.logs) as supervisor:
                yield Installation(plan.settings, folder, holder, supervisor, plan.local)
        finally:
            for port in ports:
                port.release()


@dataclass(frozen=True, slots=True)
class _Plan:
    """The children to start, in order, and the settings with their addresses."""

    children: list[Child]
    settings: Settings
    local: LocalModel


def _plan(settings: Settings, needs: Set[Need], folder: DataFolder, ports: list[Port]) -> _Plan:
    children: list[Child] = []
    found: dict[str, object] = {"data_dir": folder.path}
    run = folder.sockets()

    def port() -> int:
        ports.append(reserve())
        return ports[-1].number

    if "redis" in needs and settings.redis_url is None:
        socket = run / "valkey.sock"
        children.append(specs.valkey(folder, socket))
        found["redis_url"] = SecretStr(f"unix://{socket}")
    if "chroma" in needs and settings.chroma_url is None:
        number = port()
        children.append(specs.chroma(folder, number))
        found["chroma_url"] = f"http://127.0.0.1:{number}"
    resolved = settings.model_copy(update=found)
    told = _as_environment(resolved)
    stores = tuple(child.name for child in children)
    local = LocalModel()
    if "chat" in needs and needs_local_server(settings):
        number, key = port(), SecretStr(secrets.token_urlsafe(24))
        adapters.forget(run)
        children.append(specs.model(number, key.get_secret_value(), run, told))
        local = LocalModel(f"http://127.0.0.1:{number}/v1", key, run)
    if "workers" in needs:
        keys = _keys(settings, local)
        children += [specs.worker(number, run, told, stores, keys) for number in range(1, settings.workers + 1)]
    return _Plan(children, resolved, local)


def _keys(settings: Settings, local: LocalModel) -> dict[str, str]:
    """What a worker asks chat models with: by environment, where only its own user can read it."""
    given = {
        "PARALLAX_CHAT_API_KEY": settings.chat_api_key,
        "PARALLAX_OPENAI_API_KEY": settings.openai_api_key,
        LOCAL_MODEL_KEY: local.key,
    }
    keys = {name: value.get_secret_value() for name, value in given.items() if value is not None}
    there = {LOCAL_MODEL_URL: local.url, LOCAL_MODEL_FOLDER: local.folder}
    return keys | {name: str(value) for name, value in there.items() if value is not None}


def _as_environment(settings: Settings) -> dict[str, str]:
    """What children of ours must be told: the same settings, addresses included, less the chat models' keys."""
    told: dict[str, str] = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if value is None or name in {"chat_api_key", "openai_api_key", "host", "port"}:
            continue
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        told[f"PARALLAX_{name.upper()}"] = ",".join(value) if isinstance(value, tuple) else str(value)
    return told
