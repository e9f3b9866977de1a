"""Whose a run is, how far it is, and what becomes of one that nobody can finish."""

from __future__ import annotations

import csv
import io
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from sqlalchemy import Engine, select, update

from ingest.catalogue import collections
from ingest.catalogue.engine import migrate, open_engine, reading, sqlite_url, writing
from ingest.errors import NotFound
from service.answer.presets import PRESETS
from service.evaluate import claims, datasets, oracle, plan, prepare, runs, snapshot, start, upload
from service.evaluate.cases import checked
from service.evaluate.execute import Runner
from service.evaluate.report import table
from service.evaluate.schema import run_cases
from service.evaluate.schema import runs as table_of_runs
from service.evaluate.types import Result, Run, Spec, StoredCase
from service.types import Delta, Usage
from service.wiring import MIGRATIONS
from tests.doubles.postgres import postgres

pytestmark = pytest.mark.anyio
LEASE = 10.0


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(sqlite_url(tmp_path))
    migrate(made, MIGRATIONS)
    with writing(made) as connection:
        collections.ensure(connection, "default", "none")
    yield made
    made.dispose()


def case(number: int, question: str = "", **more: Any) -> StoredCase:
    draft = checked({"id": f"q{number}", "question": question or f"What is fact {number}?", **more})
    return StoredCase(draft.id, number, "accepted", draft.body)


def kept(
    engine: Engine, cases: Sequence[StoredCase], *, local: bool = False, prepared: bool = True,
    references: tuple[Any, ...] = (),
) -> str:  # fmt: skip
    columns = plan.arms([PRESETS[0]], references, "m")
    has = [bool(one.body["gold_passages"]) for one in cases]
    with writing(engine) as connection:
        return runs.create(
            connection, Spec("set", ("plain",), references=references), dataset=("set", "set"), arms=columns,
            cases=cases, seed=1, examples=[], provenance={"corpus": {"hash": "", "embedder": ""}, "cases": {}},
            warnings=["First."], at_once=1, local=local, prepared=prepared, total=plan.count(has, columns, 1),
        ).id  # fmt: skip


def claimed(engine: Engine, run_id: str, clock: float) -> claims.Claim | None:
    with writing(engine) as connection:
        return claims.claim(connection, run_id, clock=clock, lease=LEASE)


def state(engine: Engine, run_id: str) -> Run:
    with reading(engine) as connection:
        return runs.get(connection, run_id)


def result(number: int, text: str = "It is.") -> Result:
    answer: dict[str, Any] = {
        "text": text,
        "finish": "answered",
        "approach": "plain",
        "passages": [],
        "citations": [],
        "error": None,
    }
    return Result(f"q{number}", "plain", 0, number, answer, "answered")


def test_a_run_that_ends_every_worker_is_failed_and_can_be_resumed(engine: Engine) -> None:
    run_id = kept(engine, [case(0), case(1)])
    clock = 1000.0
    for _ in range(3):
        assert claimed(engine, run_id, clock) is not None
        clock += LEASE
    held = claimed(engine, run_id, clock)
    assert held is not None
    with writing(engine) as connection:
        claims.keep(connection, held, result(0))  # something new: the count begins anew
    for _ in range(claims.MOST_FRUITLESS):
        clock += LEASE
        assert claimed(engine, run_id, clock) is not None
    clock += LEASE
    assert claimed(engine, run_id, clock) is None
    ended = state(engine, run_id)
    assert (ended.status, ended.done, ended.error and ended.error["code"]) == ("failed", 1, "worker_ended")
    with writing(engine) as connection:
        runs.resume(connection, run_id)
    assert claimed(engine, run_id, clock) is not None


@pytest.mark.parametrize("deed", ["wait", "release"])
def test_waiting_and_being_given_back_are_no_deaths(engine: Engine, deed: str) -> None:
    run_id = kept(engine, [case(0)])
    clock = 1000.0
    for _ in range(3 * claims.MOST_FRUITLESS):
        held = claimed(engine, run_id, clock)
        assert held is not None
        with writing(engine) as connection:
            if deed == "wait":
                claims.wait(connection, held, {"code": "model_unreachable", "message": "", "hint": ""})
            else:
                claims.release(connection, held)
        clock += LEASE


def test_the_time_that_a_run_stood_still_is_no_part_of_its_pace(engine: Engine) -> None:
    run_id = kept(engine, [case(number) for number in range(10)])
    held = claimed(engine, run_id, 1000.0)
    assert held is not None
    with writing(engine) as connection:
        for number in range(4):
            claims.keep(connection, held, result(number))
        hour = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() - 3600))
        connection.execute(update(table_of_runs).values(started_at=hour, paced_at=hour))
        claims.release(connection, held)
    held = claimed(engine, run_id, 2000.0)
    assert held is not None
    assert runs.seconds_left(state(engine, run_id)) is None, "no pace yet"
    with writing(engine) as connection:
        claims.keep(connection, held, result(4))
    left = runs.seconds_left(state(engine, run_id))
    assert left is not None
    assert left < 1800, "an hour for five answers would say that five more take an hour"
    assert runs.seconds_left(replace(state(engine, run_id), status="queued")) is None


def test_only_one_local_run_is_claimed_where_several_workers_claim_at_once() -> None:
    with postgres() as url:
        engine = open_engine(url)
        migrate(engine, MIGRATIONS)
        for round_ in range(8):
            ids = [kept(engine, [case(0)], local=True) for _ in range(4)]
            together = threading.Barrier(len(ids))
            found: list[claims.Claim | None] = []

            def take(id: str, clock: float) -> None:
                together.wait()  # noqa: B023
                found.append(claimed(engine, id, clock))  # noqa: B023

            clock = 1000.0 * (round_ + 1)
            threads = [threading.Thread(target=take, args=(id, clock)) for id in ids]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sum(one is not None for one in found) == 1, round_
        engine.dispose()


class Model:
    name = "m"

    async def stream(self, *_: Any) -> Any:
        yield Delta("It is value1.")
        yield Delta(finish_reason="stop", usage=Usage(1, 1))


def runner(engine: Engine) -> Runner:
    shelf = SimpleNamespace(chat=lambda name: Model(), price=lambda name: None)
    parts: Any = SimpleNamespace(engine=engine, shelf=shelf, retriever=None)
    return Runner(parts)


def gold(number: int) -> StoredCase:
    return case(number, gold_passages=[{"doc": "a.md", "text": f"Fact {number}"}])


PASSAGE = {
    "document_id": "doc_gone", "name": "a.md", "version": 1, "chunk_id": "c", "text": "Fact", "heading": ["H"],
    "page": None, "start": 0, "end": 4, "score": 1.0, "ranks": {}, "header": "name,fact",
}  # fmt: skip


async def test_gold_passages_are_looked_for_by_the_worker(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = kept(engine, [gold(0), gold(1), case(2)], prepared=False, references=("oracle",))
    assert (state(engine, run_id).prepared, state(engine, run_id).total) == (False, 3 + 2)
    said: list[str] = []

    def looking(
        connection: Any, collection: str, cases: Sequence[StoredCase], note: Any
    ) -> tuple[list[StoredCase], list[str]]:
        note(1, 2)
        deadline = time.monotonic() + 30
        while not said and time.monotonic() < deadline:
            waiting = state(engine, run_id).waiting
            said.extend([waiting["message"]] if waiting else [])
            time.sleep(0.01)
        return [replace(cases[0], oracle=(PASSAGE,)), cases[1], cases[2]], ["q1"]

    monkeypatch.setattr(prepare, "SAID_SECONDS", 0.01)
    monkeypatch.setattr(oracle, "with_gold", looking)
    await runner(engine).run(run_id)
    assert said == ["Looking for the passages that hold the answers: 1 of 2."]
    run = state(engine, run_id)
    assert (run.status, run.prepared, run.total, run.done, run.waiting) == ("finished", True, 4, 4, None)
    assert run.warnings[0].startswith("The evidence of 1 case stands in no passage")
    assert run.warnings[1:] == ("First.",)
    with reading(engine) as connection:
        rows = connection.execute(select(run_cases.c.oracle).order_by(run_cases.c.ordinal)).scalars().all()
    assert [len(one) for one in rows] == [1, 0, 0]
    blank = ("", [], "")
    assert tuple(rows[0][0][key] for key in ("text", "heading", "header")) == blank, (
        "its document was deleted meanwhile"
    )


async def test_a_stop_is_heard_while_gold_is_looked_for(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = kept(engine, [gold(0)], prepared=False)

    def looking(connection: Any, collection: str, cases: Any, note: Any) -> Any:
        with writing(engine) as other:
            runs.request_cancel(other, run_id)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            note(0, 1)
            time.sleep(0.01)
        return list(cases), []

    monkeypatch.setattr(oracle, "with_gold", looking)
    made = runner(engine)
    async with anyio.create_task_group() as group:
        group.start_soon(made.serve)
        with anyio.fail_after(25):
            await made.run(run_id)
        group.cancel_scope.cancel()
    assert (state(engine, run_id).status, state(engine, run_id).prepared) == ("cancelled", False)


async def test_a_collection_that_is_gone_fails_the_run(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def looking(*_: Any) -> Any:
        raise NotFound("collection_not_found", "There is no such collection.", "")

    monkeypatch.setattr(oracle, "with_gold", looking)
    run_id = kept(engine, [gold(0)], prepared=False)
    await runner(engine).run(run_id)
    ended = state(engine, run_id)
    assert (ended.status, ended.error and ended.error["code"]) == ("failed", "collection_not_found")


async def test_what_takes_long_is_done_in_threads_and_gold_is_left_to_the_worker(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    drafts = upload.from_objects([{**gold(0).body, "id": "q0"}, {**case(1).body, "id": "q1"}], "set")
    with writing(engine) as connection:
        dataset = datasets.create(connection, "set", drafts, "upload").id
    threads: dict[str, threading.Thread] = {}

    def seen(module: Any, name: str) -> None:
        good = getattr(module, name)

        def watched(*given: Any, **named: Any) -> Any:
            threads[name] = threading.current_thread()
            return good(*given, **named)

        monkeypatch.setattr(module, name, watched)

    seen(start, "clean")
    seen(start, "_digest")
    seen(oracle, "with_gold")
    seen(snapshot, "corpus")
    seen(runs, "create")

    async def get(name: str) -> Any:
        return PRESETS[2]

    async def evaluate(jobs: Any) -> None:
        return None

    shelf = SimpleNamespace(chat=lambda name: Model(), local=lambda name: False, default="m")
    parts: Any = SimpleNamespace(
        engine=engine, shelf=shelf, book=SimpleNamespace(get=get), queue=SimpleNamespace(evaluate=evaluate),
        settings=SimpleNamespace(chat_base_url="http://127.0.0.1:9", models_dir=tmp_path),
        tuned=SimpleNamespace(known={}),
    )  # fmt: skip
    run = await start.start(parts, Spec(dataset, ("rag",), references=("oracle",)))
    assert (run.status, run.prepared, run.total) == ("queued", False, 3)
    assert run.warnings == ("Perfect search is asked 1 of the 2 questions that have an answer: one names no passages "
                            "(`gold_passages`) for it to be given.",)  # fmt: skip
    assert set(threads) == {"clean", "_digest", "corpus", "create"}
    assert threading.main_thread() not in threads.values()
    again = await start.again(parts, run.id)
    assert (again.prepared, again.total) == (False, 3), "what was never looked for is looked for now"


async def test_what_a_spreadsheet_takes_for_a_formula_is_quoted(engine: Engine) -> None:
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1", "＠A1", "1=1"]
    run_id = kept(engine, [case(number, text, tags=[text]) for number, text in enumerate(texts)])
    held = claimed(engine, run_id, 1000.0)
    assert held is not None
    with writing(engine) as connection:
        for number, text in enumerate(texts):
            claims.keep(connection, held, result(number, text))
    parts: Any = SimpleNamespace(engine=engine)
    text = "".join([piece async for piece in await table.csv(parts, run_id)])
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["text"] for row in rows] == [*("'" + one for one in texts[:-1]), "1=1"]
    assert all(row["question"][0] in "'1" for row in rows)
    assert all(row["tags"][0] in "'1" for row in rows)


async def test_the_table_comes_in_pieces(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = kept(engine, [case(number) for number in range(5)])
    held = claimed(engine, run_id, 1000.0)
    assert held is not None
    with writing(engine) as connection:
        for number in range(4):
            claims.keep(connection, held, result(number))
    monkeypatch.setattr(table, "BATCH", 2)
    parts: Any = SimpleNamespace(engine=engine)
    pieces = [piece async for piece in await table.csv(parts, run_id)]
    assert [piece.count("\n") for piece in pieces] == [1, 2, 2, 0]
    assert [line.split(",")[0] for line in "".join(pieces).splitlines()] == ["case", "q0", "q1", "q2", "q3"]
