"""Comparing: the lanes of one question run side by side, told as one stream, kept whatever happens."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Engine

from ingest.catalogue.engine import reading
from ingest.threads import in_thread
from service.answer.prompt import mark_of
from service.chat import history
from service.chat.book import VariantBook
from service.chat.session import Chat, Prepared, Question
from service.compare import arms, blind, records
from service.compare.archive import Archive
from service.compare.keeper import Change, Keeper
from service.compare.leaderboard import Leaderboard
from service.compare.recorder import Recorder
from service.compare.shared import SharedSearch
from service.compare.slots import EXPECTED_SECONDS, Slots
from service.compare.types import ComparisonEvent, Done, Ended, Lane, LaneEvent, Opened, Progress, Request
from service.errors import BadRequest, Conflict, ModelError, ModelFile, NotReady, ServiceError, Unknown
from service.ids import new_id
from service.models.shelf import Shelf
from service.ports import Retriever
from service.types import Answer, DeltaText, Event, Failed, Finished, Message, Retrieved

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
    """A comparison that can begin: by lane number, what to ask, or why it cannot be asked.

    `again`: it has been, and one lane of it is asked anew.
    """

    id: str
    question: str
    collection: str
    blind: bool
    lanes: tuple[Lane, ...]
    prepared: Mapping[int, Prepared | ServiceError]
    again: bool = False


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
        self._keeper = Keeper(engine)
        self._asked_again: dict[tuple[str, int], float] = {}

    async def prepare(self, asked: Request) -> Ready:
        """Resolve every name and keep the comparison, before anything is streamed.

        Raises what `arms.resolved` and `Chat.prepare` raise for mistakes in the request, and `Busy`. A model that
        cannot be asked just now is the business of its lane alone.
        """
        if asked.wanted is None and not asked.blind:
            raise BadRequest("too_few_lanes", "No variants are named.", "Name them, or ask for a blind comparison.")
        wanted = await arms.drawn(self._book) if asked.wanted is None else asked.wanted
        lanes = arms.placed(await arms.resolved(wanted, self._book, self._shelf), blind=asked.blind)
        said = await in_thread(self._said, asked.conversation_id) if asked.conversation_id else ()
        comparison_id = new_id("cmp")
        question = Question(
            asked.question,
            collection=asked.collection,
            visitor=asked.visitor,
            history=said,
            mark=mark_of(comparison_id),  # what differs between two lanes' prompts differs by their settings
        )
        prepared = {lane.number: await self._prepared(question, lane) for lane in lanes}
        self._slots.let_in(comparison_id, len(lanes))
        collection = asked.collection or "default"
        key = arms.question_key(asked.question, collection, asked.conversation_id)
        new = records.New(
            id=comparison_id,
            question=asked.question.strip(),
            question_key=key,
            battle_key=arms.battle_key(key, (lane.arm for lane in lanes)),
            collection=collection,
            blind=asked.blind,
            drawn=asked.wanted is None,
            visitor=asked.visitor,
            conversation_id=asked.conversation_id,
        )
        await self._keeper.now(partial(records.begin, new=new, placed=lanes))
        # Who stands where in a blind one is kept with its lanes and told to nobody before the vote: by no log either.
        order = [lane.number for lane in sorted(lanes, key=lambda lane: lane.began)]
        sides = "blind" if asked.blind else f"sides {[lane.asked for lane in lanes]}"
        _LOG.info("comparison %s: %s, starting order %s", comparison_id, sides, order)
        return Ready(comparison_id, new.question, collection, asked.blind, lanes, prepared)

    async def again(self, comparison_id: str, number: int, visitor: str | None) -> Ready:
        """Ask one lane anew that failed or was stopped, of a comparison that is not blind.

        It reads the conversation as it was when the comparison was asked, as the other lanes did.
        Raises `Unknown`, and `Conflict`: `blind`, `lane_running`, `lane_answered`.
        """
        kept = (await self.archive.one(comparison_id, visitor)).kept
        lane = next((one for one in kept.lanes if one.lane == number), None)
        if lane is None:
            raise Unknown("unknown_lane", f"There is no lane {number}.", f"Give 0 to {len(kept.lanes) - 1}.")
        if kept.blind:
            raise Conflict("blind", "A lane asked anew would show which one failed.", "Ask the whole question again.")
        if lane.outcome in ("answered", "declined"):
            raise Conflict("lane_answered", "This lane has an answer.", "Ask a new question to compare anew.")
        now = time.monotonic()
        if kept.running or self._asked_again.get((comparison_id, number), now) > now:
            raise Conflict("lane_running", "It is being answered.", "Wait until every lane has ended.")
        # From here on, and not from the first event: two clicks at once ask once. Who never comes for the events gives
        # the place up in some seconds.
        self._asked_again[comparison_id, number] = now + EXPECTED_SECONDS
        try:
            said: tuple[Message, ...] = ()
            if kept.conversation_id:
                said = await in_thread(self._said, kept.conversation_id, kept.created_at)
            anew = Lane(number, lane.asked, 0, arms.kept(lane))
            question = Question(
                kept.question, collection=kept.collection, visitor=kept.visitor, history=said, mark=mark_of(kept.id)
            )
            prepared = {number: await self._prepared(question, anew)}
        except BaseException:
            self._asked_again.pop((comparison_id, number), None)
            raise
        return Ready(kept.id, kept.question, kept.collection, False, (anew,), prepared, again=True)

    async def stream(self, ready: Ready) -> AsyncGenerator[ComparisonEvent, None]:
        """All lanes at once. Closing it stops every lane; each is kept with what it had said."""
        self._slots.begin(ready.id)
        anew = [(ready.id, lane.number) for lane in ready.lanes if ready.again]
        self._asked_again.update(dict.fromkeys(anew, math.inf))
        search = SharedSearch(self._retriever)
        told: _Told = asyncio.Queue(AHEAD * len(ready.lanes))
        running = [
            asyncio.create_task(self._run(ready, lane, search, told))
            for lane in sorted(ready.lanes, key=lambda lane: lane.began)
        ]
        try:
            if not ready.again:
                shown = () if ready.blind else ready.lanes
                yield Opened(ready.id, len(ready.lanes), ready.blind, ready.collection, shown)
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
            for one in anew:
                self._asked_again.pop(one, None)

    async def drain(self) -> None:
        """Wait until every lane is kept."""
        await self._keeper.drain()

    def _said(self, conversation_id: str, until: str | None = None) -> tuple[Message, ...]:
        with reading(self._engine) as connection:
            return history.messages(connection, conversation_id, until=until)

    async def _prepared(self, question: Question, lane: Lane) -> Prepared | ServiceError:
        try:
            return await self._chat.prepare(question, variant=lane.arm.variant)
        except (NotReady, ModelError, ModelFile) as error:
            return error

    async def _run(self, ready: Ready, lane: Lane, search: SharedSearch, told: _Told) -> None:
        """One lane, from waiting for its model until its end is kept and told."""
        prepared = ready.prepared[lane.number]
        if isinstance(prepared, ServiceError):
            with suppress(_Stalled):
                await self._tell(ready, lane, Failed(prepared.code, prepared.message, prepared.hint), told)
            end = Ended(lane.number, "failed", error=prepared.as_dict())
        else:
            end = await self._asked(ready, lane, prepared, search, told)
        await self._keeper.now_or_later(_ending(ready, end))
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
                            case Retrieved(passages):
                                end = replace(end, documents=frozenset(one.document_id for one in passages))
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
            self._keeper.later(_ending(ready, replace(end, prompts=tuple(model.calls))))
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


def _ending(ready: Ready, end: Ended) -> Change:
    shown = blind.shown(end.answer, ready.question) if ready.blind and end.answer else None
    everybody = [lane.arm for lane in ready.lanes]
    return partial(
        records.end,
        comparison_id=ready.id,
        ended=end,
        again=ready.again,
        shown=shown,
        reveals=blind.gives_away(shown, ready.question, everybody) if shown else None,
        style=blind.style(shown) if shown else None,
    )


def _shown(ready: Ready, end: Ended) -> LaneEvent:
    if end.answer is None or end.outcome not in ("answered", "declined"):
        return LaneEvent(end.lane, _FAILED_BLIND)
    return LaneEvent(end.lane, DeltaText(blind.shown(end.answer, ready.question)))
