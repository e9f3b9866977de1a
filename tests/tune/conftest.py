"""Real stores for a module of tests, and a service over them that trains with the stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from service.parts import Parts
from tests.doubles.stores import stores
from tests.doubles.tuning import tuning_parts


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """(Chroma's, Valkey's) addresses."""
    with stores(tmp_path_factory.mktemp("stores")) as (chroma, valkey):
        yield chroma.url, valkey.url


@pytest.fixture
async def parts(tmp_path: Path, urls: tuple[str, str]) -> AsyncIterator[Parts]:
    async with tuning_parts(tmp_path / "data", *urls) as made:
        yield made
