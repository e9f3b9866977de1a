"""The real local model, end to end, by one command and nothing running."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from service.models import files
from tests.doubles.served import PARALLAX, environment

pytestmark = pytest.mark.model


@pytest.mark.timeout(300)
def test_a_question_waits_for_the_model_to_be_loaded(tmp_path: Path) -> None:
    folder = files.cache_folder()
    if not all(files.present(name, folder) for name in (files.DEFAULT_CHAT, files.DEFAULT_EMBEDDING)):
        pytest.skip("the local models are not fetched: run `parallax models pull`")
    command = [
        str(PARALLAX),
        "ask",
        "What is two plus two?",
        "--variant",
        "plain",
        "--json",
        "--data",
        str(tmp_path / "data"),
    ]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment({}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["finish"] == "answered"
    assert answer["text"].strip()
    assert answer["model"] == files.DEFAULT_CHAT
    assert answer["usage"]["completion_tokens"] > 0
