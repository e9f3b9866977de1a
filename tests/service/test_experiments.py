"""Experiments within a process: sticky lanes, phases, what counts, what is logged when, and who sees what when."""

from __future__ import annotations

import asyncio
import csv
import io
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine, func, select

from ingest.catalogue import collections
from ingest.catalogue.engine import migrate, open_engine, reading, sqlite_url, writing
from ingest.errors import NotFound
from service.chat import feedback
from service.chat.book import VariantBook
from service.chat.session import Chat, Question
from service.errors import BadRequest, Conflict, ModelCut, NotReady, ServiceError, Unknown
from service.experiments import book, check, defaults, export, report, samples, traffic
from service.experiments.check import Lane
from service.experiments.schema import EVERYWHERE, exposures
from service.experiments.tend import Tending, tend
from service.experiments.traffic import Traffic, is_robot, place, question_key
from service.experiments.types import Arm, Experiment, Guardrail
from service.fresh import Fresh
from service.types import Answer, Assigned, DeltaText, Finished
from service.wiring import MIGRATIONS
from tests.doubles.scripted_chat import ScriptedChat
from tests.doubles.stores import until

pytestmark = pytest.mark.anyio
PRESETS = ("plain", "few_shot", "rag")


class OneModel:
    """A shelf with one model on it, or with none."""

    def __init__(self, model: ScriptedChat) -> None:
        self.model = model
        self.gone = False

    def chat(self, name: str = "") -> ScriptedChat:
        if self.gone:
            raise NotReady("model_not_ready", "It is not there.")
        return self.model

    def price(self, name: str = "") -> None:
        return None


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(sqlite_url(tmp_path))
    migrate(made, MIGRATIONS)
    with writing(made) as connection:
        collections.ensure(connection, "default", "none")
        collections.ensure(connection, "other", "none")
    yield made
    made.dispose()


def begun(engine: Engine, *lanes: Lane, **given: Any) -> Experiment:
    """A running experiment on the collection `default`, of plain against few_shot unless said otherwise."""
    aa = given.pop("aa", False)
    arms, weights = check.lanes(lanes or (Lane("plain", 1.0), Lane("few_shot", 1.0)), aa=aa)
    new = book.New(
        **{
            "name": "test",
            "metric": "feedback",
            "arms": arms,
            "weights": weights,
            "collection": "default",
            "routing": "fixed",
            "guardrails": (),
            "staff": frozenset(),
            "aa": aa,
            "expected_n": 500,
            **given,
        }
    )
    with writing(engine) as connection:
        return book.create(connection, new, PRESETS)


def chat(engine: Engine, model: ScriptedChat, splitting: Traffic | None = None) -> Chat:
    return Chat(engine, VariantBook(engine), cast(Any, OneModel(model)), cast(Any, None), splitting or Traffic(engine))


def variants(engine: Engine) -> VariantBook:
    """As `wiring` makes it."""
    tested, chosen = book.must_not_be_tested, defaults.must_not_be_default
    return VariantBook(engine, to_change=(tested,), to_remove=(tested, chosen))


def logged(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(exposures).order_by(exposures.c.seq)))


def show(
    engine: Engine,
    splitting: Traffic,
    experiment: Experiment,
    unit: str,
    *,
    question: str = "Sea?",
    robot: bool = False,
    nameless: bool = False,
    said: Answer | None = None,
) -> Assigned:
    """An answer shown to a visitor, without a model."""
    assigned = place(experiment, unit, robot=robot, nameless=nameless)
    number = len(logged(engine))
    answer = said or Answer(f"ans_{number}", "c", assigned.variant, "plain", "m", "Deep.", "answered")
    with writing(engine) as connection:
        splitting.record(connection, assigned, answer, question)
    return assigned


def sample_of(engine: Engine, experiment: Experiment) -> samples.Sample:
    with reading(engine) as connection:
        return samples.gather(connection, book.get(connection, experiment.id))


# --- assignment


async def test_a_visitor_stays_in_a_lane_and_a_new_experiment_mixes_them_anew(engine: Engine) -> None:
    first = begun(engine)
    lanes = {unit: place(first, unit).arm for unit in map(str, range(400))}
    assert all(place(first, unit).arm == lane for unit, lane in lanes.items())
    with writing(engine) as connection:
        book.stop(connection, first.id, reason="over", winner=None)
    second = begun(engine)
    moved = sum(place(second, unit).arm != lane for unit, lane in lanes.items())
    assert 140 < moved < 260  # half of them, within 6 standard deviations: the splits are independent


@pytest.mark.parametrize("weights", [(1.0, 1.0), (9.0, 1.0), (1.0, 2.0, 3.0)])
async def test_lanes_get_their_shares_of_ten_thousand_visitors(engine: Engine, weights: Sequence[float]) -> None:
    lanes = [Lane(name, weight) for name, weight in zip(PRESETS, weights, strict=False)]
    experiment = begun(engine, *lanes)
    n = 10_000
    found = Counter(place(experiment, f"visitor {number}").variant for number in range(n))
    for lane, share in zip(lanes, experiment.weights, strict=True):
        assert share == lane.weight / sum(weights)
        assert abs(found[lane.variant] - n * share) < 4.5 * math.sqrt(n * share * (1 - share))


async def test_the_salt_is_the_experiment_s_own_and_the_log_has_no_visitor_in_it(engine: Engine) -> None:
    experiment = begun(engine)
    assigned = place(experiment, "mary@example.org")
    assert "mary" not in assigned.unit
    assert assigned.unit == place(experiment, "mary@example.org").unit
    assert (assigned.variant, assigned.propensity, assigned.phase) == (assigned.arm, 0.5, 1)


async def test_new_weights_are_a_new_phase_that_moves_no_more_visitors_than_it_must(engine: Engine) -> None:
    experiment = begun(engine)
    with writing(engine) as connection:
        after = book.reweigh(connection, experiment.id, {"plain": 0.7, "few_shot": 0.3}, reason="more")
        again = book.reweigh(connection, experiment.id, {"plain": 0.7, "few_shot": 0.3}, reason="the same")
        with pytest.raises(Conflict):
            book.reweigh(connection, experiment.id, {"plain": 0.1, "few_shot": 0.9}, reason="too late", seen=1)
    assert [phase.weights for phase in after.phases] == [(0.5, 0.5), (0.7, 0.3)]
    assert after == again
    moves = Counter((place(experiment, str(n)).arm, place(after, str(n)).arm) for n in range(5000))
    assert moves["plain", "few_shot"] == 0
    assert 0.17 < moves["few_shot", "plain"] / 5000 < 0.23
    assert place(after, "x").phase == 2


async def test_under_thompson_routing_every_phase_draws_anew(engine: Engine) -> None:
    experiment = begun(engine, routing="thompson")
    with writing(engine) as connection:
        after = book.reweigh(connection, experiment.id, {"plain": 0.6, "few_shot": 0.4}, reason="learned")
    few = [str(n) for n in range(4000) if place(experiment, str(n)).arm == "few_shot"]
    assert 0.35 < sum(place(after, unit).arm == "few_shot" for unit in few) / len(few) < 0.45
    assert place(after, few[0]).propensity in (0.6, 0.4)


# --- in the chat path


async def test_questions_that_name_no_variant_are_split_and_others_are_not(engine: Engine) -> None:
    experiment = begun(engine)
    asking = chat(engine, ScriptedChat("Yes."))
    for unit in map(str, range(30)):
        for variant in (None, "auto"):
            prepared = await asking.prepare(Question("Sea?", variant=variant, visitor=unit))
            assert prepared.ask.variant.name == place(experiment, unit).variant
            assert prepared.assigned is not None
    assert (await asking.prepare(Question("Sea?", variant="plain", visitor="1"))).assigned is None
    elsewhere = await asking.prepare(Question("Sea?", collection="other", visitor="1"))
    assert (elsewhere.ask.variant.name, elsewhere.assigned) == ("rag", None)
    with pytest.raises(Unknown):
        await asking.prepare(Question("Sea?", variant="nobody"))


@pytest.mark.parametrize("nobody", [None, ""])
async def test_without_a_visitor_a_conversation_stays_in_its_lane_and_does_not_count(
    engine: Engine, nobody: str | None
) -> None:
    experiment = begun(engine)
    asking = chat(engine, ScriptedChat("Yes."))
    for _ in range(12):
        answer = await asking.collect(await asking.prepare(Question("Sea?", visitor=nobody)))
        for text in ("And now?", "And then?"):
            prepared = await asking.prepare(Question(text, conversation_id=answer.conversation_id, visitor=nobody))
            assert prepared.ask.variant.name == answer.variant
    found = sample_of(engine, experiment)
    assert (found.visitors, found.left_out["nameless"], sum(found.shown.values())) == ((), 12, 12)


async def test_an_exposure_is_logged_once_with_the_answer(engine: Engine) -> None:
    experiment = begun(engine)
    asking = chat(engine, ScriptedChat("The sea is deep."))
    answer = await asking.collect(await asking.prepare(Question("How is the sea?", visitor="v")))
    (row,) = logged(engine)
    assert (row.answer_id, row.variant, row.arm) == (answer.id, answer.variant, answer.variant)
    assert (row.experiment_id, row.phase, row.propensity, row.finish) == (experiment.id, 1, 0.5, "answered")
    assert (row.total, row.first_token) == (answer.timings["total"], answer.timings["first_token"])
    assert row.question_key == question_key("  how IS the sea ")
    assert row.excluded is None
    await asking.collect(await asking.prepare(Question("How is the sea?", visitor="v", variant="plain")))
    assert len(logged(engine)) == 1


async def test_a_fault_counts_as_shown(engine: Engine) -> None:
    begun(engine)
    asking = chat(engine, ScriptedChat("The ", error=ModelCut("model_cut", "It broke.", "Ask again.")))
    with pytest.raises(ServiceError):
        await asking.collect(await asking.prepare(Question("Sea?", visitor="v")))
    assert [row.finish for row in logged(engine)] == ["failed"]


async def test_a_lane_without_its_model_counts_as_failed(engine: Engine) -> None:
    begun(engine)
    shelf = OneModel(ScriptedChat("Yes."))
    asking = Chat(engine, VariantBook(engine), cast(Any, shelf), cast(Any, None), Traffic(engine))
    shelf.gone = True
    with pytest.raises(NotReady):
        await asking.prepare(Question("Sea?", visitor="v"))
    with pytest.raises(NotReady):
        await asking.prepare(Question("Sea?", visitor="v", variant="plain"))
    assert [row.finish for row in logged(engine)] == ["failed"]
    await asking.drain()


@pytest.mark.parametrize("after_text", [False, True])
async def test_who_leaves_is_logged_only_when_text_was_shown(engine: Engine, after_text: bool) -> None:
    begun(engine)
    asking = chat(engine, ScriptedChat("The sea is deep."))
    prepared = await asking.prepare(Question("Sea?", visitor="v"))
    async with aclosing(asking.stream(prepared)) as events:
        async for event in events:
            if not after_text or isinstance(event, DeltaText):
                break
    await asking.drain()
    assert [row.finish for row in logged(engine)] == (["stopped"] if after_text else [])


async def test_who_leaves_before_a_whole_answer_saw_nothing_of_it(engine: Engine) -> None:
    begun(engine)
    stuck = asyncio.Event()

    class Stuck(ScriptedChat):
        async def stream(self, messages: Any, options: Any) -> Any:
            async for delta in super().stream(messages, options):
                yield delta
                stuck.set()
                await asyncio.Event().wait()

    asking = chat(engine, Stuck("The sea is deep."))
    waiting = asyncio.create_task(asking.collect(await asking.prepare(Question("Sea?", visitor="v"))))
    await stuck.wait()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await asking.drain()
    assert logged(engine) == []


async def test_an_exposure_is_there_when_finished_is_sent(engine: Engine) -> None:
    begun(engine)
    asking = chat(engine, ScriptedChat("Deep."))
    async with aclosing(asking.stream(await asking.prepare(Question("Sea?", visitor="v")))) as events:
        async for event in events:
            if isinstance(event, Finished):
                assert len(logged(engine)) == 1


async def test_asking_costs_no_query_while_nothing_changes(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    splitting = Traffic(engine)
    reads: list[int] = []
    read = splitting._read

    def counted() -> Any:
        reads.append(1)
        return read()

    splitting._now = Fresh(counted, seconds=1000.0)
    for _ in range(200):
        assert await splitting.assigned("default", "v") is None
        assert await splitting.default("default") is None
    assert len(reads) == 1


# --- several processes


async def test_two_services_on_one_catalogue_agree_and_see_each_other_s_changes(engine: Engine) -> None:
    mine, other = Traffic(engine), Traffic(engine)
    other._now = Fresh(other._read, seconds=0.0)
    experiment = begun(engine)
    mine.forget()
    for unit in map(str, range(50)):
        first, second = await mine.assigned("default", unit), await other.assigned("default", unit)
        assert first == second
        assert first is not None
    with writing(engine) as connection:
        book.stop(connection, experiment.id, reason="over", winner=None)
    assert await other.assigned("default", "1") is None
    mine.forget()
    assert await mine.assigned("default", "1") is None


async def test_an_experiment_on_every_collection_is_met_on_each(engine: Engine) -> None:
    begun(engine, collection=None)
    splitting = Traffic(engine)
    assert await splitting.assigned("default", "1") == await splitting.assigned("other", "1") is not None


# --- one split at a time


@pytest.mark.parametrize(("first", "second"), [("default", "default"), (None, "other"), ("other", None)])
async def test_two_splits_of_the_same_traffic_are_refused(
    engine: Engine, first: str | None, second: str | None
) -> None:
    running = begun(engine, collection=first)
    with pytest.raises(Conflict) as raised:
        begun(engine, name="another", collection=second)
    assert raised.value.code == "experiment_running"
    assert running.id in raised.value.message
    with writing(engine) as connection:
        book.stop(connection, running.id, reason="over", winner=None)
    begun(engine, name="another", collection=second)


async def test_a_name_is_free_again_once_its_experiment_has_stopped(engine: Engine) -> None:
    running = begun(engine)
    with pytest.raises(Conflict) as raised:
        begun(engine, collection="other")
    assert raised.value.code == "experiment_exists"
    with writing(engine) as connection:
        book.stop(connection, running.id, reason="over", winner=None)
    assert begun(engine).id != running.id


async def test_what_an_experiment_names_must_be_there(engine: Engine) -> None:
    with pytest.raises(Unknown):
        begun(engine, Lane("plain", 1.0), Lane("nobody", 1.0))
    with pytest.raises(NotFound):
        begun(engine, collection="nowhere")


async def test_an_experiment_ends_with_its_collection(engine: Engine) -> None:
    running = begun(engine, collection="other")
    with writing(engine) as connection:
        collections.bury(connection, collections.find(connection, "other").id)
        collections.ensure(connection, "other", "none")
    assert await Traffic(engine).assigned("other", "1") is None
    begun(engine, collection="other")
    with reading(engine) as connection:
        ended = book.get(connection, running.id)
    assert (ended.status, ended.stop_reason) == ("stopped", "its collection was deleted")


async def test_a_variant_under_test_can_be_neither_changed_nor_deleted(engine: Engine) -> None:
    mine = variants(engine)
    await mine.create(name="short", label="", approach="plain", model="", parameters={"max_tokens": 5})
    running = begun(engine, Lane("plain", 1.0), Lane("short", 1.0))
    for attempt in (
        lambda: mine.remove("short"),
        lambda: mine.change("short", label=None, model=None, parameters={"max_tokens": 6}),
    ):
        with pytest.raises(Conflict) as raised:
            await attempt()
        assert raised.value.code == "variant_in_experiment"
        assert running.id in raised.value.message
    assert (await mine.change("short", label="Brief", model=None, parameters=None)).label == "Brief"
    with writing(engine) as connection:
        book.stop(connection, running.id, reason="over", winner="short")
    await mine.change("short", label=None, model=None, parameters={"max_tokens": 6})
    await mine.remove("short")
    with pytest.raises(Conflict):
        await mine.create(name="auto", label="", approach="plain", model="", parameters={})


# --- the default variant


async def test_a_default_is_the_collection_s_own_else_the_one_for_all(engine: Engine) -> None:
    asking = chat(engine, ScriptedChat("Yes."), splitting := Traffic(engine))

    async def answers(collection: str) -> str:
        splitting.forget()
        return (await asking.prepare(Question("Sea?", collection=collection))).ask.variant.name

    assert await answers("default") == "rag"
    with writing(engine) as connection:
        defaults.choose(connection, EVERYWHERE, "few_shot")
        defaults.choose(connection, "other", "rag")
        defaults.choose(connection, "other", "plain")
    assert (await answers("default"), await answers("other")) == ("few_shot", "plain")
    with reading(engine) as connection:
        assert defaults.find(connection, "other", "rag").own
        assert not defaults.find(connection, "default", "rag").own
    with writing(engine) as connection:
        defaults.forget(connection, "other")
    assert await answers("other") == "few_shot"
    with writing(engine) as connection:
        defaults.forget(connection, EVERYWHERE)
    assert await answers("other") == "rag"


async def test_a_variant_that_is_a_default_stays(engine: Engine) -> None:
    mine = variants(engine)
    await mine.create(name="short", label="", approach="plain", model="", parameters={})
    with writing(engine) as connection:
        defaults.choose(connection, "other", "short")
    with pytest.raises(Conflict) as raised:
        await mine.remove("short")
    assert (raised.value.code, "'other'" in raised.value.message) == ("variant_is_default", True)
    with writing(engine) as connection:
        collections.bury(connection, collections.find(connection, "other").id)
    await mine.remove("short")


# --- what counts


async def test_repeats_staff_and_programs_do_not_count_and_are_counted(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traffic, "BOT_AN_HOUR", 5)
    experiment = begun(engine, staff=frozenset({"boss"}))
    splitting = Traffic(engine)
    for question in ("One?", "one", "Two?"):
        show(engine, splitting, experiment, "ann", question=question)
    show(engine, splitting, experiment, "boss")
    show(engine, splitting, experiment, "crawler", robot=True)
    for conversation in ("conv_1", "conv_2"):
        show(engine, splitting, experiment, conversation, nameless=True)
    for number in range(7):
        show(engine, splitting, experiment, "script", question=f"{number}?")
    found = sample_of(engine, experiment)
    assert found.left_out == {"staff": 1, "bot": 8, "nameless": 2, "repeat": 1, "moved": 0}
    assert sum(found.shown.values()) == 14
    (ann,) = found.visitors
    assert (ann.shown, ann.arm) == (2, place(experiment, "ann").arm)


async def test_a_visitor_counts_in_the_first_lane_only(engine: Engine) -> None:
    experiment = begun(engine)
    splitting = Traffic(engine)
    units = [str(number) for number in range(60)]
    for unit in units:
        show(engine, splitting, experiment, unit, question="One?")
    with writing(engine) as connection:
        after = book.reweigh(connection, experiment.id, {"plain": 0.95, "few_shot": 0.05}, reason="more")
    for unit in units:
        show(engine, splitting, after, unit, question="Two?")
    moved = sum(place(after, unit).arm != place(experiment, unit).arm for unit in units)
    assert moved > 10
    found = sample_of(engine, after)
    assert found.left_out["moved"] == moved
    assert len(found.visitors) == len(units)
    assert {visitor.phase for visitor in found.visitors} == {1}
    assert sum(visitor.shown for visitor in found.visitors) == 2 * len(units) - moved


async def test_a_visitor_s_answers_are_averaged_first(engine: Engine) -> None:
    experiment = begun(engine)
    asking = chat(engine, model := ScriptedChat("Yes."))
    for number, error in enumerate((None, ModelCut("model_cut", "It broke."), None, None)):
        model.error = error
        prepared = await asking.prepare(Question(f"{number}?", visitor="ann"))
        if error is not None:
            with pytest.raises(ServiceError):
                await asking.collect(prepared)
            continue
        answer = await asking.collect(prepared)
        with writing(engine) as connection:
            feedback.give(connection, answer.id, rating=1 if number else -1, reason=None, comment=None)
    (ann,) = sample_of(engine, experiment).visitors
    assert (ann.shown, ann.failed, ann.rated, ann.up, ann.total_n) == (4, 1, 3, 2, 3)
    with reading(engine) as connection:
        told = {one.metric: one for one in report.of(connection, experiment.id).metrics}
    means = {name: next(arm.mean for arm in one.arms if arm.n) for name, one in told.items() if name != "votes"
             and any(arm.n for arm in one.arms)}  # fmt: skip
    assert means["error_rate"] == 0.25
    assert means["feedback"] == pytest.approx(2 / 3)
    assert means["feedback_per_exposure"] == 0.5
    assert "cost" not in means
    await asking.drain()


@pytest.mark.parametrize(
    ("agent", "robot"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1)", True),
        ("SomeCrawler/1.0", True),
        ("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", False),
        ("openai-python/2.1", False),
        ("CUBOT phone browser", True),
        ("", False),
        (None, False),
    ],
)
async def test_programs_that_say_so_are_known(agent: str | None, robot: bool) -> None:
    assert is_robot(agent) is robot


async def test_the_export_has_every_exposure_and_can_be_added_up_again(engine: Engine) -> None:
    experiment = begun(engine, staff=frozenset({"boss"}))
    asking = chat(engine, ScriptedChat("Yes."))
    for unit in ("ann", "bob", "boss", "ann"):
        answer = await asking.collect(await asking.prepare(Question(f"=cmd {unit}", visitor=unit)))
    with writing(engine) as connection:
        feedback.give(connection, answer.id, rating=-1, reason=None, comment=None)
    with reading(engine) as connection:
        rows = list(csv.DictReader(io.StringIO(export.csv_of(connection, experiment.id)[0])))
        told = report.of(connection, experiment.id)
    assert [row["answer_id"] for row in rows] == [row.answer_id for row in logged(engine)]
    assert [row["excluded"] for row in rows] == ["", "", "staff", "repeat"]
    assert [row["rating"] for row in rows] == ["", "", "", "-1"]
    assert Counter(row["label"] for row in rows) == {k: n for k, n in told.exposures.items() if n}
    assert {float(row["propensity"]) for row in rows} == {0.5}
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row.values())
    await asking.drain()


async def test_the_export_comes_page_by_page_and_loses_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "AT_ONCE", 3)
    experiment = begun(engine)
    splitting = Traffic(engine)
    for number in range(6):
        show(engine, splitting, experiment, str(number))
    pages: list[str] = []
    after: int | None = 0
    while after is not None:
        with reading(engine) as connection:
            text, after = export.csv_of(connection, experiment.id, after)
        pages.append(text)
        if len(pages) == 1:
            show(engine, splitting, experiment, "late")
    assert [len(page.splitlines()) for page in pages] == [4, 3, 1]
    rows = list(csv.DictReader(io.StringIO("".join(pages))))
    assert [row["answer_id"] for row in rows] == [f"ans_{number}" for number in range(7)]


# --- looking after them


def fail(engine: Engine, splitting: Traffic, experiment: Experiment, lane: str, visitors: int) -> None:
    """Visitors come; one lane always fails."""
    for number in range(visitors):
        at = place(experiment, f"visitor {number}")
        finish: Any = "failed" if at.arm == lane else "answered"
        said = Answer(f"ans_{number}", "c", at.variant, "plain", "m", "", finish)
        with writing(engine) as connection:
            splitting.record(connection, at, said, "Sea?")


async def test_a_lane_that_fails_is_stopped_and_the_others_take_its_traffic(engine: Engine) -> None:
    experiment = begun(
        engine, *(Lane(name, weight) for name, weight in zip(PRESETS, (2.0, 1.0, 1.0), strict=True)),
        guardrails=(Guardrail("error_rate", 0.05),),
    )  # fmt: skip
    splitting = Traffic(engine)
    fail(engine, splitting, experiment, "rag", 120)
    assert tend(engine, experiment.id)
    assert not tend(engine, experiment.id)
    with reading(engine) as connection:
        after = book.get(connection, experiment.id)
        told = report.of(connection, experiment.id)
    assert after.status == "running"
    assert after.weights == pytest.approx((2 / 3, 1 / 3, 0.0))
    assert after.phases[-1].stopped_arm == "rag"
    assert "error_rate" in after.stopped_arms["rag"].reason
    assert told.arms[2].stopped == after.stopped_arms["rag"].reason
    assert told.verdict.startswith("RAG was stopped by itself: guardrail error_rate")
    assert told.verdict.endswith("points. Nobody has rated an answer yet."), "said once for all lanes"
    assert {place(after, str(number)).arm for number in range(200)} == {"plain", "few_shot"}


async def test_the_next_failing_lane_is_stopped_too(engine: Engine) -> None:
    """Lane and control keep their proportion when a third one goes, so nothing has to be learned anew."""
    lanes = [Lane(name, 1.0) for name in PRESETS]
    experiment = begun(engine, *lanes, guardrails=(Guardrail("error_rate", 0.05),))
    splitting = Traffic(engine)
    for number in range(150):
        at = place(experiment, f"visitor {number}")
        finish: Any = "answered" if at.arm == "plain" else "failed"
        with writing(engine) as connection:
            said = Answer(f"ans_{number}", "c", at.variant, "plain", "m", "", finish)
            splitting.record(connection, at, said, "Sea?")
    assert tend(engine, experiment.id)
    assert tend(engine, experiment.id)
    with reading(engine) as connection:
        after = book.get(connection, experiment.id)
    assert after.weights == (1.0, 0.0, 0.0)
    assert set(after.stopped_arms) == {"few_shot", "rag"}


async def test_answers_make_the_guardrails_look_by_themselves(engine: Engine) -> None:
    experiment = begun(engine, guardrails=(Guardrail("error_rate", 0.05),))
    splitting = Traffic(engine)
    splitting._tending = Tending(engine, splitting.forget, pause=0.0)
    model = ScriptedChat("Yes.")
    asking = chat(engine, model, splitting)
    for number in range(120):
        at = place(experiment, f"visitor {number}")
        model.error = ModelCut("model_cut", "It broke.") if at.arm == "few_shot" else None
        prepared = await asking.prepare(Question("Sea?", visitor=f"visitor {number}"))
        if model.error is None or prepared.ask.variant.name == "plain":
            model.error = None
            await asking.collect(prepared)
        else:
            with pytest.raises(ServiceError):
                await asking.collect(prepared)

    async def alone() -> bool:
        now = await splitting.assigned("default", "anybody")
        return now is not None and now.propensity == 1.0

    await until(alone)
    await asking.drain()


async def test_two_processes_that_look_at_once_stop_a_lane_once(engine: Engine) -> None:
    experiment = begun(engine, guardrails=(Guardrail("error_rate", 0.05),))
    fail(engine, Traffic(engine), experiment, "few_shot", 100)
    looks = await asyncio.gather(*(asyncio.to_thread(tend, engine, experiment.id) for _ in range(6)))
    assert sum(looks) == 1
    with reading(engine) as connection:
        assert len(book.get(connection, experiment.id).phases) == 2


async def test_thompson_routing_learns_from_thumbs_and_keeps_a_floor(engine: Engine) -> None:
    experiment = begun(engine, routing="thompson", metric="error_rate")
    splitting = Traffic(engine)
    fail(engine, splitting, experiment, "plain", 60)
    assert tend(engine, experiment.id)
    assert not tend(engine, experiment.id)  # nobody new came
    with reading(engine) as connection:
        after = book.get(connection, experiment.id)
        told = report.of(connection, experiment.id)
    assert after.weights == pytest.approx((0.1, 0.9), abs=0.01)
    assert told.weighted
    row = show(engine, splitting, after, "a new one", said=Answer("ans_x", "c", "plain", "plain", "m", "", "answered"))
    assert (
        logged(engine)[-1].propensity
        == row.propensity
        == after.weights[[arm.label for arm in after.arms].index(row.arm)]
    )


async def test_thompson_routing_learns_from_the_share_of_a_visitors_answers(engine: Engine) -> None:
    """Two of five answers fail for everybody in one lane: less than half, and all it needs to lose its traffic."""
    experiment = begun(engine, routing="thompson", metric="error_rate")
    splitting = Traffic(engine)
    for number in range(120):
        at = place(experiment, str(number))
        with writing(engine) as connection:
            for ask in range(5):
                finish: Any = "failed" if at.arm == "plain" and ask < 2 else "answered"
                said = Answer(f"ans_{number}_{ask}", "c", at.variant, "plain", "m", "", finish)
                splitting.record(connection, at, said, f"Question {ask}?")
    assert tend(engine, experiment.id)
    with reading(engine) as connection:
        after = book.get(connection, experiment.id)
    assert after.weights == pytest.approx((0.1, 0.9), abs=0.01)


async def test_thompson_routing_waits_for_visitors_before_it_changes_weights_again(engine: Engine) -> None:
    experiment = begun(engine, routing="thompson", metric="error_rate")
    splitting = Traffic(engine)

    def come(visitors: range) -> None:
        for number in visitors:
            with reading(engine) as connection:
                at = place(book.get(connection, experiment.id), str(number))
            finish: Any = "failed" if number % 2 else "answered"
            with writing(engine) as connection:
                said = Answer(f"ans_{number}", "c", at.variant, "plain", "m", "", finish)
                splitting.record(connection, at, said, "Sea?")

    come(range(19))
    assert not tend(engine, experiment.id)
    come(range(19, 20))
    assert tend(engine, experiment.id)
    assert not tend(engine, experiment.id)
    come(range(20, 40))
    assert tend(engine, experiment.id)


async def test_a_look_at_many_exposures_stays_short(engine: Engine) -> None:
    """Aggregated in the database: one row a visitor leaves it."""
    experiment = begun(engine)
    with writing(engine) as connection:
        rows = []
        for number in range(20_000):
            at = place(experiment, str(number % 2_000))
            rows.append(
                {"experiment_id": experiment.id, "phase": 1, "arm": at.arm, "variant": at.variant, "unit": at.unit,
                 "answer_id": f"a{number}", "question_key": str(number), "propensity": 0.5, "finish": "answered",
                 "first_token": 0.1, "total": 0.5, "cost": None, "at": "2026-01-01T00:00:00.000Z"}
            )  # fmt: skip
        connection.execute(exposures.insert(), rows)
    found = sample_of(engine, experiment)
    assert len(found.visitors) == 2_000
    assert sum(visitor.shown for visitor in found.visitors) == 20_000


# --- refusals


@pytest.mark.parametrize(
    ("lanes", "aa", "code"),
    [
        ([], False, "number_of_lanes"),
        ([Lane("plain", 1.0)], False, "number_of_lanes"),
        ([Lane(f"v{n}", 1.0) for n in range(20)], False, "number_of_lanes"),
        ([Lane("plain", 1.0), Lane("plain", 1.0)], False, "same_variant_twice"),
        ([Lane("plain", 1.0), Lane("rag", 1.0)], True, "aa_differs"),
        ([Lane("plain", 1.0, "x"), Lane("plain", 1.0, "x")], True, "same_label_twice"),
        ([Lane("plain", 1.0, "=1+1"), Lane("rag", 1.0)], False, "bad_label"),
        ([Lane("plain", 0.0), Lane("rag", 1.0)], False, "bad_weight"),
        ([Lane("plain", -1.0), Lane("rag", 1.0)], False, "bad_weight"),
        ([Lane("plain", math.nan), Lane("rag", 1.0)], False, "bad_weight"),
        ([Lane("plain", math.inf), Lane("rag", 1.0)], False, "bad_weight"),
        ([Lane("plain", 1e-9), Lane("rag", 1.0)], False, "bad_weight"),
    ],
)
async def test_lanes_that_cannot_be(lanes: list[Lane], aa: bool, code: str) -> None:
    with pytest.raises(BadRequest) as raised:
        check.lanes(lanes, aa=aa)
    assert raised.value.code == code


async def test_weights_by_label_name_each_lane_and_leave_two_on() -> None:
    arms = (Arm("a", "plain"), Arm("b", "rag"), Arm("c", "few_shot"))
    assert check.by_label(arms, {"a": 3, "b": 1, "c": 0}) == {"a": 0.75, "b": 0.25, "c": 0.0}
    for weights in ({"a": 1.0, "b": 1.0}, {"a": 1.0, "b": 1.0, "c": 1.0, "d": 1.0}, {"a": 1.0, "b": 0.0, "c": 0.0}):
        with pytest.raises(BadRequest):
            check.by_label(arms, weights)


async def test_a_stopped_experiment_stays_as_it_is(engine: Engine) -> None:
    experiment = begun(engine)
    with writing(engine) as connection:
        stopped = book.stop(connection, experiment.id, reason="over", winner="plain")
        assert book.stop(connection, experiment.id, reason="again", winner=None) == stopped
        with pytest.raises(Conflict):
            book.stop(connection, experiment.id, reason="again", winner="few_shot")
        with pytest.raises(Conflict):
            book.reweigh(connection, experiment.id, {"plain": 0.5, "few_shot": 0.5}, reason="")
    assert not tend(engine, experiment.id)


async def test_pages_are_the_newest_first_and_complete(engine: Engine) -> None:
    made = []
    for number in range(5):
        made.append(begun(engine, name=f"test {number}").id)
        with writing(engine) as connection:
            book.stop(connection, made[-1], reason="over", winner=None)
    with reading(engine) as connection:
        whole = [experiment.id for experiment in book.page(connection, 100, None)]
        first = book.page(connection, 2, None)
        rest = book.page(connection, 100, first[-1].id)
    assert sorted(whole) == sorted(made)
    assert whole == [experiment.id for experiment in [*first, *rest]]


async def test_what_was_kept_survives_a_restart(engine: Engine, tmp_path: Path) -> None:
    experiment = begun(engine, staff=frozenset({"boss"}), guardrails=(Guardrail("total", 1.5),))
    show(engine, Traffic(engine), experiment, "ann")
    again = open_engine(sqlite_url(tmp_path))
    try:
        migrate(again, MIGRATIONS)
        with reading(again) as connection:
            assert book.get(connection, experiment.id) == experiment
            assert connection.execute(select(func.count()).select_from(exposures)).scalar_one() == 1
        assert await Traffic(again).assigned("default", "ann") == place(experiment, "ann")
    finally:
        again.dispose()
