"""Fixtures over the doubles; a conftest takes them by `from tests.doubles.fixtures import fake_openai`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.doubles.fake_openai import FakeOpenAI


@pytest.fixture
def fake_openai() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server
