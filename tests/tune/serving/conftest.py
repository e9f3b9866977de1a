"""A catalogue, a store of files, and machines over both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ingest.catalogue import collections
from ingest.catalogue.engine import migrate, open_engine, sqlite_url, writing
from ingest.files import LocalFiles
from service.wiring import MIGRATIONS
from tests.tune.serving.machine import Machine, folder, machine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(sqlite_url(tmp_path))
    migrate(made, MIGRATIONS)
    with writing(made) as connection:
        collections.ensure(connection, "default", "none")
    yield made
    made.dispose()


@pytest.fixture
def store(tmp_path: Path) -> LocalFiles:
    return LocalFiles(tmp_path / "files")


@pytest.fixture
async def here(tmp_path: Path, engine: Engine, store: LocalFiles) -> AsyncIterator[Machine]:
    async with machine(folder(tmp_path, "here"), engine, store) as one:
        yield one
