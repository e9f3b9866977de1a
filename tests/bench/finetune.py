"""What a training on this machine is worth: the pairs of `examples/`, asked again in other words.

    python -m tests.bench.finetune [--keep DIR] [--settings JSON] [--limit N]

Trains on all pairs but those of the validation (every tenth) with the service's own defaults, then asks the base and
the tuned model the paraphrases of the trained pairs, as `plain` asks them, greedily, through llama.cpp. `--keep` trains
in that folder and leaves it there; where a finished job lies in it, nothing is trained again.

One JSON line: `right_base` and `right_tuned` of `n` by the metric `correct`; seconds of training and of the whole
process; losses; the steps and the tokens they read; most memory; bytes of the adapter.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from service.answer.language import language_of
from service.answer.prompt import build
from service.metrics.reference import correct
from service.metrics.types import Answered, Case
from service.models.files import DEFAULT_CHAT, cache_folder, entry

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
EVERY = 10
"""One pair in so many is for validation."""
KEY = "bench"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--settings", type=json.loads, default={})
    parser.add_argument("--limit", type=int)
    parser.add_argument("--serve", nargs="+", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        return _serve(asked.serve)
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch) / "job"
        began = time.monotonic()
        if not (folder / "manifest.json").exists():
            _train(folder, asked.settings)
        took = time.monotonic() - began
        made = json.loads((folder / "manifest.json").read_text())
        questions = [one for one in _lines(EXAMPLES / "pairs_paraphrases.jsonl") if one["pair"] % EVERY][: asked.limit]
        said = {
            name: _said(questions, adapter) for name, adapter in (("base", ""), ("tuned", str(folder / made["file"])))
        }
        (folder / "said.json").write_text(json.dumps([questions, said], ensure_ascii=False, indent=1))
    told = {
        "bench": "finetune",
        "n": len(questions),
        **{f"right_{name}": round(_right(questions, answers), 3) for name, answers in said.items()},
        "process_seconds": round(took, 1),
        **{key: made[key] for key in ("seconds", "steps", "best_step", "tokens", "peak_bytes", "bytes", "settings")},
        **{key: made[key] for key in ("first_validation_loss", "validation_loss", "train_loss")},
    }
    print(json.dumps(told))
    return None


def base_path() -> Path:
    return cache_folder() / DEFAULT_CHAT / entry(DEFAULT_CHAT).files[0].name


def _train(folder: Path, settings: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pairs = _lines(EXAMPLES / "pairs.jsonl")
    given = {
        "id": "bench",
        "name": "bench",
        "kind": "lora",
        "base": DEFAULT_CHAT,
        "base_path": str(base_path()),
        "base_sha256": entry(DEFAULT_CHAT).files[0].sha256,
        "settings": settings,
        "data_hash": "examples/pairs.jsonl",
    }
    (folder / "job.json").write_text(json.dumps(given))
    for name, some in (
        ("train", [pair for number, pair in enumerate(pairs) if number % EVERY]),
        ("validation", pairs[::EVERY]),
    ):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in some))
    subprocess.run([sys.executable, "-P", "-m", "service.tune.local.main", str(folder)], cwd=ROOT, check=True)


def _said(questions: Sequence[dict[str, Any]], adapter: str) -> list[str]:
    """Greedy answers of the base, or of the base under an adapter."""
    command = [
        sys.executable,
        "-m",
        "tests.bench.finetune",
        "--serve",
        str(base_path()),
        *([adapter] if adapter else []),
    ]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        headers = {"Authorization": f"Bearer {KEY}"}
        with httpx.Client(base_url=url, headers=headers, timeout=120, trust_env=False) as client:
            answers = [_answer(client, one["question"]) for one in questions]
        server.terminate()
    return answers


def _answer(client: httpx.Client, question: str) -> str:
    messages = build(question, language=language_of(question)).messages
    body = {
        "messages": [{"role": one.role, "content": one.content} for one in messages],
        "temperature": 0,
        "max_tokens": 100,
    }
    answer = client.post("/v1/chat/completions", json=body).raise_for_status().json()
    return str(answer["choices"][0]["message"]["content"])


def _serve(files: Sequence[str]) -> None:
    """A server over a base and perhaps an adapter, until it is killed; its address is the first line it prints."""
    from service.models import local_server  # here, since it loads llama.cpp's libraries

    local_server.yield_the_cores(os.environ)
    server = local_server.start(Path(files[0]), 0, KEY, Path(files[1]) if len(files) > 1 else None)
    print(server.listening_address, flush=True)
    sys.stdin.read()


def _right(questions: Sequence[dict[str, Any]], answers: Sequence[str]) -> float:
    cases = [Case(str(i), one["question"], tuple(one["answers"])) for i, one in enumerate(questions)]
    right = [correct(case, Answered(text)) or 0.0 for case, text in zip(cases, answers, strict=True)]
    return sum(right) / len(right)


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


if __name__ == "__main__":
    main()
