"""Looking after running experiments as exposures come: guardrails stop a lane, Thompson routing moves the weights.

Any process may do it: what is decided in one phase is dropped when another process has begun the next one meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine

from ingest.catalogue.engine import reading, writing
from ingest.errors import IngestError
from ingest.threads import in_thread
from service.errors import Conflict, ServiceError
from service.experiments import book, samples
from service.experiments.compared import share
from service.experiments.guard import breach
from service.experiments.metrics import VISITORS
from service.experiments.samples import Sample
from service.experiments.types import FLOOR, Experiment
from service.statistics import bandit

PAUSE_SECONDS = 1.0
SHARE_OF_TIME = 0.05
"""A look reads all exposures: it never takes more than this share of the time."""
LEARN_EVERY = 20
LEARN_SHARE = 0.05
"""New visitors between two changes of weights under Thompson routing: so many, and such a share of all, that phases
grow with the logarithm of the traffic."""
_LOG = logging.getLogger(__name__)


class Tending:
    """One look at a time for each experiment; what comes during a look is seen by the next."""

    def __init__(self, engine: Engine, changed: Callable[[], None], pause: float = PAUSE_SECONDS) -> None:
        self._engine = engine
        self._changed = changed
        self._pause = pause
        self._wanted: set[str] = set()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def due(self, experiment_id: str) -> None:
        """Something was shown: look at this experiment, soon."""
        self._wanted.add(experiment_id)
        if experiment_id not in self._tasks:
            task = asyncio.create_task(self._look(experiment_id), name=f"tend {experiment_id}")
            self._tasks[experiment_id] = task
            task.add_done_callback(lambda _: self._tasks.pop(experiment_id, None))

    async def drain(self) -> None:
        """No more looks: what is due is seen by the next process, with the next exposure."""
        self._wanted.clear()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self, experiment_id: str) -> None:
        while experiment_id in self._wanted:
            self._wanted.discard(experiment_id)
            began = time.monotonic()
            try:
                if await in_thread(tend, self._engine, experiment_id):
                    self._changed()
            except (ServiceError, IngestError) as error:
                _LOG.warning("experiment %s was not looked at: %s", experiment_id, error.message)
            except Exception:
                _LOG.exception("experiment %s was not looked at", experiment_id)
            await asyncio.sleep(max(self._pause, (time.monotonic() - began) / SHARE_OF_TIME))


def tend(engine: Engine, experiment_id: str) -> bool:
    """Look once; True when the weights were changed. Blocks. Raises `Unknown`."""
    with reading(engine) as connection:
        experiment = book.get(connection, experiment_id)
        if experiment.status != "running":
            return False
        sample = samples.gather(connection, experiment)
    change = _changed(experiment, sample)
    if change is None:
        return False
    try:
        with writing(engine) as connection:
            after = book.reweigh(
                connection,
                experiment_id,
                change.weights,
                reason=change.reason,
                stopped_arm=change.stopped_arm,
                seen=experiment.phases[-1].number,
            )
    except Conflict:  # another process was faster
        return False
    return len(after.phases) > len(experiment.phases)


@dataclass(frozen=True, slots=True)
class _Change:
    weights: Mapping[str, float]
    reason: str
    stopped_arm: str | None = None


def _changed(experiment: Experiment, sample: Sample) -> _Change | None:
    found = breach(experiment, sample)
    if found is not None:
        _LOG.warning("experiment %s: the lane %s is stopped: %s", experiment.id, found.arm, found.reason)
        return _Change(_without(experiment, found.arm), found.reason, found.arm)
    learned = _learned(experiment, sample) if experiment.routing == "thompson" else None
    return None if learned is None else _Change(learned, "Thompson routing")


def _without(experiment: Experiment, lane: str) -> dict[str, float]:
    """The lane's traffic goes to the others in proportion."""
    kept = {
        arm.label: weight
        for arm, weight in zip(experiment.arms, experiment.weights, strict=True)
        if arm.label != lane and weight > 0
    }
    whole = sum(kept.values())
    return {arm.label: kept.get(arm.label, 0.0) / whole for arm in experiment.arms}


def _learned(experiment: Experiment, sample: Sample) -> dict[str, float] | None:
    """The next propensities, when enough visitors came since the last change; only lanes that are on take part."""
    current = experiment.phases[-1]
    fresh = sum(visitor.phase == current.number for visitor in sample.visitors)
    if fresh < max(LEARN_EVERY, LEARN_SHARE * len(sample.visitors)):
        return None
    lanes = [arm.label for arm, weight in zip(experiment.arms, current.weights, strict=True) if weight > 0]
    if len(lanes) < 2:
        return None
    outcomes = {lane: _outcomes(experiment, sample, lane) for lane in lanes}
    shares = bandit.propensities(outcomes, floor=FLOOR, seed=current.number)
    return {arm.label: shares.get(arm.label, 0.0) for arm in experiment.arms}


def _outcomes(experiment: Experiment, sample: Sample, lane: str) -> tuple[float, float]:
    """(successes, failures) in visitors, each the one by the share of their own answers and the other by the rest."""
    metric = VISITORS[experiment.metric]
    known = share(sample.of(lane), metric)
    yes = known.n * known.mean if known.n else 0.0
    return (yes, known.n - yes) if metric.higher_is_better else (known.n - yes, yes)
