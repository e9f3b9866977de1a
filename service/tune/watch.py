"""A job as it goes on, for whoever looks on: the catalogue is asked, since its worker may be on another machine."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace

import anyio
from sqlalchemy import Connection

from ingest.catalogue.transactions import Transactions
from service.parts import Parts
from service.tune import jobs
from service.tune.types import ENDED, Job, Point

LOOK_SECONDS = 0.5


async def watch(parts: Parts, job_id: str) -> AsyncGenerator[Job, None]:
    """The job now; then, whenever it has changed, with only those points of its curves that are new or have changed (a
    validation comes after its step, and a step done again has other values); at its end whole once more.

    Ends with the job, and when the service drains. Raises `Unknown`.
    """
    catalogue = Transactions(parts.engine)

    def look(connection: Connection) -> tuple[Job, tuple[Point, ...]]:
        return jobs.get(connection, job_id, curves=False), jobs.points(connection, job_id)

    shown: Job | None = None
    told: dict[tuple[int, int], Point] = {}
    while not parts.draining.is_set():
        job, points = await catalogue.read(look)
        if shown is None or job.status in ENDED:
            await parts.tuned.must_know(job.model)  # whoever hears of the end asks for the model at once
            whole = await catalogue.read(lambda c: jobs.get(c, job_id))
            yield whole
            if whole.status in ENDED:
                return
        else:
            fresh = tuple(one for one in points if told.get((one.setting, one.step)) != one)
            if fresh or job != shown:
                yield replace(job, loss=fresh)
        shown = job
        told = {(one.setting, one.step): one for one in points}
        await anyio.sleep(LOOK_SECONDS)
