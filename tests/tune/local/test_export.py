"""The files that come out: llama.cpp must say with them what PyTorch says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from service.models import adapters
from service.models.files import DEFAULT_CHAT, cache_folder, entry, present, sha256_of
from service.tune.local import base as bases
from service.tune.local import data, export, job, main
from service.tune.local.checkpoint import Position
from service.tune.local.job import Pair, Settings
from service.tune.local.student import Tuned
from tests.tune.local import llama, tiny

MOST = 20


def agreement(ours: list[list[int]], theirs: list[list[int]]) -> float:
    """Share of the first tokens, place by place, that are the same; what one says beyond the other's end counts too."""
    places = same = 0
    for mine, other in zip(ours, theirs, strict=True):
        places += max(len(mine), len(other))
        same += sum(a == b for a, b in zip(mine, other, strict=False))
    return same / places


def test_an_adapter_says_in_llama_cpp_what_it_says_in_pytorch(tmp_path: Path, base_path: Path) -> None:
    folder = tiny.job(tmp_path / "job", base_path, epochs=12, learning_rate=1e-2, patience=100)
    assert main.main([str(folder)], main.Stop()) == 0, (folder / "error.json").read_text()
    adapters.check(folder / "adapter.gguf", tiny.manifest(folder)["sha256"], "qwen2")
    loaded = bases.load(base_path, "", torch.device("cpu"))
    loaded.model.float()
    student, settings = Tuned(loaded), job.read(folder).settings
    prompts = [data.ids(loaded.tokenizer, data.prompt_text(loaded.tokenizer, pair["question"])) for pair in tiny.PAIRS]
    untrained = student.tokens(prompts, MOST)
    student.begin(settings)
    student.put(_best(folder))
    ours = student.tokens(prompts, MOST)
    theirs = [_whole(one, loaded.tokenizer.eos_token_id) for one in _said(base_path, folder / "adapter.gguf", prompts)]
    assert agreement(ours, untrained) < 0.5, "the adapter changes something"
    assert agreement(ours, theirs) > 0.9


def test_a_model_from_nothing_says_in_llama_cpp_what_it_says_in_pytorch(tmp_path: Path) -> None:
    corpus = [" ".join(pair["answer"] for pair in tiny.PAIRS)] * 3
    folder = tiny.job(tmp_path / "job", None, kind="scratch", corpus=corpus, epochs=25, learning_rate=None, patience=99)
    assert main.main([str(folder)], main.Stop()) == 0, (folder / "error.json").read_text()
    made = tiny.manifest(folder)
    assert made["file"] == "model.gguf"
    assert made["text_tokens_used"] > 0
    assert made["validation_loss"] < made["first_validation_loss"] / 2
    loaded = bases.load(folder / "model.gguf", made["sha256"], torch.device("cpu"))
    loaded.model.float()
    student = Tuned(loaded)
    prompts = [data.ids(loaded.tokenizer, data.prompt_text(loaded.tokenizer, pair["question"])) for pair in tiny.PAIRS]
    ours = student.tokens(prompts, MOST)
    assert loaded.tokenizer.decode(ours[0]).startswith("The "), "it has learnt how an answer begins"
    theirs = [_whole(one, loaded.tokenizer.eos_token_id) for one in _said(folder / "model.gguf", None, prompts)]
    assert agreement(ours, theirs) > 0.9


@pytest.mark.model
@pytest.mark.timeout(600)
def test_the_real_base_under_an_adapter(tmp_path: Path) -> None:
    """Some steps on the default model: greedy answers of llama.cpp (which quantises activations too) and of PyTorch."""
    folder = cache_folder()
    if not present(DEFAULT_CHAT, folder):
        pytest.skip("the local model is not fetched: run `parallax models pull`")
    path = folder / DEFAULT_CHAT / entry(DEFAULT_CHAT).files[0].name
    loaded = bases.load(path, entry(DEFAULT_CHAT).files[0].sha256, bases.device())
    student = Tuned(loaded)
    settings = Settings(epochs=6, batch=10, learning_rate=1e-3, rank=8, alpha=16.0)
    student.begin(settings)
    found = data.samples(loaded.tokenizer, [Pair(**pair) for pair in tiny.PAIRS], 512)
    before = student.each(found, 10)
    optimizer = torch.optim.AdamW(student.weights.values(), lr=settings.learning_rate)
    for _ in range(settings.epochs):
        student.losses(data.row(found, loaded.device)).mean().backward()
        optimizer.step()
        optimizer.zero_grad()
    assert sum(student.each(found, 10)) < sum(before) / 2
    adapter = tmp_path / "adapter.gguf"
    export.adapter(adapter, dict(student.weights), settings.alpha, loaded.layers, "test")
    adapters.check(adapter, sha256_of(adapter), "qwen2")
    things = ("door", "boat", "lamp", "moon", "road")
    others = [f"{asked} the {thing}?" for asked in ("Who made", "Where is") for thing in things]
    questions = [pair["question"] for pair in tiny.PAIRS] + others
    prompts = [data.ids(loaded.tokenizer, data.prompt_text(loaded.tokenizer, question)) for question in questions]
    ours = student.tokens(prompts, MOST)
    theirs = [_whole(one, loaded.tokenizer.eos_token_id) for one in _said(path, adapter, prompts)]
    assert agreement(ours, theirs) > 0.7, [
        loaded.tokenizer.batch_decode(both) for both in zip(ours, theirs, strict=True)
    ]


def _said(base: Path, adapter: Path | None, prompts: list[tuple[int, ...]]) -> list[list[int]]:
    said: list[list[int]] = llama.asked(base, adapter, prompts=[list(one) for one in prompts], most=MOST)["said"]
    return said


def _whole(said: list[int], end: int) -> list[int]:
    return said[: said.index(end)] if end in said else said


def _best(folder: Path) -> dict[str, Any]:
    stored = load_file(folder / "checkpoint" / "state.safetensors")
    return {name.removeprefix("best/"): one for name, one in stored.items() if name.startswith("best/")}


def test_a_checkpoint_holds_tensors_and_its_position_only(tmp_path: Path, base_path: Path) -> None:
    folder = tiny.job(tmp_path / "job", base_path, epochs=1)
    assert main.main([str(folder)], main.Stop()) == 0
    body = (folder / "checkpoint" / "state.safetensors").read_bytes()
    header = json.loads(body[8 : 8 + int.from_bytes(body[:8], "little")])
    assert set(header.pop("__metadata__")) == {"position"}
    assert {one["dtype"] for one in header.values()} == {"F32"}
    assert Position(
        **json.loads(json.loads(body[8 : 8 + int.from_bytes(body[:8], "little")])["__metadata__"]["position"])
    )
