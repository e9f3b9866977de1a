"""A job's folder: what is left in it, and which of them go."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection

from ingest.catalogue.transactions import Transactions
from service.parts import Parts
from service.tune import folder, jobs
from service.tune.local import job as local_job
from service.tune.local.failure import Failure
from service.tune.trainer import Data
from service.tune.types import Pair
from service.tune.work import Tuner
from tests.doubles.tuning import StandInTrainer, client, tuning_parts, working
from tests.tune.test_jobs import begun, over, when

pytestmark = pytest.mark.anyio
CANARY = "zirpelfink"


def holding(place: Path, canary: str) -> list[Path]:
    """The files below a folder with that in them."""
    return [path for path in place.rglob("*") if path.is_file() and canary.encode() in path.read_bytes()]


@pytest.mark.parametrize("name", ["finishes", "fails", "stopped"])
async def test_a_model_from_scratch_leaves_no_text_of_documents(
    tmp_path: Path, urls: tuple[str, str], name: str
) -> None:
    async with tuning_parts(tmp_path / "data", *urls) as parts, client(parts) as api, working(parts):
        steps = 10_000 if name == "stopped" else 12
        parts.trainers["local"] = StandInTrainer(parts.settings, steps=steps)  # type: ignore[index]
        text = f"# Birds\n\nThe {CANARY} sings in the north wing of the house.".encode()
        added = await api.post("/api/documents", files=[("files", ("birds.md", text))])
        document = added.json()["items"][0]["id"]
        deadline = time.monotonic() + 60
        while (await api.get(f"/api/documents/{document}")).json()["status"] != "indexed":
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        job = await begun(api, name, from_scratch=True)
        if name == "stopped":
            await when(api, job["id"], lambda one: one["step"] > 1)
            await api.post(f"/api/finetunes/{job['id']}/cancel")
        job = await when(api, job["id"], over)
        place = folder.of(parts.settings.data_dir, job["id"])
        assert folder.documents(place) == ("birds.md",), "its text was given to the trainer"
        if name == "finishes":
            await parts.tuned.refresh()
            card = (await api.get("/api/models/finishes")).json()["training"]
            assert card["documents"] == ["birds.md"]
            assert "does not take it out" in card["about"]
        await api.delete(f"/api/documents/{document}")
        assert not holding(parts.settings.data_dir / "finetunes", CANARY)


async def test_texts_that_an_ended_job_left_go_when_a_worker_starts(parts: Parts) -> None:
    async with client(parts) as api:
        ended, waits = (await begun(api, "ended"))["id"], (await begun(api, "waits"))["id"]
        await api.post(f"/api/finetunes/{ended}/cancel")
    places = [folder.of(parts.settings.data_dir, one) / "corpus.jsonl" for one in (ended, waits)]
    for path in places:
        path.parent.mkdir(parents=True)
        path.write_text(CANARY)
    tending = asyncio.create_task(Tuner(parts).serve())
    try:
        deadline = time.monotonic() + 30
        while places[0].exists():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
    finally:
        tending.cancel()
        await asyncio.wait({tending})
    assert places[1].exists(), "that of a job that is not over is its own"


async def test_the_trainer_wants_the_texts_it_was_promised(tmp_path: Path, parts: Parts) -> None:
    async with client(parts) as api:
        made = await begun(api, "promised")
    job = await Transactions(parts.engine).read(lambda c: jobs.get(c, made["id"]))
    folder.write(tmp_path, job, Data([Pair("q", "a")], [], ["text"], ["a.md"]), None)
    assert local_job.read(tmp_path).corpus == ("text",)
    folder.forget_texts(tmp_path)
    with pytest.raises(Failure) as refused:
        local_job.read(tmp_path)
    assert refused.value.code == "bad_job"


async def test_a_checkpoint_made_of_other_texts_is_not_gone_on_from(tmp_path: Path, parts: Parts) -> None:
    async with client(parts) as api:
        made = await begun(api, "other")
    job = await Transactions(parts.engine).read(lambda c: jobs.get(c, made["id"]))
    kept = []
    for texts in (["one"], ["one"], ["two"], []):
        folder.write(tmp_path, job, Data([Pair("q", "a")], [], texts, ["a.md"] * len(texts)), None)
        kept.append((tmp_path / "checkpoint").exists())
        (tmp_path / "checkpoint").mkdir(exist_ok=True)
        assert (tmp_path / "corpus.jsonl").exists() is bool(texts)
    assert kept == [False, True, False, False]
    assert json.loads((tmp_path / "job.json").read_text())["documents"] == []


async def test_only_the_folders_of_forgotten_jobs_go(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that another worker begins while this one looks keeps its folder."""
    folders = parts.settings.data_dir / "finetunes"
    (folders / "ft_gone").mkdir(parents=True)
    ids = jobs.all_ids

    def just_then(connection: Connection) -> set[str]:
        known = ids(connection)
        (folders / "ft_late").mkdir()
        return known

    monkeypatch.setattr(jobs, "all_ids", just_then)
    tending = asyncio.create_task(Tuner(parts).serve())
    try:
        deadline = time.monotonic() + 30
        while (folders / "ft_gone").exists() or not (folders / "ft_late").exists():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
    finally:
        tending.cancel()
        await asyncio.wait({tending})
    assert [path.name for path in folders.iterdir()] == ["ft_late"]
