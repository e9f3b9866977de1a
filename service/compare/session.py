"""Comparing: the lanes of one question run side by side, told as one stream, kept whatever happens."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection, Engine

from ingest.catalogue.engine import writing
from ingest.errors import CatalogueUnavailable
from ingest.threads import in_thread
from service.chat.book import VariantBook
from service.chat.session import KEEP_AGAIN, Chat, Prepared, Question
from service.compare import arms, blind, records
from service.compare.archive import Archive
from service.compare.leaderboard import Leaderboard
from service.compare.recorder import Recorder
from service.compare.shared import SharedSearch
from service.compare.slots import Slots
from service.compare.types import ComparisonEvent, Done, Ended, Lane, LaneEvent, Opened, Progress, Request
from service.errors import BadRequest, ModelError, ModelFile, NotReady, ServiceError
from service.ids import new_id
from service.models.shelf import Shelf
from service.ports import Retriever
from service.types import Answer, DeltaText, Event, Failed, Finished

AHEAD = 64
"""Events a lane may be ahead of the reader; then it waits."""
STALLED_SECONDS = 60.0
"""A reader who takes nothing for so long is taken to have gone."""
_LOG = logging.getLogger(__name__)
_FAILED_BLIND = Failed("lane_failed", "This answer could not be finished.", "Ask the question again.")
_STALLED = Failed("reader_stalled", "Nobody read this answer for a minute, so it was stopped.", "Ask again.")
_BROKEN = ServiceError("internal", "Something went wrong here.", "Ask again; the service's log has the details.")
_Told = asyncio.Queue[LaneEvent | Ended]


class _Stalled(Exception):
    """The reader takes nothing."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A comparison that can begin: by lane, what to ask, or why it cannot be asked."""

    id: str
    question: str
    collection: str
    blind: bool
    lanes: tuple[Lane, ...]
    prepared: tuple[Prepared | ServiceError, ...]


class Comparisons:
    """Runs comparisons and keeps them. `drain()` it at the end."""

    def __init__(self, engine: Engine, book: VariantBook, shelf: Shelf, chat: Chat, retriever: Retriever) -> None:
        self._engine = engine
        self._book = book
        self._shelf = shelf
        self._chat = chat
        self._retriever = retriever
        self._slots = Slots(shelf.local)
        self.archive = Archive(engine)
        self.leaderboard = Leaderboard(engine)
        self._saving: set[asyncio.Task[None]] = set()

    async def prepare(self, asked: Request) -> Ready:
        """Resolve every name and keep the comparison, before anything is streamed.

        Raises what `arms.resolved` and `Chat.prepare` raise for mistakes in the request, and `Busy`. A model that
        cannot be asked just now is the business of its lane alone.
        """
        if asked.wanted is None and not asked.blind:
            raise BadRequest("too_few_lanes", "No variants are named.", "Name them, or ask for a blind comparison.")
        wanted = await arms.drawn(self._book) if asked.wanted is None else asked.wanted
        lanes = arms.placed(await arms.resolved(wanted, self._book, self._shelf), blind=asked.blind)
        prepared = [await self._prepared(asked, lane) for lane in lanes]
        comparison_id = new_id("cmp")
        self._slots.let_in(comparison_id, len(lanes))
        collection = asked.collection or "default"
        key = arms.question_key(asked.question, collection)
        new = records.New(
            id=comparison_id,
            question=asked.question.strip(),
            question_key=key,
            battle_key=arms.battle_key(key, (lane.arm for lane in lanes)),
            collection=collection,
            blind=asked.blind,
            drawn=asked.wanted is None,
            visitor=asked.visitor,
        )
        await in_thread(self._write, partial(records.begin, new=new, placed=lanes))
        _LOG.info(
            "comparison %s: sides %s, starting order %s",
            comparison_id,
            [lane.asked for lane in lanes],
            [lane.number for lane in sorted(lanes, key=lambda lane: lane.began)],
        )
        return Ready(comparison_id, new.question, collection, asked.blind, lanes, tuple(prepared))

    async def stream(self, ready: Ready) -> AsyncGenerator[ComparisonEvent, None]:
        """All lanes at once. Closing it stops every lane; each is kept with what it had said."""
        self._slots.begin(ready.id)
        search = SharedSearch(self._retriever)
        told: _Told = asyncio.Queue(AHEAD * len(ready.lanes))
        running = [
            asyncio.create_task(self._run(ready, lane, search, told))
            for lane in sorted(ready.lanes, key=lambda lane: lane.began)
        ]
        try:
            yield Opened(ready.id, len(ready.lanes), ready.blind, ready.collection, () if ready.blind else ready.lanes)
            ended: list[Ended] = []
            while len(ended) < len(ready.lanes):
                match await told.get():
                    case LaneEvent() as event:
                        yield event
                    case Ended() as end:
                        ended.append(end)
                        if ready.blind:
                            yield Progress(len(ended), len(ready.lanes))
            if ready.blind:
                for lane_event in sorted(map(partial(_shown, ready), ended), key=lambda event: event.lane):
                    yield lane_event
            yield Done(ready.id)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await search.close()

    async def drain(self) -> None:
        """Wait until every lane is kept."""
        if self._saving:
            await asyncio.gather(*self._saving, return_exceptions=True)

    async def _prepared(self, asked: Request, lane: Lane) -> Prepared | ServiceError:
        question = Question(asked.question, collection=asked.collection, visitor=asked.visitor)
        try:
            return await self._chat.prepare(question, variant=lane.arm.variant)
        except (NotReady, ModelError, ModelFile) as error:
            return error

    async def _run(self, ready: Ready, lane: Lane, search: SharedSearch, told: _Told) -> None:
        """One lane, from waiting for its model until its end is kept and told."""
        prepared = ready.prepared[lane.number]
        if isinstance(prepared, ServiceError):
            await self._tell(ready, lane, Failed(prepared.code, prepared.message, prepared.hint), told)
            end = Ended(lane.number, "failed", error=prepared.as_dict())
        else:
            end = await self._asked(ready, lane, prepared, search, told)
        try:
            await self._keep(ready, end)
        except asyncio.CancelledError:
            self._keep_later(ready, end)
            raise
        await told.put(end)

    async def _asked(self, ready: Ready, lane: Lane, prepared: Prepared, search: SharedSearch, told: _Told) -> Ended:
        model = Recorder(prepared.model)
        end = Ended(lane.number, "stopped")
        try:
            async with self._slots.one(lane.arm.variant.model) as waited:
                ask = replace(prepared.ask, queue_seconds=prepared.ask.queue_seconds + waited)
                end = replace(end, answer_id=ask.id, conversation_id=ask.conversation_id)
                asked = replace(prepared, ask=ask, model=model)
                async with aclosing(self._chat.stream(asked, search)) as events:
                    async for event in events:
                        match event:
                            case Finished(answer) | Failed(answer=Answer() as answer):
                                end = replace(end, outcome=answer.finish, answer=answer, error=answer.error)
                        await self._tell(ready, lane, event, told)
        except _Stalled:
            _LOG.warning("comparison %s: nobody reads lane %d any more", ready.id, lane.number)
            await told.put(LaneEvent(lane.number, _STALLED))
        except Exception:
            _LOG.exception("comparison %s: lane %d broke", ready.id, lane.number)
            end = replace(end, outcome="failed", answer=None, error=_BROKEN.as_dict())
            if not ready.blind:
                await told.put(LaneEvent(lane.number, Failed(_BROKEN.code, _BROKEN.message, _BROKEN.hint)))
        except asyncio.CancelledError:
            self._keep_later(ready, replace(end, prompts=tuple(model.calls)))
            raise
        return replace(end, prompts=tuple(model.calls))

    async def _tell(self, ready: Ready, lane: Lane, event: Event, told: _Told) -> None:
        """Nothing of a blind lane is told before all have ended."""
        if ready.blind:
            return
        try:
            async with asyncio.timeout(STALLED_SECONDS):
                await told.put(LaneEvent(lane.number, event))
        except TimeoutError:
            raise _Stalled from None

    async def _keep(self, ready: Ready, end: Ended) -> None:
        try:
            await in_thread(self._write, _ending(ready, end))
        except CatalogueUnavailable as error:
            _LOG.warning("comparison %s: lane %d is kept later: %s", ready.id, end.lane, error.message)
            self._keep_later(ready, end)
        except Exception:
            _LOG.exception("comparison %s: the end of lane %d is not kept", ready.id, end.lane)

    def _keep_later(self, ready: Ready, end: Ended) -> None:
        async def patiently() -> None:
            for pause in (*KEEP_AGAIN, None):
                try:
                    await in_thread(self._write, _ending(ready, end))
                except CatalogueUnavailable:
                    if pause is None:
                        raise
                    await asyncio.sleep(pause)
                else:
                    return

        task = asyncio.create_task(patiently())
        self._saving.add(task)
        task.add_done_callback(self._saved)

    def _saved(self, task: asyncio.Task[None]) -> None:
        self._saving.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _LOG.error("a lane could not be kept", exc_info=task.exception())

    def _write(self, change: Callable[[Connection], None]) -> None:
        with writing(self._engine) as connection:
            change(connection)


def _ending(ready: Ready, end: Ended) -> Callable[[Connection], None]:
    shown = blind.shown(end.answer, ready.question) if ready.blind and end.answer else None
    everybody = [lane.arm for lane in ready.lanes]
    return partial(
        records.end,
        comparison_id=ready.id,
        ended=end,
        shown=shown,
        reveals=blind.gives_away(shown, ready.question, everybody) if shown else None,
        style=blind.style(shown) if shown else None,
    )


def _shown(ready: Ready, end: Ended) -> LaneEvent:
    if end.answer is None or end.outcome not in ("answered", "declined"):
        return LaneEvent(end.lane, _FAILED_BLIND)
    return LaneEvent(end.lane, DeltaText(blind.shown(end.answer, ready.question)))
