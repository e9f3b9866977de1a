"""Experiments where several processes write at once: on a real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest
from sqlalchemy import Engine

from ingest.catalogue import collections
from ingest.catalogue.engine import migrate, open_engine, reading, writing
from service.errors import Conflict
from service.experiments import book, export, report
from service.experiments.tend import tend
from service.experiments.traffic import Traffic, place
from service.experiments.types import Arm, Experiment, Guardrail
from service.types import Answer, Finish
from service.wiring import MIGRATIONS
from tests.doubles.postgres import postgres

T = TypeVar("T")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with postgres() as url:
        opened = open_engine(url)
        migrate(opened, MIGRATIONS)
        with writing(opened) as connection:
            collections.ensure(connection, "default", "none")
        yield opened
        opened.dispose()


def begun(engine: Engine) -> Experiment:
    arms = (Arm("plain", "plain"), Arm("few_shot", "few_shot"))
    rails = (Guardrail("error_rate", 0.05),)
    new = book.New("test", "feedback", arms, (0.5, 0.5), "default", "fixed", rails, frozenset(), False, 500)
    with writing(engine) as connection:
        return book.create(connection, new, ("plain", "few_shot"))


def at_once(count: int, work: Callable[[], T]) -> tuple[list[T], list[Exception]]:
    """What that many threads returned and raised, all begun together."""
    start, returned, raised = threading.Barrier(count), list[T](), list[Exception]()

    def run() -> None:
        start.wait()
        try:
            returned.append(work())
        except Exception as error:
            raised.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return returned, raised


def test_processes_at_one_catalogue(engine: Engine) -> None:
    """One of many starts the split, every answer is logged once, one of many stops the lane that fails."""
    started, refused = at_once(5, lambda: begun(engine))
    assert len(started) == 1
    assert all(isinstance(error, Conflict) for error in refused)
    (experiment,) = started
    splitting = Traffic(engine)
    for number in range(100):
        at = place(experiment, f"visitor {number}")
        finish: Finish = "failed" if at.arm == "few_shot" else "answered"
        with writing(engine) as connection:
            said = Answer(f"ans_{number}", "c", at.variant, "plain", "m", "", finish)
            splitting.record(connection, at, said, "Sea?")
    again = place(experiment, "visitor 7")

    def ask_again() -> None:
        name = f"again {threading.get_ident()}"
        with writing(engine) as connection:
            splitting.record(connection, again, Answer(name, "c", again.variant, "plain", "m", "", "answered"), "New?")

    assert at_once(4, ask_again)[1] == []
    looks, failed = at_once(5, lambda: tend(engine, experiment.id))
    assert failed == []
    assert sum(looks) == 1
    with reading(engine) as connection:
        told = report.of(connection, experiment.id)
        assert len(export.csv_of(connection, experiment.id)[0].splitlines()) == 105
    assert told.left_out.repeat == 3  # one of the four was first
    assert "Few-shot was stopped by itself" in told.verdict
