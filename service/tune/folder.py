"""A job's folder, what this process and the training process agree on: see `service.tune.local.job` for the other side.

job.json, train.jsonl, validation.jsonl                  written here before the start
corpus.jsonl                                             too; the trainer removes it as soon as it has read it
progress.jsonl                                           appended by the trainer, a line an event
checkpoint/ adapter.gguf | model.gguf samples.jsonl      its own
error.json | manifest.json                               how it ended; the manifest comes last

Functions block; call them through `in_thread`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from service.errors import ServiceError
from service.tune.trainer import Data, News, Phase
from service.tune.types import Job, Pair, Point

CORPUS = "corpus.jsonl"
CHECKPOINT_SECONDS = 30.0
LONGEST_READ = 4_000_000
"""Bytes of progress read at once: a curve of some ten thousand steps."""
_NOT_ITS_OWN = ("validation_share", "learning_rate_multiplier")
_PHASES: Mapping[str, Phase] = {
    "preparing": "preparing",
    "setting": "training",
    "step": "training",
    "validation": "training",
    "exporting": "exporting",
}


def of(data_dir: Path, job_id: str) -> Path:
    """Where a job's files lie."""
    return data_dir / "finetunes" / job_id


def write(folder: Path, job: Job, data: Data, base: tuple[Path, str] | None) -> None:
    """Everything the trainer needs; each file whole or not at all. `base` is the file and its SHA-256.

    What a trainer that ran before left there stays, except its error, and except the checkpoint of one that was made of
    other texts: its vocabulary was theirs. Raises `ServiceError` when the disk is full.
    """
    texts = hashlib.sha256("\0".join(data.corpus).encode()).hexdigest()
    told = {
        "id": job.id,
        "name": job.name,
        "kind": job.kind,
        "base": job.base,
        "base_path": str(base[0]) if base else "",
        "base_sha256": base[1] if base else "",
        "settings": {name: value for name, value in job.settings.items() if name not in _NOT_ITS_OWN},
        "data_hash": job.data["hash"],
        "checkpoint_seconds": CHECKPOINT_SECONDS,
        "documents": list(data.documents),
        "texts_sha256": texts,
    }
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "error.json").unlink(missing_ok=True)
        _lines(folder / "train.jsonl", map(_pair, data.train))
        _lines(folder / "validation.jsonl", map(_pair, data.validation))
        if (_object(folder / "job.json") or {}).get("texts_sha256", texts) != texts:
            _forget_checkpoint(folder)
        forget_texts(folder)
        if data.corpus:
            _lines(folder / CORPUS, ({"text": text} for text in data.corpus))
        whole(folder / "job.json", json.dumps(told, ensure_ascii=False, indent=1))
    except OSError as error:
        raise ServiceError(
            "job_not_written",
            f"The job's files cannot be written: {error.strerror}.",
            "Free some space in the data folder and resume the job.",
            status=507,
        ) from error


def whole(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises `OSError`."""
    fresh = path.with_name(path.name + ".tmp")
    fresh.write_text(text, encoding="utf-8")
    os.replace(fresh, path)


def manifest(folder: Path) -> dict[str, Any] | None:
    """What the trainer wrote last; None while it has not finished."""
    return _object(folder / "manifest.json")


def error(folder: Path) -> dict[str, str] | None:
    """Why it failed, {code, message, hint}; None when it said nothing."""
    told = _object(folder / "error.json")
    if told is None:
        return None
    return {name: str(told.get(name, ""))[:2000] for name in ("code", "message", "hint")}


def samples(folder: Path) -> dict[str, list[dict[str, Any]]] | None:
    """The validation samples it did best and worst, best first and worst first; None when there are none."""
    found: list[dict[str, Any]] = []
    try:
        lines = (folder / "samples.jsonl").read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        return None
    for line in lines:
        if isinstance(one := _parsed(line), dict) and isinstance(one.get("loss"), int | float):
            found.append({name: one.get(name) for name in ("kind", "question", "expected", "got", "loss")})
    if not found:
        return None
    found.sort(key=lambda one: float(one["loss"]))
    best = [one for one in found if one.pop("kind") == "best"]
    worst = [one for one in reversed(found) if all(one is not other for other in best)]
    return {"best": best, "worst": worst}


def remove(folder: Path) -> None:
    """Forget a job's files."""
    shutil.rmtree(folder, ignore_errors=True)


def tidy(folder: Path) -> None:
    """What a finished job needs no more: its checkpoint, and the model, which lies in the file store."""
    _forget_checkpoint(folder)
    for name in ("adapter.gguf", "model.gguf"):
        (folder / name).unlink(missing_ok=True)


def forget_texts(folder: Path) -> None:
    """The text of documents, where a trainer ended before it had read it: it must not outlive them here."""
    for name in (CORPUS, f"{CORPUS}.tmp"):
        (folder / name).unlink(missing_ok=True)


def documents(folder: Path) -> tuple[str, ...]:
    """The names of the documents whose text the trainer that was started last was given."""
    told = (_object(folder / "job.json") or {}).get("documents")
    return tuple(map(str, told)) if isinstance(told, list) else ()


def _forget_checkpoint(folder: Path) -> None:
    for path in (folder / "checkpoint", folder / "checkpoint.tmp"):
        shutil.rmtree(path, ignore_errors=True)


def listing(data_dir: Path) -> list[Path]:
    """The folders of all jobs that have one."""
    return sorted((data_dir / "finetunes").glob("ft_*"))


def forget_others(folders: Iterable[Path], known: Set[str]) -> int:
    """Remove those of these folders whose jobs are not there any more; how many there were."""
    strangers = [path for path in folders if path.name not in known]
    for path in strangers:
        remove(path)
    return len(strangers)


class Tail:
    """Reads what was appended to progress.jsonl since the last time; whole lines only."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "progress.jsonl"
        self._at = 0

    def read(self) -> News:
        """The news in it, all lines together: the last value of each field, every point of the curves."""
        try:
            with self._path.open("rb") as stream:
                stream.seek(self._at)
                data = stream.read(LONGEST_READ)
        except OSError:
            return News()
        end = data.rfind(b"\n") + 1
        if not end and len(data) == LONGEST_READ:  # no line is that long: it is not ours to understand
            end = len(data)
        self._at += end
        return told([_parsed(line.decode("utf-8", "replace")) for line in data[:end].split(b"\n")])


def told(lines: Sequence[Any]) -> News:
    """What lines of progress say. A line that is no progress says nothing."""
    last: dict[str, Any] = {}
    points: dict[tuple[int, int], dict[str, float]] = {}
    phase: Phase | None = None
    for line in lines:
        if not isinstance(line, dict):
            continue
        phase = _PHASES.get(str(line.get("event")), phase)
        last |= {name: line[name] for name in _NUMBERS if _number(line.get(name))}
        if isinstance(line.get("detail"), str):
            last["detail"] = line["detail"][:300]
        setting, step = line.get("setting", 0), line.get("step")
        if isinstance(setting, int) and isinstance(step, int) and 0 <= setting < 1000 and 0 <= step < 2**53:
            for name, field in (("train", "train_loss"), ("validation", "validation_loss")):
                if _number(line.get(field)):
                    points.setdefault((setting, step), {})[name] = float(line[field])
    for name in ("step", "steps"):
        if name in last:
            last[name] = max(0, min(int(last[name]), 2**31 - 1))
    curve = tuple(Point(*at, values.get("train"), values.get("validation")) for at, values in points.items())
    return News(phase=phase, points=curve, **last)


_NUMBERS = ("step", "steps", "epoch", "tokens_per_second", "seconds_left")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _pair(one: Pair) -> dict[str, str]:
    return {"question": one.question, "answer": one.answer}


def _lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    whole(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def _object(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
