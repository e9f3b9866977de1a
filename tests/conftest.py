"""Fixtures every test may use."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tests.doubles import browser as browsers
from tests.doubles import handbook as books
from tests.doubles.fake_openai import FakeOpenAI, Reply
from tests.doubles.host_page import HostPage, host_page
from tests.doubles.served import FAKE_KEY, Served, serving


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def host() -> Iterator[HostPage]:
    """A web page of somebody else's that may hold the widget."""
    with host_page() as page:
        yield page


@pytest.fixture(scope="session")
def served_once(tmp_path_factory: pytest.TempPathFactory, host: HostPage) -> Iterator[Served]:
    """One `parallax serve` for the whole session, its models replaced by the stand-in."""
    with (
        FakeOpenAI(key=FAKE_KEY) as fake,
        serving(
            tmp_path_factory.mktemp("served"), fake, allowed_origins=f"{host.origin},https://shop.example"
        ) as served,
    ):
        yield served


@pytest.fixture
def served(served_once: Served) -> Iterator[Served]:
    """The running service, its model as well behaved as at the start."""
    _reset(served_once.fake)
    yield served_once
    _reset(served_once.fake)


@pytest.fixture
def api(served: Served) -> Iterator[httpx.Client]:
    """An HTTP client of the running service."""
    with served.client() as client:
        yield client


@pytest.fixture(scope="session")
def handbook(served_once: Served) -> str:
    """The collection of `tests.doubles.handbook`, to ask about; nothing changes it."""
    with served_once.client() as client:
        response = client.post("/api/collections", json={"name": books.COLLECTION})
        assert response.status_code == 201, response.text
        for name, text in books.DOCUMENTS.items():
            served_once.add(client, books.COLLECTION, name, text)
    return books.COLLECTION


@pytest.fixture
def collection(api: httpx.Client) -> Iterator[str]:
    """A fresh, empty collection."""
    name = f"t-{uuid.uuid4().hex[:12]}"
    response = api.post("/api/collections", json={"name": name})
    assert response.status_code == 201, response.text
    yield name
    response = api.delete(f"/api/collections/{name}")
    assert response.status_code in (200, 404), response.text


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium. Per module: while it runs, no event loop of another test can."""
    executable = browsers.found()
    if executable is None:
        pytest.skip(browsers.NONE)
    with browsers.chromium(executable) as running:
        yield running


@pytest.fixture
def page(browser: Browser, served: Served, host: HostPage) -> Iterator[Page]:
    """A page in a fresh profile; at its end it must have logged no error and asked nobody else for anything."""
    with browsers.open_page(browser, (served.url, host.origin)) as (opened, seen):
        yield opened
        assert seen.errors == []
        assert seen.elsewhere == []
        assert seen.dialogs == []


def _reset(fake: FakeOpenAI) -> None:
    fake.replies.clear()
    fake.default = Reply()
