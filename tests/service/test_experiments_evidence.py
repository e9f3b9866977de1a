"""What an experiment concludes, by seeded simulation: alarms that fire, alarms that do not, verdicts that hold."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from ingest.catalogue import collections
from ingest.catalogue.engine import migrate, open_engine, reading, sqlite_url, writing
from service.chat.schema import answers, conversations, feedback
from service.compare.schema import comparisons, lanes, votes
from service.experiments import book, compared, report, words
from service.experiments.guard import _comparable, breach
from service.experiments.metrics import VISITORS
from service.experiments.report import Report
from service.experiments.samples import Sample, Visitor
from service.experiments.schema import exposures
from service.experiments.traffic import place
from service.experiments.types import DEFAULT_GUARDRAILS, Arm, Experiment, Guardrail, MetricName, Phase
from service.statistics import bandit, sequential
from service.wiring import MIGRATIONS

SIMULATIONS = 200
LOOK_EVERY = 20


def experiment(*phases: tuple[float, ...], **given: Any) -> Experiment:
    """Of plain (the control) against others, without a catalogue."""
    phases = phases or ((0.5, 0.5),)
    variants = ("plain", "few_shot", "rag")[: len(phases[0])]
    values: dict[str, Any] = {
        "id": "exp_0",
        "name": "test",
        "metric": "feedback",
        "status": "running",
        "arms": tuple(Arm(name, name) for name in variants),
        "salt": "salt",
        "collection": None,
        "collection_id": None,
        "routing": "fixed",
        "guardrails": DEFAULT_GUARDRAILS,
        "staff": frozenset(),
        "aa": False,
        "expected_n": 500,
        "created_at": "2026-01-01T00:00:00.000Z",
        "stopped_at": None,
        "stop_reason": None,
        "winner": None,
        "phases": tuple(Phase(number, weights, "", "") for number, weights in enumerate(phases, 1)),
    }
    return Experiment(**{**values, **given})


def visitor(arm: str, *, failed: bool = False, up: bool | None = None, total: float = 1.0, **given: Any) -> Visitor:
    """One answer's worth of visitor."""
    values: dict[str, Any] = {
        "arm": arm,
        "phase": 1,
        "propensity": 0.5,
        "shown": 1,
        "failed": int(failed),
        "declined": 0,
        "rated": int(up is not None),
        "up": int(bool(up)),
        "first_token": 0.0,
        "first_token_n": 0,
        "total": 0.0 if failed else total,
        "total_n": int(not failed),
        "cost": 0.0,
        "cost_n": 0,
    }
    return Visitor(**{**values, **given})


def sample(*visitors: Visitor) -> Sample:
    return Sample({}, {"staff": 0, "bot": 0, "repeat": 0, "moved": 0}, visitors)


def stopped_within(
    visitors: int, draw: Callable[[random.Random, str], Visitor], seed: int, tested: Experiment
) -> int | None:
    """After how many visitors a guardrail fires, looking again and again; None when it never does."""
    rng = random.Random(seed)
    shown: list[Visitor] = []
    for number in range(visitors):
        shown.append(draw(rng, rng.choice([arm.label for arm in tested.arms])))
        if (number + 1) % LOOK_EVERY == 0 and breach(tested, sample(*shown)) is not None:
            return number + 1
    return None


# --- guardrails


def test_guardrails_leave_lanes_alone_that_are_no_worse() -> None:
    """Every lane fails 8 % of the time and takes as long: 200 experiments, 25 looks each, at most 5 % stop one."""

    def draw(rng: random.Random, arm: str) -> Visitor:
        return visitor(arm, failed=rng.random() < 0.08, total=rng.lognormvariate(1.0, 0.8))

    fired = [stopped_within(500, draw, seed, experiment()) for seed in range(SIMULATIONS)]
    assert sum(at is not None for at in fired) <= 0.05 * SIMULATIONS


def test_guardrails_without_a_margin_keep_their_alpha() -> None:
    """With nothing to spare a lane that is just as good is the hardest case: rare failures, long-tailed times."""
    rails = (Guardrail("error_rate", 0.0), Guardrail("total", 0.0))

    def draw(rng: random.Random, arm: str) -> Visitor:
        return visitor(arm, failed=rng.random() < 0.03, total=rng.lognormvariate(0.0, 1.2))

    tested = experiment((1 / 3, 1 / 3, 1 / 3), guardrails=rails)
    fired = [stopped_within(500, draw, seed, tested) for seed in range(SIMULATIONS)]
    assert sum(at is not None for at in fired) <= 0.05 * SIMULATIONS


@pytest.mark.parametrize(("rate", "within"), [(1.0, 60), (0.5, 160), (0.3, 400)])
def test_guardrails_stop_a_lane_that_fails(rate: float, within: int) -> None:
    def draw(rng: random.Random, arm: str) -> Visitor:
        return visitor(arm, failed=arm == "few_shot" and rng.random() < rate)

    fired = [stopped_within(within, draw, seed, experiment()) for seed in range(40)]
    assert sum(at is not None for at in fired) >= 36
    always = [visitor(arm, failed=arm == "few_shot") for arm in ("plain", "few_shot") * 40]
    found = breach(experiment(), sample(*always))
    assert found is not None
    assert found.arm == "few_shot"


def test_guardrails_stop_a_lane_that_is_slow_and_never_the_control() -> None:
    def draw(rng: random.Random, arm: str) -> Visitor:
        return visitor(arm, total=rng.lognormvariate(3.5 if arm == "few_shot" else 1.0, 0.4))

    assert stopped_within(200, draw, 1, experiment()) is not None

    def slow_control(rng: random.Random, arm: str) -> Visitor:
        return visitor(arm, total=rng.lognormvariate(3.5 if arm == "plain" else 1.0, 0.4), failed=arm == "plain")

    assert stopped_within(200, slow_control, 1, experiment()) is None


def test_a_guardrail_on_what_should_be_high_looks_the_other_way() -> None:
    rails = (Guardrail("feedback", 0.1),)
    disliked = [visitor(arm, up=arm == "plain") for arm in ("plain", "few_shot") * 40]
    liked = [visitor(arm, up=arm != "plain") for arm in ("plain", "few_shot") * 40]
    assert breach(experiment(guardrails=rails), sample(*disliked)) is not None
    assert breach(experiment(guardrails=rails), sample(*liked)) is None


def test_visitors_of_other_proportions_are_not_thrown_together() -> None:
    """A bad day with nearly all visitors in one lane, then a good one with halves: pooled, that lane looks bad."""
    bad_day = [visitor("few_shot", failed=n % 2 == 0) for n in range(1800)]
    bad_day += [visitor("plain", failed=n % 2 == 0) for n in range(200)]
    good_day = [visitor(arm, phase=2) for arm in ("plain", "few_shot") * 150]
    rails = (Guardrail("error_rate", 0.0),)
    tested = experiment((0.1, 0.9), (0.5, 0.5), guardrails=rails)
    assert breach(tested, sample(*bad_day, *good_day)) is None
    pooled = experiment((0.5, 0.5), (0.5, 0.5), guardrails=rails)
    assert breach(pooled, sample(*bad_day, *good_day)) is not None


def liked(arm: str, rate: float, count: int, **given: Any) -> list[Visitor]:
    """The first `rate` of so many visitors liked their answer."""
    return [visitor(arm, up=at < rate * count, **given) for at in range(count)]


def test_a_lane_that_is_stopped_takes_nothing_from_the_others() -> None:
    """A third lane fails, and its guardrail takes it out: the proportion of the other two, and what is known of all
    three, is what it was."""
    seen = [*liked("plain", 0.2, 60), *liked("few_shot", 0.8, 60), *liked("rag", 0.0, 20)]
    thirds, halves = (1 / 3, 1 / 3, 1 / 3), (0.5, 0.5, 0.0)
    before = compared.measured(experiment(thirds), sample(*seen), VISITORS["feedback"])
    after = compared.measured(experiment(thirds, halves), sample(*seen), VISITORS["feedback"])
    assert after == before
    assert after[1]["few_shot"].decided
    assert after[1]["few_shot"].low > 0.2
    later = [*liked("plain", 1.0, 30, phase=2), *liked("few_shot", 1.0, 30, phase=2)]
    means, apart = compared.measured(experiment(thirds, halves), sample(*seen, *later), VISITORS["feedback"])
    assert apart["few_shot"].n == 180
    assert apart["rag"] == before[1]["rag"], "of the control it is held against who came in its own time"
    assert apart["few_shot"].estimate == pytest.approx(means["few_shot"].estimate - means["plain"].estimate)


def test_where_two_lanes_proportion_changed_their_means_are_weighed() -> None:
    seen = [*liked("plain", 0.2, 60), *liked("few_shot", 0.8, 60), *liked("rag", 0.8, 60)]
    tested = experiment((1 / 3, 1 / 3, 1 / 3), (0.25, 0.25, 0.5))
    apart = compared.measured(tested, sample(*seen), VISITORS["feedback"])[1]
    assert apart["few_shot"].decided
    assert not apart["rag"].decided, "too few for the asymptotic sequence"
    assert compared.steady(tested, "few_shot") == {1, 2}
    assert compared.steady(tested, "rag") == set()


def test_every_change_of_proportions_begins_a_test_with_less_alpha() -> None:
    """An experiment may change by hand as often as one likes: all its tests together keep to alpha."""
    phases = [(0.5, 0.5) if at % 2 else (0.4, 0.6) for at in range(40)]
    shares_of_alpha = [_comparable(experiment(*phases[: n + 1]), "few_shot", 1.0) for n in range(len(phases))]
    assert [now for now, _ in shares_of_alpha] == [frozenset({n + 1}) for n in range(len(phases))]
    assert sum(alpha for _, alpha in shares_of_alpha) <= 1.0
    put_back = experiment((0.5, 0.5), (1.0, 0.0), (0.5, 0.5))
    assert _comparable(put_back, "few_shot", 1.0) == (frozenset({3}), pytest.approx(1 / 6))
    others = experiment((0.25, 0.25, 0.5), (0.5, 0.5, 0.0))
    assert _comparable(others, "few_shot", 1.0) == (frozenset({1, 2}), 0.5)


def shown(rng: random.Random, arm: str, questions: int, rate: float) -> Visitor:
    """Somebody with a chance to see failures that is their own, around the lane's rate, who asked so often."""
    chance = rng.betavariate(9 * rate, 9 * (1 - rate)) if 0 < rate < 1 and questions > 1 else rate
    failed = sum(rng.random() < chance for _ in range(questions))
    return visitor(arm, shown=questions, failed=failed, total_n=0, total=0.0)


@pytest.mark.parametrize("questions", [1, 3, 10])
def test_failed_answers_count_by_how_many_failed(questions: int) -> None:
    """One answer in five fails: whether that makes most of anybody's answers does not matter."""
    fired = [
        stopped_within(
            400, lambda rng, arm: shown(rng, arm, questions, 0.2 if arm == "few_shot" else 0.0), seed, experiment()
        )
        for seed in range(20)
    ]
    assert sum(at is not None for at in fired) >= 18


@pytest.mark.parametrize("questions", [1, 2, 3, 10])
def test_a_lane_within_its_limit_is_not_stopped(questions: int) -> None:
    """3.5 points worse where 5 are allowed: of two answers one failed for 7 % of the visitors, another number."""
    rng = random.Random(1)
    seen = [shown(rng, arm, questions, 0.035 if arm == "few_shot" else 0.0) for arm in ("plain", "few_shot") * 4000]
    assert breach(experiment(), sample(*seen)) is None


@pytest.mark.parametrize("questions", [3, 10])
def test_guardrails_on_visitors_who_ask_more_than_once_keep_their_alpha(questions: int) -> None:
    rails = (Guardrail("error_rate", 0.0),)

    def draw(rng: random.Random, arm: str) -> Visitor:
        return shown(rng, arm, questions, 0.1)

    fired = [stopped_within(300, draw, seed, experiment(guardrails=rails)) for seed in range(100)]
    assert sum(at is not None for at in fired) <= 5


def test_the_difference_is_of_the_means_beside_it() -> None:
    """A third of everybody's answers failed in one lane: no visitor has a half, and still it is 33 points."""
    seen = [visitor(arm, shown=3, failed=int(arm == "few_shot")) for arm in ("plain", "few_shot") * 30]
    means, apart = compared.measured(experiment(), sample(*seen), VISITORS["error_rate"])
    found = apart["few_shot"]
    assert (means["few_shot"].estimate, means["plain"].estimate) == (pytest.approx(1 / 3), 0.0)
    assert found.estimate == pytest.approx(1 / 3)
    assert 0 < found.low < 1 / 3 < found.high
    assert means["few_shot"].low < 1 / 3 < means["few_shot"].high


# --- sample ratio


def split_of(counts: dict[str, int], weights: tuple[float, ...]) -> Any:
    return compared.split(
        experiment(weights), sample(*(visitor(arm) for arm, count in counts.items() for _ in range(count)))
    )[0]


def test_the_split_alarm_fires_on_a_broken_split_and_not_on_a_good_one() -> None:
    """2,500 visitors by the hash itself, 100 experiments: at 0.1 % hardly one; with 20 % of a lane lost, most."""
    good = broken = 0
    for seed in range(100):
        tested = experiment((0.5, 0.5), salt=f"salt {seed}")
        rng = random.Random(seed)
        at = [place(tested, f"visitor {number}").arm for number in range(2500)]
        kept = [arm for arm in at if arm == "plain" or rng.random() > 0.2]
        good += compared.split(tested, sample(*map(visitor, at)))[0].alarm
        broken += compared.split(tested, sample(*map(visitor, kept)))[0].alarm
    assert good <= 2
    assert broken >= 90


def test_the_split_is_held_against_the_weights_of_each_visitor_s_phase() -> None:
    tested = experiment((0.9, 0.1), (0.5, 0.5))
    shown = [visitor("plain", phase=1)] * 900 + [visitor("few_shot", phase=1)] * 100
    shown += [visitor("plain", phase=2)] * 500 + [visitor("few_shot", phase=2)] * 500
    found, wanted = compared.split(tested, sample(*shown))
    assert found.chi2 == pytest.approx(0.0)
    assert not found.alarm
    assert wanted == {"plain": pytest.approx(1400), "few_shot": pytest.approx(600)}
    assert split_of({"plain": 700, "few_shot": 300}, (0.5, 0.5)).alarm


def test_the_golden_split() -> None:
    found = split_of({"plain": 5000, "few_shot": 5200}, (0.5, 0.5))
    assert found.chi2 == pytest.approx(3.9216, abs=5e-5)
    assert found.p == pytest.approx(0.04767, abs=5e-6)
    assert not found.alarm


# --- differences


def decided(log: list[tuple[str, float, float]]) -> bool:
    known = {arm: compared.moments(arm, log) for arm in ("plain", "few_shot")}
    return sequential.difference(known["few_shot"], known["plain"]).decided


@pytest.mark.parametrize("rate", [0.05, 0.5, 0.8])
def test_looking_all_the_time_raises_few_false_alarms(rate: float) -> None:
    fired = 0
    for seed in range(SIMULATIONS):
        rng = random.Random(seed)
        log: list[tuple[str, float, float]] = []
        for number in range(600):
            log.append((rng.choice(("plain", "few_shot")), 0.5, float(rng.random() < rate)))
            if number % LOOK_EVERY == 0 and decided(log):
                fired += 1
                break
    assert fired <= 0.05 * SIMULATIONS


def test_weights_that_change_with_the_times_do_not_bias_the_difference() -> None:
    """Simpson: everybody is happier in phase 2, which has more of one lane. The naive difference is 0.24; ours is 0."""
    rng = random.Random(7)
    naive: dict[str, list[float]] = {"plain": [], "few_shot": []}
    log = []
    for phase_rate, share in ((0.3, 0.2), (0.7, 0.8)):
        for _ in range(4000):
            arm = "few_shot" if rng.random() < share else "plain"
            value = float(rng.random() < phase_rate)
            naive[arm].append(value)
            log.append((arm, share if arm == "few_shot" else 1 - share, value))
    known = {arm: compared.moments(arm, log) for arm in naive}
    means = {arm: sum(values) / len(values) for arm, values in naive.items()}
    assert means["few_shot"] - means["plain"] > 0.2
    found = sequential.difference(known["few_shot"], known["plain"])
    assert found.low < 0 < found.high
    assert abs(found.estimate) < 0.05


def test_while_weights_never_change_the_mean_is_the_plain_one() -> None:
    values = [0.0, 1.0, 1.0, 0.5]
    known = compared.moments("plain", [("plain", 0.3, value) for value in values] + [("few_shot", 0.7, 1.0)])
    assert known.n == 4
    assert known.mean == pytest.approx(0.625)
    assert known.variance == pytest.approx(0.2291667)


def test_thompson_routing_is_estimated_without_bias() -> None:
    """Two lanes as good as each other under adaptive weights: the mean over 200 runs is the truth within its error."""
    off: list[float] = []
    for seed in range(SIMULATIONS):
        rng = random.Random(seed)
        outcomes = {"plain": [0, 0], "few_shot": [0, 0]}
        shares = {"plain": 0.5, "few_shot": 0.5}
        log = []
        for _ in range(8):
            for _ in range(40):
                arm = "plain" if rng.random() < shares["plain"] else "few_shot"
                success = rng.random() < 0.6
                outcomes[arm][0 if success else 1] += 1
                log.append((arm, shares[arm], float(success)))
            shares = bandit.propensities({arm: (w, n) for arm, (w, n) in outcomes.items()}, seed=seed)
            assert min(shares.values()) >= 0.1 - 1e-9
        off.append(compared.moments("few_shot", log).mean - 0.6)
    mean = sum(off) / len(off)
    spread = (sum((value - mean) ** 2 for value in off) / (len(off) - 1) / len(off)) ** 0.5
    assert abs(mean) < 4 * spread


# --- whole reports


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(sqlite_url(tmp_path))
    migrate(made, MIGRATIONS)
    with writing(made) as connection:
        collections.ensure(connection, "default", "none")
    yield made
    made.dispose()


def ran(
    engine: Engine,
    visitors: int,
    liked: Callable[[random.Random, str], bool],
    *,
    lost: str | None = None,
    metric: MetricName = "feedback",
    aa: bool = False,
    rated: Sequence[str] = ("plain", "rag", "A", "B"),
    cost: float | None = None,
) -> Experiment:
    """An experiment in the catalogue that so many visitors went through; `lost` is a lane that half of them leave
    before they see an answer, `rated` are the lanes in which they rate it."""
    rng = random.Random(visitors)
    arms = (Arm("A", "plain"), Arm("B", "plain")) if aa else (Arm("plain", "plain"), Arm("rag", "rag"))
    with writing(engine) as connection:
        tested = book.create(
            connection,
            book.New("test", metric, arms, (0.5, 0.5), None, "fixed", (), frozenset(), aa, 500),
            ("plain", "rag"),
        )
        # The same draw every time: a random salt is an uneven split, rightly called so, once in a thousand.
        drawn = replace(tested, id="seeded", salt="seeded")
        connection.execute(insert(conversations).values(id="c", collection="default", title="", created_at=""))
        shown, kept, thumbs = [], [], []
        for number in range(visitors):
            at = place(drawn, str(number))
            if at.arm == lost and rng.random() < 0.5:
                continue
            row = {"id": f"a{number}", "question": "", "variant": at.variant, "finish": "answered", "text": ""}
            kept.append({**row, "conversation_id": "c", "body": {}, "created_at": ""})
            if at.arm in rated:
                thumbs.append({"answer_id": row["id"], "rating": 1 if liked(rng, at.arm) else -1, "created_at": ""})
            shown.append(
                {"experiment_id": tested.id, "phase": 1, "arm": at.arm, "variant": at.variant, "unit": at.unit,
                 "answer_id": row["id"], "question_key": "", "propensity": 0.5, "finish": "answered",
                 "total": rng.uniform(1, 2), "first_token": 0.5, "cost": cost, "at": ""}
            )  # fmt: skip
        for table, rows in ((answers, kept), (feedback, thumbs), (exposures, shown)):
            if rows:
                connection.execute(insert(table), rows)
    return tested


def told(engine: Engine, tested: Experiment, language: Any = "en") -> Report:
    with reading(engine) as connection:
        return report.of(connection, tested.id, language)


def test_a_better_lane_is_named_and_by_how_much(engine: Engine) -> None:
    found = told(engine, ran(engine, 1200, lambda rng, arm: rng.random() < (0.8 if arm == "rag" else 0.6)))
    assert (found.decision, found.leader) == ("winner", "rag")
    assert found.verdict.startswith("Choose RAG. RAG is better than Plain on thumbs up among rated answers by ")
    primary = found.metrics[0]
    assert (primary.metric, primary.primary, primary.greyed) == ("feedback", True, False)
    (only,) = primary.comparisons
    assert only.low is not None
    assert only.high is not None
    assert 0 < only.low < 0.2 < only.high
    assert only.p is not None
    assert only.p < 0.05
    assert [metric.metric for metric in found.metrics if metric.primary] == ["feedback"]
    assert {metric.metric for metric in found.metrics} == {*VISITORS, "votes"}


def test_a_worse_lane_keeps_the_control_and_the_same_in_chinese(engine: Engine) -> None:
    tested = ran(engine, 1200, lambda rng, arm: rng.random() < (0.5 if arm == "rag" else 0.8))
    found = told(engine, tested)
    assert (found.decision, found.leader) == ("control", "plain")
    assert found.verdict.startswith("Keep Plain. RAG is worse than Plain ")
    assert told(engine, tested, "zh-TW").verdict.startswith("請保留 直接回答。")


def test_few_visitors_decide_nothing(engine: Engine) -> None:
    found = told(engine, ran(engine, 16, lambda rng, arm: arm == "rag"))
    assert (found.decision, found.leader) == ("undecided", None)
    assert "Not decided yet" in found.verdict
    assert found.metrics[0].comparisons[0].more_needed is not None
    assert told(engine, experiment_without_visitors(engine)).verdict == "Nobody was shown an answer yet."


@pytest.mark.parametrize(
    ("visitors", "rated", "metric", "said"),
    [
        (16, (), "feedback", "Nobody has rated an answer yet."),
        (16, ("plain",), "feedback", "Nobody has rated an answer of RAG yet, so there is nothing to compare it with."),
        (1, ("plain", "rag"), "feedback", "{} has had no visitor yet, so there is nothing to compare."),
        (16, (), "votes", "Nobody has chosen between RAG and Plain in a blind vote yet."),
        (16, (), "cost", "Of {} there is no cost an answer yet, so there is nothing to compare."),
    ],
)
def test_where_nothing_can_be_compared_the_report_says_what_is_wanting(
    engine: Engine, visitors: int, rated: tuple[str, ...], metric: MetricName, said: str
) -> None:
    tested = ran(engine, visitors, lambda rng, arm: True, metric=metric, rated=rated)
    found = told(engine, tested)
    (only,) = next(one for one in found.metrics if one.metric == metric).comparisons
    assert any(only.sentence.startswith(said.format(lane)) for lane in ("RAG", "Plain")), only.sentence
    assert (only.verdict, only.p, only.difference, only.low, only.more_needed) == ("undecided", None, None, None, None)
    assert found.verdict == only.sentence
    assert told(engine, tested, "zh-TW").verdict != only.sentence


def test_what_is_the_same_for_everybody_is_not_called_too_few(engine: Engine) -> None:
    """Every answer of the local model costs nothing, for however many visitors."""
    tested = ran(engine, 400, lambda rng, arm: True, cost=0.0)
    cost = next(one for one in told(engine, tested).metrics if one.metric == "cost").comparisons[0]
    assert cost.sentence == "RAG and Plain do not differ on cost an answer: it was the same for each of 400 visitors."
    assert cost.verdict == "undecided"


@pytest.mark.parametrize("visitors", [22, 400])
def test_no_more_visitors_are_asked_for_of_what_differs_for_nobody(engine: Engine, visitors: int) -> None:
    found = told(engine, ran(engine, visitors, lambda rng, arm: True, cost=0.0))
    for name in ("cost", "declined_rate", "error_rate", "first_token"):
        only = next(one for one in found.metrics if one.metric == name).comparisons[0]
        assert (only.difference, only.verdict, only.more_needed) == (0.0, "undecided", None), name
        assert "more visitors" not in only.sentence
    differs = next(one for one in found.metrics if one.metric == "total").comparisons[0]
    assert differs.more_needed is not None, "the times are drawn by lot"
    assert found.metrics[0].comparisons[0].more_needed, "what it is about can still be shown to be the same"


def test_lanes_are_called_what_the_page_calls_them() -> None:
    own = experiment(arms=(Arm("plain", "plain"), Arm("mine", "mine")))
    assert words.called(own, {"mine": "Ours, short"}, "zh-TW") == {"plain": "直接回答", "mine": "Ours, short"}
    labelled = experiment(arms=(Arm("A", "plain"), Arm("B", "plain")), aa=True)
    assert words.called(labelled, {}, "en") == {"A": "A", "B": "B"}
    alike = experiment(arms=(Arm("one", "one"), Arm("two", "two")))
    assert words.called(alike, {"one": "Same", "two": "Same"}, "en") == {"one": "one", "two": "two"}


@pytest.mark.parametrize(("language", "said"), [("en", "fewer than {} visitors"), ("zh-TW", "不到 {} 位")])
def test_too_early_names_the_number_that_it_takes(engine: Engine, language: Any, said: str) -> None:
    found = told(engine, ran(engine, sequential.FEWEST - 10, lambda rng, arm: True, aa=True), language)
    assert found.aa is not None
    assert said.format(sequential.FEWEST) in found.aa.sentence


def experiment_without_visitors(engine: Engine) -> Experiment:
    with writing(engine) as connection:
        for running in book.running(connection):
            book.stop(connection, running.id, reason="over", winner=None)
        new = book.New("empty", "votes", (Arm("a", "plain"), Arm("b", "rag")), (0.5, 0.5), None, "fixed", (),
                       frozenset(), False, 500)  # fmt: skip
        return book.create(connection, new, ("plain", "rag"))


def test_a_broken_split_greys_everything_and_concludes_nothing(engine: Engine) -> None:
    found = told(engine, ran(engine, 1200, lambda rng, arm: arm == "rag" or rng.random() < 0.3, lost="rag"))
    assert found.srm.alarm
    assert (found.decision, found.leader) == ("mismatch", None)
    assert all(metric.greyed for metric in found.metrics)
    assert found.verdict.startswith("Nothing can be concluded: the visitors do not fit the weights")


def test_an_aa_test_says_whether_the_machinery_is_sound(engine: Engine) -> None:
    found = told(engine, ran(engine, 800, lambda rng, arm: rng.random() < 0.6, aa=True))
    assert found.decision == "aa"
    assert found.aa is not None
    assert found.aa.sound is True
    assert {metric.metric for metric in found.metrics} == set(VISITORS)


@pytest.mark.parametrize(("visitors", "sound"), [(20, None), (800, False)])
def test_an_aa_test_that_tells_equal_lanes_apart_is_not_sound(
    engine: Engine, visitors: int, sound: bool | None
) -> None:
    found = told(engine, ran(engine, visitors, lambda rng, arm: rng.random() < (0.9 if arm == "B" else 0.5), aa=True))
    assert found.aa is not None
    assert found.aa.sound is sound


def vote(engine: Engine, number: int, voter: str, winner: str, *, counted: bool = True, at: str = "2027") -> None:
    """A blind comparison of plain (lane 0) and rag (lane 1), and somebody's vote."""
    key = f"k{number}"
    with writing(engine) as connection:
        connection.execute(
            insert(comparisons).values(
                id=key, question="", question_key=key, battle_key=key, collection="default", blind=True, drawn=False,
                created_at=at,
            )
        )  # fmt: skip
        for lane, variant in enumerate(("plain", "rag")):
            connection.execute(
                insert(lanes).values(
                    comparison_id=key, lane=lane, asked=lane, began=lane, variant=variant, base=variant, label="",
                    approach=variant, model="m", parameters={}, prompt_hash="", arm=variant, outcome="answered",
                )
            )  # fmt: skip
        connection.execute(
            insert(votes).values(
                id=f"v{number}", comparison_id=key, voter=voter, battle_key=key, winner=winner, source="compare",
                counted=counted, created_at=at,
            )
        )  # fmt: skip


def test_blind_votes_count_once_a_voter(engine: Engine) -> None:
    tested = ran(engine, 60, lambda rng, arm: True, metric="votes")
    for number in range(45):
        vote(engine, number, f"voter {number}", "1")
    for number in range(45, 60):
        vote(engine, number, f"voter {number}", "0")
    vote(engine, 60, "voter 0", "0")  # changed their mind: the side they took first stays
    for number in range(61, 80):
        vote(engine, number, "voter 1", "1")  # still one
    vote(engine, 80, "other", "tie")
    vote(engine, 81, "another", "1", counted=False)
    vote(engine, 82, "early", "1", at="2020")
    found = told(engine, tested)
    primary = found.metrics[0]
    assert (primary.metric, primary.arms[0].label, primary.arms[0].n) == ("votes", "rag", 60)
    assert primary.arms[0].mean == pytest.approx(45 / 60)
    assert primary.comparisons[0].difference == pytest.approx(45 / 60 - 0.5)
    assert primary.comparisons[0].p == pytest.approx(1 / sequential.e_value(45, 60))
    assert (found.decision, found.leader) == ("winner", "rag")
