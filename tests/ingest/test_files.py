"""Original bytes: whole or not there, in a folder or behind any fsspec URL."""

from __future__ import annotations

import hashlib
import os
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import fsspec
import pytest

from ingest.errors import FilesUnavailable
from ingest.files import FsspecFiles, LocalFiles

Files = LocalFiles | FsspecFiles


@pytest.fixture(params=["local", "fsspec-file", "fsspec-memory"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    make: dict[str, Callable[[], Files]] = {
        "local": lambda: LocalFiles(tmp_path / "files"),
        "fsspec-file": lambda: FsspecFiles(f"file://{tmp_path}/files", tmp_path / "cache"),
        "fsspec-memory": lambda: FsspecFiles(f"memory://{uuid.uuid4().hex}", tmp_path / "cache"),
    }
    return make[request.param]()


def source(tmp_path: Path, data: bytes) -> tuple[str, str]:
    path = tmp_path / uuid.uuid4().hex
    path.write_bytes(data)
    return str(path), hashlib.sha256(data).hexdigest()


def test_what_goes_in_comes_out(files: Files, tmp_path: Path) -> None:
    path, sha256 = source(tmp_path, b"hello")
    assert not files.exists(sha256)
    files.put(path, sha256)
    files.put(path, sha256)
    Path(path).unlink()
    assert files.exists(sha256)
    assert Path(files.local(sha256)).read_bytes() == b"hello"
    assert list(files.keys()) == [sha256]


def test_removing(files: Files, tmp_path: Path) -> None:
    path, sha256 = source(tmp_path, b"hello")
    files.put(path, sha256)
    assert files.remove(sha256)
    assert not files.remove(sha256)
    assert not files.exists(sha256)
    assert list(files.keys()) == []
    with pytest.raises(FilesUnavailable) as caught:
        files.local(sha256)
    assert caught.value.code == "file_missing"


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "ABC", "a" * 63, "a" * 64 + "/x"])
def test_a_key_is_a_hash_and_nothing_else(files: Files, tmp_path: Path, key: str) -> None:
    path, _ = source(tmp_path, b"hello")
    with pytest.raises(FilesUnavailable):
        files.put(path, key)
    with pytest.raises(FilesUnavailable):
        files.local(key)


def test_a_source_that_is_gone_leaves_nothing(files: Files, tmp_path: Path) -> None:
    with pytest.raises(FilesUnavailable):
        files.put(str(tmp_path / "absent"), "a" * 64)
    assert list(files.keys()) == []
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_many_writers_of_the_same_bytes(files: Files, tmp_path: Path) -> None:
    path, sha256 = source(tmp_path, b"x" * 100_000)
    threads = [threading.Thread(target=files.put, args=(path, sha256)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Path(files.local(sha256)).read_bytes() == b"x" * 100_000
    assert list(files.keys()) == [sha256]


def test_the_stored_file_is_the_owners_alone(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path / "files")
    path, sha256 = source(tmp_path, b"hello")
    files.put(path, sha256)
    assert Path(files.local(sha256)).stat().st_mode & 0o077 == 0


def test_the_cache_stays_small(tmp_path: Path) -> None:
    files = FsspecFiles(f"memory://{uuid.uuid4().hex}", tmp_path / "cache", keep=3)
    keys = []
    for number in range(6):
        path, sha256 = source(tmp_path, str(number).encode())
        files.put(path, sha256)
        files.local(sha256)
        keys.append(sha256)
    assert len([path for path in (tmp_path / "cache").rglob("*") if path.is_file()]) == 3
    assert [Path(files.local(key)).read_bytes() for key in keys] == [b"0", b"1", b"2", b"3", b"4", b"5"]


def test_errors_of_the_back_end_are_translated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = FsspecFiles("memory://broken", tmp_path / "cache")
    path, sha256 = source(tmp_path, b"hello")

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the bucket is on fire")

    monkeypatch.setattr(fsspec.filesystem("memory"), "put_file", broken)
    with pytest.raises(FilesUnavailable, match="on fire"):
        files.put(path, sha256)


def test_when_it_was_written(files: Files, tmp_path: Path) -> None:
    path, sha256 = source(tmp_path, b"hello")
    assert files.written(sha256) is None
    os.utime(path, (1.0, 1.0))  # how old the content is does not count
    before = time.time()
    files.put(path, sha256)
    written = files.written(sha256)
    assert written is not None
    assert before - 2 <= written <= time.time() + 2


def test_halves_of_files_go_when_they_are_old(files: Files, tmp_path: Path) -> None:
    path, sha256 = source(tmp_path, b"hello")
    files.put(path, sha256)
    if isinstance(files, LocalFiles):
        half = tmp_path / "files" / sha256[:2] / f".{sha256}.1-abcd"
        half.write_bytes(b"he")
        there = half.exists
    else:
        name = f"{files._key(sha256)}.1-abcd.part"
        files._system.pipe_file(name, b"he")
        there = lambda: bool(files._system.exists(name))  # noqa: E731
    files.tidy(time.time() - 60)
    assert there()
    files.tidy(time.time() + 60)
    assert not there()
    assert list(files.keys()) == [sha256]


def test_trimming_the_cache_beside_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = FsspecFiles(f"memory://{uuid.uuid4().hex}", tmp_path / "cache", keep=1)
    glob = Path.glob

    def with_one_just_removed(self: Path, pattern: str) -> list[Path]:
        return [*glob(self, pattern), self / "ab" / "removed meanwhile"]

    monkeypatch.setattr(Path, "glob", with_one_just_removed)
    for number in range(3):
        path, sha256 = source(tmp_path, str(number).encode())
        files.put(path, sha256)
        assert Path(files.local(sha256)).read_bytes() == str(number).encode()
