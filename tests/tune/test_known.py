"""A model that a worker's process has made is known to the process that serves the page as soon as the end is told, and
by a name of its own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ingest.catalogue.transactions import Transactions
from service.models import files, files_pulled, tuned
from service.models.files_pulled import Pulled
from tests.doubles.served import PARALLAX, environment
from tests.doubles.tuning import PAIRS, client, tuning_parts, working
from tests.tune.test_jobs import begun, over, when

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("heard", ["events", "asked"])
async def test_who_hears_of_the_end_finds_the_model(tmp_path: Path, urls: tuple[str, str], heard: str) -> None:
    data = tmp_path / "data"
    async with (
        tuning_parts(data, *urls) as page,
        tuning_parts(data, *urls) as worker,
        client(page) as api,
        working(worker),
    ):
        job = await begun(api, "fresh")
        if heard == "events":
            assert "event: ended" in (await api.get(f"/api/finetunes/{job['id']}/events")).text
        else:
            await when(api, job["id"], over)
        assert "fresh" in page.tuned.known
        assert (await api.get("/api/models/fresh")).status_code == 200


async def test_what_another_process_made_can_be_asked_for_by_name(tmp_path: Path, urls: tuple[str, str]) -> None:
    data = tmp_path / "data"
    async with tuning_parts(data, *urls) as page, tuning_parts(data, *urls) as worker, client(page) as api:
        model = tuned.Tuned("theirs", "openai", "openai:gpt-4.1", "2026", remote_id="ft:theirs")
        catalogue = Transactions(worker.engine)
        await catalogue.write(lambda c: tuned.add(c, model))
        found = await api.get("/api/models/theirs")
        assert (found.status_code, found.json()["deployed"]) == (200, False)
        await catalogue.write(lambda c: tuned.deploy(c, "theirs", True))
        await catalogue.write(lambda c: tuned.make_current(c, "theirs"))
        assert (await page.book.get("rag_fine_tuned")).model == "theirs"
        assert (await api.get("/api/models/theirs")).json()["variants"] == ["fine_tuned", "rag_fine_tuned"]
        await catalogue.write(lambda c: tuned.deploy(c, "theirs", False))
        assert (await api.get("/api/models/theirs")).json()["deployed"] is False


async def test_no_model_is_called_as_what_is_there_already(tmp_path: Path, urls: tuple[str, str]) -> None:
    models = tmp_path / "models"
    models.mkdir()
    pulled = Pulled("pulled", "", "chat", "p.gguf", 1, "0" * 64, "here", "here", "MIT", served=True)
    files_pulled.keep(models, pulled)
    told: dict[str, Any] = {
        "models_dir": models, "chat_base_url": "http://127.0.0.1:9/v1", "chat_model": "acme",
        "embed_base_url": "http://127.0.0.1:9/v1", "embed_model": "vectors",
    }  # fmt: skip
    async with tuning_parts(tmp_path / "data", *urls, **told) as parts, client(parts) as api:
        for name in ("Acme", "vectors", "pulled", files.DEFAULT_CHAT):
            refused = await api.post("/api/finetunes", json={"name": name, "pairs": PAIRS})
            assert (refused.status_code, refused.json()["code"]) == (409, "name_taken"), name
        assert (await api.post("/api/finetunes", json={"name": "ours", "pairs": PAIRS})).status_code == 202


async def test_no_file_is_fetched_under_the_name_of_a_tuned_model(tmp_path: Path, urls: tuple[str, str]) -> None:
    data = tmp_path / "data"
    async with tuning_parts(data, *urls) as parts:
        model = tuned.Tuned("house", "openai", "openai:gpt-4.1", "2026", remote_id="ft:house")
        await Transactions(parts.engine).write(lambda c: tuned.add(c, model))
        for name, told in (("house", "A tuned model is called 'house'"), ("home", "Cannot fetch")):
            asked = ["http://127.0.0.1:9/x.gguf", "--sha256", "0" * 64, "--name", name, "--data", str(data)]
            process = await asyncio.create_subprocess_exec(
                str(PARALLAX), "models", "pull", *asked, env=environment({"PARALLAX_MODELS_DIR": str(tmp_path)}),
                stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            _, err = await asyncio.wait_for(process.communicate(), 120)
            assert process.returncode == 1
            assert told in " ".join(err.decode().split())
