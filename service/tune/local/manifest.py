"""Everything needed to train the same model again, beside the model; written last: its presence means finished."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from service.models.files import sha256_of
from service.tune.local.checkpoint import whole
from service.tune.local.job import Job
from service.tune.local.sweep import Outcome

PACKAGES = ("torch", "transformers", "peft", "gguf", "tokenizers", "safetensors", "numpy", "parallax")


def write(job: Job, file: Path, outcome: Outcome, more: Mapping[str, Any]) -> None:
    """manifest.json. Raises `OSError`.

    Seconds are those of steps and validations; losses nats a token; `peak_bytes` of memory.
    """
    position = outcome.position
    body = {
        "id": job.id,
        "name": job.name,
        "kind": job.kind,
        "file": file.name,
        "sha256": sha256_of(file),
        "bytes": file.stat().st_size,
        "base": job.base,
        "base_sha256": job.base_sha256,
        "data_hash": job.data_hash,
        "seed": outcome.settings.seed,
        "train": len(job.train),
        "validation": len(job.validation),
        **outcome.result,
        "sweep": position.results if len(position.results) > 1 else [],
        "seconds": round(position.seconds, 1),
        "tokens": position.tokens,
        "peak_bytes": position.peak,
        "resumed": position.resumed,
        "packages": _packages(),
        "revision": _revision(),
        "machine": {
            "python": platform.python_version(),
            "system": platform.platform(),
            "processor": platform.machine(),
        },
        **more,
    }
    whole(job.folder / "manifest.json", json.dumps(body, ensure_ascii=False, indent=1).encode())


def _packages() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _revision() -> str | None:
    """The commit this code is of; None outside a checkout."""
    here = Path(__file__).resolve().parent
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
