"""One setting after the other, and the one whose validation loss was lowest. A job without a sweep has one setting."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from service.tune.local.checkpoint import Keeper, Position
from service.tune.local.job import Settings, told
from service.tune.local.loop import Lesson, Stopped, Training, Watch, steps
from service.tune.local.progress import Progress
from service.tune.local.student import Student


@dataclass(frozen=True, slots=True)
class Outcome:
    """The chosen setting and its best weights. `result`: what its training came to; `position`: the whole job's end."""

    settings: Settings
    weights: dict[str, Tensor]
    result: dict[str, Any]
    position: Position


def run(
    student: Student,
    lesson: Lesson,
    settings: Sequence[Settings],
    progress: Progress,
    keeper: Keeper,
    every: float,
    stop: Callable[[], bool],
) -> Outcome | None:
    """Train every setting, from the last checkpoint where there is one. None: stopped, with a checkpoint.

    Each setting starts from the same base and takes the same pairs in the same order. Raises `Failure`.
    """
    found = keeper.load()
    position, groups = found or (Position(of=keeper.of), {})
    if found:
        position.resumed += 1
        progress.tell("note", setting=position.setting, detail=f"going on after step {position.step}")
    each = [steps(len(lesson.wordings), one) for one in settings]
    for index in range(position.setting, len(settings)):
        if index > position.setting:
            position, groups = _next(position, index), {"winner": groups["winner"]}
        chosen, before = settings[index], sum(each[:index])
        detail = f"rank {chosen.rank}, learning rate {chosen.learning_rate:g}, {chosen.epochs} epochs"
        progress.tell("setting", setting=index, step=before + position.step, steps=sum(each), detail=detail)
        student.begin(chosen)
        training = Training(
            student, lesson, chosen, position, Watch(progress, keeper, every, stop, before, sum(each)), groups
        )
        try:
            best = training.run()
        except Stopped:
            return None
        position.results.append(_result(index, chosen, position))
        groups = {"winner": best if _winner(position) == index else groups["winner"]}
    winner = _winner(position)
    return Outcome(settings[winner], groups["winner"], position.results[winner], position)


def _winner(position: Position) -> int:
    """Index of the setting with the lowest validation loss; the first of equals, and where nothing was validated."""
    return min(
        range(len(position.results)),
        key=lambda i: math.inf if (loss := position.results[i]["validation_loss"]) is None else loss,
    )


def _result(index: int, settings: Settings, position: Position) -> dict[str, Any]:
    return {
        "setting": index,
        "settings": told(settings),
        "steps": position.step,
        "best_step": position.best_step,
        "stopped_early": position.ended,
        "train_loss": position.train_loss,
        "first_validation_loss": position.first_loss,
        "validation_loss": position.best_loss,
        "last_validation_loss": position.validation_loss,
    }


def _next(position: Position, index: int) -> Position:
    """The beginning of a setting: what counts over the whole job goes on counting."""
    return Position(
        of=position.of,
        setting=index,
        seconds=position.seconds,
        tokens=position.tokens,
        peak=position.peak,
        resumed=position.resumed,
        results=position.results,
    )
