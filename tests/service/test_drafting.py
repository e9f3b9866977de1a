"""A worker's share of drafting: nothing is asked twice, nothing is taken up for ever, and what failed is counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from anyio.abc import TaskGroup
from sqlalchemy import Engine, inspect, text, update

from ingest.catalogue.engine import migrate, open_engine, reading, sqlite_url, writing
from ingest.catalogue.transactions import Transactions
from service import patient
from service.answer.presets import PRESETS
from service.drafting import claims, start, work
from service.drafting.kind import Kind
from service.drafting.work import Drafting
from service.errors import Conflict, ModelError, ModelRateLimited, ModelUnreachable
from service.evaluate import claims as run_claims
from service.evaluate import datasets, plan, runs
from service.evaluate import draft as cases
from service.evaluate.cases import checked
from service.evaluate.schema import runs as table_of_runs
from service.evaluate.types import Spec, StoredCase
from service.tune import claims as training_claims
from service.tune import draft as pairs
from service.types import ChatOptions, Delta, Message
from service.wiring import MIGRATIONS
from tests.doubles.away import AwayCatalogue
from tests.doubles.corpus import Corpus
from tests.doubles.stores import WordEmbedder, until

pytestmark = pytest.mark.anyio
CHUNKS = 6
LEASE = 10.0
both = pytest.mark.parametrize("kind", [cases.KIND, pairs.KIND], ids=["cases", "pairs"])


def sentence(number: int) -> str:
    return f"The Heron pump number {number} moves {number}00 litres of seawater an hour."


class _NoIndex:
    async def add(self, *_: Any) -> None:
        return None


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(sqlite_url(tmp_path))
    migrate(made, MIGRATIONS)
    yield made
    made.dispose()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patient, "PAUSES", (0.001,))
    monkeypatch.setattr(work, "AGAIN_SECONDS", 0.001)


@dataclass
class Model:
    """Asks about the pump that a passage names. `fails` tells (pump, times it was asked before) what goes wrong."""

    name: str = "m"
    asked: Counter[int] = field(default_factory=Counter)
    fails: Callable[[int, int], ModelError | None] = lambda pump, times: None
    meanwhile: Callable[[int], None] = lambda pump: None
    hangs: int | None = None
    listed: bool = True

    async def stream(self, messages: Sequence[Message], options: ChatOptions) -> AsyncIterator[Delta]:
        found = re.search(r"pump number (\d+)", messages[-1].content)
        assert found
        pump = int(found[1])
        self.asked[pump] += 1
        if error := self.fails(pump, self.asked[pump] - 1):
            raise error
        if pump == self.hangs:
            await anyio.sleep_forever()
        self.meanwhile(pump)
        yield Delta(f"Question: How much does Heron pump number {pump} move?\nAnswer: {sentence(pump)}")
        yield Delta(finish_reason="stop")

    async def models(self) -> list[str]:
        if not self.listed:
            raise ModelUnreachable("model_unreachable", "Nobody is there.", "")
        return [self.name]


@dataclass
class House:
    """A catalogue with a document a pump, and a set to be drafted from it."""

    engine: Engine
    kind: Kind
    model: Model
    corpus: Corpus
    set_id: str

    def drafting(self, catalogue: Transactions | None = None) -> Drafting:
        made = Drafting(parts(self.engine, self.model), self.kind, lease=LEASE)
        if catalogue is not None:
            made._catalogue, made._patient = catalogue, patient.Patient(catalogue)
        return made

    def state(self) -> dict[str, Any]:
        with reading(self.engine) as connection:
            shown = dict(self.kind.sets.get(connection, self.set_id))
            found = self.kind.sets.everything(connection, self.set_id)
        return {**shown, "questions": [self.kind.question(one) for one in found]}

    def raw(self, **values: Any) -> Any:
        with writing(self.engine) as connection:
            table = self.kind.sets.sets
            if values:
                connection.execute(update(table).values(**values))
            return connection.execute(table.select()).one()

    def claimed(self, clock: float) -> claims.Job | None:
        with writing(self.engine) as connection:
            return claims.claim(connection, self.kind, self.set_id, clock=clock, lease=LEASE)


def parts(engine: Engine, model: Model, *, local: bool = False) -> Any:
    shelf = SimpleNamespace(chat=lambda name="": model, local=lambda name="": local)
    return SimpleNamespace(engine=engine, shelf=shelf)


async def house(engine: Engine, kind: Kind, *, count: int = CHUNKS, local: bool = False, chunks: int = CHUNKS) -> House:
    corpus = Corpus(engine, _NoIndex(), WordEmbedder())  # type: ignore[arg-type]
    await corpus.add({f"pump{n}.md": [sentence(n) + " It was built for the works by Agnes Quill." * 5]
                      for n in range(1, chunks + 1)})  # fmt: skip
    model = Model()
    made = await start.start(
        parts(engine, model, local=local), kind, "pumps", "default", count=count, model="m", seed=1
    )
    return House(engine, kind, model, corpus, made)


@asynccontextmanager
async def under_way(made: House) -> AsyncIterator[tuple[Drafting, TaskGroup]]:
    """A drafting whose model hangs at the fourth chunk, with the tasks it runs among."""
    made.model.hangs = 4
    drafting = made.drafting()
    async with anyio.create_task_group() as group:
        group.start_soon(drafting.run, made.set_id)
        await until(lambda: made.model.asked[4])
        yield drafting, group


def once(*pumps: int) -> Counter[int]:
    return Counter(pumps or range(1, CHUNKS + 1))


@both
async def test_a_catalogue_that_is_away_for_a_moment_ends_no_drafting(engine: Engine, kind: Kind) -> None:
    made = await house(engine, kind)
    catalogue = AwayCatalogue(engine)
    catalogue.away["read"] = 3
    made.model.meanwhile = lambda _: catalogue.away.update(write=2, read=2)
    with anyio.fail_after(30):
        await made.drafting(catalogue).run(made.set_id)
    state = made.state()
    assert (state["status"], state["drafts"], state["unasked"], state["tried"]) == ("ready", CHUNKS, 0, CHUNKS)
    assert made.model.asked == once()


@both
async def test_a_call_that_failed_is_made_once_more_and_what_fails_again_is_counted(engine: Engine, kind: Kind) -> None:
    made = await house(engine, kind)
    broke = ModelError("model_failed", "It broke.", "")
    made.model.fails = lambda pump, times: broke if pump == 3 or (pump == 5 and times == 0) else None
    await made.drafting().run(made.set_id)
    state = made.state()
    assert (state["status"], state["drafts"], state["unasked"], state["error"]) == ("ready", CHUNKS - 1, 1, None)
    assert made.model.asked == once(1, 2, 3, 3, 4, 5, 5, 6)
    assert not any("number 3" in one for one in state["questions"])


@both
async def test_a_model_that_fails_at_everything_is_waited_for_but_not_for_ever(engine: Engine, kind: Kind) -> None:
    made = await house(engine, kind)
    made.model.fails = lambda pump, times: ModelError("model_failed", "It broke.", "Look at its log.")
    for _ in range(claims.MOST_FRUITLESS):
        await made.drafting().run(made.set_id)
        state, row = made.state(), made.raw()
        assert (state["status"], state["waiting"]["message"], row.tried) == ("drafting", "It broke.", 0)
        assert row.lease_until > 0, "not at once again"
        made.raw(lease_until=0.0)
    assert made.model.asked.total() == 2 * work.MOST_FAILURES * claims.MOST_FRUITLESS
    await made.drafting().run(made.set_id)
    state = made.state()
    assert (state["status"], state["error"]["code"], state["waiting"]) == ("failed", "model_failed", None)
    assert made.model.asked.total() == 2 * work.MOST_FAILURES * claims.MOST_FRUITLESS, "it is not asked any more"


@both
@pytest.mark.parametrize("trouble", ["down", "busy", "unlisted"])
async def test_a_model_that_is_away_is_waited_for_and_then_asked_everything(
    engine: Engine, kind: Kind, trouble: str
) -> None:
    made = await house(engine, kind)
    errors = {
        "down": ModelUnreachable("model_unreachable", "Nobody is there.", ""),
        "busy": ModelRateLimited("model_rate_limited", "Not now.", "", retry_after=0.001),
        "unlisted": ModelError("model_failed", "It broke.", ""),
    }
    made.model.listed = trouble != "unlisted"
    made.model.fails = lambda pump, times: errors[trouble]
    for _ in range(2 * claims.MOST_FRUITLESS):
        await made.drafting().run(made.set_id)
        assert made.state()["waiting"]["message"] == errors[trouble].message
        made.raw(lease_until=0.0)
    assert made.model.asked.total() == 2 * claims.MOST_FRUITLESS * (1 if trouble == "down" else 2)
    made.model.fails = lambda pump, times: None
    made.model.asked.clear()
    await made.drafting().run(made.set_id)
    state = made.state()
    assert (state["status"], state["drafts"], state["unasked"], made.model.asked) == ("ready", CHUNKS, 0, once())


@both
async def test_a_model_that_says_nothing_usable_is_said_so_and_what_it_failed_at_too(
    engine: Engine, kind: Kind
) -> None:
    made = await house(engine, kind, count=1, chunks=2)
    made.model.fails = lambda pump, times: ModelError("model_refused", "Not this one.", "")
    await made.drafting().run(made.set_id)
    state = made.state()
    assert (state["status"], state["error"]["code"], state["unasked"]) == ("failed", "nothing_drafted", 2)
    assert "could not be asked about 2 of the passages: Not this one." in state["error"]["message"]


@both
async def test_a_retired_model_fails_the_drafting_in_its_words(engine: Engine, kind: Kind) -> None:
    made = await house(engine, kind)
    drafting = made.drafting()

    def retired(name: str) -> Any:
        raise Conflict("model_retired", "It is retired.", "")

    drafting._parts.shelf.chat = retired  # type: ignore[method-assign]
    await drafting.run(made.set_id)
    assert (made.state()["status"], made.state()["error"]["code"]) == ("failed", "model_retired")


@both
async def test_a_drafting_that_ends_its_workers_is_given_up_and_keeps_what_it_has(engine: Engine, kind: Kind) -> None:
    made = await house(engine, kind)
    async with under_way(made) as (_, group):
        group.cancel_scope.cancel()
    drafts = made.state()["drafts"]
    clock = made.raw(fruitless=0).lease_until
    assert clock > 0, "nobody gave it back"
    for turn in range(claims.MOST_FRUITLESS):
        assert made.claimed(clock) is not None, turn
        clock += LEASE
    assert made.claimed(clock) is None
    state = made.state()
    assert (state["status"], state["error"]["code"], state["drafts"]) == ("failed", "worker_ended", drafts)
    with reading(engine) as connection:
        assert claims.due(connection, kind, clock=clock + 1e9, limit=9) == []


@both
async def test_a_bug_of_ours_fails_the_drafting_instead_of_coming_back(
    engine: Engine, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await house(engine, kind)

    def broken(said: str) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setattr(work, "_read", broken)
    await made.drafting().run(made.set_id)
    assert (made.state()["status"], made.state()["error"]["code"]) == ("failed", "internal")


@both
async def test_what_is_given_back_goes_on_at_once_and_asks_nothing_twice(engine: Engine, kind: Kind) -> None:
    made = await house(engine, kind)
    async with under_way(made) as (drafting, _):
        await drafting.give_back()
    row = made.raw()
    assert (row.status, row.lease_until, row.fruitless) == ("queued", 0.0, 0)
    assert made.state()["status"] == "drafting", "to people it is one thing"
    before = made.model.asked.copy()
    made.model.hangs = None
    await made.drafting().run(made.set_id)
    assert (made.state()["status"], made.state()["drafts"]) == ("ready", CHUNKS)
    assert made.model.asked - before == once() - before + Counter({4: 1})


@both
async def test_a_set_that_is_deleted_meanwhile_stops_its_drafting(
    engine: Engine, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "PULSE_SECONDS", 0.01)
    made = await house(engine, kind)
    made.model.hangs = 2
    drafting = made.drafting()
    async with anyio.create_task_group() as group:
        group.start_soon(drafting.serve)
        with anyio.fail_after(30):
            async with anyio.create_task_group() as inner:
                inner.start_soon(drafting.run, made.set_id)
                await until(lambda: made.model.asked[2])
                with writing(engine) as connection:
                    kind.sets.remove(connection, made.set_id)
        group.cancel_scope.cancel()


@both
async def test_a_lease_is_renewed_while_the_model_thinks(
    engine: Engine, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "PULSE_SECONDS", 0.01)
    made = await house(engine, kind)
    made.model.hangs = 2
    drafting = made.drafting()
    async with anyio.create_task_group() as group:
        group.start_soon(drafting.serve)
        group.start_soon(drafting.run, made.set_id)
        await until(lambda: made.model.asked[2])
        first = made.raw().lease_until
        await until(lambda: made.raw().lease_until > first)
        group.cancel_scope.cancel()


@both
async def test_a_document_that_is_deleted_while_the_model_writes_leaves_no_draft(engine: Engine, kind: Kind) -> None:
    made = await house(engine, kind)
    made.model.meanwhile = lambda pump: made.corpus.bury(f"pump{pump}.md") if pump == 2 else None
    await made.drafting().run(made.set_id)
    state = made.state()
    assert (state["status"], state["drafts"]) == ("ready", CHUNKS - 1)
    assert not any("number 2" in one for one in state["questions"])


@both
async def test_items_that_a_person_adds_meanwhile_are_not_in_its_way(engine: Engine, kind: Kind) -> None:
    made = await house(engine, kind, count=3)

    def add(pump: int) -> None:
        with writing(engine) as connection:
            there = kind.sets.everything(connection, made.set_id)
            if there:
                return
            if kind is cases.KIND:
                body = checked({"id": "x", "question": "Who built it?"}).body
                row: dict[str, Any] = {"body": dict(body), "id": "draft-0002"}
            else:
                row = {"question": "Who built it?", "answer": "She.", "document": None, "id": "p-00002"}
            kind.sets.add(connection, made.set_id, [{**row, "status": "accepted", "source": None}])

    made.model.meanwhile = add
    await made.drafting().run(made.set_id)
    state = made.state()
    assert (state["status"], state["drafts"], state["accepted"]) == ("ready", 3, 1)


def local_run(engine: Engine) -> str:
    body = checked({"id": "q", "question": "What is fact 1?"}).body
    with writing(engine) as connection:
        return runs.create(
            connection, Spec("set", ("plain",)), dataset=("set", "set"), arms=plan.arms([PRESETS[0]], (), "m"),
            cases=[StoredCase("q", 0, "accepted", body)], seed=1, examples=[],
            provenance={"corpus": {"hash": "", "embedder": ""}}, warnings=[], at_once=1, local=True, total=1,
        ).id  # fmt: skip


@both
@pytest.mark.parametrize("local", [True, False])
async def test_the_local_model_drafts_while_no_run_has_it(engine: Engine, kind: Kind, local: bool) -> None:
    made = await house(engine, kind, local=local)
    run_id = local_run(engine)
    job = made.claimed(1000.0)
    assert job is not None
    with writing(engine) as connection:
        held = run_claims.claim(connection, run_id, clock=1000.0, lease=LEASE)
        assert (held is None) == local, "they would time each other"
        claims.release(connection, kind, job)
        held = held or run_claims.claim(connection, run_id, clock=1000.0, lease=LEASE)
        assert held is not None
    again = made.claimed(1001.0)
    assert (again is None) == local
    waiting = made.state()["waiting"]
    assert (waiting["code"] if waiting else None) == ("machine_busy" if local else None)
    assert made.raw().fruitless == (0 if local else 1), "to wait for a turn is no death"
    with writing(engine) as connection:
        connection.execute(update(table_of_runs).values(status="finished", lease_until=0.0))
    assert local is False or made.claimed(1002.0) is not None
    assert made.state()["waiting"] is None


def test_the_sets_of_a_catalogue_of_before_go_on(engine: Engine, tmp_path: Path) -> None:
    names = {"unasked", "local", "fruitless", "cancel_requested", "started_at", "finished_at"}
    tables = {"datasets": "0004-evaluate-drafting", "pair_sets": "0002-tune-drafting"}
    with writing(engine) as connection:
        for table, migration in tables.items():
            for name in names:
                connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {name}"))
            connection.execute(
                text(
                    f"INSERT INTO {table} (id, name, origin, status, drafting, wanted, tried, attempts, lease_until, "
                    "created_at) VALUES ('old', 'old', 'draft', 'drafting', '{\"collection_id\": \"c\", \"model\": "
                    '"m", "chunks": ["a", "b"]}\', 2, 1, 3, 5.0, \'2026\')'
                )
            )
            connection.execute(text("DELETE FROM migrations WHERE name = :name"), {"name": migration})
    assert migrate(engine, MIGRATIONS) == list(tables.values())
    assert migrate(engine, MIGRATIONS) == []
    for table, kind in (("datasets", cases.KIND), ("pair_sets", pairs.KIND)):
        assert names <= {column["name"] for column in inspect(engine).get_columns(table)}
        with writing(engine) as connection:
            module: Any = run_claims if kind is cases.KIND else training_claims
            assert module.due(connection, clock=9.0, limit=9) == [("old", 3)]
            assert kind.sets.get(connection, "old")["status"] == "drafting"
            job = claims.claim(connection, kind, "old", clock=9.0, lease=LEASE)
            assert job is not None
            assert (job.tried, job.unasked, job.token, list(job.chunks)) == (1, 0, 4, ["a", "b"])
    with reading(engine) as connection:
        assert datasets.get(connection, "old").unasked == 0
