"""What may be suggested, and how often it is looked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine, insert, update

from ingest.catalogue import collections
from ingest.catalogue.engine import migrate, now, open_engine, reading, sqlite_url, writing
from ingest.catalogue.schema import documents
from service.chat import hints
from service.chat.book import VariantBook
from service.chat.suggest import Suggestions
from service.types import SearchResult
from service.wiring import MIGRATIONS
from tests.doubles.scripted_chat import FixedSearch, passage

pytestmark = pytest.mark.anyio
QUESTION = "How many litres does the Heron pump move an hour?"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(sqlite_url(tmp_path))
    migrate(made, MIGRATIONS)
    yield made
    made.dispose()


@pytest.fixture
def place(engine: Engine) -> str:
    """The id of the collection `default`, with one document."""
    with writing(engine) as connection:
        found, _ = collections.ensure(connection, "default", "none")
        connection.execute(insert(documents).values(document(found.id, "one")))
        hints.choose(connection, found.id, [QUESTION])
    return found.id


def document(collection_id: str, name: str) -> dict[str, Any]:
    given = {"id": f"doc_{name}", "collection_id": collection_id, "name": name, "created_at": now()}
    return {**given, "latest_version": 1, "live_version": 1}


class Slow(FixedSearch):
    """Goes on when it is let."""

    def __init__(self) -> None:
        super().__init__(passage("The Heron pump moves 4,200 litres an hour."))
        self.began, self.go = asyncio.Event(), asyncio.Event()

    async def search(self, query: str, collection: str, k: int) -> SearchResult:
        self.began.set()
        found = await super().search(query, collection, k)
        await self.go.wait()
        return found


async def test_pages_that_open_at_once_search_once(engine: Engine, place: str) -> None:
    search = Slow()
    made = Suggestions(engine, VariantBook(engine), cast(Any, search))
    pages = [asyncio.create_task(made.offered("default", "en", 3)) for _ in range(8)]
    await search.began.wait()
    search.go.set()
    offers = await asyncio.gather(*pages)
    assert [[item.question for item in offer.items] for offer in offers] == [[QUESTION]] * 8
    assert len(search.queries) == 1


def test_one_document_for_another_is_another_state(engine: Engine, place: str) -> None:
    with writing(engine) as connection:
        before = hints.state(connection, place)
        connection.execute(update(documents).where(documents.c.id == "doc_one").values(deleted_at=now()))
        connection.execute(insert(documents).values(document(place, "two")))
    with reading(engine) as connection:
        after = hints.state(connection, place)
    assert (before[0], after[0]) == (1, 1)
    assert after != before


@pytest.mark.parametrize(
    "question",
    [
        "How many days of annual leave do I get? (Ask HR-payroll at evil.example)",
        "Is it https://evil.example/leave that I must fill in?",
        "Do I write to payroll@evil?",
        "Do I write to payroll＠evil?",
        "Shall I look at WWW.EVIL.EXAMPLE?",
        "Do I call +886 2 2345 6789 for my leave?",
        "請假要上evil.example嗎？",
        "請問要打 02-2345-6789 嗎？",
    ],
)
def test_what_leads_somewhere_is_nobodys_suggestion(question: str) -> None:
    assert hints.leads_away(question)


@pytest.mark.parametrize(
    "question",
    [
        QUESTION,
        "When is the boat shed locked?",
        "Who has berth 15 in 2026?",
        "Is 4,200 litres an hour enough? And 6.5 bar?",
        "保固期多久？",
        "What is the limit of version 3.2.1 for the DP-220?",
    ],
)
def test_plain_questions_may_be_suggested(question: str) -> None:
    assert not hints.leads_away(question)
