"""Making a model a variant and taking it back is done whole or not at all; trying one waits for a place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from ingest.catalogue.transactions import Transactions
from service.models import tuned
from service.models.trial import AT_ONCE
from service.parts import Parts
from tests.doubles.fake_openai import FakeOpenAI, Reply
from tests.doubles.stores import until
from tests.doubles.tuning import client, tuning_parts

pytestmark = pytest.mark.anyio


@pytest.fixture
async def parts(tmp_path: Path, urls: tuple[str, str]) -> AsyncIterator[Parts]:
    told: dict[str, Any] = {"openai_api_key": SecretStr("sk-none")}
    async with tuning_parts(tmp_path / "data", *urls, **told) as made:
        model = tuned.Tuned("house", "openai", "openai:gpt-4.1", "2026", remote_id="ft:house")
        await Transactions(made.engine).write(lambda c: tuned.add(c, model))
        await made.tuned.refresh()
        yield made


async def own(api: httpx.AsyncClient) -> list[str]:
    items = (await api.get("/api/variants")).json()["items"]
    return [one["name"] for one in items if one["origin"] != "preset"]


async def test_retiring_takes_all_variants_or_none(parts: Parts) -> None:
    async with client(parts) as api:
        made = {"approach": "rag_fine_tuned", "variant": "ours"}
        assert (await api.post("/api/models/house/deploy", json=made)).status_code == 201
        default = "/api/collections/*/default-variant"
        assert (await api.put(default, json={"variant": "fine_tuned"})).status_code == 200
        refused = await api.post("/api/models/house/retire")
        assert (refused.status_code, refused.json()["code"]) == (409, "variant_is_default")
        assert await own(api) == ["ours"]
        assert (await api.get("/api/models/house")).json()["deployed"]
        assert (await api.delete(default)).status_code == 204
        assert (await api.post("/api/models/house/retire")).json()["deployed"] is False
        assert await own(api) == []
        assert (await api.post("/api/models/house/retire")).status_code == 200, "again, it changes nothing"


@pytest.mark.parametrize(("wanted", "status"), [({"variant": "rag"}, 409), ({"variant": "N O"}, 422)])
async def test_what_cannot_be_made_deploys_nothing(parts: Parts, wanted: dict[str, str], status: int) -> None:
    async with client(parts) as api:
        refused = await api.post("/api/models/house/deploy", json={"approach": "fine_tuned", **wanted})
        assert refused.status_code == status, refused.text
        assert (await api.get("/api/models/house")).json()["deployed"] is False


@pytest.mark.parametrize("stream", [True, False])
async def test_no_more_trials_run_than_there_are_places(tmp_path: Path, urls: tuple[str, str], stream: bool) -> None:
    with FakeOpenAI() as fake:
        fake.default = Reply(fault="hang")
        told: dict[str, Any] = {
            "chat_base_url": fake.base_url, "chat_api_key": SecretStr(fake.key), "chat_model": fake.model,
        }  # fmt: skip
        async with tuning_parts(tmp_path / "data", *urls, **told) as parts, client(parts) as api:
            address = f"/api/models/{fake.model}/try"
            asked = [
                asyncio.create_task(api.post(address, json={"prompt": str(n), "stream": stream})) for n in range(20)
            ]
            await until(lambda: sum(one.done() for one in asked) == len(asked) - AT_ONCE, 60)
            refused = [one.result() for one in asked if one.done()]
            assert {(one.status_code, one.json()["code"]) for one in refused} == {(429, "too_many_trials")}
            await until(lambda: sum("chat" in one.path for one in fake.requests) == AT_ONCE, 30)
            for one in asked:
                one.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
            fake.default = Reply("ready")
            again = await api.post(address, json={"prompt": "And now?", "stream": False})
            assert (again.status_code, again.json().get("text")) == (200, "ready"), "every place is given back"
