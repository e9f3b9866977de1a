"""docker-compose.yml and the Dockerfile: valid, closed by default, and with health checks that really tell."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from service.settings import Settings
from service.supervise.embedded import embedded
from service.supervise.specs import valkey_binary
from tests.doubles.tiny_child import eventually

ROOT = Path(__file__).resolve().parents[2]
ANYIO = pytest.mark.anyio


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return parsed


@pytest.fixture(scope="module")
def dockerfile() -> list[str]:
    text = (ROOT / "service" / "Dockerfile").read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _compose_command() -> list[str] | None:
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            done = subprocess.run([*command, "version"], capture_output=True, check=False, timeout=60)
            if done.returncode == 0:
                return command
    return None


def test_docker_itself_accepts_it(tmp_path: Path) -> None:
    command = _compose_command()
    if command is None:
        pytest.skip("no docker compose on this machine")
    environment = {**os.environ, "PARALLAX_REDIS_PASSWORD": "secret"}
    done = subprocess.run(
        [*command, "-f", "docker-compose.yml", "config", "-q"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    del environment["PARALLAX_REDIS_PASSWORD"]
    nothing = tmp_path / "empty.env"
    nothing.touch()
    done = subprocess.run(
        [*command, "--env-file", str(nothing), "-f", "docker-compose.yml", "config", "-q"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode != 0, "it starts without a password"
    assert "set it in .env" in done.stderr


def test_the_parts_are_there_and_told_where_the_others_are(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"api", "worker", "models", "chroma", "valkey"}
    for name in ("api", "worker"):
        environment = services[name]["environment"]
        assert "@valkey:6379" in environment["PARALLAX_REDIS_URL"]
        assert environment["PARALLAX_CHROMA_URL"] == "http://chroma:8000"
        assert set(services[name]["depends_on"]) == {"models", "chroma", "valkey"}
    assert services["api"]["environment"]["PARALLAX_WORKERS"] == "0"


def test_every_setting_it_passes_exists(compose: dict[str, Any]) -> None:
    known = {f"PARALLAX_{name.upper()}" for name in Settings.model_fields} | {"PARALLAX_READY_FILE"}
    for name in ("api", "worker", "models"):
        assert set(compose["services"][name]["environment"]) <= known


def test_the_model_that_is_fetched_is_the_model_that_runs(compose: dict[str, Any]) -> None:
    runs, fetches = (compose["services"][name]["environment"] for name in ("api", "models"))
    for name in ("PARALLAX_CHAT_BASE_URL", "PARALLAX_CHAT_MODEL"):
        assert runs[name] == fetches[name]


def test_secrets_are_required_and_none_is_in_the_file(compose: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    uses = re.findall(r"\$\{(PARALLAX_REDIS_PASSWORD[^}]*)\}", text)
    assert len(uses) == 2
    assert all(use.startswith("PARALLAX_REDIS_PASSWORD:?") for use in uses)
    for secret in re.findall(r"\$\{(PARALLAX_[A-Z_]*(?:KEY|PASSWORD)[^}]*)\}", text):
        assert secret.endswith(":-") or ":?" in secret, f"{secret} has a default"


def test_everything_is_closed_but_one_loopback_port(compose: dict[str, Any]) -> None:
    services = compose["services"]
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert list(published) == ["api"]
    assert all(port.startswith("127.0.0.1:") for port in published["api"])
    assert compose["networks"]["inside"] == {"internal": True}
    assert services["chroma"]["networks"] == services["valkey"]["networks"] == ["inside"]
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name


def test_every_service_has_a_health_check_and_a_pinned_image(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        check = service["healthcheck"]
        assert check.get("disable") is True if name == "models" else check["test"], name
        image, _, tag = service["image"].partition(":")
        assert image
        assert tag not in {"", "latest"}, name
    pinned = re.search(r"^chromadb==([0-9.]+)", (ROOT / ".lock" / "run.txt").read_text(), re.MULTILINE)
    assert pinned
    assert compose["services"]["chroma"]["image"] == f"chromadb/chroma:{pinned.group(1)}", "server and client differ"


def test_every_volume_is_declared(compose: dict[str, Any]) -> None:
    used = {volume.split(":")[0] for service in compose["services"].values() for volume in service["volumes"]}
    assert used == set(compose["volumes"])


def test_the_image_runs_as_nobody_special_and_is_built_from_the_locks(dockerfile: list[str]) -> None:
    last_stage = dockerfile[max(n for n, line in enumerate(dockerfile) if line.startswith("FROM ")) :]
    assert "USER parallax" in last_stage
    assert not any(line.startswith("COPY") for line in last_stage[last_stage.index("USER parallax") :])
    assert any("--require-hashes -r .lock/run.txt" in line for line in dockerfile)
    assert any("npm ci" in line for line in dockerfile)
    assert not any(line.startswith("FROM") and (":latest" in line or ":" not in line) for line in dockerfile[:1])


def test_what_the_image_copies_is_there_and_not_ignored(dockerfile: list[str]) -> None:
    allowed = [
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    ]  # the file ignores everything first
    for line in dockerfile:
        if not line.startswith("COPY ") or "--from" in line:
            continue
        for source in line.split()[1:-1]:
            path = source.rstrip("/")
            assert (ROOT / path).exists(), line
            assert any(path == entry or path.startswith(entry + "/") for entry in allowed), line


@ANYIO
async def test_chromas_health_check_tells(compose: dict[str, Any], tmp_path: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash on this machine")
    probe = compose["services"]["chroma"]["healthcheck"]["test"][-1].replace("$$", "$")

    def healthy(port: int) -> bool:
        command = [bash, "-c", probe.replace("/8000", f"/{port}")]
        return subprocess.run(command, capture_output=True, check=False, timeout=10).returncode == 0

    settings = Settings(_env_file=None, data_dir=tmp_path / "data")  # type: ignore[call-arg]
    async with embedded(settings, {"chroma"}) as installation:
        port = httpx.URL(installation.settings.chroma_url or "").port or 0
        assert healthy(port)
    assert not healthy(port)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_valkey_asks_for_the_password(compose: dict[str, Any], tmp_path: Path, free_port: int) -> None:
    service = compose["services"]["valkey"]
    [script] = service["command"]
    script = script.replace("$$", "$").replace("/data", str(tmp_path)).replace(" - ", f" - --port {free_port} ", 1)
    (tmp_path / "valkey-server").symlink_to(valkey_binary())
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "VALKEY_PASSWORD": "open-sesame"}

    def said(*lines: str) -> str:
        try:
            with socket.create_connection(("127.0.0.1", free_port), timeout=2) as connection:
                connection.sendall("".join(f"{line}\r\n" for line in lines).encode())
                connection.shutdown(socket.SHUT_WR)
                return b"".join(iter(lambda: connection.recv(4096), b"")).decode()
        except OSError:
            return ""

    with subprocess.Popen([*service["entrypoint"], script], env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            eventually(lambda: said("PING"))
            assert said("PING").startswith("-NOAUTH")
            assert said("AUTH open-sesame", "PING") == "+OK\r\n+PONG\r\n"
            command_line = Path(f"/proc/{server.pid}/cmdline")
            if command_line.exists():
                assert b"valkey-server" in command_line.read_bytes(), "SIGTERM would reach a shell"
                assert b"open-sesame" not in command_line.read_bytes()
        finally:
            server.terminate()
