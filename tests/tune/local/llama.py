"""What llama.cpp says of a GGUF file: `python -m tests.tune.local.llama BASE [ADAPTER]`, questions on standard input.

A process of its own, since llama.cpp ends the process over a file it does not like. In: {"prompts": [[token id]],
"most", "messages": [[message]], "texts": [text]}.
Out: {"said": [[token id]], "templated": [text], "tokens": [[token id]]}.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from service.models import local_server

KEY = "llama"


def asked(base: Path, adapter: Path | None = None, **questions: Any) -> dict[str, list[Any]]:
    """The answers of a fresh process."""
    files = [str(base), *([str(adapter)] if adapter else [])]
    done = subprocess.run(
        [sys.executable, "-m", "tests.tune.local.llama", *files],
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=Path(__file__).resolve().parents[3],
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answers: dict[str, list[Any]] = json.loads(done.stdout.splitlines()[-1])
    return answers


def _answer(client: httpx.Client, questions: dict[str, Any]) -> dict[str, list[Any]]:
    def post(path: str, **body: Any) -> Any:
        return client.post(path, json=body).raise_for_status().json()

    greedy = {"n_predict": questions.get("most", 20), "temperature": 0, "return_tokens": True}
    return {
        "said": [post("/completion", prompt=one, **greedy)["tokens"] for one in questions.get("prompts", [])],
        "templated": [post("/apply-template", messages=one)["prompt"] for one in questions.get("messages", [])],
        "tokens": [
            post("/tokenize", content=one, add_special=False, parse_special=True)["tokens"]
            for one in questions.get("texts", [])
        ],
    }


def main() -> None:
    local_server.yield_the_cores(os.environ)
    server = local_server.start(Path(sys.argv[1]), 0, KEY, Path(sys.argv[2]) if len(sys.argv) > 2 else None)
    with httpx.Client(
        base_url=server.listening_address, headers={"Authorization": f"Bearer {KEY}"}, timeout=120, trust_env=False
    ) as client:
        print(json.dumps(_answer(client, json.load(sys.stdin))))


if __name__ == "__main__":
    main()
