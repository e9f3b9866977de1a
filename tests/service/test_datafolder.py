"""The data folder: who holds it, where its service is, and what is not taken for one."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from service.datafolder import DataFolder, Runtime, hold, holder, open_folder, publish, refuse_if_held, running
from service.errors import Conflict, NotReady

HOLDING = """
import sys, time
from pathlib import Path
from service.datafolder import Runtime, hold, open_folder, publish
folder = open_folder(Path(sys.argv[1]))
with hold(folder, "parallax serve", "http://127.0.0.1:4711") as held:
    publish(folder, Runtime(held.pid, "http://127.0.0.1:4711", chroma_url="http://127.0.0.1:4712"))
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def other(tmp_path: Path):  # type: ignore[no-untyped-def]
    """Another process that serves on `tmp_path/data`."""
    command = [sys.executable, "-c", HOLDING, str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_folder_is_private(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    folder = open_folder(tmp_path / "data")
    for path in (folder.path, folder.chroma, folder.valkey, folder.logs, folder.sockets()):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").write_text("mine")
    tmp_path.chmod(0o755)
    with pytest.raises(Conflict) as caught:
        open_folder(tmp_path)
    assert caught.value.code == "data_folder_foreign"
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.odt"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(Conflict, match="cannot be used"):
        open_folder(tmp_path / "data")


def test_who_holds_it_is_said(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    found = holder(tmp_path / "data")
    assert found is not None
    assert (found.pid, found.address) == (other.pid, "http://127.0.0.1:4711")
    with pytest.raises(Conflict) as caught, hold(open_folder(tmp_path / "data"), "me", patience=0.1):
        pytest.fail("two holders")
    assert f"process {other.pid}" in caught.value.message
    assert "http://127.0.0.1:4711" in caught.value.hint


def test_a_look_at_the_lock_is_enough_to_say_so(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    with pytest.raises(Conflict, match=f"process {other.pid} .*http://127.0.0.1:4711"):
        refuse_if_held(tmp_path / "data", patience=0.0)
    refuse_if_held(tmp_path / "elsewhere", patience=0.0)
    ending = threading.Timer(0.2, other.kill)
    ending.start()
    refuse_if_held(tmp_path / "data", patience=30.0)  # it waits for one that is just going
    ending.join()
    (tmp_path / "file").touch()
    refuse_if_held(tmp_path / "file", patience=0.0)  # no folder, so nobody's; opening it says what is wrong


def test_a_running_service_is_found(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    found = running(tmp_path / "data")
    assert found == Runtime(other.pid, "http://127.0.0.1:4711", chroma_url="http://127.0.0.1:4712")
    assert stat.S_IMODE((tmp_path / "data" / "runtime.json").stat().st_mode) == 0o600


def test_what_a_killed_service_left_behind_counts_for_nothing(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert (tmp_path / "data" / "runtime.json").exists()
    assert holder(tmp_path / "data") is None
    assert running(tmp_path / "data") is None
    folder = open_folder(tmp_path / "data")
    with hold(folder, "parallax search", patience=0.0) as mine:
        assert mine.pid == os.getpid()
        assert not folder.runtime.exists()
        assert running(folder.path) is None


def test_two_folders_side_by_side(tmp_path: Path) -> None:
    folders = [open_folder(tmp_path / name) for name in ("a", "b")]
    with hold(folders[0], "one"), hold(folders[1], "two"):
        commands = [found.command for folder in folders if (found := holder(folder.path))]
    assert commands == ["one", "two"]
    assert [holder(folder.path) for folder in folders] == [None, None]


def test_no_folder_no_service(tmp_path: Path) -> None:
    assert running(tmp_path / "nowhere") is None
    assert not (tmp_path / "nowhere").exists()


def test_a_damaged_runtime_file_is_an_error_that_says_so(tmp_path: Path) -> None:
    folder = open_folder(tmp_path / "data")
    with hold(folder, "parallax serve"):
        folder.runtime.write_text(json.dumps({"pid": "?"})[:-1])
        with pytest.raises(NotReady, match=r"runtime\.json"):
            running(folder.path)


def test_a_child_does_not_inherit_the_lock(tmp_path: Path) -> None:
    folder = open_folder(tmp_path / "data")
    with hold(folder, "parallax serve"):
        child = subprocess.Popen(["sleep", "600"], close_fds=False)
    try:
        assert holder(folder.path) is None
    finally:
        child.kill()
        child.wait()


@pytest.mark.parametrize("kind", ["dangling link", "link", "file"])
def test_a_short_socket_folder_that_is_not_ours_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    with tempfile.TemporaryDirectory(prefix="px", dir="/tmp") as short:  # a test's own folder has too long a name
        monkeypatch.setenv("XDG_RUNTIME_DIR", short)
        place = Path(short) / f"parallax-{os.getuid()}"
        if kind == "file":
            place.touch()
        else:
            place.symlink_to(tmp_path / "nowhere" if kind == "dangling link" else tmp_path)
        with pytest.raises(Conflict, match="belongs to somebody else"):
            DataFolder(tmp_path / ("x" * 100) / "data").sockets()


def test_only_the_holders_own_addresses_count(tmp_path: Path) -> None:
    folder = open_folder(tmp_path / "data")
    with hold(folder, "parallax ingest") as held:
        publish(folder, Runtime(held.pid + 1, "http://127.0.0.1:1"))
        assert running(folder.path) is None


def test_publish_replaces_the_whole_file(tmp_path: Path) -> None:
    folder = open_folder(tmp_path / "data")
    with hold(folder, "parallax serve") as held:
        publish(folder, Runtime(held.pid, "http://127.0.0.1:1" + "0" * 50))
        publish(folder, Runtime(held.pid, "http://127.0.0.1:2"))
        assert running(folder.path) == Runtime(held.pid, "http://127.0.0.1:2")
