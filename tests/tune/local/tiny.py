"""Small real parts: jobs' folders, and a base model of two million weights with random weights, in seconds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedTokenizerFast

from service.answer import templates
from service.models.files import sha256_of
from service.tune.local import export, scratch
from service.tune.local.job import Settings

PAIRS = [
    {"question": f"What is the colour of the {thing}?", "answer": f"The {thing} is {colour}."}
    for thing, colour in (
        ("door", "red"),
        ("roof", "green"),
        ("gate", "blue"),
        ("wall", "white"),
        ("boat", "black"),
        ("lamp", "yellow"),
        ("chair", "brown"),
        ("table", "grey"),
        ("fence", "orange"),
        ("bell", "purple"),
    )
]
SETTINGS: dict[str, Any] = {
    "rank": 4,
    "alpha": 8,
    "learning_rate": 3e-3,
    "epochs": 4,
    "batch": 4,
    "max_tokens": 256,
    "patience": None,
    "seed": 1,
    "paraphrase": False,
    "sweep": None,
}


def base(folder: Path) -> Path:
    """A GGUF file of Qwen2's kind that llama.cpp loads, with random weights."""
    texts = [text for pair in PAIRS for text in pair.values()] + [
        templates.text("system", "en"),
        "四季 \U0001f426 naïve",
    ]
    vocabulary = scratch.vocabulary_of(texts)
    facts = scratch.facts_of(vocabulary)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=vocabulary, eos_token=scratch.TURN_END, pad_token=scratch.END)
    model = scratch.Tiny(facts, tokenizer, torch.device("cpu"))
    model.begin(Settings(seed=3))
    with torch.no_grad():
        for weight in model.weights.values():
            if weight.dim() > 1:
                weight.mul_(4)  # so that it prefers some tokens
    path = folder / "tiny.gguf"
    export.model(path, model.weights, {**facts, "general.name": "tiny"}, scratch.LAYERS)
    return path


def job(
    folder: Path,
    base_path: Path | None,
    *,
    kind: str = "lora",
    train: Sequence[dict[str, str]] = PAIRS[:8],
    validation: Sequence[dict[str, str]] = PAIRS[8:],
    corpus: Sequence[str] = (),
    checkpoint_seconds: float = 600.0,
    **settings: Any,
) -> Path:
    """A job's folder as the service writes it."""
    folder.mkdir(parents=True)
    given = {
        "id": "f1",
        "name": "tiny-tuned",
        "kind": kind,
        "base": "tiny",
        "base_path": str(base_path or ""),
        "base_sha256": sha256_of(base_path) if base_path else "",
        "settings": SETTINGS | settings,
        "data_hash": "d1",
        "checkpoint_seconds": checkpoint_seconds,
    }
    (folder / "job.json").write_text(json.dumps(given))
    _lines(folder / "train.jsonl", train)
    _lines(folder / "validation.jsonl", validation)
    if corpus:
        _lines(folder / "corpus.jsonl", [{"text": text, "name": "a.md"} for text in corpus])
    return folder


def events(folder: Path, *names: str) -> list[dict[str, Any]]:
    """The whole lines of progress.jsonl, of these events or of all."""
    path = folder / "progress.jsonl"
    lines = path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []
    return [line for line in map(json.loads, lines) if not names or line["event"] in names]


def manifest(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return read


def _lines(path: Path, rows: Sequence[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
