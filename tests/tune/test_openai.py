"""Training at OpenAI against a stand-in of its API: nothing is paid for twice, and what goes wrong there is told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from ingest.catalogue.transactions import Transactions
from service.answer.prompt import build
from service.parts import Parts
from service.tune import jobs
from service.tune.openai_trainer import OpenAITrainer, default_epochs
from service.tune.openai_training import Pace
from service.tune.trainer import Data
from tests.doubles.fake_openai_tuning import KEY, FakeTuning, Fault
from tests.doubles.tuning import PAIRS, client, tuning_parts, working
from tests.tune.test_jobs import begun, over, when

pytestmark = pytest.mark.anyio
QUICK = Pace(poll=0.02, most=0.1)


@pytest.fixture
def openai() -> Iterator[FakeTuning]:
    with FakeTuning() as server:
        yield server


@pytest.fixture
async def parts(tmp_path: Path, urls: tuple[str, str], openai: FakeTuning) -> AsyncIterator[Parts]:
    told: dict[str, Any] = {"openai_api_key": SecretStr(KEY), "openai_base_url": openai.url}
    async with tuning_parts(tmp_path / "data", *urls, **told) as made:
        yield replace(made, trainers={"openai": OpenAITrainer(made.settings, pace=QUICK)})


async def tuned(api: httpx.AsyncClient, name: str, **settings: Any) -> dict[str, Any]:
    return await begun(api, name, trainer="openai", settings=settings)


async def test_from_pairs_to_a_model_with_its_cost(parts: Parts, openai: FakeTuning) -> None:
    async with client(parts) as api, working(parts):
        estimate = await api.post(
            "/api/finetunes/estimate",
            json={"name": "x", "pairs": PAIRS, "trainer": "openai", "settings": {"epochs": 4}},
        )
        told = estimate.json()["estimate"]
        assert (told["epochs"], told["per_million"]) == (4, 5.0)
        assert told["usd"] == pytest.approx(told["tokens"] * 4 * 5.0 / 1e6, abs=1e-4)
        job = await when(api, (await tuned(api, "at-openai", epochs=4, seed=7))["id"], over)
        assert (job["status"], job["model"], job["error"]) == ("finished", "at-openai", None), job
        assert job["price_estimate"] == told
        assert job["cost"] == pytest.approx(11 * 50 * 4 * 5.0 / 1e6)
        assert job["loss"][0] == {"setting": 0, "step": 1, "train": 2.0, "validation": 2.5}
        assert (job["step"], job["steps"]) == (3, 3)
        await parts.tuned.refresh()
        model = parts.tuned.known["at-openai"]
        assert model.remote_id == "ft:gpt-4.1-mini-2025-04-14:org-1:at-openai:0001"
        assert model.base == "openai:gpt-4.1-mini-2025-04-14"
        (created,) = openai.created
        assert created["method"]["supervised"]["hyperparameters"] == {"n_epochs": 4}
        assert (created["seed"], created["metadata"]) == (7, {"parallax": job["id"]})
        assert openai.files == {}, "what was uploaded is removed again"
        first = json.loads(openai.contents[created["training_file"]].splitlines()[0])["messages"]
        plain = build(first[-2]["content"], language="en").messages
        assert first[:-1] == [{"role": one.role, "content": one.content} for one in plain], "what `plain` would send"


async def test_what_comes_and_goes_is_waited_for(parts: Parts, openai: FakeTuning) -> None:
    openai.faults += [
        Fault("/files", 503),
        Fault("/jobs", 429, headers={"retry-after": "0"}),
        Fault("/ftjob-0001", 500, "GET", times=2),
    ]
    async with client(parts) as api, working(parts):
        job = await when(api, (await tuned(api, "patient"))["id"], over)
        assert (job["status"], job["waiting"]) == ("finished", None), job
        assert len(openai.jobs) == 1


async def test_a_key_that_is_changed_meanwhile_does_not_end_a_job(parts: Parts, openai: FakeTuning) -> None:
    openai.steps = 10_000
    async with client(parts) as api, working(parts):
        job = await tuned(api, "rekeyed")
        await when(api, job["id"], lambda one: one["step"] > 1)
        openai.key = "another"
        waiting = await when(api, job["id"], lambda one: one["waiting"] is not None)
        assert (waiting["status"], waiting["waiting"]["code"]) == ("training", "openai_key")
        openai.key = KEY
        openai.steps = 1
        assert (await when(api, job["id"], over))["status"] == "finished"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault("/files", 401, "GET"), "openai_key"),
        (Fault("/jobs", 404), "openai_unknown"),
        (Fault("/jobs", 400, code="invalid_hyperparameter"), "openai_refused"),
        (Fault("/jobs", 429, code="insufficient_quota"), "openai_busy"),
    ],
)
async def test_what_stays_wrong_is_told(parts: Parts, openai: FakeTuning, fault: Fault, code: str) -> None:
    openai.faults.append(fault)
    async with client(parts) as api, working(parts):
        job = await when(api, (await tuned(api, "refused"))["id"], over)
        assert (job["status"], job["error"]["code"]) == ("failed", code), job
        assert job["error"]["hint"]
        assert openai.files == {}


async def test_a_job_that_fails_there_says_why(parts: Parts, openai: FakeTuning) -> None:
    async with client(parts) as api, working(parts):
        started = await tuned(api, "spoilt")
        await when(api, started["id"], lambda _: bool(openai.jobs))
        openai.jobs["ftjob-0001"] |= {
            "status": "failed",
            "error": {"code": "invalid_training_file", "param": "training_file", "message": "Line 3 is no example"},
        }
        job = await when(api, started["id"], over)
        assert (job["status"], job["error"]["code"]) == ("failed", "openai_failed")
        assert "Line 3 is no example (invalid_training_file)" in job["error"]["message"]
        assert (await api.post(f"/api/finetunes/{job['id']}/resume")).status_code == 202
        job = await when(api, job["id"], over)
        assert (job["status"], job["error"], len(openai.jobs)) == ("finished", None, 2), "begun anew there"


async def test_too_few_pairs_are_refused_before_anything_is_sent(parts: Parts, openai: FakeTuning) -> None:
    async with client(parts) as api, working(parts):
        job = await begun(api, "few", trainer="openai", pairs=PAIRS[:5])
        job = await when(api, job["id"], over)
        assert (job["status"], job["error"]["code"]) == ("failed", "too_few_pairs")
        assert openai.requests == []


async def test_cancel_cancels_there(parts: Parts, openai: FakeTuning) -> None:
    openai.steps = 10_000
    async with client(parts) as api, working(parts):
        job = await tuned(api, "stopped")
        await when(api, job["id"], lambda one: one["step"] > 1)
        await api.post(f"/api/finetunes/{job['id']}/cancel")
        job = await when(api, job["id"], over)
        assert (job["status"], openai.jobs["ftjob-0001"]["status"]) == ("cancelled", "cancelled")
        assert openai.files == {}


async def test_a_job_that_was_given_back_is_taken_up_where_it_stands(parts: Parts, openai: FakeTuning) -> None:
    openai.steps = 10_000
    async with client(parts) as api:
        async with working(parts):
            job = await tuned(api, "handed")
            await when(api, job["id"], lambda one: one["step"] > 1)
        assert openai.jobs["ftjob-0001"]["status"] == "running", "it goes on there"
        openai.steps = openai.looks["ftjob-0001"] + 3
        async with working(parts):
            job = await when(api, job["id"], over)
        assert job["status"] == "finished"
        assert len(openai.created) == 1


async def test_a_job_that_waits_to_be_taken_up_is_cancelled_there_too(parts: Parts, openai: FakeTuning) -> None:
    openai.steps = 10_000
    async with client(parts) as api:
        async with working(parts):
            job = await tuned(api, "waiting")
            await when(api, job["id"], lambda one: one["step"] > 1)
        assert (await api.post(f"/api/finetunes/{job['id']}/cancel")).json()["status"] == "queued"
        async with working(parts):
            job = await when(api, job["id"], over)
        assert (job["status"], openai.jobs["ftjob-0001"]["status"]) == ("cancelled", "cancelled")


async def test_what_was_created_and_not_noted_is_found_again(parts: Parts, openai: FakeTuning) -> None:
    """The process dies between OpenAI's answer and its being kept: twice over, after the files and after the job."""
    async with client(parts) as api:
        started = await tuned(api, "found")
        job = await Transactions(parts.engine).read(lambda c: jobs.get(c, started["id"]))
        kept = await Transactions(parts.engine).read(lambda c: jobs.pairs_of(c, job.id))
        data = Data([pair for _, part, pair in kept if part == "train"], [kept[-1][2]])
        for _ in range(2):
            training = await parts.trainers["openai"].start(job, data)
            seen: dict[str, Any] = {}
            while "job" not in seen:
                seen = dict((await training.poll()).remote or {})
            await training.leave()
        async with working(parts):
            assert (await when(api, job.id, over))["status"] == "finished"
        assert (len(openai.created), len(openai.contents)) == (1, 2)


def test_the_epochs_of_a_small_set_are_more() -> None:
    assert [default_epochs(count) for count in (1, 10, 20, 33, 34, 1000, 10_000)] == [25, 10, 5, 3, 3, 3, 2]
