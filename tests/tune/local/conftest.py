from __future__ import annotations

from pathlib import Path

import pytest
import torch

from service.tune.local import base as bases
from service.tune.local.base import Base
from tests.tune.local import tiny


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Tiny models are fastest on one thread, and a loaded machine makes two wait for each other."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def base_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny base model's file; nothing changes it."""
    return tiny.base(tmp_path_factory.mktemp("base"))


@pytest.fixture
def base(base_path: Path) -> Base:
    """The tiny base, in float32 whatever the machine, to compute on exactly."""
    loaded = bases.load(base_path, "", torch.device("cpu"))
    loaded.model.float()
    return loaded
