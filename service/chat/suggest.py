"""Questions to begin with: only such as the documents are known, or likely, to answer."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from weakref import WeakValueDictionary

from sqlalchemy import Engine

from ingest.catalogue import collections
from ingest.catalogue.engine import reading, writing
from ingest.threads import in_thread
from service.answer import gate
from service.answer.approaches import APPROACHES
from service.answer.focus import excerpts
from service.answer.language import Language, language_of
from service.answer.parameters import DEFAULTS
from service.chat import hints
from service.chat.book import VariantBook
from service.ports import Retriever

MOST = 12
"""As many can be shown, and written for a collection."""
_TRIES = 24
_SECONDS = 60.0
_KEPT = 64

_State = tuple[str, int, str, tuple[str, ...]]
Source = Literal["chosen", "asked", "heading"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`source`: somebody wrote it for the collection, several visitors asked it, or a document has it as a heading."""

    question: str
    source: Source


@dataclass(frozen=True, slots=True)
class Offer:
    """`documents` can be asked about; `chosen` is everything that was written, whether it can be answered or not."""

    documents: int
    items: tuple[Suggestion, ...]
    chosen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """Kept until `until` (monotonic seconds) while the collection's state is `state`."""

    until: float
    state: _State
    items: tuple[Suggestion, ...]


class Suggestions:
    """Finds questions to suggest. What was found is kept for a minute, while the documents stay as they are."""

    def __init__(self, engine: Engine, book: VariantBook, retriever: Retriever) -> None:
        self._engine = engine
        self._book = book
        self._retriever = retriever
        self._kept: OrderedDict[tuple[str, Language], _Found] = OrderedDict()
        self._finding: WeakValueDictionary[tuple[str, Language], asyncio.Lock] = WeakValueDictionary()

    async def offered(self, collection: str, language: Language, limit: int) -> Offer:
        """At most `limit` (up to `MOST`) whose search passes the gate; those in that language first.

        Left out is what was declined or disliked when it was last asked. Raises `NotFound` for no such collection.
        """
        place = (collection, language)
        lock = self._finding.setdefault(place, asyncio.Lock())
        async with lock:  # every open page asks at once after an upload: one of them searches, the others wait
            state = await in_thread(self._state, collection)
            found = self._kept.get(place)
            if found is None or time.monotonic() > found.until or found.state != state:
                items = await self._found(collection, language)
                found = self._kept[place] = _Found(time.monotonic() + _SECONDS, state, items)
                self._kept.move_to_end(place)
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        _, documents, _, chosen = state
        return Offer(documents, found.items[:limit], chosen)

    async def choose(self, collection: str, questions: Sequence[str]) -> tuple[str, ...]:
        """Write the collection's own. Returns them without repetitions. Raises `NotFound`."""
        once: dict[str, str] = {}
        for question in questions:
            once.setdefault(hints.key(question), question.strip())
        distinct = tuple(once.values())

        def write() -> None:
            with writing(self._engine) as connection:
                hints.choose(connection, collections.find(connection, collection).id, distinct)

        await in_thread(write)
        return distinct

    async def _found(self, collection: str, language: Language) -> tuple[Suggestion, ...]:
        found: list[Suggestion] = []
        searching = [one.name for one in await self._book.all() if APPROACHES[one.approach].searches]
        for one in (await in_thread(self._candidates, collection, language, searching))[:_TRIES]:
            if await self._passes(one.question, collection):
                found.append(one)
            if len(found) == MOST:
                break
        return tuple(found)

    async def _passes(self, question: str, collection: str) -> bool:
        """Whether a question would get past the gate, and so to a model."""
        found = await self._retriever.search(question, collection, DEFAULTS.candidates)
        shown = excerpts(question, found.passages, k=DEFAULTS.k, chars=DEFAULTS.passage_chars, rarity=found.rarity)
        return gate.judge(question, found, shown, DEFAULTS.min_fit).passed

    def _candidates(self, collection: str, language: Language, searching: Sequence[str]) -> list[Suggestion]:
        with reading(self._engine) as connection:
            here = collections.find(connection, collection)
            asked, failing = hints.asked(connection, collection, searching)
            written: tuple[tuple[Source, tuple[str, ...]], ...] = (
                ("chosen", hints.chosen(connection, here.id)),
                ("asked", asked),
                ("heading", hints.headings(connection, here.id)),
            )
        once: dict[str, Suggestion] = {}
        for source, questions in written:
            for question in questions:
                once.setdefault(hints.key(question), Suggestion(question, source))
        order = [one for name, one in once.items() if name not in failing]
        return sorted(order, key=lambda one: language_of(one.question) != language)

    def _state(self, collection: str) -> _State:
        with reading(self._engine) as connection:
            here = collections.find(connection, collection)
            return (here.id, *hints.state(connection, here.id), hints.chosen(connection, here.id))
