"""A model is not examined with what it was trained on, whatever came first: the training or the dataset."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from ingest.catalogue.transactions import Transactions
from service.models import tuned
from service.parts import Parts
from tests.doubles.tuning import client, tuning_parts
from tests.tune.test_jobs import begun

pytestmark = pytest.mark.anyio
CASES = [
    {"id": "leak", "question": "what is the code of room 3", "answers": ["111"]},
    {"id": "new", "question": "Who may open the safe at night?", "answers": ["Ada"]},
]
VARIANTS = ["plain", "fine_tuned"]


@pytest.fixture
async def parts(tmp_path: Path, urls: tuple[str, str]) -> AsyncIterator[Parts]:
    told: dict[str, Any] = {
        "openai_api_key": SecretStr("sk-none"), "chat_base_url": "http://127.0.0.1:9/v1", "chat_model": "nobody",
    }  # fmt: skip
    async with tuning_parts(tmp_path / "data", *urls, **told) as made:
        yield made


async def examined(parts: Parts, api: httpx.AsyncClient) -> dict[str, Any]:
    """A model that was trained on twelve questions, then a dataset with one of them: the training and the dataset."""
    job = await begun(api, "house")
    model = tuned.Tuned("house", "openai", "openai:gpt-4.1", "2026", remote_id="ft:house", finetune_id=job["id"])
    catalogue = Transactions(parts.engine)
    await catalogue.write(lambda c: tuned.add(c, model))
    await catalogue.write(lambda c: tuned.deploy(c, "house", True))
    await catalogue.write(lambda c: tuned.make_current(c, "house"))
    await api.post(f"/api/finetunes/{job['id']}/cancel")
    assert (await api.post("/api/datasets", json={"name": "exam", "cases": CASES})).status_code == 201
    return job


async def test_questions_of_the_training_are_left_out_of_a_run(parts: Parts) -> None:
    async with client(parts) as api:
        job = await examined(parts, api)
        made = await api.post("/api/runs", json={"dataset": "exam", "variants": VARIANTS, "references": []})
        assert made.status_code == 202, made.text
        run = made.json()
        assert (run["total"], run["provenance"]["cases"]["of"]) == (2, 2), "one question to two arms"
        assert "1 question is left out, for house was trained on it: leak." in run["warnings"]
        other = await api.post("/api/runs", json={"dataset": "exam", "variants": ["plain"], "references": []})
        assert (other.json()["total"], other.json()["warnings"]) == (2, []), "who was not trained is asked everything"
        only = {"name": "only", "cases": CASES[:1]}
        assert (await api.post("/api/datasets", json=only)).status_code == 201
        refused = await api.post("/api/runs", json={"dataset": "only", "variants": VARIANTS, "references": []})
        assert (refused.status_code, refused.json()["code"]) == (409, "cases_overlap")
        assert "house" in refused.json()["message"]
        await api.delete(f"/api/finetunes/{job['id']}")
        later = await api.post("/api/runs", json={"dataset": "exam", "variants": VARIANTS, "references": []})
        assert any("is not kept any more" in one for one in later.json()["warnings"])


async def test_a_run_once_more_says_what_is_known_by_now(parts: Parts) -> None:
    async with client(parts) as api:
        job = await examined(parts, api)
        catalogue = Transactions(parts.engine)
        mine = tuned.tuned_models.update().where(tuned.tuned_models.c.name == "house")
        await catalogue.write(lambda c: c.execute(mine.values(finetune_id=None)) and None)
        await parts.tuned.refresh()
        first = await api.post("/api/runs", json={"dataset": "exam", "variants": VARIANTS, "references": []})
        assert first.json()["total"] == 4
        await catalogue.write(lambda c: c.execute(mine.values(finetune_id=job["id"])) and None)
        await parts.tuned.refresh()
        again = await api.post(f"/api/runs/{first.json()['id']}/again")
        assert again.json()["total"] == 4
        assert "house was trained on 1 of these questions: leak." in again.json()["warnings"]


async def test_a_training_once_more_is_held_against_todays_datasets(parts: Parts) -> None:
    async with client(parts) as api:
        job = await examined(parts, api)
        refused = await api.post(f"/api/finetunes/{job['id']}/again")
        assert (refused.status_code, refused.json()["code"]) == (409, "pairs_overlap")
        assert "exam / leak" in refused.json()["message"]
