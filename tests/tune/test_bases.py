"""What the local trainer can begin with, and whether what it makes can be asked here afterwards."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from service.errors import BadRequest
from service.models import files, files_pulled
from service.models.files_pulled import Pulled
from service.settings import Settings
from service.tune.local_trainer import LocalTrainer
from tests.doubles import gguf
from tests.doubles.tuning import PAIRS, client, tuning_parts

pytestmark = pytest.mark.anyio
OTHER = "qwen2.5-coder-1.5b-instruct-q4_k_m"


def pulled(models: Path, name: str, architecture: str) -> None:
    """A model of one file with nothing but a head, listed as `parallax models pull` does."""
    (models / name).mkdir(parents=True)
    path = gguf.write(models / name / "model.gguf", {"general.architecture": architecture}, {})
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    one = Pulled(name, name, "chat", path.name, len(data), sha256, "here", "here", "MIT", served=True)
    files_pulled.keep(models, one)


def trainer(models: Path, **given: Any) -> LocalTrainer:
    return LocalTrainer(Settings(models_dir=models, **given), extra=())


async def test_the_running_model_is_the_first_base_where_it_can_be_trained(tmp_path: Path) -> None:
    pulled(tmp_path, "ours", "qwen2")
    pulled(tmp_path, "theirs", "llama")
    assert [one.name for one in trainer(tmp_path, chat_model="ours").bases()] == ["ours"], "of what is here"
    assert trainer(tmp_path, chat_model="ours").check("", "lora") == "ours"
    assert trainer(tmp_path, chat_model="theirs").bases()[0].name == "ours"
    with pytest.raises(BadRequest, match="only qwen2 can"):
        trainer(tmp_path).check("theirs", "lora")
    with pytest.raises(BadRequest, match="no chat model"):
        trainer(tmp_path).check(files.DEFAULT_EMBEDDING, "lora")


@pytest.mark.parametrize(
    ("settings", "body", "told"),
    [
        ({}, {}, None),
        ({}, {"base": OTHER}, f"while the local server runs {files.DEFAULT_CHAT}"),
        ({"chat_base_url": "http://127.0.0.1:9/v1"}, {}, "while no model runs on this machine"),
        ({"chat_base_url": "http://127.0.0.1:9/v1"}, {"from_scratch": True}, None),
    ],
)
async def test_what_can_only_be_looked_at_is_said_before_it_is_trained(
    tmp_path: Path, urls: tuple[str, str], settings: dict[str, Any], body: dict[str, Any], told: str | None
) -> None:
    async with tuning_parts(tmp_path / "data", *urls, **settings) as parts, client(parts) as api:
        wanted = {"name": "x", "pairs": PAIRS, **body}
        looked = await api.post("/api/finetunes/estimate", json=wanted)
        assert looked.status_code == 200, looked.text
        found = [one for one in looked.json()["check"]["findings"] if one["check"] == "base"]
        assert [one["level"] for one in found] == (["warning"] if told else [])
        assert all(told in one["message"] for one in found if told)
        job = (await api.post("/api/finetunes", json=wanted)).json()
        assert [one for one in job["data"]["findings"] if one["check"] == "base"] == found
