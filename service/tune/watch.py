"""A job as it goes on, for whoever looks on: the catalogue is asked, since its worker may be on another machine."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace

import anyio

from ingest.catalogue.transactions import Transactions
from service.parts import Parts
from service.tune import jobs
from service.tune.types import ENDED, Job

LOOK_SECONDS = 0.5


async def watch(parts: Parts, job_id: str) -> AsyncGenerator[Job, None]:
    """The job now; then, whenever it has changed, with only the new points of its curves; at its end whole once more.

    Ends with the job, and when the service drains. Raises `Unknown`.
    """
    catalogue = Transactions(parts.engine)
    job = await catalogue.read(lambda c: jobs.get(c, job_id))
    if job.status in ENDED:
        await parts.tuned.must_know(job.model)
        yield job
        return
    yield job
    seen: dict[int, int] = {}
    shown = replace(job, loss=())
    while not parts.draining.is_set():
        for point in job.loss:
            seen[point.setting] = max(point.step, seen.get(point.setting, -1))
        await anyio.sleep(LOOK_SECONDS)
        job = await catalogue.read(lambda c: jobs.get(c, job_id, after=seen or None))
        if job.status in ENDED:
            await parts.tuned.must_know(job.model)  # whoever hears of the end asks for the model at once
            yield await catalogue.read(lambda c: jobs.get(c, job_id))
            return
        if job.loss or replace(job, loss=()) != shown:
            shown = replace(job, loss=())
            yield job
