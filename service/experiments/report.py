"""What an experiment says so far."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from service.experiments import ballots, book, compared, samples, words
from service.experiments.metrics import VISITORS, VOTES, Metric, Unit
from service.experiments.samples import Sample
from service.experiments.types import Arm, Experiment, MetricName
from service.statistics import sentence, sequential, verdict
from service.statistics.paired import Difference
from service.statistics.ratio import Ratio
from service.statistics.sentence import Language
from service.statistics.sequential import Sequential
from service.statistics.verdict import Pair, Verdict, Word

Decision = Literal["winner", "control", "equivalent", "undecided", "mismatch", "aa"]


@dataclass(frozen=True, slots=True)
class Split:
    chi2: float | None
    p: float
    alarm: bool


@dataclass(frozen=True, slots=True)
class Shown:
    label: str
    variant: str
    weight: float
    exposures: int
    counted: int
    visitors: int
    expected: float
    stopped: str | None


@dataclass(frozen=True, slots=True)
class Mean:
    label: str
    variant: str
    mean: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Compared:
    """Lane `a` minus the control `b`."""

    a: str
    b: str
    metric: MetricName
    difference: float | None
    low: float | None
    high: float | None
    p: float
    verdict: Word
    more_needed: int | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Measured:
    metric: MetricName
    primary: bool
    higher_is_better: bool
    unit: Unit
    greyed: bool
    arms: tuple[Mean, ...]
    comparisons: tuple[Compared, ...]


@dataclass(frozen=True, slots=True)
class Machinery:
    sound: bool | None
    sentence: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    staff: int
    bot: int
    nameless: int
    repeat: int
    moved: int


@dataclass(frozen=True, slots=True)
class Report:
    id: str
    name: str
    status: str
    metric: MetricName
    routing: str
    weighted: bool
    exposures: dict[str, int]
    arms: tuple[Shown, ...]
    left_out: LeftOut
    srm: Split
    metrics: tuple[Measured, ...]
    decision: Decision
    leader: str | None
    verdict: str
    aa: Machinery | None


def of(connection: Connection, experiment_id: str, language: Language = "en") -> Report:
    """Blocks. Raises `Unknown`."""
    experiment = book.get(connection, experiment_id)
    sample = samples.gather(connection, experiment)
    ratio, wanted = compared.split(experiment, sample)
    measured = [_visitors(experiment, sample, metric, ratio.alarm, language) for metric in VISITORS.values()]
    if not experiment.aa:
        wins = ballots.between(connection, experiment)
        measured.append(_votes(experiment, wins, ratio.alarm, language))
    measured.sort(key=lambda one: not one.primary)
    decision, leader = _decision(experiment, ratio, measured)
    tale = words.Tale(experiment, ratio, len(sample.visitors), language)
    return Report(
        id=experiment.id,
        name=experiment.name,
        status=experiment.status,
        metric=experiment.metric,
        routing=experiment.routing,
        weighted=len({phase.weights for phase in experiment.phases}) > 1,
        exposures=dict(sample.shown),
        arms=_arms(experiment, sample, wanted),
        left_out=LeftOut(**sample.left_out),
        srm=Split(_finite(ratio.chi2), ratio.p, ratio.alarm),
        metrics=tuple(measured),
        decision=decision,
        leader=leader,
        verdict=tale.verdict(decision, leader, [one.sentence for one in measured[0].comparisons]),
        aa=_machinery(tale, ratio, measured) if experiment.aa else None,
    )


def _arms(experiment: Experiment, sample: Sample, wanted: dict[str, float]) -> tuple[Shown, ...]:
    taken = experiment.stopped_arms
    return tuple(
        Shown(
            label=arm.label,
            variant=arm.variant,
            weight=weight,
            exposures=sample.shown[arm.label],
            counted=sum(visitor.shown for visitor in sample.of(arm.label)),
            visitors=len(sample.of(arm.label)),
            expected=wanted[arm.label],
            stopped=taken[arm.label].reason if arm.label in taken else None,
        )
        for arm, weight in zip(experiment.arms, experiment.weights, strict=True)
    )


def _visitors(experiment: Experiment, sample: Sample, metric: Metric, greyed: bool, language: Language) -> Measured:
    alone, apart = compared.measured(experiment, sample, metric)
    means = [(arm, alone[arm.label]) for arm in experiment.arms]
    found = [(arm, apart[arm.label]) for arm in experiment.arms[1:]]
    return _measured(experiment, metric, greyed, means, found, language, "visitors")


def _votes(experiment: Experiment, wins: dict[str, tuple[int, int]], greyed: bool, language: Language) -> Measured:
    """A lane's share of wins against the control, less a half: what a difference is where each vote is a pair."""
    means, found = [], []
    for arm in experiment.arms[1:]:
        share = sequential.votes(*wins[arm.label])
        means.append((arm, share))
        found.append((arm, ballots.from_even(share)))
    return _measured(experiment, VOTES, greyed, means, found, language, "votes")


def _measured(
    experiment: Experiment,
    metric: Metric,
    greyed: bool,
    means: Sequence[tuple[Arm, Sequential]],
    found: Sequence[tuple[Arm, Sequential]],
    language: Language,
    counted: verdict.Counted,
) -> Measured:
    control = experiment.arms[0].label
    family = [
        Pair(
            arm.label,
            control,
            words.METRICS[language][metric.name],
            verdict.anytime(it),
            higher_is_better=metric.higher_is_better,
            unit=words.UNITS[metric.unit],
            margin=metric.margin,
            counted=counted,
        )
        for arm, it in found
    ]
    return Measured(
        metric=metric.name,
        primary=metric.name == experiment.metric,
        higher_is_better=metric.higher_is_better,
        unit=metric.unit,
        greyed=greyed,
        arms=tuple(
            Mean(arm.label, arm.variant, _finite(it.estimate), _bound(it, it.low), _bound(it, it.high), it.n)
            for arm, it in means
        ),
        comparisons=tuple(_compared(metric, one, language) for one in verdict.verdicts(family)),
    )


def _compared(metric: Metric, one: Verdict, language: Language) -> Compared:
    it = one.pair.difference
    return Compared(
        a=one.pair.a,
        b=one.pair.b,
        metric=metric.name,
        difference=_finite(it.difference),
        low=_bound(it, it.low),
        high=_bound(it, it.high),
        p=one.p_adjusted,
        verdict=one.word,
        more_needed=one.more_needed,
        sentence=sentence.sentence(one, language),
    )


def _decision(experiment: Experiment, ratio: Ratio, measured: Sequence[Measured]) -> tuple[Decision, str | None]:
    """From the primary metric alone; the lane to choose, where one is decided."""
    if ratio.alarm:
        return "mismatch", None
    if experiment.aa:
        return "aa", None
    outcome = measured[0].comparisons
    sign = 1 if measured[0].higher_is_better else -1
    better = [one for one in outcome if one.verdict == "better" and one.difference is not None]
    if better:
        return "winner", max(better, key=lambda one: sign * (one.difference or 0.0)).a
    if all(one.verdict == "worse" for one in outcome):
        return "control", experiment.arms[0].label
    if all(one.verdict == "equivalent" for one in outcome):
        return "equivalent", None
    return "undecided", None


def _machinery(tale: words.Tale, ratio: Ratio, measured: Sequence[Measured]) -> Machinery:
    """An A/A test is sound while the split fits and no metric tells lanes apart that are the same.

    Several metrics are looked at, so each is held to its share of 5 % (Bonferroni).
    """
    told = [one for metric in measured for one in metric.comparisons]
    limit = sequential.ALPHA / len(measured)
    apart = [one for one in told if one.p <= limit]
    enough = tale.visitors >= sequential.FEWEST
    sound = False if ratio.alarm or apart else True if enough else None
    return Machinery(sound, tale.machinery(sound, [one.sentence for one in apart]))


def _bound(it: Sequential | Difference, end: float) -> float | None:
    return _finite(end) if it.n else None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
