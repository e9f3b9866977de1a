"""Jobs that a process holds: how they end when not by their own work, and that nobody waits for ever for that."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from sqlalchemy import JSON as Json
from sqlalchemy import Column, Engine, Float, Integer, MetaData, String, Table, insert, select, update

from ingest.catalogue.engine import open_engine, reading, sqlite_url, writing
from ingest.catalogue.transactions import Transactions
from service import holding
from service.holding import Ends, Held, Holding
from service.leases import WORKING, Leases, Lost
from service.patient import Patient
from tests.doubles.away import AwayCatalogue
from tests.doubles.stores import until

pytestmark = pytest.mark.anyio

TABLE = Table(
    "jobs", MetaData(), Column("id", String, primary_key=True), Column("status", String), Column("attempts", Integer),
    Column("lease_until", Float), Column("cancel_requested", Integer), Column("waiting", Json), Column("error", Json),
    Column("started_at", String), Column("finished_at", String), info={WORKING: ("at_work",)},
)  # fmt: skip
LEASES = Leases(TABLE)
STOPPED, BROKEN = {"code": "cancelled"}, {"code": "internal"}


@dataclass(frozen=True)
class Claim:
    id: str
    token: int

    @property
    def key(self) -> tuple[str, int]:
        return self.id, self.token


ENDS: Ends[Claim] = Ends(
    lambda c, held, status, error=None: LEASES.finish(c, *held.key, status, error),
    lambda c, held: LEASES.release(c, *held.key),
    STOPPED,
    BROKEN,
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(sqlite_url(tmp_path))
    TABLE.metadata.create_all(made)
    with writing(made) as connection:
        connection.execute(insert(TABLE).values(id="a", status="queued", attempts=0, lease_until=0, cancel_requested=0))
    yield made
    made.dispose()


def row(engine: Engine, **values: Any) -> Any:
    with writing(engine) as connection:
        if values:
            connection.execute(update(TABLE).values(**values))
    with reading(engine) as connection:
        return connection.execute(select(TABLE)).one()


def claimed(engine: Engine, catalogue: Transactions, clock: float = 1.0) -> Held[Claim]:
    with writing(engine) as connection:
        found = LEASES.claim(connection, "a", clock=clock, lease=1e9)
    assert found is not None
    return Held(Claim("a", found.attempts), Patient(catalogue), anyio.CancelScope())


def held_by(catalogue: Transactions) -> Holding[Held[Claim]]:
    return Holding(catalogue, LEASES, ENDS, lease=1e9, pulse=0.01)


async def for_ever(_: Held[Claim]) -> None:
    await anyio.sleep_forever()


@pytest.mark.parametrize("at_once", [True, False])
async def test_what_is_given_back_waits_for_another_worker(engine: Engine, at_once: bool) -> None:
    catalogue = Transactions(engine)
    made, held = held_by(catalogue), claimed(engine, catalogue)
    async with anyio.create_task_group() as group:
        group.start_soon(made.hold, held, for_ever)
        await anyio.lowlevel.checkpoint()
        await made.give_back(1e9 if at_once else 0.01, at_once=at_once)
        assert (row(engine).status, row(engine).lease_until) == ("queued", 0.0)


async def test_what_ends_in_time_by_itself_is_not_cut_off(engine: Engine) -> None:
    catalogue = Transactions(engine)
    made, held = held_by(catalogue), claimed(engine, catalogue)

    async def work(held: Held[Claim]) -> None:
        await until(lambda: held.draining)
        await held.catalogue.write(lambda c: LEASES.finish(c, *held.key, "finished"))

    async with anyio.create_task_group() as group:
        group.start_soon(made.hold, held, work)
        await anyio.lowlevel.checkpoint()
        await made.give_back(60)
        assert (row(engine).status, row(engine).error) == ("finished", None)


async def test_what_somebody_stops_is_cancelled(engine: Engine) -> None:
    catalogue = Transactions(engine)
    made, held = held_by(catalogue), claimed(engine, catalogue)
    async with anyio.create_task_group() as group:
        group.start_soon(made.renew)
        row(engine, cancel_requested=1)
        with anyio.fail_after(30):
            await made.hold(held, for_ever)
        group.cancel_scope.cancel()
    assert (row(engine).status, row(engine).error, held.lost) == ("cancelled", STOPPED, True)


async def test_what_another_worker_has_taken_over_is_left_to_it(engine: Engine) -> None:
    catalogue = Transactions(engine)
    made, held = held_by(catalogue), claimed(engine, catalogue)
    other = claimed(engine, catalogue, clock=1e10)
    async with anyio.create_task_group() as group:
        group.start_soon(made.renew)
        with anyio.fail_after(30):
            await made.hold(held, for_ever)
        group.cancel_scope.cancel()
    assert (row(engine).status, row(engine).attempts, held.lost) == ("at_work", other.key[1], True)

    async def late(held: Held[Claim]) -> None:
        raise Lost

    held.draining = True
    await made.hold(held, late)
    assert (row(engine).status, row(engine).attempts) == ("at_work", other.key[1]), "nor is it given back"


async def test_a_bug_of_ours_fails_the_job(engine: Engine) -> None:
    catalogue = Transactions(engine)

    async def broken(held: Held[Claim]) -> None:
        raise RuntimeError("a bug")

    await held_by(catalogue).hold(claimed(engine, catalogue), broken)
    assert (row(engine).status, row(engine).error) == ("failed", BROKEN)


@pytest.mark.parametrize("how", ["stopped", "given back"])
async def test_a_catalogue_that_is_away_keeps_nobody_from_ending(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(holding, "RELEASE_SECONDS", 0.05)
    catalogue = AwayCatalogue(engine)
    made, held = held_by(catalogue), claimed(engine, catalogue)
    async with anyio.create_task_group() as group:
        group.start_soon(made.hold, held, for_ever)
        await anyio.lowlevel.checkpoint()
        catalogue.away["write"] = sys.maxsize
        with anyio.fail_after(30):
            if how == "stopped":
                held.lose()
            else:
                await made.give_back(0, at_once=True)
            await made.give_back(60)
    assert row(engine).status == "at_work", "its lease runs out by itself"
