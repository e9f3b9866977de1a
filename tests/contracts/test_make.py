"""What `make` says on a machine that lacks something: plainly, with what was found and where to get it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from service.models import files

ROOT = Path(__file__).resolve().parents[2]


def _program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def _run(script: str, path: Path | str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", f".make/{script}"],
        cwd=ROOT,
        env={"PATH": str(path), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_no_node(tmp_path: Path) -> None:
    done = _run("node.sh", tmp_path)
    assert done.returncode == 1
    assert "needs Node 20 or newer" in done.stderr
    assert "found none" in done.stderr


def test_an_old_node(tmp_path: Path) -> None:
    _program(tmp_path, "node", "echo v16.4.0")
    done = _run("node.sh", tmp_path)
    assert done.returncode == 1
    assert f"Parallax needs Node 20 or newer; found v16.4.0 ({tmp_path}/node)" in done.stderr


def test_a_node_without_npm(tmp_path: Path) -> None:
    _program(tmp_path, "node", "echo v20.1.0")
    assert "npm" in _run("node.sh", tmp_path).stderr
    _program(tmp_path, "npm", "exit 0")
    assert _run("node.sh", tmp_path).returncode == 0


OLD = """
case "$2" in
  *'version_info[:3]'*) echo 3.9.2 ;;
  *'(3, 11)'*) exit 1 ;;
esac
"""
NEW = """
case "$2" in
  *'version_info[:3]'*) echo 3.12.4 ;;
  *ensurepip*) exit %d ;;
esac
"""


def test_no_python(tmp_path: Path) -> None:
    done = _run("python.sh", tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Parallax needs Python 3.11 or newer; found none" in done.stderr


def test_an_old_python(tmp_path: Path) -> None:
    _program(tmp_path, "python3", OLD)
    done = _run("python.sh", tmp_path)
    assert done.returncode == 1
    assert f"found 3.9.2 ({tmp_path}/python3)" in done.stderr


def test_a_python_without_venv(tmp_path: Path) -> None:
    _program(tmp_path, "python3", NEW % 1)
    done = _run("python.sh", tmp_path)
    assert done.returncode == 1
    assert "apt install python3.12-venv" in done.stderr


def test_the_newest_usable_python_is_taken(tmp_path: Path) -> None:
    _program(tmp_path, "python3", OLD)
    _program(tmp_path, "python3.12", NEW % 0)
    done = _run("python.sh", tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, str(tmp_path / "python3.12"))


def test_a_python_can_be_named(tmp_path: Path) -> None:
    _program(tmp_path, "python3.12", NEW % 0)
    _program(tmp_path / "other", "mine", NEW % 0)
    done = _run("python.sh", tmp_path, PYTHON=str(tmp_path / "other" / "mine"))
    assert done.stdout.strip() == str(tmp_path / "other" / "mine")


def test_a_named_chromium_is_taken(tmp_path: Path) -> None:
    _program(tmp_path, "my-chrome", "exit 0")
    done = _run("chromium.sh", f"{tmp_path}{os.pathsep}/usr/bin:/bin", CHROME=str(tmp_path / "my-chrome"))
    assert done.stdout.strip() == str(tmp_path / "my-chrome")


def _would_fetch(folder: Path, **environment: str) -> str:
    """What `make install` would fetch; nothing can be fetched from where it is told to look."""
    nowhere = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/",
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_RETRIES": "0",
        "HOME": str(folder),
    }
    nowhere |= dict.fromkeys(("HTTPS_PROXY", "https_proxy", "ALL_PROXY"), "http://127.0.0.1:9")
    done = _run("models.sh", os.environ["PATH"], PARALLAX_MODELS_DIR=str(folder), **nowhere, **environment)
    return done.stdout + done.stderr if done.returncode else ""


def _there(folder: Path, *names: str) -> None:
    """Files with the right names and sizes (holes, so that they take no room)."""
    for name in names:
        for file in files.entry(name).files:
            (folder / name).mkdir(exist_ok=True)
            with (folder / name / file.name).open("wb") as made:
                made.truncate(file.bytes)


def test_the_models_that_the_settings_name_are_fetched(tmp_path: Path) -> None:
    larger = "qwen2.5-coder-1.5b-instruct-q4_k_m"
    _there(tmp_path, files.DEFAULT_CHAT, files.DEFAULT_EMBEDDING)
    assert _would_fetch(tmp_path) == ""
    assert larger in _would_fetch(tmp_path, PARALLAX_CHAT_MODEL=larger)
    assert _would_fetch(tmp_path, PARALLAX_CHAT_MODEL=larger, PARALLAX_CHAT_BASE_URL="http://127.0.0.1:9/v1") == ""
    _there(tmp_path, larger)
    assert _would_fetch(tmp_path, PARALLAX_CHAT_MODEL=larger) == ""


@pytest.mark.parametrize("lock", ["run", "finetune", "test"])
def test_the_locks_pin_by_hash_and_name_no_index(lock: str) -> None:
    text = (ROOT / ".lock" / f"{lock}.txt").read_text()
    entries = [line for line in text.splitlines() if line[:1].isalnum()]
    assert len(entries) > 50
    assert all("==" in line and line.endswith("\\") for line in entries), "a pin without a hash"
    assert "--index-url" not in text
    assert "://" not in text
    assert "--find-links" not in text


def test_each_lock_holds_all_of_the_smaller_one() -> None:
    def pins(lock: str) -> set[str]:
        text = (ROOT / ".lock" / f"{lock}.txt").read_text()
        return {line.split(" ")[0] for line in text.splitlines() if line[:1].isalnum()}

    assert pins("run") < pins("finetune") < pins("test")
    assert not [pin for pin in pins("test") if pin.startswith(("torch==", "triton==", "nvidia-", "cuda-"))]
    assert not any(pin.startswith(("pytest==", "ruff==", "mypy==")) for pin in pins("run"))
