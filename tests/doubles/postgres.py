"""A real PostgreSQL of a test's own, where its binaries are."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.stores import free_port


@contextmanager
def postgres() -> Iterator[str]:
    """Its URL. Skips the test where there is no PostgreSQL or none can be started."""
    if not all(shutil.which(name) for name in ("initdb", "postgres")):
        pytest.skip("no PostgreSQL binaries here")
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    options: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    if os.getuid() == 0:  # the server refuses to run as root
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        options |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    try:
        made = ["initdb", "-D", str(folder / "data"), "-U", "parallax", "-A", "trust", "-E", "UTF8", "--no-sync"]
        if subprocess.run(made, check=False, **options).returncode:
            pytest.skip("initdb does not work here")
        port = free_port()
        where = ["-D", str(folder / "data"), "-p", str(port), "-k", str(folder)]
        server = subprocess.Popen(
            ["postgres", *where, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"], **options
        )
        try:
            _wait(folder / "data" / "postmaster.pid")
            yield f"postgresql://parallax@127.0.0.1:{port}/postgres"
        finally:
            server.terminate()
            server.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(status: Path) -> None:
    """The server writes "ready" into the last line of this file."""
    deadline = time.monotonic() + 30
    while not (status.exists() and status.read_text().rstrip().endswith("ready")):
        assert time.monotonic() < deadline, "PostgreSQL does not start"
        time.sleep(0.05)
