"""The local chat model: llama.cpp's OpenAI-compatible server over one GGUF file, as a process of its own.

    PARALLAX_LOCAL_MODEL_KEY=... python -m service.models.local_server --port N [--model NAME]

Where PARALLAX_LOCAL_MODEL_FOLDER is set it also holds the LoRA adapters that are wanted there, each at an address of
its own: see `adapters` and `adapter_servers`.

It checks the file's hash, loads it and then answers on 127.0.0.1:N; `GET /health` is 200 once it is ready, everything
else wants the key as a bearer token. Where PARALLAX_READY_FILE is set, `{"url": ...}` is written there too. It holds
nothing that could be lost, so SIGTERM simply ends it; a client that goes away stops its generation. Exit status 1 and
one line on standard error when the file is missing or wrong.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

from service.errors import ServiceError
from service.models import adapters
from service.models.adapter_servers import AdapterServers
from service.models.adapters import Adapter
from service.models.defaults import LOCAL_MODEL_FOLDER, default_chat
from service.models.files import cache_folder, checked, entry
from service.settings import Settings

SLOTS = 2
"""Generations at once; more would only divide two cores further."""
ADAPTER_SLOTS = 2
"""The same for each adapter."""
SLOT_TOKENS = 4096
"""Context of one slot. Two of them take 100 MB with the default model."""
PROMPT_CACHE_MIB = 128
"""Prefixes of earlier prompts kept in memory. llama.cpp's own default is 8 GiB."""
BATCH_TOKENS = 128
"""Prompt tokens computed at once: as fast as 512 and 30 MB smaller. Only between two such batches does llama.cpp notice
that a client has gone and give the other slot its turn; its default is 2,048."""
LOOK_SECONDS = 0.25
TRIAL_SECONDS = 180.0
_ASK_SECONDS = 60.0

KEY = "PARALLAX_LOCAL_MODEL_KEY"
READY_FILE = "PARALLAX_READY_FILE"


def main(arguments: list[str] | None = None) -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(prog="python -m service.models.local_server", description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 picks a free one")
    parser.add_argument("--model", help="name of a chat model of `parallax models list`")
    parser.add_argument("--try", dest="adapter", type=Path, help="load this adapter, ask it for a token, and end")
    asked = parser.parse_args(arguments)
    key = os.environ.get(KEY, "")
    if not key:
        sys.exit(f"{KEY} is not set: the local model server does not run without a key.")
    settings = Settings()
    name = asked.model or default_chat(settings)
    try:
        path = model_path(name, cache_folder(settings.models_dir))
    except ServiceError as error:
        sys.exit(f"{error.message} {error.hint}")
    yield_the_cores(os.environ)
    if asked.adapter is not None:
        tried = start(path, 0, key, asked.adapter)  # it lives as long as it has a name
        first_token(tried.listening_address, key)
        return
    folder = os.environ.get(LOCAL_MODEL_FOLDER)
    held = None if folder is None else _adapters(Path(folder), name, path, key)
    server = start(path, asked.port, key)
    announce(server.listening_address)
    while True:
        if held is None:
            signal.pause()
        elif held.sync(adapters.wanted(Path(str(folder)))):
            give_back_memory()
        else:
            time.sleep(LOOK_SECONDS)


def model_path(name: str, folder: Path) -> Path:
    """The GGUF file of a model, its hash checked. Raises `Unknown` and `ModelFile`."""
    return checked(name, folder) / entry(name, folder).files[0].name


def yield_the_cores(environ: MutableMapping[str, str]) -> None:
    """Let OpenMP's idle threads sleep. Their default is to spin, which is harmless on an idle machine and ruinous on a
    busy one: beside an ingest on two cores 1 token/s against 12. Works only before the library is loaded."""
    environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def start(path: Path, port: int, key: str, adapter: Path | None = None) -> Any:
    """Load the model, under an adapter or not, and listen on loopback; returns llama.cpp's server, which lives as long
    as the object does. Raises `RuntimeError` for what cannot be loaded."""
    import xllamacpp  # here, because OpenMP reads its environment when this is loaded

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
    slots = SLOTS if adapter is None else ADAPTER_SLOTS
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.model_alias = {path.stem if adapter is None else adapter.stem}
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.api_keys = [key]
    params.n_parallel = slots
    params.n_ctx = slots * SLOT_TOKENS
    params.n_batch = BATCH_TOKENS
    params.n_ubatch = BATCH_TOKENS
    params.cpuparams.n_threads = cores
    params.cpuparams_batch.n_threads = cores
    params.cache_ram_mib = PROMPT_CACHE_MIB if adapter is None else 0  # an adapter's slots remember their last prompts
    params.fit_params = False  # it is for machines with a graphics card, and costs a second load
    params.warmup = False  # the first question warms it as well, and a start is half a second shorter
    params.ui = False
    params.endpoint_slots = False  # it would show other people's prompts
    params.endpoint_metrics = True  # whether somebody is being answered
    params.verbosity = 1
    if adapter is not None:
        lora = xllamacpp.CommonAdapterLoraInfo()
        lora.path = str(adapter)
        lora.scale = 1.0
        params.lora_adapters = [lora]
    return xllamacpp.Server(params)


def first_token(url: str, key: str) -> None:
    """Ask a server for one token: whether it can compute shows only then. Raises `OSError`."""
    body = json.dumps({"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1}).encode()
    _get(f"{url}/v1/chat/completions", key, body, _ASK_SECONDS)


def busy(url: str, key: str) -> bool:
    """Whether the server at this address is answering anybody, or has somebody waiting."""
    try:
        lines = _get(f"{url}/metrics", key).decode().splitlines()
    except OSError:
        return False
    counts = dict(line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
    return any(float(counts.get(f"llamacpp:requests_{state}", 0)) > 0 for state in ("processing", "deferred"))


def give_back_memory() -> None:
    """Let the C library return what an ended server has freed: left to itself it keeps half of it."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it
    if trim is not None:
        trim(0)


def announce(url: str) -> None:
    """Write the address to the ready file, whole or not at all."""
    if place := os.environ.get(READY_FILE):
        own = Path(f"{place}.{os.getpid()}.tmp")
        own.write_text(json.dumps({"url": url}), encoding="utf-8")
        os.replace(own, place)


def _adapters(folder: Path, name: str, base: Path, key: str) -> AdapterServers:
    kind = adapters.architecture(base)

    def trial(adapter: Adapter) -> str | None:
        """What is wrong with the file. llama.cpp ends the whole process over some of it: so it meets a new adapter in
        a process of its own first."""
        command = (sys.executable, "-P", "-m", "service.models.local_server", "--model", name, "--try", adapter.path)
        told = {name: value for name, value in os.environ.items() if name not in {LOCAL_MODEL_FOLDER, READY_FILE}}
        try:
            done = subprocess.run(command, env=told, capture_output=True, text=True, timeout=TRIAL_SECONDS)
        except subprocess.TimeoutExpired:
            return f"It was not loaded within {TRIAL_SECONDS:.0f} s."
        return None if done.returncode == 0 else _reason(done.stderr, done.returncode)

    return AdapterServers(
        folder,
        os.getpid(),
        check=lambda adapter: adapters.check(Path(adapter.path), adapter.sha256, kind),
        start=lambda adapter: start(base, 0, key, Path(adapter.path)),
        trial=trial,
        busy=lambda url: busy(url, key),
    )


def _reason(log: str, status: int) -> str:
    """What llama.cpp said of an adapter that it did not load."""
    said = [line.split("lora adapter: ", 1)[1] for line in log.splitlines() if "lora adapter: " in line]
    return f"llama.cpp does not load it: {said[0] if said else f'its process ended with status {status}'}"


def _get(url: str, key: str, body: bytes | None = None, seconds: float = 2.0) -> bytes:
    """An answer of 200 from a server of this process. Raises `OSError`."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    try:
        with build_opener(ProxyHandler({})).open(Request(url, body, headers), timeout=seconds) as response:
            return bytes(response.read())
    except URLError as error:
        raise OSError(str(error)) from error


if __name__ == "__main__":
    main()
