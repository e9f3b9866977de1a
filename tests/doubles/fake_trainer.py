"""Speaks the protocol of a training process in a job's folder, without training: `fake_trainer.py STEPS PAUSE FOLDER`.

A step takes PAUSE seconds; the job's name says what goes wrong: `dies` kills itself once, `stuck` again and again,
`fails` writes an error, `lies` names a wrong hash, `deaf` ignores SIGTERM. Standard library only: it starts at once.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any


def main(folder: Path, steps: int, pause: float) -> int:
    job = json.loads((folder / "job.json").read_text())
    train = [json.loads(line) for line in (folder / "train.jsonl").read_text().splitlines()]
    held = [json.loads(line) for line in (folder / "validation.jsonl").read_text().splitlines()]
    name = job["name"]
    stop: list[int] = []

    def asked(_number: int, _frame: FrameType | None) -> None:
        stop.append(1)

    signal.signal(signal.SIGTERM, signal.SIG_IGN if name.startswith("deaf") else asked)
    (folder / "pid").write_text(str(os.getpid()))
    progress = (folder / "progress.jsonl").open("a")

    def tell(event: str, **fields: Any) -> None:
        progress.write(json.dumps({"at": time.time(), "event": event, **fields}) + "\n")
        progress.flush()

    tell("preparing", detail="reading the pairs")
    if name.startswith("fails"):
        told = {"code": "nan_loss", "message": "The loss is not a number.", "hint": "Try a smaller learning rate."}
        (folder / "error.json").write_text(json.dumps(told))
        return 1
    checkpoint = folder / "checkpoint"
    done = int((checkpoint / "step").read_text()) if checkpoint.exists() else 0
    (folder / "starts").open("a").write(f"{done}\n")
    for step in range(done + 1, steps + 1):
        time.sleep(pause)
        tell("step", step=step, steps=steps, epoch=step / 4, train_loss=3.0 / step, tokens_per_second=200.0,
             seconds_left=(steps - step) * pause)  # fmt: skip
        if step % 5 == 0:
            tell("validation", step=step, validation_loss=3.2 / step)
        if step % 4 == 0 or stop:
            checkpoint.mkdir(exist_ok=True)
            (checkpoint / "step.tmp").write_text(str(step))
            os.replace(checkpoint / "step.tmp", checkpoint / "step")
            tell("checkpoint", step=step)
        if stop:
            return 0
        if (name.startswith("dies") and step == 6 and done == 0) or (name.startswith("stuck") and step == 6):
            os.kill(os.getpid(), signal.SIGKILL)
    tell("exporting", detail="adapter.gguf")
    adapter = b"GGUF stand-in " + job["data_hash"].encode()
    (folder / "adapter.gguf").write_bytes(adapter)
    lines = [{"kind": "best", "question": held[0]["question"], "expected": held[0]["answer"], "got": "?", "loss": 0.1}]
    (folder / "samples.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    sha256 = "0" * 64 if name.startswith("lies") else hashlib.sha256(adapter).hexdigest()
    manifest = {"file": "adapter.gguf", "sha256": sha256, "data_hash": job["data_hash"], "settings": job["settings"],
                "train": len(train), "validation": len(held), "tokens": 1234}  # fmt: skip
    (folder / "manifest.json.tmp").write_text(json.dumps(manifest))
    os.replace(folder / "manifest.json.tmp", folder / "manifest.json")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[3]), int(sys.argv[1]), float(sys.argv[2])))
