"""`parallax finetune` against a service that trains with the stand-in: its words, its exit status, and Ctrl-C."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from ingest.threads import in_thread
from service.api.app import create_app
from service.parts import Parts
from service.tune.openai_trainer import OpenAITrainer
from tests.doubles.fake_openai_tuning import FakeTuning
from tests.doubles.served import PARALLAX, environment
from tests.doubles.stores import free_port, until
from tests.doubles.tuning import PAIRS, StandInTrainer, tuning_parts, working

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]


@asynccontextmanager
async def served(parts: Parts) -> AsyncIterator[str]:
    """The API on a port, with a worker."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(create_app(parts), host="127.0.0.1", port=port, log_config=None, ws="none"))
    serving = asyncio.create_task(server.serve())
    try:
        await until(lambda: server.started)
        async with working(parts):
            yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


def written(folder: Path, pairs: list[dict[str, str]]) -> Path:
    path = folder / "pairs.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in pairs))
    return path


async def command(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        str(PARALLAX), "finetune", *arguments, env=environment({"COLUMNS": "200"}),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def said(process: asyncio.subprocess.Process) -> tuple[int | None, str, str]:
    out, err = await asyncio.wait_for(process.communicate(), 120)
    return process.returncode, out.decode(), err.decode()


async def test_it_trains_and_says_so(parts: Parts, tmp_path: Path) -> None:
    file = await in_thread(written, tmp_path, PAIRS)
    async with served(parts) as url:
        status, out, err = await said(await command(str(file), "--name", "rooms", "--epochs", "3", "--url", url))
        assert status == 0, err
        assert "rooms is trained" in out
        assert "fine_tuned" in out
        assert "11 pairs to train on, 1 held out" in err
        assert "With fewer than 20" in err, "advice is given and nothing is refused for it"
        async with httpx.AsyncClient(base_url=url, trust_env=False) as api:
            (job,) = (await api.get("/api/finetunes")).json()["items"]
        assert (job["model"], job["settings"]["epochs"]) == ("rooms", 3)
        taken = await said(await command(str(file), "--name", "rooms", "--url", url))
        assert taken[0] == 1
        assert "called 'rooms' already" in taken[2]
        failed = await said(await command(str(file), "--name", "fails", "--url", url))
        assert failed[0] == 1
        assert "The loss is not a number." in failed[2]
        assert "smaller learning rate" in failed[2]


async def test_what_cannot_be_is_said_before_anything_begins(parts: Parts, tmp_path: Path) -> None:
    bad = await in_thread(written, tmp_path, [{"question": "Who?"}])
    status, _, err = await said(await command(str(bad), "--name", "x", "--url", "http://127.0.0.1:9"))
    assert status == 2
    assert "line 1: it has no `answer`" in err
    assert "Traceback" not in err


async def test_what_nobody_can_ask_is_not_said_to_be_asked(tmp_path: Path, urls: tuple[str, str]) -> None:
    file = await in_thread(written, tmp_path, PAIRS)
    elsewhere = {"chat_base_url": "http://127.0.0.1:9/v1"}
    async with tuning_parts(tmp_path / "data", *urls, **elsewhere) as parts, served(parts) as url:
        status, out, err = await said(await command(str(file), "--name", "kept", "--url", url))
        assert status == 0, err
        assert "can only be looked at while no model runs on this machine" in err
        assert "kept is trained" in out
        assert "is not deployed" in out
        assert "--variant" not in out


@pytest.mark.parametrize(
    ("base", "told"), [("gpt-9", "Nobody here knows what this will cost"), ("gpt-4.1-nano-2025-04-14", "About $0.")]
)
async def test_a_provider_is_paid_only_with_a_yes(parts: Parts, tmp_path: Path, base: str, told: str) -> None:
    with FakeTuning() as openai:
        settings = parts.settings.model_copy(
            update={"openai_api_key": SecretStr(openai.key), "openai_base_url": openai.url}
        )
        parts.trainers["openai"] = OpenAITrainer(settings)  # type: ignore[index]
        file = await in_thread(written, tmp_path, PAIRS)
        async with served(parts) as url, httpx.AsyncClient(base_url=url, trust_env=False) as api:
            asked = [str(file), "--name", "paid", "--trainer", "openai", "--base", base, "--detach", "--url", url]
            status, _, err = await said(await command(*asked))
            assert status != 0
            assert told in err
            assert "nobody is there to agree" in err
            assert (await api.get("/api/finetunes")).json()["items"] == []
            assert openai.requests == []
            status, out, err = await said(await command(*asked, "--yes"))
            assert status == 0, err
            assert "is begun" in out
            (job,) = (await api.get("/api/finetunes")).json()["items"]
            await api.post(f"/api/finetunes/{job['id']}/cancel")


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
async def test_ctrl_c_stops_the_job_and_keeps_its_checkpoint(parts: Parts, tmp_path: Path) -> None:
    file = await in_thread(written, tmp_path, PAIRS)
    parts.trainers["local"] = StandInTrainer(parts.settings, steps=10_000)  # type: ignore[index]
    async with served(parts) as url, httpx.AsyncClient(base_url=url, trust_env=False) as api:
        process = await command(str(file), "--name", "stopped", "--url", url)
        while True:
            items = (await api.get("/api/finetunes")).json()["items"]
            if items and items[0]["step"] > 5:
                break
            assert process.returncode is None, await process.communicate()
            await asyncio.sleep(0.1)
        os.kill(process.pid, signal.SIGINT)
        status, _, err = await said(process)
        assert status == 130, err
        assert "Stopped. What was trained is kept" in err
        (job,) = (await api.get("/api/finetunes")).json()["items"]
        assert job["status"] == "cancelled"
        begun = await said(await command(str(file), "--name", "left", "--detach", "--url", url))
        assert begun[0] == 0, begun
        assert "is begun" in begun[1]
        (job, _) = (await api.get("/api/finetunes")).json()["items"]
        assert job["status"] in ("queued", "preparing", "training")
        await api.post(f"/api/finetunes/{job['id']}/cancel")
