"""Training steps, validation, early stopping, checkpoints; going on exactly where a killed process was.

A step's batch, its wordings and its random numbers follow from the seed and the step's number alone, and AdamW's
moments are in the checkpoint: the resumed training computes what the uninterrupted one would have.
"""

from __future__ import annotations

import math
import random
import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from service.tune.local.checkpoint import Keeper, Position
from service.tune.local.data import Sample, batches, row
from service.tune.local.failure import Failure, disk_full
from service.tune.local.job import Settings
from service.tune.local.progress import Progress
from service.tune.local.student import Student, mean

WARM_UP = 0.05
LAST_RATE = 0.1
CLIP = 1.0
BETAS = (0.9, 0.99)
BETTER = 1e-3
"""Share of the steps in which the rate rises; its last value as a share of the highest, by cosine between them; the
longest gradient (2-norm); AdamW's decays (Loshchilov and Hutter 2019; 0.99, since some hundred steps are all there is);
how much lower a validation loss must be to be progress, nats a token."""
MOST_BETWEEN = 100  # steps between two validations, of a large set


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is learnt. `wordings[i]`: pair i as it was given, then in other words; `validation` is never trained."""

    wordings: tuple[tuple[Sample, ...], ...]
    validation: tuple[Sample, ...]

    def batch(self, indices: list[int], seed: int, epoch: int) -> list[Sample]:
        """The pairs of these indices, each in the words this epoch draws; as given in every third epoch."""
        drawn = random.Random(f"{seed} {epoch} {indices}")
        return [drawn.choice(self.wordings[i]) if epoch % 3 else self.wordings[i][0] for i in indices]


class Stopped(Exception):
    """Somebody asked the training to stop; the checkpoint is written."""


@dataclass(slots=True)
class Watch:
    """Around the loop: who is told, where checkpoints go, how often (seconds), and whether to stop.

    `before`, `all`: steps of the settings before this one, and of the whole job.
    """

    progress: Progress
    keeper: Keeper
    every: float
    stop: Callable[[], bool]
    before: int = 0
    all: int = 0


def steps(pairs: int, settings: Settings) -> int:
    """How many steps a setting takes when nothing stops it early."""
    return settings.epochs * math.ceil(pairs / settings.batch)


def rate(settings: Settings, step: int, all_steps: int) -> float:
    """The learning rate of a step (from 0): a linear rise, then half a cosine (Loshchilov and Hutter 2017)."""
    rising = (step + 1) / max(1, round(WARM_UP * all_steps))
    falling = LAST_RATE + (1 - LAST_RATE) * (1 + math.cos(math.pi * step / all_steps)) / 2
    return settings.learning_rate * min(rising, falling)


class Training:
    """One setting's training. `run` leaves the best weights in `best`."""

    def __init__(
        self,
        student: Student,
        lesson: Lesson,
        settings: Settings,
        position: Position,
        watch: Watch,
        groups: Mapping[str, dict[str, Tensor]],
    ) -> None:
        self._student, self._lesson, self._settings, self._watch = student, lesson, settings, watch
        self.position = position
        self._steps = steps(len(lesson.wordings), settings)
        self._per_epoch = math.ceil(len(lesson.wordings) / settings.batch)
        self._names = list(student.weights)
        self._optimizer = torch.optim.AdamW(student.weights.values(), lr=0.0, betas=BETAS, weight_decay=0.0)
        self.best: dict[str, Tensor] = groups.get("best") or {}
        self._winner = groups.get("winner") or {}
        self._saved_at = self._began = time.monotonic()
        self._done = 0
        self._tokens = 0
        if groups.get("weights"):
            self._restore(groups)

    def run(self) -> dict[str, Tensor]:
        """Train to the end and return the best weights. Raises `Stopped`, and `Failure` for NaN and a full disk."""
        position = self.position
        if position.first_loss is None:
            self._validate()
            position.first_loss = position.validation_loss
        while position.step < self._steps and not position.ended:
            epoch, place = divmod(position.step, self._per_epoch)
            indices = list(batches(len(self._lesson.wordings), self._settings.batch, self._settings.seed, epoch))[place]
            self._step(self._lesson.batch(indices, self._settings.seed, epoch))
            if position.step % min(self._per_epoch, MOST_BETWEEN) == 0 or position.step == self._steps:
                self._validate()
            if self._watch.stop():
                self.save()
                raise Stopped
            if time.monotonic() - self._saved_at >= self._watch.every:
                self.save()
        self.save()  # so that a crash while the file is written costs no training
        return self.best

    def save(self) -> None:
        """A checkpoint. Raises `Failure` (`disk_full`); the one before is kept."""
        states = [self._optimizer.state[one] for one in self._student.weights.values()]
        moments = {
            group: {name: state[key] for name, state in zip(self._names, states, strict=True) if state}
            for group, key in (("mean", "exp_avg"), ("square", "exp_avg_sq"))
        }
        groups = {"weights": self._student.weights, **moments, "best": self.best, "winner": self._winner}
        try:
            self._watch.keeper.save(self.position, groups)
        except OSError as error:
            raise disk_full(error, "The last whole checkpoint is kept.") or error from error
        self._saved_at = time.monotonic()
        self._watch.progress.tell("checkpoint", setting=self.position.setting, step=self._step_of_all())

    def _restore(self, groups: Mapping[str, dict[str, Tensor]]) -> None:
        self._student.put(groups["weights"])
        for name, one in self._student.weights.items():
            if name in groups["mean"]:
                self._optimizer.state[one] = {
                    "step": torch.tensor(float(self.position.step)),
                    "exp_avg": groups["mean"][name].to(one.device),
                    "exp_avg_sq": groups["square"][name].to(one.device),
                }

    def _step(self, batch: list[Sample]) -> None:
        position, began = self.position, time.monotonic()
        self._student.train(True)
        torch.manual_seed(self._settings.seed * 1_000_003 + position.step)
        for group in self._optimizer.param_groups:
            group["lr"] = rate(self._settings, position.step, self._steps)
        seen = row(batch, self._student.device)
        loss = self._student.losses(seen).mean()
        loss.backward()
        length = torch.nn.utils.clip_grad_norm_(list(self._student.weights.values()), CLIP)
        if not (torch.isfinite(loss) and torch.isfinite(length)):
            raise Failure(
                "nan_loss",
                f"The loss stopped being a number at step {position.step + 1}.",
                f"Train again with a lower learning rate than {self._settings.learning_rate:g}.",
            )
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        position.step += 1
        position.train_loss = float(loss.detach())
        position.tokens += seen.ids.numel()
        position.seconds += time.monotonic() - began
        position.peak = max(position.peak, peak_memory(self._student.device))
        self._done += 1
        self._tokens += seen.ids.numel()
        self._watch.progress.tell(
            "step",
            setting=position.setting,
            step=self._step_of_all(),
            steps=self._watch.all,
            epoch=round(position.step / self._per_epoch, 2),
            train_loss=position.train_loss,
            tokens_per_second=self._tokens / (time.monotonic() - self._began),
            seconds_left=(time.monotonic() - self._began) / self._done * (self._watch.all - self._step_of_all()),
        )

    def _validate(self) -> None:
        position, began = self.position, time.monotonic()
        losses = self._student.each(self._lesson.validation, self._settings.batch)
        found = mean(losses, self._lesson.validation)
        position.seconds += time.monotonic() - began
        if math.isnan(found) and self._lesson.validation:
            raise Failure("nan_loss", "The validation loss is not a number.", "Train again with a lower learning rate.")
        progress = position.best_loss is None or not found >= position.best_loss - BETTER
        position.validation_loss = None if math.isnan(found) else found
        if progress:
            position.best_loss, position.best_step, position.flat = position.validation_loss, position.step, 0
            self.best = {name: one.detach().clone() for name, one in self._student.weights.items()}
        else:
            position.flat += 1
            position.ended = position.flat >= self._settings.patience
        self._watch.progress.tell(
            "validation",
            setting=position.setting,
            step=self._step_of_all(),
            steps=self._watch.all,
            epoch=round(position.step / self._per_epoch, 2),
            train_loss=position.train_loss,
            validation_loss=position.validation_loss,
            detail="no progress any more: stopped early" if position.ended else None,
        )

    def _step_of_all(self) -> int:
        return self._watch.before + self.position.step


def peak_memory(device: torch.device) -> int:
    """Most bytes this process has held so far, in main memory and on the graphics card together."""
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return held + (torch.cuda.max_memory_allocated(device) if device.type == "cuda" else 0)
