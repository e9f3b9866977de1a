"""The training process: `python -P -m service.tune.local.main JOBDIR`.

Reads job.json and the pairs, trains, and leaves the model's file and manifest.json, or error.json and exit status 1.
SIGTERM: a checkpoint, then exit 0 without a manifest; started again, it goes on from there, as it does after kill -9.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

from service.tune.local import failure, job
from service.tune.local.failure import Failure
from service.tune.local.progress import Progress

EXTRA = ("torch", "transformers", "peft", "gguf")
NICE = 10


class Stop:
    """Whether somebody asked to stop. Until a checkpoint can be written (`waits`), the process ends at once."""

    def __init__(self) -> None:
        self.asked = False
        self.waits = False

    def __call__(self) -> bool:
        return self.asked

    def ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True
        if not self.waits:
            raise SystemExit(0)


def main(arguments: Sequence[str], stop: Stop) -> int:
    """Exit status: 0 finished or stopped, 1 failed, 2 usage."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python -m service.tune.local.main JOBDIR", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    try:
        (folder / "error.json").unlink(missing_ok=True)
        _run(folder, stop)
    except Failure as error:
        return _failed(folder, error)
    except MemoryError:
        return _failed(folder, _no_memory())
    except OSError as error:
        return _failed(folder, failure.disk_full(error, "The last whole checkpoint is kept.") or _unexpected(error))
    except Exception as error:
        return _failed(folder, _no_memory() if _is_memory(error) else _unexpected(error))
    return 0


def _run(folder: Path, stop: Stop) -> None:
    missing = [name for name in EXTRA if find_spec(name) is None]
    if missing:
        raise Failure("no_extra", f"Training needs {', '.join(missing)}.", "Run: make install-finetune")
    # Here, not above: without the extra there must be an error.json; and OpenMP reads its environment when torch loads.
    from service.tune.local.train import train

    progress = Progress(folder / "progress.jsonl")
    try:
        progress.tell("preparing", detail="reading the pairs")
        given = job.read(folder)
        (folder / job.CORPUS).unlink(missing_ok=True)  # it is written anew at each start: nobody's text is left lying
        train(given, progress, stop)
    finally:
        progress.close()


def settle() -> None:
    """Be the one that waits where others need the cores, let idle threads sleep, and never ask the network."""
    if os.nice(0) < NICE:
        os.nice(NICE - os.nice(0))
    for name, value in (
        ("OMP_WAIT_POLICY", "PASSIVE"),
        ("GOMP_SPINCOUNT", "0"),
        ("HF_HUB_OFFLINE", "1"),
        ("HF_HUB_DISABLE_TELEMETRY", "1"),
        ("TRANSFORMERS_VERBOSITY", "error"),
        ("TOKENIZERS_PARALLELISM", "false"),
    ):
        os.environ.setdefault(name, value)


def _failed(folder: Path, error: Failure) -> int:
    if error.__cause__ is not None or error.__context__ is not None:
        traceback.print_exc()
    print(f"{error.code}: {error.message} {error.hint}", file=sys.stderr)
    failure.write(folder, error)
    return 1


def _is_memory(error: Exception) -> bool:
    said = str(error).lower()
    return "out of memory" in said or "can't allocate memory" in said  # torch's, for the card and for main memory


def _no_memory() -> Failure:
    return Failure(
        "out_of_memory",
        "There was not enough memory to go on. The last whole checkpoint is kept.",
        "Stop other programs and resume the job, or train again with a lower batch or max_tokens.",
    )


def _unexpected(error: Exception) -> Failure:
    said = " ".join(str(error).split())[:200]
    return Failure(
        "training_failed", f"The training broke off: {type(error).__name__}: {said}", "The job's log says more."
    )


if __name__ == "__main__":
    settle()
    asked = Stop()
    signal.signal(signal.SIGTERM, asked.ask)
    raise SystemExit(main(sys.argv[1:], asked))
