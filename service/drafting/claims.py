"""Which worker may fill a set: `service.leases`, and what only its holder keeps.

queued -> drafting -> ready | failed
       <-            (given back, or its worker died)

To people the first two are one: it is drafted. Functions block; call them through `Transactions`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection, select, update

from ingest.catalogue.engine import serialise
from ingest.catalogue.gone import gone
from ingest.types import StoredChunk
from service.drafting.kind import Kind
from service.hygiene import normal
from service.leases import Lost, Waiting

__all__ = ["Job", "Lost"]

MOST_FRUITLESS = 5
"""Claims in a row after which no chunk was asked about: what ends its workers, or a model that fails at all of them."""
BUSY = {
    "code": "machine_busy",
    "message": "An evaluation run or a training has this machine's cores.",
    "hint": "It begins by itself when that is over.",
}
_FATAL = {
    "code": "worker_ended",
    "message": f"Its worker ended {MOST_FRUITLESS} times in a row without getting any further.",
    "hint": "The service's log says more. What was drafted is kept.",
}


@dataclass(frozen=True, slots=True)
class Job:
    """A drafting this process works on. `token` fences: only its holder may write the set. `tried` of its chunks are
    done with, `unasked` of them without an answer of the model."""

    set_id: str
    token: int
    wanted: int
    tried: int
    unasked: int
    made: int
    collection_id: str
    model: str
    chunks: Sequence[str]

    @property
    def key(self) -> tuple[str, int]:
        return self.set_id, self.token


def due(connection: Connection, kind: Kind, *, clock: float, limit: int) -> list[tuple[str, int]]:
    """(id, claims so far) of every drafting that wants a worker."""
    return kind.leases.due(connection, clock=clock, limit=limit)


def claim(connection: Connection, kind: Kind, set_id: str, *, clock: float, lease: float) -> Job | None:
    """Take a drafting that waits or whose worker has let its lease run out. None: there is nothing to do here.

    The local model serves one thing at a time: while a run or a training has it, or another drafting, this one waits.
    One that got no further again and again is failed.
    """
    serialise(connection, "claim")
    leases, sets = kind.leases, kind.sets.sets
    why = connection.execute(select(sets.c.waiting).where(sets.c.id == set_id)).scalar()
    leases.give_up(connection, set_id, clock=clock, most=MOST_FRUITLESS, error=why or _FATAL)
    busy = leases.busy(clock=clock, but=set_id)
    row = leases.claim(connection, set_id, clock=clock, lease=lease, unless=(sets.c.local == 1) & busy)
    if row is None:
        waits = (sets.c.id == set_id) & leases.open() & (sets.c.lease_until <= clock)
        connection.execute(update(sets).where(waits).values(waiting=BUSY))
        return None
    leases.write(connection, set_id, row.attempts, fruitless=row.fruitless + 1)
    made, told = len(kind.sets.everything(connection, set_id)), row.drafting
    return Job(
        set_id,
        row.attempts,
        row.wanted,
        row.tried,
        row.unasked,
        made,
        told["collection_id"],
        told["model"],
        told["chunks"],
    )


def passed(connection: Connection, kind: Kind, held: Job, tried: int) -> None:
    """So many chunks are done with; the last one was not worth a question. Raises `Lost`."""
    kind.leases.write(connection, held.set_id, held.token, tried=tried)


def keep(
    connection: Connection,
    kind: Kind,
    held: Job,
    tried: int,
    unasked: int,
    chunk: StoredChunk,
    said: tuple[str, str] | None,
) -> int:
    """Note that a chunk was asked about, with the draft (question and answer) it gave. Returns 1 when an item was
    added. Raises `Lost`."""
    noted = {"tried": tried, "unasked": unasked, "waiting": None, "fruitless": 0}
    kind.leases.write(connection, held.set_id, held.token, **noted)
    if said is None or gone(connection, {chunk.document_id}):
        return 0
    there = kind.sets.everything(connection, held.set_id)
    number, ids = len(there) + 1, {one["id"] for one in there}
    make = partial(kind.row, *said, chunk)
    row = make(number)
    while row is not None and row["id"] in ids:  # a person has added items of that name meanwhile
        number += 1
        row = make(number)
    if row is None or normal(kind.question(row)) in {normal(kind.question(one)) for one in there}:
        return 0
    kind.sets.add(connection, held.set_id, [row])
    return 1


def wait(
    connection: Connection, kind: Kind, held: Job, why: Mapping[str, str], *, until: float, its_fault: bool
) -> None:
    """Give it back until then (epoch seconds). `its_fault`: the model answers, though not what it is asked here, so
    that this cannot go on for ever. Raises `Lost`."""
    also = {} if its_fault else {"fruitless": 0}
    kind.leases.release(connection, held.set_id, held.token, why, until=until, **also)


def release(connection: Connection, kind: Kind, held: Job) -> None:
    """Give it back. Raises `Lost`."""
    kind.leases.release(connection, held.set_id, held.token, fruitless=0)


def finish(connection: Connection, kind: Kind, held: Job, status: str, error: Waiting = None, **also: Any) -> None:
    """End it. Raises `Lost`."""
    kind.leases.finish(connection, held.set_id, held.token, status, error, **also)
