"""One job, from its pairs to its model file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch

from service.tune.local import base, data, export, manifest, memory, reword, samples, scratch, sweep
from service.tune.local.checkpoint import Keeper, Weights
from service.tune.local.failure import Failure, disk_full
from service.tune.local.job import Job, Settings, told
from service.tune.local.loop import Lesson
from service.tune.local.progress import Progress
from service.tune.local.student import Student, Tuned

MOST_AT_ONCE = 6144
"""Tokens of one batch: what is more than that is a setting that no machine this is for can hold."""


class Stop(Protocol):
    """Says whether to stop; `waits` is set once a checkpoint can be written first."""

    waits: bool

    def __call__(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Made:
    """What is trained and on what: `write(path, weights, settings)` makes the model's file, called `file`."""

    student: Student
    lesson: Lesson
    file: str
    write: Callable[[Path, Weights, Settings], None]
    facts: dict[str, Any]


def train(job: Job, progress: Progress, stop: Stop) -> None:
    """Train, export, and write the manifest last. Raises `Failure`; returns early when it is asked to stop."""
    device = base.device()
    made = _tuned(job, progress, device) if job.kind == "lora" else _scratch(job, progress, device)
    keeper = Keeper(job.folder, _identity(job))
    stop.waits = True
    outcome = sweep.run(made.student, made.lesson, job.sweep, progress, keeper, job.checkpoint_seconds, stop)
    if outcome is None:
        return
    progress.tell("exporting", detail=made.file)
    path = job.folder / made.file
    made.write(path, outcome.weights, outcome.settings)
    made.student.begin(outcome.settings)
    made.student.put(dict(outcome.weights))
    shown = made.lesson.validation or tuple(wordings[0] for wordings in made.lesson.wordings)
    try:
        samples.write(job.folder / "samples.jsonl", made.student, shown, outcome.settings.batch)
        more = {**made.facts, "device": str(device), "threads": torch.get_num_threads()}
        manifest.write(job, path, outcome, more)
    except OSError as error:
        raise disk_full(error, export.KEPT) or error from error


def _tuned(job: Job, progress: Progress, device: torch.device) -> Made:
    if job.base_path is None:
        raise Failure(
            "bad_base", "The job names no file of its base model.", "Choose a base that lies on this machine."
        )
    progress.tell("preparing", detail=f"reading the base model {job.base}")
    loaded = base.load(job.base_path, job.base_sha256, device)
    student = Tuned(loaded)
    most = min(max(one.max_tokens for one in job.sweep), loaded.context)
    train = data.samples(loaded.tokenizer, job.train, most)
    validation = data.samples(loaded.tokenizer, job.validation, most)
    _check_memory(job, loaded, train + validation)
    wordings, kept = reword.wordings(job, student, train, most, progress)
    lesson = Lesson(wordings, validation + kept)
    facts = {
        "dtype": str(loaded.model.dtype).removeprefix("torch."),
        "wordings": sum(map(len, wordings)),
        "validation_wordings": len(kept),
    }

    def write(path: Path, weights: Weights, settings: Settings) -> None:
        export.adapter(path, weights, settings.alpha, loaded.layers, job.name)

    return Made(student, lesson, "adapter.gguf", write, facts)


def _check_memory(job: Job, loaded: base.Base, found: tuple[data.Sample, ...]) -> None:
    shape, longest = loaded.model.config, sorted((one.tokens for one in found), reverse=True)
    most = 0
    for settings in job.sweep:
        tokens = sum(longest[: settings.batch])
        if tokens > MOST_AT_ONCE:
            raise Failure(
                "out_of_memory",
                f"A batch of {settings.batch} pairs has up to {tokens} tokens.",
                f"Lower batch until it is under {MOST_AT_ONCE}.",
            )
        linear = [layer for name, layer in loaded.model.named_modules() if isinstance(layer, torch.nn.Linear)]
        trained = sum(settings.rank * (layer.in_features + layer.out_features) for layer in linear)
        token_layers = tokens * shape.num_hidden_layers * (shape.hidden_size + shape.intermediate_size)
        counted = sum(sorted((len(one.target) for one in found), reverse=True)[: settings.batch])
        width = loaded.model.dtype.itemsize
        takes = memory.needed(
            0, trained, token_layers=token_layers, vocabulary=shape.vocab_size, counted=counted, width=width
        )
        most = max(most, takes)
    memory.check(most, loaded.device)


def _scratch(job: Job, progress: Progress, device: torch.device) -> Made:
    progress.tell("preparing", detail="making a vocabulary of the collection's own text")
    tiny = scratch.make(job, device)
    return Made(tiny.student, tiny.lesson, "model.gguf", tiny.write, tiny.facts)


def _identity(job: Job) -> str:
    """What a checkpoint belongs to: the same data, base and settings."""
    settings = [told(one) for one in job.sweep]
    told_all = json.dumps([job.kind, job.base_sha256, job.data_hash, settings], sort_keys=True)
    return hashlib.sha256(told_all.encode()).hexdigest()
