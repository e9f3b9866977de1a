"""A tuned model in the real service: loaded while it answers, asked beside the base, there again after a crash."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from ingest.catalogue.engine import now, open_engine, sqlite_url, writing
from ingest.files import LocalFiles
from service.models import files, tuned
from service.models.files import sha256_of
from service.models.tuned import Tuned
from tests.doubles import gguf
from tests.doubles.fake_openai import FakeOpenAI
from tests.doubles.served import PARALLAX, Served, environment, fake_models, serving, wait_for

pytestmark = [pytest.mark.model, pytest.mark.timeout(900)]
LOCAL = {"chat_base_url": "", "chat_api_key": "", "chat_model": ""}
QUESTION = "What is the capital of France?"


@contextmanager
def asked(api: httpx.Client, question: str, variant: str) -> Iterator[Iterator[dict[str, Any]]]:
    """The data of the answer's events, as they come."""
    body = {"question": question, "variant": variant}
    with api.stream("POST", "/api/chat", json=body, timeout=300) as response:
        assert response.status_code == 200
        yield (json.loads(line[5:]) for line in response.iter_lines() if line.startswith("data:"))


FIRST = 40
"""Characters of an answer that are compared: random weights say random things, and what they say after a while hangs on
the last bit of a sum."""


def answer(api: httpx.Client, variant: str, question: str = QUESTION) -> dict[str, Any]:
    body = {"question": question, "variant": variant, "stream": False}
    response = api.post("/api/chat", json=body, timeout=300)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def trained(served: Served, folder: Path, **strengths: float) -> None:
    """Adapters of these names, as trainings leave them."""
    store, engine = LocalFiles(served.data / "files"), open_engine(sqlite_url(served.data))
    for seed, (name, strength) in enumerate(strengths.items()):
        path = gguf.lora(folder / f"{name}.gguf", seed=seed, strength=strength)
        if not strength:
            path.write_bytes(path.read_bytes()[:100_000])
        key = sha256_of(path)
        store.put(str(path), key)
        with writing(engine) as connection:
            tuned.add(connection, Tuned(name, "local", files.DEFAULT_CHAT, now(), file_sha256=key))
    engine.dispose()


def test_a_tuned_model_comes_into_a_running_service(tmp_path: Path) -> None:
    if not files.present(files.DEFAULT_CHAT, files.cache_folder()):
        pytest.skip("the chat model is not in the cache: run `parallax models pull`")
    with FakeOpenAI() as fake:
        with serving(tmp_path, fake, **LOCAL) as served, served.client() as api:
            trained(served, tmp_path, house=0.5, broken=0.0)
            before = answer(api, "plain")["text"]
            with asked(api, "Write a very long story about the sea.", "plain") as events:
                for event in events:
                    if "text" in event:
                        break
                with served.client() as other:
                    deployed = other.patch("/api/models/house", json={"deployed": True}, timeout=300)
                    assert deployed.status_code == 200, deployed.text
                    broken = other.patch("/api/models/broken", json={"deployed": True}, timeout=300)
                    assert broken.status_code == 409, broken.text
                    assert "file is corrupted or incomplete" in broken.json()["message"]
                *_, last = events
            assert last["answer"]["finish"] == "answered"
            assert last["answer"]["usage"]["completion_tokens"] == 300, "it went on to its end"

            assert [answer(api, name)["text"] for name in ("plain", "plain")] == [before, before]
            own = answer(api, "fine_tuned")
            assert own["text"][:FIRST] != before[:FIRST]
            assert (own["model"], own["approach"], own["cost"]) == ("house", "fine_tuned", 0)
            assert answer(api, "plain")["text"] == before
            assert answer(api, "fine_tuned")["text"][:FIRST] == own["text"][:FIRST]
            assert answer(api, "rag_fine_tuned")["finish"] == "declined"  # no documents: its checks are those of rag

            body = {"question": QUESTION, "variants": ["plain", "fine_tuned"]}
            with api.stream("POST", "/api/compare", json=body, timeout=300) as response:
                lines = [json.loads(line[5:]) for line in response.iter_lines() if line.startswith("data:")]
            said = {line["lane"]: line["answer"]["text"][:FIRST] for line in lines if "answer" in line}
            assert said == {0: before[:FIRST], 1: own["text"][:FIRST]}

            pid = next(pid for pid in model_processes(served))
            os.kill(pid, signal.SIGKILL)
            wait_for(lambda: [one for one in model_processes(served) if one != pid], 60, "it is started again")
            wait_for(lambda: api.get("/readyz").status_code == 200, 120, "the base is loaded again")
            assert answer(api, "fine_tuned")["text"][:FIRST] == own["text"][:FIRST]

        # No service any more: the command starts what it needs, and waits for the adapter.
        command = [str(PARALLAX), "ask", QUESTION, "--variant", "fine_tuned", "--json", "--data", str(served.data)]
        local = environment(fake_models(fake) | {f"PARALLAX_{name.upper()}": value for name, value in LOCAL.items()})
        done = subprocess.run(command, cwd=tmp_path, env=local, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["text"][:FIRST] == own["text"][:FIRST]


def model_processes(served: Served) -> list[int]:
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            told, environ = file.read_bytes(), (file.parent / "environ").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if b"service.models.local_server" in told and str(served.data).encode() in environ and b"--try" not in told:
            found.append(int(file.parent.name))
    return found
