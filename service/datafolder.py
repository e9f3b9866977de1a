"""The data folder: its layout, the lock that says who works on it, and where a running service can be reached.

    data/                     0700
    ├── lock                  flock; holds who has it
    ├── runtime.json          addresses of the running service (0600)
    ├── catalogue.sqlite3     unless DATABASE_URL is set
    ├── files/                original bytes, unless FILES_URL is set
    ├── chroma/  valkey/      the embedded servers' own files
    ├── finetunes/            a folder for each training job: its pairs, progress, checkpoint
    ├── logs/                 one bounded log per child
    └── run/                  sockets, ready files, and where the adapters of the local model answer

The lock is the kernel's: it is gone the moment its holder is, kill -9 included, so what the files say about a holder
counts only while the lock is held.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from service.errors import Conflict, NotReady

SOCKET_PATH_LIMIT = 100
"""Bytes a unix socket's path may have: 108 on Linux, 104 on macOS, less the final zero and a little."""

_KNOWN = frozenset(
    {"lock", "runtime.json", "catalogue.sqlite3", "files", "chroma", "valkey", "finetunes", "logs", "run"}
)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a data folder. `started` is ISO 8601 UTC; `address` is None for a command that serves nothing."""

    pid: int
    command: str
    started: str
    address: str | None = None

    def describe(self) -> str:
        where = f", serving {self.address}" if self.address else ""
        return f"process {self.pid} (`{self.command}`, since {self.started}{where})"


@dataclass(frozen=True, slots=True)
class Runtime:
    """Addresses of the service that runs on a data folder. None: that part is not there (or not started by it)."""

    pid: int
    url: str
    redis_url: str | None = None
    chroma_url: str | None = None
    model_url: str | None = None


@dataclass(frozen=True, slots=True)
class DataFolder:
    path: Path

    @property
    def chroma(self) -> Path:
        return self.path / "chroma"

    @property
    def valkey(self) -> Path:
        return self.path / "valkey"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    @property
    def runtime(self) -> Path:
        return self.path / "runtime.json"

    def sockets(self) -> Path:
        """A 0700 folder for sockets and ready files: `run/` here, or a short per-user one when that path is too long.

        Raises `Conflict` when the short folder belongs to somebody else.
        """
        here = self.path / "run"
        if len(os.fsencode(here / "valkey.sock")) <= SOCKET_PATH_LIMIT:
            return _private(here)
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]
        for base in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):
            if not base or not os.path.isdir(base):
                continue
            short = Path(base) / f"parallax-{os.getuid()}" / digest
            if len(os.fsencode(short / "valkey.sock")) <= SOCKET_PATH_LIMIT:
                _private(short.parent)
                return _private(short)
        raise Conflict("no_short_folder", f"no folder short enough for a socket: {here}", "set XDG_RUNTIME_DIR")


def open_folder(path: Path) -> DataFolder:
    """Make the folder (0700) or check the one that is there.

    Raises `Conflict` when it is somebody else's, not a folder, or full of things that are not ours (a home folder
    given by mistake would otherwise be closed to everybody else).
    """
    path = path.expanduser().absolute()
    hint = "choose another folder with --data or PARALLAX_DATA_DIR"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = path.resolve()
        names = {entry.name for entry in path.iterdir()}
        mine = path.stat().st_uid == os.getuid()
        if names and not names & _KNOWN and any(not n.startswith(".") and n != "lost+found" for n in names):
            raise Conflict("data_folder_foreign", f"{path} is not empty and not a Parallax data folder", hint)
        if mine:
            path.chmod(0o700)
        if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError(13, "no write permission")
        folder = DataFolder(path)
        for part in (folder.chroma, folder.valkey, folder.logs):
            part.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise Conflict(
            "data_folder_unusable", f"{path} cannot be used as data folder: {error.strerror or error}", hint
        ) from error
    return folder


@contextmanager
def hold(folder: DataFolder, command: str, address: str | None = None, patience: float = 1.0) -> Iterator[Holder]:
    """Keep everybody else out of the folder for the duration of the block.

    Waits `patience` seconds at most, because the previous holder may just be going. Raises `Conflict` saying who it is.
    """
    # Not inheritable (Python's default), or a child that outlives us for a moment would hold the lock on.
    descriptor = os.open(folder.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        until = time.monotonic() + patience
        while not _try_lock(descriptor, fcntl.LOCK_EX):
            if time.monotonic() > until:
                raise held(folder.path, _read_holder(folder))
            time.sleep(0.05)
        holder = Holder(os.getpid(), command, datetime.now(UTC).isoformat(timespec="seconds"), address)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(asdict(holder)).encode(), 0)
        with suppress(FileNotFoundError):
            folder.runtime.unlink()
        try:
            yield holder
        finally:
            with suppress(FileNotFoundError):
                folder.runtime.unlink()
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def refuse_if_held(path: Path, patience: float = 0.5) -> None:
    """Raises `Conflict` when somebody holds the folder and does not let go within so many seconds.

    Only a look, for those to whom getting ready is dear: who has it is settled by `hold`.
    """
    until = time.monotonic() + patience
    while (other := holder(path)) is not None:
        if time.monotonic() > until:
            raise held(path, other)
        time.sleep(0.05)


def held(path: Path, other: Holder | None) -> Conflict:
    """The error that says who holds the folder."""
    who = other.describe() if other else "another process"
    hint = "stop it first, or use another folder with --data"
    if other and other.address:
        hint = f"use it at {other.address}, stop it first, or use another folder with --data"
    return Conflict("data_folder_held", f"{path} is held by {who}", hint)


def holder(path: Path) -> Holder | None:
    """Who works on this data folder right now; None when nobody does (what a killed holder left behind is ignored)."""
    folder = DataFolder(path.expanduser().absolute())
    try:
        descriptor = os.open(folder.lock, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        hint = "choose another folder with --data or PARALLAX_DATA_DIR"
        raise Conflict("data_folder_unusable", f"{path} cannot be looked into: {error.strerror}", hint) from error
    try:
        if _try_lock(descriptor, fcntl.LOCK_SH):
            return None
    finally:
        os.close(descriptor)
    return _read_holder(folder) or Holder(0, "unknown", "unknown")


def publish(folder: DataFolder, runtime: Runtime) -> None:
    """Write `runtime.json`, whole or not at all. Only the holder calls this, once its address answers."""
    fresh = folder.path / ".runtime.json"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(runtime), file, indent=1)
    os.replace(fresh, folder.runtime)


def running(path: Path) -> Runtime | None:
    """The service that runs on this data folder, or None: nobody holds it, or the holder does not serve (yet).

    Raises `NotReady` for a `runtime.json` that cannot be read.
    """
    who = holder(path)
    if who is None:
        return None
    try:
        found = Runtime(**json.loads((path.expanduser() / "runtime.json").read_text()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise NotReady("runtime_unreadable", f"runtime.json in {path} cannot be read: {error}") from error
    return found if found.pid == who.pid else None


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_holder(folder: DataFolder) -> Holder | None:
    try:
        return Holder(**json.loads(folder.lock.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _private(folder: Path) -> Path:
    with suppress(FileExistsError):  # a link or a file of that name is found out below
        folder.mkdir(mode=0o700, parents=True)
    info = folder.lstat()
    if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.getuid():
        raise Conflict("folder_not_ours", f"{folder} belongs to somebody else", "remove it or set XDG_RUNTIME_DIR")
    folder.chmod(0o700)
    return folder
