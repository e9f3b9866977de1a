"""Lanes side by side within a process: one search, one fault, one slot, one reader who may leave."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine, insert, select, update

from ingest.catalogue import collections
from ingest.catalogue.engine import instant, migrate, now, open_engine, reading, sqlite_url, writing
from ingest.catalogue.schema import documents
from ingest.errors import IndexUnavailable
from service.chat import history
from service.chat.book import VariantBook
from service.chat.schema import answers as answer_rows
from service.chat.session import Chat, Question
from service.compare import session
from service.compare.keeper import Keeper
from service.compare.schema import comparisons as comparison_rows
from service.compare.session import AHEAD, Comparisons
from service.compare.shared import SharedSearch
from service.compare.slots import MOST_WAITING
from service.compare.types import ComparisonEvent, Done, LaneEvent, Opened, Request, Wanted
from service.errors import Busy, Conflict, ModelCut, NotReady, Unknown
from service.experiments.traffic import Traffic
from service.models.local_server import SLOTS
from service.types import ChatOptions, Delta, DeltaText, Failed, Finished, Message, SearchResult
from service.wiring import MIGRATIONS
from tests.doubles.scripted_chat import FixedSearch, ScriptedChat, passage
from tests.doubles.stores import until

pytestmark = pytest.mark.anyio

QUESTION = "How many litres does the Heron pump move an hour?"
FACT = "The Heron pump moves 4,200 litres an hour."


class Models:
    """A shelf of named models; a name given an error cannot be asked now."""

    default = "first"

    def __init__(self, models: Mapping[str, Any], *, local: bool = False) -> None:
        self.models = models
        self._local = local

    def chat(self, name: str = "") -> Any:
        model = self.models.get(name or self.default)
        if model is None:
            raise Unknown("unknown_model", f"There is no model {name}.")
        if isinstance(model, Exception):
            raise model
        return model

    def price(self, name: str = "") -> None:
        return None

    def local(self, name: str = "") -> bool:
        return self._local


class Held(ScriptedChat):
    """Says its text and waits for `go` before the last word; `most` streams were open at once."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.go = asyncio.Event()
        self.most = 0

    async def stream(self, messages: Sequence[Message], options: ChatOptions) -> AsyncIterator[Delta]:
        async with aclosing(cast(Any, super().stream(messages, options))) as deltas:
            async for delta in deltas:
                self.most = max(self.most, self.open)
                if delta.finish_reason is not None:
                    await self.go.wait()
                yield delta


class Endless(ScriptedChat):
    async def stream(self, messages: Sequence[Message], options: ChatOptions) -> AsyncIterator[Delta]:
        self.open += 1
        try:
            while True:
                self.given += 1
                yield Delta("more ")
                await asyncio.sleep(0)
        finally:
            self.open -= 1


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(sqlite_url(tmp_path))
    migrate(made, MIGRATIONS)
    with writing(made) as connection:
        collection, _ = collections.ensure(connection, "default", "none")
        document = {"id": passage(FACT).document_id, "collection_id": collection.id, "name": "heron.md"}
        connection.execute(insert(documents).values(document | {"latest_version": 1, "created_at": now()}))
    yield made
    made.dispose()


def comparing(engine: Engine, shelf: Models, retriever: Any = None) -> Comparisons:
    book, retriever = VariantBook(engine), retriever or FixedSearch(passage(FACT))
    chat = Chat(engine, book, cast(Any, shelf), retriever, Traffic(engine))
    return Comparisons(engine, book, cast(Any, shelf), chat, retriever)


def asked(*lanes: str | Wanted, **more: Any) -> Request:
    wanted = tuple(Wanted(lane) if isinstance(lane, str) else lane for lane in lanes)
    return Request(QUESTION, wanted, **more)


async def told(comparisons: Comparisons, request: Request) -> list[ComparisonEvent]:
    async with aclosing(comparisons.stream(await comparisons.prepare(request))) as events:
        return [event async for event in events]


def of_lane(events: list[ComparisonEvent], number: int) -> list[Any]:
    return [one.event for one in events if isinstance(one, LaneEvent) and one.lane == number]


async def model(engine: Engine, name: str, of: str) -> None:
    """A plain variant of a model."""
    await VariantBook(engine).create(name=name, label="", approach="plain", model=of, parameters={})


@pytest.mark.parametrize("blind", [False, True])
async def test_lanes_that_agree_share_one_search(engine: Engine, blind: bool) -> None:
    search = FixedSearch(passage(FACT))
    comparisons = comparing(engine, Models({"first": ScriptedChat(FACT)}), search)
    lanes = ("rag", Wanted("rag", {"k": 1}), Wanted("rag", {"check": False}), "plain")
    await told(comparisons, asked(*lanes, blind=blind))
    assert search.queries == [(QUESTION, "default", 8)]
    await told(comparisons, asked("rag", Wanted("rag", {"candidates": 5})))
    assert sorted(search.queries[1:]) == [(QUESTION, "default", 5), (QUESTION, "default", 8)]


async def test_a_lane_that_waited_for_no_search_says_so(engine: Engine) -> None:
    began, go = asyncio.Event(), asyncio.Event()

    class Slow(FixedSearch):
        async def search(self, query: str, collection: str, k: int) -> SearchResult:
            began.set()
            await go.wait()
            return await super().search(query, collection, k)

    search = SharedSearch(Slow(passage(FACT)))
    together = [asyncio.create_task(search.search(QUESTION, "default", 8)) for _ in range(2)]
    await began.wait()
    go.set()
    assert ["shared" in (await one).timings for one in together] == [False, False]
    assert (await search.search(QUESTION, "default", 8)).timings["shared"] >= 0
    assert "shared" not in (await search.search(QUESTION, "default", 5)).timings
    await search.close()


async def test_a_search_that_fails_fails_the_lanes_that_wanted_it(engine: Engine) -> None:
    class Broken:
        searched = 0

        async def search(self, query: str, collection: str, k: int) -> SearchResult:
            self.searched += 1
            await asyncio.sleep(0)
            raise IndexUnavailable("index_unavailable", "The index is away.", "Wait.")

    broken = Broken()
    comparisons = comparing(engine, Models({"first": ScriptedChat(FACT)}), broken)
    events = await told(comparisons, asked("rag", "plain", Wanted("rag", {"k": 8})))
    assert broken.searched == 1
    for number in (0, 2):
        (*_, failed) = of_lane(events, number)
        assert isinstance(failed, Failed)
        assert failed.code == "index_unavailable"
    assert isinstance(of_lane(events, 1)[-1], Finished)
    assert isinstance(events[-1], Done)


async def test_a_lane_that_fails_fails_alone(engine: Engine) -> None:
    shelf = Models(
        {
            "first": ScriptedChat(FACT),
            "broken": ScriptedChat("Half", error=ModelCut("model_cut", "It broke.", "Ask again.")),
            "away": NotReady("model_not_running", "It is not running.", "Start it."),
        }
    )
    await model(engine, "broken", "broken")
    await model(engine, "away", "away")
    comparisons = comparing(engine, shelf)
    events = await told(comparisons, asked("plain", "broken", "away"))
    assert isinstance(of_lane(events, 0)[-1], Finished)
    assert of_lane(events, 1)[-1].code == "model_cut"
    assert of_lane(events, 2)[-1].code == "model_not_running"
    seen = (await comparisons.archive.one(cast(Opened, events[0]).id, None)).kept
    assert [lane.outcome for lane in seen.lanes] == ["answered", "failed", "failed"]
    assert seen.lanes[1].answer is not None
    assert seen.lanes[1].answer["text"] == "Half"
    assert cast(Any, seen.lanes[2].error)["code"] == "model_not_running"


async def test_leaving_stops_every_lane_and_keeps_what_was_said(engine: Engine) -> None:
    models = {name: Held("It is deep.") for name in ("first", "second", "third")}
    for name in ("second", "third"):
        await model(engine, name, name)
    comparisons = comparing(engine, Models(models))
    ready = await comparisons.prepare(asked("plain", "second", "third"))
    async with aclosing(comparisons.stream(ready)) as events:
        heard: set[int] = set()
        async for event in events:
            if isinstance(event, LaneEvent) and isinstance(event.event, DeltaText):
                heard.add(event.lane)
            if len(heard) == 3:
                break
        assert all(one.open for one in models.values())
    assert not any(one.open for one in models.values())
    await comparisons.drain()
    await comparisons._chat.drain()
    seen = (await comparisons.archive.one(ready.id, None)).kept
    assert [lane.outcome for lane in seen.lanes] == ["stopped"] * 3
    assert all(lane.answer and lane.answer["finish"] == "stopped" and lane.answer["text"] for lane in seen.lanes)


async def test_leaving_before_a_lane_has_begun_ends_it_too(engine: Engine) -> None:
    held = Held("It is deep.")
    comparisons = comparing(engine, Models({"first": held}, local=True))
    lanes = [Wanted("plain", {"max_tokens": n}) for n in range(100, 106)]
    ready = await comparisons.prepare(asked(*lanes))
    async with aclosing(comparisons.stream(ready)) as events:
        await anext(events)
        await until(lambda: held.open == SLOTS)
    await comparisons.drain()
    seen = (await comparisons.archive.one(ready.id, None)).kept
    assert [lane.outcome for lane in seen.lanes] == ["stopped"] * 6
    assert len(held.asked) == SLOTS, "a lane that nobody waits for asked the model"


async def test_a_local_model_is_asked_by_as_many_lanes_as_it_has_slots(engine: Engine) -> None:
    held = Held("It is deep.")
    comparisons = comparing(engine, Models({"first": held}, local=True))
    running = [
        asyncio.create_task(told(comparisons, asked(*(Wanted("plain", {"max_tokens": n}) for n in lanes))))
        for lanes in ((100, 101, 102), (103, 104, 105))
    ]
    await until(lambda: held.open == SLOTS)
    held.go.set()
    for events in await asyncio.gather(*running):
        finished = [
            one.event.answer for one in events if isinstance(one, LaneEvent) and isinstance(one.event, Finished)
        ]
        assert len(finished) == 3
        assert all(answer.timings["queue"] <= answer.timings["total"] for answer in finished)
    assert held.most == SLOTS


async def test_a_reader_who_takes_nothing_stops_the_models_filling_memory(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "STALLED_SECONDS", 0.2)
    endless = Endless("")
    comparisons = comparing(engine, Models({"first": endless}))
    ready = await comparisons.prepare(asked("plain", Wanted("plain", {"max_tokens": 9})))
    async with aclosing(comparisons.stream(ready)) as events:
        await anext(events)
        await until(lambda: endless.given > 0)
        await until(lambda: endless.open == 0)  # given up: a reader who comes back is told so
        assert endless.given <= 2 * AHEAD + 4
        rest = [event async for event in events]
    assert {one.event.code for one in rest if isinstance(one, LaneEvent) and isinstance(one.event, Failed)} == {
        "reader_stalled"
    }
    assert isinstance(rest[-1], Done)


async def test_a_lane_that_cannot_be_asked_ends_though_nobody_reads(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "STALLED_SECONDS", 0.05)
    comparisons = comparing(engine, Models({"first": NotReady("no_model", "It is not there.", "Wait.")}))
    ready = await comparisons.prepare(asked("plain", "rag"))
    told: asyncio.Queue[Any] = asyncio.Queue(1)
    told.put_nowait(None)  # full
    lane = asyncio.create_task(comparisons._run(ready, ready.lanes[0], SharedSearch(FixedSearch()), told))

    async def over() -> bool:
        return lane.done() or (await comparisons.archive.one(ready.id, None)).kept.lanes[0].outcome == "failed"

    await until(over)
    await told.get()
    await lane
    assert (await told.get()).outcome == "failed"


async def test_prompts_of_lanes_differ_by_the_passages_alone(engine: Engine) -> None:
    comparisons = comparing(engine, Models({"first": ScriptedChat(FACT)}))
    events = await told(comparisons, asked("plain", "rag", Wanted("rag", {"k": 1})))
    plain, *others = await comparisons.archive.prompts(cast(Opened, events[0]).id, None)
    ((*before, question),) = plain.calls
    for lane in others:
        ((*same, with_passages),) = lane.calls
        assert same == before
        assert with_passages["role"] == question["role"]
        block = with_passages["content"].removesuffix(question["content"])
        assert block != with_passages["content"], "the question is not the same, byte for byte"
        assert FACT in block
    assert others[0].calls == others[1].calls, "the same passage is put before the model in the same bytes"


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (asked("plain"), "too_few_lanes"),
        (asked(*(Wanted("plain", {"max_tokens": n}) for n in range(1, 8))), "too_many_lanes"),
        (asked("rag", "rag"), "same_lane"),
        (asked("rag", Wanted("rag", {"k": 3})), "same_lane"),  # 3 is what rag does anyway
        (asked("rag", Wanted("rag", {"k": 300})), "bad_parameter"),
        (asked("rag", Wanted("plain", {"k": 3})), "unknown_parameter"),
        (asked("rag", "nobody"), "unknown_variant"),
        (Request(QUESTION, None), "too_few_lanes"),
        (Request(" ", (Wanted("rag"), Wanted("plain"))), "empty_question"),
        (asked("rag", "plain", collection="nowhere"), "collection_not_found"),
    ],
)
async def test_mistakes_are_said_before_anything_is_kept_or_asked(engine: Engine, request_: Request, code: str) -> None:
    chat = ScriptedChat("Yes.")
    comparisons = comparing(engine, Models({"first": chat}))
    with pytest.raises(Exception) as raised:  # noqa: PT011 (its code is looked at)
        await comparisons.prepare(request_)
    assert cast(Any, raised.value).code == code
    assert await comparisons.archive.page(collection=None, before=None, limit=9, visitor=None) == []
    assert chat.asked == []


async def test_two_variants_with_the_same_settings_are_an_a_a_test(engine: Engine) -> None:
    await VariantBook(engine).create(name="twin", label="Twin", approach="plain", model="", parameters={})
    events = await told(comparing(engine, Models({"first": ScriptedChat("Yes.")})), asked("plain", "twin"))
    assert [lane.arm.variant.name for lane in cast(Opened, events[0]).lanes] == ["plain", "twin"]


async def test_the_pair_of_a_battle_is_drawn(engine: Engine) -> None:
    comparisons = comparing(engine, Models({"first": ScriptedChat("Yes.")}))
    ready = await comparisons.prepare(Request(QUESTION, None, blind=True))
    names = {lane.arm.variant.name for lane in ready.lanes}
    assert len(names) == 2
    assert names < {"plain", "few_shot", "rag"}


async def test_too_many_waiting_lanes_are_refused(engine: Engine) -> None:
    comparisons = comparing(engine, Models({"first": ScriptedChat("Yes.")}))
    lanes = tuple(Wanted("plain", {"max_tokens": n}) for n in range(1, 7))
    for _ in range(MOST_WAITING // 6):
        await comparisons.prepare(asked(*lanes))
    with pytest.raises(Busy) as raised:
        await comparisons.prepare(asked(*lanes))
    assert raised.value.retry_after


async def test_nothing_of_a_blind_lane_is_told_before_all_have_ended(engine: Engine) -> None:
    slow, quick = Held("It is the slow one."), ScriptedChat("It is the quick one.")
    await model(engine, "quick", "second")
    comparisons = comparing(engine, Models({"first": slow, "second": quick}))
    ready = await comparisons.prepare(asked("plain", "quick", blind=True))
    seen: list[Any] = []

    async def read() -> None:
        async with aclosing(comparisons.stream(ready)) as events:
            async for event in events:
                seen.append(event)

    reading = asyncio.create_task(read())
    await until(lambda: len(seen) == 2)  # opened, and one has ended
    kept = (await comparisons.archive.one(ready.id, None)).kept
    assert kept.running
    assert "quick" not in json.dumps([str(event) for event in seen])
    slow.go.set()
    await reading
    texts = {one.event.text for one in seen if isinstance(one, LaneEvent)}
    assert texts == {"It is the slow one.", "It is the quick one."}


@pytest.mark.parametrize("blind", [True, False])
async def test_no_log_has_the_draw_of_a_blind_comparison(
    engine: Engine, blind: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "service.compare")
    await told(comparing(engine, Models({"first": ScriptedChat("It is.")})), asked("plain", "few_shot", blind=blind))
    assert ("comparison cmp_" in caplog.text, "sides [" in caplog.text) == (True, not blind)
    assert not blind or not re.search("plain|few_shot", caplog.text)


async def test_a_blind_lane_that_fails_says_nothing_of_itself(engine: Engine) -> None:
    shelf = Models(
        {
            "first": ScriptedChat(FACT),
            "qwen-9": ScriptedChat("Half", error=ModelCut("model_cut", "The model qwen-9 broke.", "Ask qwen-9.")),
        }
    )
    await model(engine, "broken", "qwen-9")
    comparisons = comparing(engine, shelf)
    events = await told(comparisons, asked("plain", "broken", blind=True))
    failed = [one.event for one in events if isinstance(one, LaneEvent) and isinstance(one.event, Failed)]
    assert [one.code for one in failed] == ["lane_failed"]
    assert "qwen" not in str(events)
    assert "Half" not in str(events)


async def test_a_lane_that_failed_is_asked_again_alone(engine: Engine) -> None:
    ill = ScriptedChat("Half", error=ModelCut("model_cut", "It broke.", "Ask again."))
    await model(engine, "ill", "ill")
    comparisons = comparing(engine, Models({"first": ScriptedChat(FACT), "ill": ill}))
    events = await told(comparisons, asked("plain", Wanted("ill", {"max_tokens": 9}), visitor="ada"))
    comparison_id = cast(Opened, events[0]).id
    before = (await comparisons.archive.one(comparison_id, None)).kept
    ill.text, ill.error = "It is well.", None
    async with aclosing(comparisons.stream(await comparisons.again(comparison_id, 1, "ada"))) as again:
        told_again = [event async for event in again]
    assert not any(isinstance(event, Opened) for event in told_again)
    assert of_lane(told_again, 1)[-1].answer.text == "It is well."
    assert of_lane(told_again, 0) == []
    assert isinstance(told_again[-1], Done)
    assert ill.options[-1].max_tokens == 9
    after = (await comparisons.archive.one(comparison_id, None)).kept
    assert after.lanes[0] == before.lanes[0]
    assert after.lanes[1].answer is not None
    assert (after.lanes[1].outcome, after.lanes[1].answer["text"]) == ("answered", "It is well.")
    assert after.lanes[1].error is None
    assert after.lanes[1].answer["variant"] == "ill (max_tokens=9)"
    with pytest.raises(Conflict) as raised:
        await comparisons.again(comparison_id, 1, "ada")
    assert raised.value.code == "lane_answered"
    with pytest.raises(Unknown):
        await comparisons.again(comparison_id, 2, "ada")


async def test_a_lane_is_asked_again_once_at_a_time_and_never_blind(engine: Engine) -> None:
    ill = ScriptedChat("", error=ModelCut("model_cut", "It broke.", "Ask again."))
    shelf = Models({"first": ScriptedChat(FACT), "ill": ill})
    await model(engine, "ill", "ill")
    comparisons = comparing(engine, shelf)
    open_ = cast(Opened, (await told(comparisons, asked("plain", "ill")))[0]).id
    blind = cast(Opened, (await told(comparisons, asked("plain", "ill", blind=True)))[0]).id
    failed = (await comparisons.archive.one(blind, None)).kept.lanes
    number = next(lane.lane for lane in failed if lane.outcome == "failed")
    with pytest.raises(Conflict) as raised:
        await comparisons.again(blind, number, None)
    assert raised.value.code == "blind"
    held = Held("It is well.")
    shelf.models = {**shelf.models, "ill": held}
    ready = await comparisons.again(open_, 1, None)
    async with aclosing(comparisons.stream(ready)) as events:
        await anext(events)
        with pytest.raises(Conflict) as raised:
            await comparisons.again(open_, 1, None)
        assert raised.value.code == "lane_running"
    await comparisons.again(open_, 1, None)  # who left can come back


async def test_two_clicks_at_once_ask_a_lane_again_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    ill = ScriptedChat("", error=ModelCut("model_cut", "It broke.", "Ask again."))
    shelf = Models({"first": ScriptedChat(FACT), "ill": ill})
    await model(engine, "ill", "ill")
    comparisons = comparing(engine, shelf)
    failed = cast(Opened, (await told(comparisons, asked("plain", "ill")))[0]).id
    both = await asyncio.gather(*(comparisons.again(failed, 1, None) for _ in range(2)), return_exceptions=True)
    assert sorted(getattr(one, "code", "ready") for one in both) == ["lane_running", "ready"]
    monkeypatch.setattr(session, "EXPECTED_SECONDS", 0.0)
    second = cast(Opened, (await told(comparisons, asked("plain", "ill")))[0]).id
    await comparisons.again(second, 1, None)  # who never comes for the events
    ready = await comparisons.again(second, 1, None)
    async with aclosing(comparisons.stream(ready)) as events:
        assert [type(event.event) async for event in events if isinstance(event, LaneEvent)][-1] is Failed


async def test_a_refused_lane_leaves_its_place_free(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Models({"first": ScriptedChat(FACT), "ill": ScriptedChat("", error=ModelCut("model_cut", "It broke.", ""))})
    await model(engine, "ill", "ill")
    comparisons = comparing(engine, shelf)
    failed = cast(Opened, (await told(comparisons, asked("plain", "ill")))[0]).id

    async def refuse(*_: object) -> None:
        raise Busy("chat_busy", "Too many.", "Later.", retry_after=1)

    with monkeypatch.context() as patch:
        patch.setattr(Comparisons, "_prepared", refuse)
        with pytest.raises(Busy):
            await comparisons.again(failed, 1, None)
    await comparisons.again(failed, 1, None)


async def test_lanes_know_the_conversation_and_add_nothing_to_it(engine: Engine) -> None:
    chat = ScriptedChat("Deep.")
    shelf = Models({"first": chat})
    comparisons = comparing(engine, shelf)
    prepared = await comparisons._chat.prepare(Question("How is the sea?", variant="plain"))
    conversation = (await comparisons._chat.collect(prepared)).conversation_id
    events = await told(comparisons, asked("plain", "few_shot", conversation_id=conversation))
    for messages in chat.asked[1:]:
        assert [message.content for message in messages[1:]] == ["How is the sea?", "Deep.", QUESTION]
    said = [one.event.answer.conversation_id for one in events if isinstance(getattr(one, "event", None), Finished)]
    assert len({conversation, *said}) == 3
    with reading(engine) as connection:
        assert len(history.turns(connection, conversation)) == 1
    with pytest.raises(Unknown):
        await comparisons.prepare(asked("plain", "rag", conversation_id="conv_none"))


async def test_a_lane_asked_again_reads_the_conversation_that_the_others_read(engine: Engine) -> None:
    chat, ill = ScriptedChat("Deep."), ScriptedChat("", error=ModelCut("model_cut", "It broke.", "Ask again."))
    await model(engine, "ill", "ill")
    comparisons = comparing(engine, Models({"first": chat, "ill": ill}))
    first = await comparisons._chat.prepare(Question("How is the sea?", variant="plain"))
    conversation = (await comparisons._chat.collect(first)).conversation_id
    events = await told(comparisons, asked("plain", "ill", conversation_id=conversation))
    later = await comparisons._chat.prepare(Question("Who asks?", variant="plain", conversation_id=conversation))
    with reading(engine) as connection:
        asked_at = connection.execute(select(comparison_rows.c.created_at)).scalar_one()
    answer = await comparisons._chat.collect(later)
    with writing(engine) as connection:
        mine = update(answer_rows).where(answer_rows.c.id == answer.id)
        connection.execute(mine.values(created_at=instant(datetime.fromisoformat(asked_at).timestamp() + 1)))
    ill.text, ill.error = "It is well.", None
    async with aclosing(comparisons.stream(await comparisons.again(cast(Opened, events[0]).id, 1, None))) as again:
        assert [event async for event in again]
    contents = {tuple(message.content for message in messages[1:]) for messages in ill.asked}
    assert contents == {("How is the sea?", "Deep.", QUESTION)}


async def test_the_end_of_a_lane_is_kept_though_its_task_is_cancelled(engine: Engine) -> None:
    keeper, begun, may, kept = Keeper(engine), threading.Event(), threading.Event(), []

    def change(connection: Any) -> None:
        begun.set()
        may.wait(30)
        kept.append(connection)

    keeping = asyncio.create_task(keeper.now_or_later(change))
    await until(begun.is_set)
    keeping.cancel()
    may.set()
    await asyncio.gather(keeping, return_exceptions=True)
    await keeper.drain()
    assert len(kept) == 2, "made again, for nobody knows whether the first came through"
