"""The real trainer behind the real worker: a tiny model from nothing, end to end."""

from __future__ import annotations

import shutil
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from service.tune.local_trainer import EXTRA, LocalTrainer
from tests.doubles.stores import service_parts
from tests.doubles.tuning import client, working
from tests.tune.test_jobs import begun, folder, over, when

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.model,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        any(find_spec(name) is None for name in EXTRA), reason="the extra is missing: make install-finetune"
    ),
]


async def test_a_model_from_nothing(tmp_path: Path, urls: tuple[str, str]) -> None:
    async with service_parts(tmp_path / "data", *urls) as made:
        parts = replace(made, trainers={"local": LocalTrainer(made.settings)})
        async with client(parts) as api, working(parts):
            job = await begun(api, "from-nothing", from_scratch=True, settings={"epochs": 2, "batch": 4})
            job = await when(api, job["id"], over, 500)
            log = (folder(parts, job["id"]) / "trainer.log").read_text()
            assert (job["status"], job["kind"], job["model"]) == ("finished", "scratch", "from-nothing"), (
                job,
                log[-2000:],
            )
            assert [point for point in job["loss"] if point["train"] is not None]
            assert [point for point in job["loss"] if point["validation"] is not None]
            assert job["samples"]["best"] or job["samples"]["worst"]
            assert job["manifest"]["data_hash"] == job["data"]["hash"]
            await parts.tuned.refresh()
            model = parts.tuned.known["from-nothing"]
            assert not model.deployed
            assert parts.files.exists(model.file_sha256 or "")
            shutil.rmtree(folder(parts, job["id"]))
