"""Traffic: which variant a question gets that names none, and the log of what was shown."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, insert, select

from ingest.catalogue.engine import instant, now, reading, serialise, writing
from ingest.threads import in_thread
from service.experiments import book, defaults
from service.experiments.schema import EVERYWHERE, exposures
from service.experiments.tend import Tending
from service.experiments.types import Experiment
from service.fresh import Fresh
from service.ids import new_id
from service.statistics import assign
from service.types import Answer, Assigned, Excluded

BOT_AN_HOUR = 120
"""More answers than this to one visitor within an hour, and it counts as a program."""
_ROBOT = re.compile(r"bot\b|crawl|spider|slurp|archiver|pingdom|uptime", re.IGNORECASE)
_SPACE = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class _Now:
    """What was running when the catalogue was last read; the key None is an experiment on every collection."""

    running: Mapping[str | None, Experiment]
    defaults: Mapping[str, str]


class Traffic:
    """Reads through `Fresh`: what another process starts or stops is seen within seconds, our own at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._now = Fresh(self._read)
        self._tending = Tending(engine, self.forget)

    async def default(self, collection: str) -> str | None:
        """The variant somebody chose for questions that name none; None: nobody did."""
        chosen = (await self._now.value()).defaults
        return chosen.get(collection) or chosen.get(EVERYWHERE)

    async def possible(self, collection: str) -> tuple[str, ...]:
        """The variants that a question which names none may get there; empty: nobody chose, so the presets' default."""
        running = (await self._now.value()).running
        experiment = running.get(collection) or running.get(None)
        if experiment is not None:
            return tuple(arm.variant for arm in experiment.arms)
        chosen = await self.default(collection)
        return (chosen,) if chosen else ()

    async def assigned(
        self, collection: str, unit: str, *, robot: bool = False, nameless: bool = False
    ) -> Assigned | None:
        """The lane of this unit (a visitor; `nameless`: a conversation); None while no experiment runs there."""
        running = (await self._now.value()).running
        experiment = running.get(collection) or running.get(None)
        return None if experiment is None else place(experiment, unit, robot=robot, nameless=nameless)

    def record(self, connection: Connection, assigned: Assigned, said: Answer, question: str) -> None:
        """Log that this answer was shown, in the transaction that keeps it."""
        serialise(connection, f"exposure {assigned.unit}")
        key = question_key(question)
        connection.execute(
            insert(exposures).values(
                experiment_id=assigned.experiment_id,
                phase=assigned.phase,
                arm=assigned.arm,
                variant=assigned.variant,
                unit=assigned.unit,
                answer_id=said.id,
                question_key=key,
                propensity=assigned.propensity,
                finish=said.finish,
                first_token=said.timings.get("first_token"),
                total=said.timings.get("total"),
                cost=said.cost,
                at=now(),
                excluded=assigned.excluded or _seen_before(connection, assigned, key),
            )
        )

    async def failed(self, assigned: Assigned, question: str) -> None:
        """Log a lane whose model is not there: the visitor was shown an error in place of an answer."""
        nothing = Answer(new_id("ans"), "", assigned.variant, "plain", "", "", "failed")

        def write() -> None:
            with writing(self._engine) as connection:
                self.record(connection, assigned, nothing, question)

        await in_thread(write)
        self.noticed(assigned)

    def noticed(self, assigned: Assigned) -> None:
        """An exposure was committed: look after its experiment, in the background."""
        self._tending.due(assigned.experiment_id)

    def forget(self) -> None:
        """Something was started, changed or stopped here: the next question reads again."""
        self._now.forget()

    async def drain(self) -> None:
        """Wait until the background work is done."""
        await self._tending.drain()

    def _read(self) -> _Now:
        with reading(self._engine) as connection:
            running = {experiment.collection: experiment for experiment in book.running(connection)}
            return _Now(running, defaults.all_of(connection))


def place(experiment: Experiment, unit: str, *, robot: bool = False, nameless: bool = False) -> Assigned:
    """Where the sticky hash puts a unit. Under Thompson routing every phase draws anew, so that the propensity that is
    logged is the true one whatever the unit did before. A conversation of which nobody said whose it is has a lane, but
    does not count: two of them may be one person."""
    drawn = experiment.id if experiment.routing == "fixed" else f"{experiment.id}:{experiment.phases[-1].number}"
    shares = {arm.label: weight for arm, weight in zip(experiment.arms, experiment.weights, strict=True)}
    label = assign.assigned(unit, shares, experiment=drawn, salt=experiment.salt)
    arm = next(arm for arm in experiment.arms if arm.label == label)
    excluded: Excluded | None = None
    if nameless:
        excluded = "bot" if robot else "nameless"
    elif unit in experiment.staff:
        excluded = "staff"
    elif robot:
        excluded = "bot"
    pseudonym = hashlib.sha256(f"{experiment.salt}:{unit}".encode()).hexdigest()[:20]
    return Assigned(experiment.id, experiment.phases[-1].number, label, arm.variant, pseudonym, shares[label], excluded)


def is_robot(agent: str | None) -> bool:
    """Whether a User-Agent header says that no person asks."""
    return bool(agent and _ROBOT.search(agent))


def question_key(question: str) -> str:
    """The same for questions that differ in case, spaces and punctuation only."""
    return hashlib.sha256(_SPACE.sub(" ", question.casefold()).strip().encode()).hexdigest()[:16]


def _seen_before(connection: Connection, assigned: Assigned, key: str) -> Excluded | None:
    of_unit = (exposures.c.experiment_id == assigned.experiment_id) & (exposures.c.unit == assigned.unit)
    hour_ago = instant(time.time() - 3600)
    shown = connection.execute(select(func.count()).select_from(exposures).where(of_unit, exposures.c.at > hour_ago))
    if shown.scalar_one() >= BOT_AN_HOUR:
        return "bot"
    same = select(exposures.c.seq).where(of_unit, exposures.c.question_key == key).limit(1)
    return "repeat" if connection.execute(same).first() else None
