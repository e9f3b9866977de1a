"""A job at OpenAI that is stopped here, or not: what is paid for goes on exactly as long as somebody wants it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import update

from ingest.catalogue.transactions import Transactions
from service.parts import Parts
from service.tune import claims, work
from service.tune.claims import MOST_STALLED
from service.tune.schema import finetunes
from tests.doubles.fake_openai_tuning import FakeTuning, Fault
from tests.doubles.stores import until
from tests.doubles.tuning import client, working
from tests.tune.test_jobs import over, when
from tests.tune.test_openai import openai, parts, tuned

__all__ = ["openai", "parts"]  # fixtures
pytestmark = pytest.mark.anyio


async def quiet(count: Callable[[], int], times: int = 25) -> None:
    """Until so many looks in a row, 20 ms apart, have counted the same."""
    same, before = 0, count()
    while same < times:
        await asyncio.sleep(0.02)
        same, before = (same + 1, before) if count() == before else (0, count())


async def test_a_job_that_another_worker_has_taken_over_goes_on_there(parts: Parts, openai: FakeTuning) -> None:
    openai.steps = 10_000
    catalogue = Transactions(parts.engine)
    async with client(parts) as api:
        async with working(parts):
            job = await tuned(api, "taken")
            await when(api, job["id"], lambda one: one["step"] > 1)
            mine = update(finetunes).where(finetunes.c.id == job["id"])
            taken = {"attempts": finetunes.c.attempts + 1, "lease_until": time.time() + 3600}
            await catalogue.write(lambda c: c.execute(mine.values(**taken)) and None)
            asked = ("GET", "/v1/fine_tuning/jobs/ftjob-0001")
            await quiet(lambda: openai.requests.count(asked))
        assert openai.jobs["ftjob-0001"]["status"] == "running"
        assert len(openai.files) == 2, "what was uploaded is the other's"
        openai.steps = 1
        await catalogue.write(lambda c: c.execute(mine.values(lease_until=0.0)) and None)
        async with working(parts):
            assert (await when(api, job["id"], over))["status"] == "finished"
        assert (len(openai.created), openai.files) == (1, {})


async def test_a_job_that_is_being_created_is_stopped_too(parts: Parts, openai: FakeTuning) -> None:
    openai.steps, openai.slow = 10_000, threading.Event()
    async with client(parts) as api, working(parts):
        job = await tuned(api, "inflight")
        await until(lambda: bool(openai.jobs), 30)
        await api.post(f"/api/finetunes/{job['id']}/cancel")
        await when(api, job["id"], lambda one: one["cancelling"])
        openai.slow.set()
        job = await when(api, job["id"], over)
        assert (job["status"], openai.jobs["ftjob-0001"]["status"]) == ("cancelled", "cancelled")
        assert (openai.files, len(openai.jobs)) == ({}, 1)


async def test_a_cancel_that_openai_does_not_hear_is_told_and_tried_again(
    parts: Parts, openai: FakeTuning, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "UNHEARD_SECONDS", 0.0)
    openai.steps = 10_000
    deaf = Fault("/cancel", 503, times=10_000)
    openai.faults.append(deaf)
    async with client(parts) as api, working(parts):
        job = await tuned(api, "unheard")
        await when(api, job["id"], lambda one: one["step"] > 1)
        await api.post(f"/api/finetunes/{job['id']}/cancel")
        told = await when(api, job["id"], lambda one: one["waiting"] is not None)
        assert (told["status"], told["waiting"]["code"]) == ("queued", "openai_not_stopped")
        assert "ftjob-0001" in told["waiting"]["message"]
        assert told["cancelling"]
        assert openai.files == {}, "the files go all the same"
        deaf.times = 0
        job = await when(api, job["id"], over)
        assert (job["status"], openai.jobs["ftjob-0001"]["status"]) == ("cancelled", "cancelled")
        assert len(openai.created) == 1


@pytest.mark.parametrize("path", ["/ftjob-0001", "/events"])
async def test_an_answer_that_is_none_does_not_end_a_job(parts: Parts, openai: FakeTuning, path: str) -> None:
    openai.steps = 10_000
    async with client(parts) as api, working(parts):
        job = await tuned(api, "proxied")
        await when(api, job["id"], lambda one: one["step"] > 1)
        page = Fault(path, 200, "GET", times=10_000)
        openai.faults.append(page)
        waiting = await when(api, job["id"], lambda one: one["waiting"] is not None)
        assert (waiting["status"], waiting["waiting"]["code"]) == ("training", "openai_nonsense")
        page.times, openai.steps = 0, 1
        assert (await when(api, job["id"], over))["status"] == "finished"


async def test_a_page_instead_of_ids_makes_nothing_twice(parts: Parts, openai: FakeTuning) -> None:
    openai.faults += [Fault("/files", 200), Fault("/jobs", 200)]
    async with client(parts) as api, working(parts):
        job = await when(api, (await tuned(api, "paged"))["id"], over)
        assert (job["status"], len(openai.created), len(openai.contents)) == ("finished", 1, 2), job


async def test_a_job_that_is_paused_there_is_waited_for(parts: Parts, openai: FakeTuning) -> None:
    openai.steps = 10_000
    async with client(parts) as api, working(parts):
        job = await tuned(api, "paused")
        await when(api, job["id"], lambda one: one["step"] > 1)
        openai.jobs["ftjob-0001"]["status"] = "paused"
        waiting = await when(api, job["id"], lambda one: one["waiting"] is not None)
        assert (waiting["status"], waiting["waiting"]["code"]) == ("training", "openai_paused")
        assert len(openai.files) == 2
        openai.steps, openai.jobs["ftjob-0001"]["status"] = 1, "running"
        job = await when(api, job["id"], over)
        assert (job["status"], job["waiting"]) == ("finished", None)


async def test_a_job_there_is_taken_up_however_often_its_workers_die(parts: Parts) -> None:
    async with client(parts) as api:
        job = await tuned(api, "queued-there")
        catalogue = Transactions(parts.engine)
        for died in range(2 * MOST_STALLED):
            clock = died * 100.0
            held = await catalogue.write(lambda c, at=clock: claims.claim(c, job["id"], clock=at, lease=1.0))  # type: ignore[misc]
            assert held is not None
            assert await catalogue.write(lambda c, mine=held: claims.begin(c, mine))  # type: ignore[misc]
