"""The same parts as plain processes that find each other by URL, as docker-compose.yml has them: what has a URL is not
started a second time."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from service.supervise.specs import valkey_binary
from tests.doubles.fake_openai import FakeOpenAI
from tests.doubles.served import PARALLAX, descendants, environment, fake_models, wait_for


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Parts:
    """Processes started one by one, as an operator would; each has a log."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack

    def start(self, name: str, *command: str, **settings: str) -> subprocess.Popen[bytes]:
        log = self._stack.enter_context((self.folder / f"{name}.log").open("wb"))
        process = subprocess.Popen(
            command, cwd=self.folder, env=environment(settings), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        self._stack.callback(self._stop, process)
        return process

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    @staticmethod
    def _stop(process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        try:
            process.wait(40)
        finally:
            process.kill()


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    with ExitStack() as stack:
        yield Parts(tmp_path, stack)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=10, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.timeout(240)
def test_separate_processes_by_url(tmp_path: Path, parts: Parts) -> None:
    chroma_port, valkey_port, api_port = _free_port(), _free_port(), _free_port()
    chroma_url, api_url = f"http://127.0.0.1:{chroma_port}", f"http://127.0.0.1:{api_port}"
    chroma = shutil.which("chroma", path=str(Path(sys.executable).parent))
    assert chroma, "the `chroma` command belongs to the installation"
    parts.start(
        "chroma", chroma, "run", "--path", str(tmp_path / "c"), "--host", "127.0.0.1", "--port", str(chroma_port)
    )
    parts.start("valkey", str(valkey_binary()), "--port", str(valkey_port), "--bind", "127.0.0.1",
                "--requirepass", "of-the-test", "--dir", str(tmp_path), "--save", "")  # fmt: skip
    wait_for(lambda: _answers(f"{chroma_url}/api/v2/heartbeat"), 60, "chroma answers")

    with FakeOpenAI(key="sk-topology") as fake:
        settings = fake_models(fake) | {
            "PARALLAX_DATA_DIR": str(tmp_path / "shared"),
            "PARALLAX_REDIS_URL": f"redis://:of-the-test@127.0.0.1:{valkey_port}/0",
            "PARALLAX_CHROMA_URL": chroma_url,
        }
        api = parts.start("api", str(PARALLAX), "serve", "--port", str(api_port), **settings, PARALLAX_WORKERS="0")
        wait_for(lambda: _answers(f"{api_url}/readyz"), 90, "the API is ready")
        assert descendants(api.pid) == [], "everything has a URL and no worker is wanted, so nothing is started"

        with httpx.Client(base_url=api_url, timeout=60, trust_env=False) as client:
            text = b"# Tide tables\n\nThe harbour master signs the tide tables with code QZ4471 every Monday.\n"
            accepted = client.post("/api/documents", files=[("files", ("tides.md", text, "text/markdown"))])
            assert accepted.status_code == 202, accepted.text
            document = accepted.json()["items"][0]["id"]
            assert client.get(f"/api/documents/{document}").json()["status"] == "queued", "nobody works yet"

            worker = parts.start("worker", str(PARALLAX), "worker", **settings)
            wait_for(
                lambda: client.get(f"/api/documents/{document}").json()["status"] == "indexed", 90, "it is indexed"
            )
            below = {Path(f"/proc/{pid}/cmdline").read_bytes() for pid in descendants(worker.pid)}
            assert not any(b"chroma" in line or b"valkey" in line for line in below), "a worker starts no servers"

            found = client.post("/api/search", json={"query": "who signs QZ4471?", "collection": "default", "k": 3})
            assert found.status_code == 200, found.text
            assert "QZ4471" in found.json()["passages"][0]["text"]
        assert "of-the-test" not in parts.log("api") + parts.log("worker"), "a password in a log"
