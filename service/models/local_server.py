"""The local chat model: llama.cpp's OpenAI-compatible server over one GGUF file, as a process of its own.

    PARALLAX_LOCAL_MODEL_KEY=... python -m service.models.local_server --port N [--model NAME]

It checks the file's hash, loads it and then answers on 127.0.0.1:N; `GET /health` is 200 once it is ready, everything
else wants the key as a bearer token. Where PARALLAX_READY_FILE is set, `{"url": ...}` is written there too. It holds
nothing that could be lost, so SIGTERM simply ends it; a client that goes away stops its generation. Exit status 1 and
one line on standard error when the file is missing or wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from service.errors import ServiceError
from service.models.defaults import default_chat
from service.models.files import cache_folder, checked, entry
from service.settings import Settings

SLOTS = 2
"""Generations at once; more would only divide two cores further."""
SLOT_TOKENS = 4096
"""Context of one slot. Two of them take 100 MB with the default model."""
PROMPT_CACHE_MIB = 128
"""Prefixes of earlier prompts kept in memory. llama.cpp's own default is 8 GiB."""
BATCH_TOKENS = 128
"""Prompt tokens computed at once: as fast as 512 and 30 MB smaller. Only between two such batches does llama.cpp notice
that a client has gone and give the other slot its turn; its default is 2,048."""

KEY = "PARALLAX_LOCAL_MODEL_KEY"
READY_FILE = "PARALLAX_READY_FILE"


def main(arguments: list[str] | None = None) -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(prog="python -m service.models.local_server", description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 picks a free one")
    parser.add_argument("--model", help="name of a chat model of `parallax models list`")
    asked = parser.parse_args(arguments)
    key = os.environ.get(KEY, "")
    if not key:
        sys.exit(f"{KEY} is not set: the local model server does not run without a key.")
    settings = Settings()
    try:
        path = model_path(asked.model or default_chat(settings), cache_folder(settings.models_dir))
    except ServiceError as error:
        sys.exit(f"{error.message} {error.hint}")
    yield_the_cores(os.environ)
    server = start(path, asked.port, key)
    announce(server.listening_address)
    while True:
        signal.pause()


def model_path(name: str, folder: Path) -> Path:
    """The GGUF file of a model, its hash checked. Raises `Unknown` and `ModelFile`."""
    return checked(name, folder) / entry(name).files[0].name


def yield_the_cores(environ: MutableMapping[str, str]) -> None:
    """Let OpenMP's idle threads sleep. Their default is to spin, which is harmless on an idle machine and ruinous on a
    busy one: beside an ingest on two cores 1 token/s against 12. Works only before the library is loaded."""
    environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def start(path: Path, port: int, key: str) -> Any:
    """Load the model and listen on loopback; returns llama.cpp's server, which lives as long as the object does."""
    import xllamacpp  # here, because OpenMP reads its environment when this is loaded

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.model_alias = {path.stem}
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.api_keys = [key]
    params.n_parallel = SLOTS
    params.n_ctx = SLOTS * SLOT_TOKENS
    params.n_batch = BATCH_TOKENS
    params.n_ubatch = BATCH_TOKENS
    params.cpuparams.n_threads = cores
    params.cpuparams_batch.n_threads = cores
    params.cache_ram_mib = PROMPT_CACHE_MIB
    params.fit_params = False  # it is for machines with a graphics card, and costs a second load
    params.warmup = False  # the first question warms it as well, and a start is half a second shorter
    params.ui = False
    params.endpoint_slots = False  # it would show other people's prompts
    params.verbosity = 1
    return xllamacpp.Server(params)


def announce(url: str) -> None:
    """Write the address to the ready file, whole or not at all."""
    if place := os.environ.get(READY_FILE):
        own = Path(f"{place}.{os.getpid()}.tmp")
        own.write_text(json.dumps({"url": url}), encoding="utf-8")
        os.replace(own, place)


if __name__ == "__main__":
    main()
