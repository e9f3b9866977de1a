"""Where original bytes are kept, keyed by their SHA-256: a local folder, or any fsspec URL."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC
from pathlib import Path

import fsspec

from ingest.errors import FilesUnavailable

_KEY = re.compile(r"[0-9a-f]{64}")


class LocalFiles:
    """`ingest.ports.FileStore` in a folder: `ab/abcdef...`, each file whole or not there at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, source: str, sha256: str) -> None:
        """Copy a local file in (a hard link where the file system allows)."""
        target = self._path(sha256)
        with _translated():
            if target.exists():
                return
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = target.with_name(f".{target.name}.{os.getpid()}-{os.urandom(4).hex()}")
            try:
                try:
                    os.link(source, fresh)
                except OSError:
                    shutil.copyfile(source, fresh)
                    _flush(fresh)
                os.chmod(fresh, 0o600)
                os.replace(fresh, target)
            finally:
                with suppress(OSError):
                    fresh.unlink(missing_ok=True)

    def local(self, sha256: str) -> str:
        """The stored file itself: read it, never write to it. Raises `FilesUnavailable` when it is not there."""
        path = self._path(sha256)
        if not path.is_file():
            raise _missing(sha256)
        return str(path)

    def exists(self, sha256: str) -> bool:
        return self._path(sha256).is_file()

    def remove(self, sha256: str) -> bool:
        """True when there was something to remove."""
        path = self._path(sha256)
        with _translated():
            try:
                path.unlink()
            except FileNotFoundError:
                return False
            with suppress(OSError):  # not empty: another file shares the first two digits
                path.parent.rmdir()
            return True

    def keys(self) -> Iterator[str]:
        """Every key stored."""
        with _translated():
            for path in self._folder.glob("[0-9a-f][0-9a-f]/*"):
                if _KEY.fullmatch(path.name):
                    yield path.name

    def written(self, sha256: str) -> float | None:
        """When it was stored, in epoch seconds; None when it is not there."""
        with _translated(), suppress(FileNotFoundError):
            return self._path(sha256).stat().st_ctime  # a link keeps the time of its content
        return None

    def tidy(self, before: float) -> None:
        """Remove halves of files that a process which died has left."""
        for path in self._folder.glob("[0-9a-f][0-9a-f]/.*"):
            with suppress(OSError):
                if path.stat().st_ctime < before:
                    path.unlink()

    def _path(self, sha256: str) -> Path:
        return self._folder / _checked(sha256)[:2] / sha256


class FsspecFiles:
    """`ingest.ports.FileStore` at any fsspec URL (S3, GCS, ...), with a bounded local cache to read from."""

    def __init__(self, url: str, cache: Path, keep: int = 64) -> None:
        with _translated():
            self._system, root = fsspec.core.url_to_fs(url)
        self._root = str(root).rstrip("/")
        self._cache = LocalFiles(cache)
        self._cache_folder = cache
        self._keep = keep

    def put(self, source: str, sha256: str) -> None:
        """Copy a local file in: uploaded under another name and moved, so that a key never names half a file."""
        key = self._key(sha256)
        with _translated():
            if self._system.exists(key):
                return
            self._system.makedirs(key.rsplit("/", 1)[0], exist_ok=True)
            fresh = f"{key}.{os.getpid()}-{os.urandom(4).hex()}.part"
            try:
                self._system.put_file(source, fresh)
                self._system.mv(fresh, key)
            except BaseException:
                with suppress(Exception):
                    self._system.rm_file(fresh)
                raise

    def local(self, sha256: str) -> str:
        """Path of a local copy; the least recently used ones beyond `keep` are dropped."""
        if not self._cache.exists(sha256):
            with _translated(), tempfile.TemporaryDirectory() as folder:
                copy = os.path.join(folder, "copy")
                try:
                    self._system.get_file(self._key(sha256), copy)
                except FileNotFoundError:
                    raise _missing(sha256) from None
                self._cache.put(copy, sha256)
            self._trim()
        path = self._cache.local(sha256)
        with suppress(OSError):
            os.utime(path)
        return path

    def exists(self, sha256: str) -> bool:
        with _translated():
            return bool(self._system.exists(self._key(sha256)))

    def remove(self, sha256: str) -> bool:
        self._cache.remove(sha256)
        with _translated():
            try:
                self._system.rm_file(self._key(sha256))
            except FileNotFoundError:
                return False
            return True

    def keys(self) -> Iterator[str]:
        with _translated():
            if not self._system.exists(self._root):
                return
            for path in self._system.find(self._root):
                name = str(path).rsplit("/", 1)[-1]
                if _KEY.fullmatch(name):
                    yield name

    def written(self, sha256: str) -> float | None:
        """When it was stored, in epoch seconds; None when it is not there or the file system does not say."""
        with _translated():
            return self._modified(self._key(sha256))

    def tidy(self, before: float) -> None:
        """Remove halves of files that a process which died has left."""
        with _translated():
            for path in self._system.find(self._root) if self._system.exists(self._root) else ():
                if str(path).endswith(".part") and (self._modified(path) or before) < before:
                    self._system.rm_file(path)

    def _modified(self, path: str) -> float | None:
        try:
            at = self._system.modified(path)
        except (FileNotFoundError, NotImplementedError):
            return None
        return float(at.replace(tzinfo=at.tzinfo or UTC).timestamp())

    def _key(self, sha256: str) -> str:
        return f"{self._root}/{_checked(sha256)[:2]}/{sha256}"

    def _trim(self) -> None:
        found: list[tuple[float, Path]] = []
        for path in self._cache_folder.glob("[0-9a-f][0-9a-f]/*"):
            with suppress(OSError):  # another process has just removed it
                found.append((path.stat().st_mtime, path))
        for _, path in sorted(found)[: -self._keep]:
            with suppress(OSError):
                path.unlink()


def _checked(sha256: str) -> str:
    if not _KEY.fullmatch(sha256):
        raise FilesUnavailable("file_key_wrong", "A file key must be a SHA-256 in lower-case hex.")
    return sha256


def _missing(sha256: str) -> FilesUnavailable:
    return FilesUnavailable(
        "file_missing", f"The original file {sha256[:12]} is not in the file store.", "Upload the document again."
    )


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except FilesUnavailable:
        raise
    except Exception as error:  # fsspec's back ends raise whatever their SDK raises
        raise FilesUnavailable(
            "files_unavailable",
            f"The file store cannot be used: {error}",
            "Check that its disk is not full, or that PARALLAX_FILES_URL can be reached.",
        ) from error
