"""A training job from its acceptance to its model: what it keeps, what it survives, and how it is stopped."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from ingest.threads import in_thread
from service.errors import Conflict
from service.models import files
from service.parts import Parts
from service.tune.claims import MOST_STALLED
from service.tune.local_trainer import LocalTrainer
from tests.doubles.stores import until
from tests.doubles.tuning import PAIRS, StandInTrainer, client, tuning_parts, worker_child, working

pytestmark = pytest.mark.anyio


async def begun(api: httpx.AsyncClient, name: str, **more: Any) -> dict[str, Any]:
    response = await api.post("/api/finetunes", json={"name": name, "pairs": PAIRS, **more})
    assert response.status_code == 202, response.text
    job: dict[str, Any] = response.json()
    return job


async def when(
    api: httpx.AsyncClient, job_id: str, condition: Callable[[dict[str, Any]], bool], seconds: float = 60.0
) -> dict[str, Any]:
    """The job once the condition holds."""
    deadline = time.monotonic() + seconds
    while True:
        job: dict[str, Any] = (await api.get(f"/api/finetunes/{job_id}")).json()
        if condition(job):
            return job
        assert time.monotonic() < deadline, job
        await asyncio.sleep(0.02)


def over(job: dict[str, Any]) -> bool:
    return job["status"] in ("finished", "failed", "cancelled")


def folder(parts: Parts, job_id: str) -> Path:
    return parts.settings.data_dir / "finetunes" / job_id


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_a_job_becomes_a_model(parts: Parts) -> None:
    async with client(parts) as api, working(parts):
        job = await begun(api, "Room Codes")
        assert (job["status"], job["name"], job["data"]["train"], job["data"]["validation"]) == (
            "queued", "room-codes", 11, 1,
        )  # fmt: skip
        job = await when(api, job["id"], over)
        assert (job["status"], job["progress"], job["model"], job["cost"], job["error"]) == (
            "finished", 1.0, "room-codes", 0.0, None,
        ), job  # fmt: skip
        assert [point["step"] for point in job["loss"]] == list(range(1, 13))
        assert job["loss"][4] == {"setting": 0, "step": 5, "train": 0.6, "validation": 0.64}
        assert job["samples"]["best"][0]["loss"] == 0.1
        assert job["manifest"]["data_hash"] == job["data"]["hash"]
        await parts.tuned.refresh()
        model = parts.tuned.known["room-codes"]
        stored = Path(await in_thread(parts.files.local, model.file_sha256 or ""))
        assert await in_thread(files.sha256_of, stored) == model.file_sha256 == job["manifest"]["sha256"]
        assert model.card["pairs"] == 12
        await until(lambda: not (folder(parts, job["id"]) / "checkpoint").exists())
        listed = (await api.get("/api/finetunes")).json()["items"]
        assert [(one["id"], one["loss"]) for one in listed] == [(job["id"], [])]
        assert (await api.post("/api/finetunes", json={"name": "room codes", "pairs": PAIRS})).status_code == 409
        pairs = (await api.get(f"/api/finetunes/{job['id']}/pairs", params={"part": "validation"})).json()["items"]
        assert len(pairs) == 1
        assert (await api.delete(f"/api/finetunes/{job['id']}")).status_code == 204
        assert not folder(parts, job["id"]).exists()
        await parts.tuned.refresh()
        assert "room-codes" in parts.tuned.known, "the model stays"


async def test_events_tell_the_new_points_and_then_the_end(parts: Parts) -> None:
    async with client(parts) as api, working(parts):
        job = await begun(api, "told")
        seen: list[tuple[str, dict[str, Any]]] = []
        text = (await api.get(f"/api/finetunes/{job['id']}/events")).text
        for block in text.strip().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and line[0] != ":")
            if "event" in lines:
                seen.append((lines["event"], json.loads(lines["data"])))
        assert [name for name, _ in seen[-1:]] == ["ended"]
        assert {name for name, _ in seen[:-1]} == {"job"}
        assert seen[-1][1]["status"] == "finished"
        assert len(seen[-1][1]["loss"]) == 12
        told = [point["step"] for _, state in seen[:-1] for point in state["loss"] if point["validation"] is None]
        assert len(told) == len(set(told)), "no point is told twice"


async def test_a_trainer_that_dies_goes_on_from_its_checkpoint(parts: Parts) -> None:
    async with client(parts) as api, working(parts):
        job = await when(api, (await begun(api, "dies"))["id"], over)
        assert job["status"] == "finished", job
        starts = (folder(parts, job["id"]) / "starts").read_text().split()
        assert starts == ["0", "4"]
        assert [point["step"] for point in job["loss"]] == list(range(1, 13))


async def test_a_trainer_that_dies_again_and_again_is_given_up(parts: Parts) -> None:
    async with client(parts) as api, working(parts):
        job = await when(api, (await begun(api, "stuck"))["id"], over)
        assert (job["status"], job["error"]["code"]) == ("failed", "trainer_died"), job
        assert "SIGKILL" in job["error"]["message"]
        assert (folder(parts, job["id"]) / "starts").read_text().split() == ["0", *["4"] * (MOST_STALLED + 1)]
        assert (await api.get("/api/models")).status_code == 200
        again = await api.post(f"/api/finetunes/{job['id']}/resume")
        assert (again.status_code, again.json()["error"]) == (202, None)


@pytest.mark.parametrize(("name", "code"), [("fails", "nan_loss"), ("lies", "bad_result")])
async def test_what_the_trainer_says_is_told(parts: Parts, name: str, code: str) -> None:
    async with client(parts) as api, working(parts):
        job = await when(api, (await begun(api, name))["id"], over)
        assert (job["status"], job["error"]["code"], job["model"]) == ("failed", code, None)
        assert not parts.tuned.known


@pytest.mark.parametrize("name", ["stopped", "deaf"])
async def test_cancel_frees_everything_within_five_seconds(tmp_path: Path, urls: tuple[str, str], name: str) -> None:
    async with tuning_parts(tmp_path / "data", *urls) as parts:
        parts.trainers["local"] = StandInTrainer(parts.settings, steps=10_000)  # type: ignore[index]
        async with client(parts) as api, working(parts):
            job = await begun(api, name)
            await when(api, job["id"], lambda one: one["step"] > 5)
            pid = int((folder(parts, job["id"]) / "pid").read_text())
            assert alive(pid)
            began = time.monotonic()
            assert (await api.post(f"/api/finetunes/{job['id']}/cancel")).json()["cancelling"]
            await until(lambda: not alive(pid), 5.0)
            assert time.monotonic() - began < 5.0, "the promise is five seconds"
            job = await when(api, job["id"], over)
            assert (job["status"], job["error"]["code"]) == ("cancelled", "cancelled")
            assert (await api.post(f"/api/finetunes/{job['id']}/cancel")).status_code == 409
            if name == "stopped":
                resumed = await api.post(f"/api/finetunes/{job['id']}/resume")
                assert resumed.status_code == 202, resumed.text
                further = await when(api, job["id"], lambda one: one["step"] > job["step"] + 3)
                starts = [int(one) for one in (folder(parts, job["id"]) / "starts").read_text().split()]
                assert starts[1] > 0, "it went on from the checkpoint"
                assert (await api.delete(f"/api/finetunes/{further['id']}")).status_code == 409


async def test_the_worker_gives_a_training_back_when_it_is_told_to_stop(tmp_path: Path, urls: tuple[str, str]) -> None:
    async with tuning_parts(tmp_path / "data", *urls) as parts:
        parts.trainers["local"] = StandInTrainer(parts.settings, steps=10_000)  # type: ignore[index]
        async with client(parts) as api:
            async with working(parts):
                job = await begun(api, "handed")
                await when(api, job["id"], lambda one: one["step"] > 5)
                pid = int((folder(parts, job["id"]) / "pid").read_text())
            assert not alive(pid)
            job = (await api.get(f"/api/finetunes/{job['id']}")).json()
            assert (job["status"], job["error"]) == ("queued", None)
            parts.trainers["local"] = StandInTrainer(parts.settings, steps=job["step"] + 20)  # type: ignore[index]
            async with working(parts):
                job = await when(api, job["id"], over)
            assert job["status"] == "finished"
            starts = [int(one) for one in (folder(parts, job["id"]) / "starts").read_text().split()]
            assert len(starts) == 2
            assert starts[1] > 5


@pytest.mark.timeout(400)
@pytest.mark.parametrize("crash_at", ["", "tune_after_claim", "tune_after_store", "tune_after_adopt"])
async def test_a_killed_worker_loses_nothing(tmp_path: Path, urls: tuple[str, str], crash_at: str) -> None:
    data = tmp_path / "data"
    async with tuning_parts(data, *urls) as parts, client(parts) as api:
        job = await begun(api, "killed")
        child = worker_child(data, *urls, steps=60, pause=0.02, PARALLAX_CRASH_AT=crash_at)
        try:
            if crash_at:
                await until(lambda: child.poll() is not None, 150)
                assert child.returncode == 86
            else:
                await when(api, job["id"], lambda one: one["step"] > 9, 150)
                pid = int((folder(parts, job["id"]) / "pid").read_text())
                child.send_signal(signal.SIGKILL)
                child.wait(10)
                await until(lambda: not alive(pid), 10)
        finally:
            child.kill()
            child.wait(10)
        child = worker_child(data, *urls, steps=60, pause=0.005, PARALLAX_CRASH_AT="")
        try:
            job = await when(api, job["id"], over, 200)
        finally:
            child.send_signal(signal.SIGTERM)
            await in_thread(child.wait, 30)
        assert (job["status"], job["model"]) == ("finished", "killed"), job
        assert [point["step"] for point in job["loss"]] == list(range(1, 61))
        await parts.tuned.refresh()
        assert list(parts.tuned.known) == ["killed"], "one model, once"
        if not crash_at:
            starts = [int(one) for one in (folder(parts, job["id"]) / "starts").read_text().split()]
            assert len(starts) == 2
            assert starts[1] >= 8, "it went on from its checkpoint"


async def test_a_training_and_a_run_of_the_local_model_wait_for_each_other(parts: Parts) -> None:
    async with client(parts) as api, working(parts):
        slow = StandInTrainer(parts.settings, steps=10_000)
        parts.trainers["local"] = slow  # type: ignore[index]
        first = await begun(api, "first")
        await when(api, first["id"], lambda one: one["step"] > 0)
        second = await begun(api, "second")
        waiting = await when(api, second["id"], lambda one: one["waiting"] is not None)
        assert (waiting["status"], waiting["waiting"]["code"]) == ("queued", "machine_busy")
        await api.post(f"/api/finetunes/{first['id']}/cancel")
        await when(api, second["id"], lambda one: one["step"] > 0)
        stopped = (await api.post(f"/api/finetunes/{second['id']}/cancel")).json()
        assert stopped["cancelling"]
        await when(api, second["id"], over)


async def test_refusals_say_why(parts: Parts) -> None:
    async with client(parts) as api:
        case = {"id": "q1", "question": "what is the code of room 3", "answers": ["111"]}
        made = await api.post("/api/datasets", json={"name": "exam", "cases": [case]})
        assert made.status_code == 201
        refused = await api.post("/api/finetunes", json={"name": "x", "pairs": PAIRS})
        assert (refused.status_code, refused.json()["code"]) == (409, "pairs_overlap")
        assert "exam / q1" in refused.json()["message"]
        few = await api.post("/api/finetunes", json={"name": "x", "pairs": [PAIRS[0], PAIRS[0]]})
        assert (few.status_code, few.json()["code"]) == (422, "too_few_pairs")
        both = await api.post("/api/finetunes", json={"name": "x", "pairs": PAIRS, "pairs_id": "y"})
        assert (both.status_code, both.json()["code"]) == (422, "invalid_request")
        for body, status, code in (
            ({"name": "x", "pairs_id": "nothing"}, 404, "unknown_pair_set"),
            ({"name": "x", "pairs": PAIRS, "trainer": "nobody"}, 422, "unknown_trainer"),
            ({"name": "x", "pairs": PAIRS, "settings": {"rank": 0}}, 422, "invalid_request"),
            ({"name": "x", "pairs": PAIRS, "settings": {"learning_rate_multiplier": 2.0}}, 422, "unknown_setting"),
            ({"name": "???", "pairs": PAIRS[:2]}, 422, "bad_finetune_name"),
            ({"name": "x", "pairs": [{"question": "Only this?"}]}, 422, "bad_pairs"),
        ):
            answer = await api.post("/api/finetunes", json=body)
            assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        form = await api.post("/api/finetunes", data={"name": "y" * 300}, files={"file": ("p.jsonl", b'{"a":1}')})
        assert form.status_code == 422


async def test_without_the_extra_the_hint_says_how_to_install_it(parts: Parts) -> None:
    bare = LocalTrainer(parts.settings, extra=("a_module_nobody_has",))
    parts.trainers["local"] = bare  # type: ignore[index]
    with pytest.raises(Conflict) as refused:
        bare.check("", "lora")
    assert refused.value.code == "finetune_not_installed"
    async with client(parts) as api:
        answer = await api.post("/api/finetunes", json={"name": "x", "pairs": PAIRS})
        assert (answer.status_code, answer.json()["code"]) == (409, "finetune_not_installed")
        assert "make install-finetune" in answer.json()["hint"]
        (told,) = (await api.get("/api/finetunes/trainers")).json()["items"]
        assert (told["ready"], told["problem"]["code"]) == (False, "finetune_not_installed")


async def test_a_file_begins_a_job_and_once_more_is_the_same(parts: Parts) -> None:
    text = "question,answer,document\n" + "".join(f"Q{n} of what?,Answer {n},doc-{n % 4}.md\n" for n in range(12))
    async with client(parts) as api, working(parts):
        response = await api.post(
            "/api/finetunes", data={"name": "by-file", "settings": json.dumps({"epochs": 3, "seed": 5})},
            files={"file": ("pairs.csv", text.encode())},
        )  # fmt: skip
        assert response.status_code == 202, response.text
        job = await when(api, response.json()["id"], over)
        assert (job["data"]["by"], job["data"]["groups"], job["settings"]["epochs"]) == ("document", 4, 3)
        told = json.loads((folder(parts, job["id"]) / "job.json").read_text())
        assert told["settings"]["epochs"] == 3
        more = await api.post(f"/api/finetunes/{job['id']}/again")
        assert more.status_code == 202, more.text
        second = await when(api, more.json()["id"], over)
        assert (second["name"], second["again_of"], second["data"]["hash"]) == (
            "by-file-2",
            job["id"],
            job["data"]["hash"],
        )
