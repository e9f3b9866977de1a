"""The training process: finishing, kill -9, stopping, and what it says when it cannot go on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from service.models.files import sha256_of
from service.tune.local import main, memory
from tests.tune.local import tiny

ROOT = Path(__file__).resolve().parents[3]


def start(folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "trainer.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "service.tune.local.main", str(folder)],
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def finished(folder: Path) -> dict[str, Any]:
    process = start(folder)
    assert process.wait(timeout=100) == 0, (folder / "trainer.log").read_text()
    return tiny.manifest(folder)


def until(condition: Callable[[], bool], process: subprocess.Popen[bytes], seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, f"it ended first, with {process.returncode}"
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.005)


def in_process(folder: Path) -> dict[str, str]:
    """error.json of a job that fails, run here to save a process."""
    assert main.main([str(folder)], main.Stop()) == 1
    assert not (folder / "manifest.json").exists()
    error: dict[str, str] = json.loads((folder / "error.json").read_text())
    assert error["message"]
    assert error["hint"]
    return error


@pytest.mark.timeout(300)
def test_kill_9_in_the_middle_changes_nothing(tmp_path: Path, base_path: Path) -> None:
    whole = finished(tiny.job(tmp_path / "whole", base_path, epochs=30))
    folder = tiny.job(tmp_path / "killed", base_path, epochs=30, checkpoint_seconds=0.01)
    process = start(folder)
    until(lambda: len(tiny.events(folder, "checkpoint")) >= 10, process)
    process.kill()
    process.wait()
    killed_at = tiny.events(folder, "step")[-1]["step"]
    assert 10 <= killed_at < 60
    again = finished(folder)
    assert again["resumed"] == 1
    assert tiny.events(folder, "note")[0]["detail"].startswith("going on after step ")
    went_on = [event["step"] for event in tiny.events(folder, "step")]
    assert went_on.count(1) == 1, "it did not begin anew"
    for key in ("train_loss", "validation_loss", "last_validation_loss"):
        assert again[key] == pytest.approx(whole[key], abs=2e-3), key
    assert again["best_step"] == whole["best_step"]


@pytest.mark.timeout(200)
def test_a_finished_job_leaves_all_that_was_agreed(tmp_path: Path, base_path: Path) -> None:
    folder = tiny.job(tmp_path / "job", base_path)
    made = finished(folder)
    assert made["sha256"] == sha256_of(folder / made["file"])
    assert made["file"] == "adapter.gguf"
    assert made["data_hash"] == "d1"
    assert made["base_sha256"] == sha256_of(base_path)
    assert (made["train"], made["validation"], made["seed"]) == (8, 2, 1)
    assert made["settings"]["rank"] == 4
    assert {"torch", "peft", "gguf"} <= set(made["packages"])
    assert made["validation_loss"] < made["first_validation_loss"]
    steps = tiny.events(folder, "step")
    assert [event["step"] for event in steps] == list(range(1, 9))
    assert all({"steps", "epoch", "train_loss", "tokens_per_second", "seconds_left"} <= set(event) for event in steps)
    assert tiny.events(folder)[-1]["event"] == "exporting"
    rows = [json.loads(line) for line in (folder / "samples.jsonl").read_text().splitlines()]
    assert [row["kind"] for row in rows] == ["best", "worst"]
    assert rows[0]["loss"] <= rows[1]["loss"]
    assert {"question", "expected", "got"} <= set(rows[0])
    assert not list(folder.glob("**/*.tmp"))
    assert not [path for path in folder.glob("**/*") if path.suffix in (".pt", ".bin", ".pkl")]


@pytest.mark.timeout(200)
def test_sigterm_leaves_a_checkpoint_and_no_manifest(tmp_path: Path, base_path: Path) -> None:
    folder = tiny.job(tmp_path / "job", base_path, epochs=400)
    process = start(folder)
    until(lambda: len(tiny.events(folder, "step")) >= 3, process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0
    assert not (folder / "manifest.json").exists()
    assert not (folder / "error.json").exists()
    kept = load_file(folder / "checkpoint" / "state.safetensors")
    assert {name.split("/")[0] for name in kept} == {"weights", "mean", "square", "best"}
    assert tiny.events(folder)[-1]["event"] == "checkpoint"


def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "EXTRA", ("no_such_package",))
    error = in_process(tiny.job(tmp_path / "job", None))
    assert error["code"] == "no_extra"
    assert error["hint"] == "Run: make install-finetune"


def test_a_loss_that_is_no_number(tmp_path: Path, base_path: Path) -> None:
    error = in_process(tiny.job(tmp_path / "job", base_path, learning_rate=1e5, epochs=20))
    assert error["code"] == "nan_loss"
    assert "lower learning rate" in error["hint"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk(tmp_path: Path, base_path: Path) -> None:
    folder = tiny.job(tmp_path / "job", base_path)
    (folder / "checkpoint").mkdir()
    (folder / "checkpoint" / "state.safetensors.tmp").symlink_to("/dev/full")
    error = in_process(folder)
    assert error["code"] == "disk_full"
    assert "last whole checkpoint is kept" in error["message"]
    assert not (folder / "checkpoint" / "state.safetensors").exists()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_disk_that_is_full_when_the_adapter_is_written(tmp_path: Path, base_path: Path) -> None:
    folder = tiny.job(tmp_path / "job", base_path)
    (folder / "adapter.gguf.tmp").symlink_to("/dev/full")
    assert in_process(folder)["code"] == "disk_full"
    assert not (folder / "adapter.gguf").exists()
    made = finished(folder)  # there is space again: the training is not done twice
    assert made["resumed"] == 1
    assert len(tiny.events(folder, "step")) == made["steps"]


def test_another_file_in_the_bases_place(tmp_path: Path, base_path: Path) -> None:
    copy = tmp_path / "base.gguf"
    copy.write_bytes(base_path.read_bytes())
    folder = tiny.job(tmp_path / "job", copy)
    copy.write_bytes(base_path.read_bytes() + b"\0")
    error = in_process(folder)
    assert error["code"] == "bad_base"
    assert "not the file this job began with" in error["message"]


def test_a_base_that_is_no_model(tmp_path: Path) -> None:
    text = tmp_path / "base.gguf"
    text.write_text("not a model")
    assert in_process(tiny.job(tmp_path / "job", text))["code"] == "bad_base"


def test_too_little_memory(tmp_path: Path, base_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available", lambda _device: 100 << 20)
    error = in_process(tiny.job(tmp_path / "job", base_path))
    assert error["code"] == "out_of_memory"
    assert "0.1 GiB are free" in error["message"]


@pytest.mark.parametrize(
    ("changed", "said"), [({"rank": 0}, "rank is 0"), ({"epochs": "many"}, "epochs"), ({"learning_rate": -1}, "rate")]
)
def test_settings_that_make_no_sense(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    error = in_process(tiny.job(tmp_path / "job", None, **changed))
    assert error["code"] == "bad_job"
    assert said in error["message"]


def test_no_pairs(tmp_path: Path) -> None:
    assert in_process(tiny.job(tmp_path / "job", None, train=[]))["code"] == "too_few"
