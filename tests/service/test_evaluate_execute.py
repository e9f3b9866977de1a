"""A worker's share of a run: what is away is waited for, what was paid for is kept, and what ended can go on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from sqlalchemy import Engine, insert, select

from ingest.catalogue.engine import migrate, now, open_engine, reading, sqlite_url, writing
from service import patient
from service.answer.presets import PRESETS
from service.errors import Conflict, ModelError, ModelRateLimited, ModelTimeout, ModelUnreachable
from service.evaluate import battles, claims, judge, plan, runs
from service.evaluate.cases import checked
from service.evaluate.execute import Runner
from service.evaluate.schema import judgements
from service.evaluate.types import Run, Spec, StoredCase
from service.types import ChatOptions, Delta, Message, Usage
from service.wiring import MIGRATIONS
from tests.doubles.away import AwayCatalogue

pytestmark = pytest.mark.anyio


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(sqlite_url(tmp_path))
    migrate(made, MIGRATIONS)
    yield made
    made.dispose()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patient, "PAUSES", (0.001,))


class Model:
    """Answers everything; a judge's question with a verdict. Raises what is in `errors` first, one a call."""

    name = "m"

    def __init__(self, errors: Sequence[ModelError] = (), verdict: str = '{"label": "correct"}') -> None:
        self.errors = list(errors)
        self.verdict = verdict
        self.answers = 0
        self.meanwhile: Callable[[], None] = lambda: None
        self.judged = 0

    async def stream(self, messages: Sequence[Message], options: ChatOptions) -> AsyncIterator[Delta]:
        self.meanwhile()
        judging = "You grade an answer" in messages[0].content or "You compare two" in messages[0].content
        if judging:
            self.judged += 1
            if self.errors:
                raise self.errors.pop(0)
        else:
            self.answers += 1
        yield Delta(self.verdict if judging else "It is value1.")
        yield Delta(finish_reason="stop", usage=Usage(1, 1))


def kept(engine: Engine, cases: int = 2, judged: bool = False, arms: Sequence[str] = ("plain",)) -> str:
    """A queued run. Its id."""
    given = [
        checked({"id": f"q{n}", "question": f"What is fact {n}?", "answers": ["value1"]}).body for n in range(cases)
    ]
    stored = [StoredCase(f"q{n}", n, "accepted", body) for n, body in enumerate(given)]
    variants = [one for one in PRESETS if one.name in arms]
    columns = plan.arms(variants, (), "m")
    spec = Spec("set", tuple(arms), judge="m" if judged else None)
    with writing(engine) as connection:
        return runs.create(
            connection, spec, dataset=("set", "set"), arms=columns, cases=stored, seed=1, examples=[],
            provenance={"corpus": {"hash": "", "embedder": ""}}, warnings=[], at_once=1, local=False,
            total=cases * len(columns),
        ).id  # fmt: skip


def runner(engine: Engine, model: Model) -> tuple[Runner, AwayCatalogue]:
    shelf = SimpleNamespace(chat=lambda name: model, price=lambda name: None)
    parts: Any = SimpleNamespace(engine=engine, shelf=shelf, retriever=None)
    made, catalogue = Runner(parts), AwayCatalogue(engine)
    made._catalogue, made._patient = catalogue, patient.Patient(catalogue)
    return made, catalogue


def state(engine: Engine, run_id: str) -> Run:
    with reading(engine) as connection:
        return runs.get(connection, run_id)


def verdicts(engine: Engine, run_id: str) -> list[str]:
    with reading(engine) as connection:
        rows = connection.execute(select(judgements.c.verdict).where(judgements.c.run_id == run_id))
        return sorted(rows.scalars())


@pytest.mark.parametrize("judged", [False, True])
async def test_a_catalogue_that_is_away_for_a_moment_ends_no_run(engine: Engine, judged: bool) -> None:
    run_id = kept(engine, judged=judged)
    model = Model()
    made, catalogue = runner(engine, model)
    catalogue.away["read"] = 3
    model.meanwhile = lambda: catalogue.away.update(write=2)
    with anyio.fail_after(30):
        await made.run(run_id)
    run = state(engine, run_id)
    assert (run.status, run.done, run.error) == ("finished", 2, None)
    assert model.answers == 2, "nothing was asked twice"
    assert verdicts(engine, run_id) == (["correct"] * 2 if judged else [])


async def test_what_breaks_here_is_failed_and_can_go_on(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = kept(engine)
    model = Model()
    made, _ = runner(engine, model)
    good = plan.order

    def broken(*_: Any) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setattr(plan, "order", broken)
    await made.run(run_id)
    failed = state(engine, run_id)
    assert (failed.status, failed.error and failed.error["code"]) == ("failed", "internal")
    monkeypatch.setattr(plan, "order", good)
    with writing(engine) as connection:
        assert runs.resume(connection, run_id).status == "queued"
    await made.run(run_id)
    ended = state(engine, run_id)
    assert (ended.status, ended.done, ended.error, model.answers) == ("finished", 2, None, 2)
    with writing(engine) as connection, pytest.raises(Conflict):
        runs.resume(connection, run_id)


async def test_a_cancelled_run_goes_on_with_what_is_left(engine: Engine) -> None:
    run_id = kept(engine, cases=3)
    model = Model()
    made, _ = runner(engine, model)

    async def stopped_after_one(messages: Any, options: Any) -> AsyncIterator[Delta]:
        if model.answers:
            with writing(engine) as connection:
                runs.request_cancel(connection, run_id)
            await anyio.sleep_forever()
        async for delta in Model.stream(model, messages, options):
            yield delta

    model.stream = stopped_after_one  # type: ignore[method-assign]
    async with anyio.create_task_group() as group:
        group.start_soon(made.serve)
        with anyio.fail_after(30):
            await made.run(run_id)
        group.cancel_scope.cancel()
    assert (state(engine, run_id).status, state(engine, run_id).done) == ("cancelled", 1)
    del model.stream
    with writing(engine) as connection:
        again = runs.resume(connection, run_id)
        assert (again.status, again.cancelling, again.finished_at) == ("queued", False, None)
    await made.run(run_id)
    assert (state(engine, run_id).status, state(engine, run_id).done, model.answers) == ("finished", 3, 3)


async def test_a_run_that_goes_on_with_other_prompts_says_so(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = kept(engine)
    made, _ = runner(engine, Model())
    good = plan.order

    def broken(*_: Any) -> Any:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(plan, "order", broken)
        await made.run(run_id)
    before = state(engine, run_id)
    assert "resumed" not in before.provenance
    assert plan.order is good
    monkeypatch.setattr(plan, "prompt_hash_now", lambda arm: "other")
    with writing(engine) as connection:
        runs.resume(connection, run_id)
    await made.run(run_id)
    ended = state(engine, run_id)
    assert ended.status == "finished"
    (resumed,) = ended.provenance["resumed"]
    assert resumed["prompts"] == {arm.name: "other" for arm in ended.arms}
    told = [one for one in ended.warnings if one not in before.warnings]
    assert told == ["The prompts of plain were changed after 0 answers: the rest has today's."]


@pytest.mark.parametrize(
    "error",
    [
        ModelUnreachable("model_unreachable", "Nobody is there.", ""),
        ModelRateLimited("model_rate_limited", "Not now.", "", retry_after=0.001),
    ],
)
async def test_a_judge_that_is_away_is_waited_for(engine: Engine, error: ModelError) -> None:
    run_id = kept(engine, judged=True)
    model = Model(errors=[error] * 20)
    made, _ = runner(engine, model)
    with anyio.fail_after(30):
        await made.run(run_id)
    assert state(engine, run_id).status == "finished"
    assert verdicts(engine, run_id) == ["correct", "correct"]
    assert model.judged == 22


async def test_what_the_judge_cannot_judge_is_failed(engine: Engine) -> None:
    refused, broke = ModelError("model_refused", "No.", ""), ModelTimeout("model_timeout", "Too long.", "")
    for model, calls in ((Model(errors=[refused]), 2), (Model([broke] * judge.TRIES), judge.TRIES + 1)):
        run_id = kept(engine, judged=True)
        made, _ = runner(engine, model)
        await made.run(run_id)
        assert state(engine, run_id).status == "finished"
        assert (verdicts(engine, run_id), model.judged) == (["correct", "failed"], calls)


async def test_what_people_voted_on_is_judged_once_for_all_runs(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = battles.Battle("cmp_1", "Which?", ("rag", "plain"), ("yes", "no"), "first")
    monkeypatch.setattr(battles, "battles", lambda _connection: [pair])
    model = Model(verdict='{"winner": "tie"}')
    made, _ = runner(engine, model)
    for calls in (2 + 2, 2 + 2 + 2):
        run_id = kept(engine, judged=True)
        await made.run(run_id)
        assert model.judged == calls
        assert verdicts(engine, run_id) == ["failed", "failed", "tie", "tie"]


def test_a_judges_verdict_needs_the_claim(engine: Engine) -> None:
    run_id = kept(engine, judged=True)
    with writing(engine) as connection:
        first = claims.claim(connection, run_id, clock=1.0, lease=1.0)
        second = claims.claim(connection, run_id, clock=3.0, lease=1.0)
        assert first is not None
        assert second is not None
        with pytest.raises(claims.Lost):
            judge._keep(connection, first, "m", ("q0", "plain", "", 0), "correct", "")
        judge._keep(connection, second, "m", ("q0", "plain", "", 0), "correct", "")


def test_failed_verdicts_are_not_taken_over(engine: Engine) -> None:
    old, new = kept(engine, judged=True), kept(engine, judged=True)
    with writing(engine) as connection:
        row = {
            "run_id": old, "case_id": "comparison cmp_1", "arm": "rag", "against": "plain", "flipped": 0, "judge": "m",
            "prompt_hash": judge.version(), "verdict": "failed", "said": "", "created_at": now(),
        }  # fmt: skip
        connection.execute(insert(judgements), [row, {**row, "flipped": 1, "verdict": "tie"}])
        judge.adopt(connection, new, "m")
        judge.adopt(connection, new, "m")
    assert verdicts(engine, new) == ["tie"]
