"""What an experiment says so far."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Connection, select

from service.chat.schema import variants
from service.experiments import ballots, book, compared, samples, words
from service.experiments.metrics import VISITORS, VOTES, Metric, Unit
from service.experiments.samples import Sample
from service.experiments.types import Arm, Experiment, MetricName
from service.statistics import sequential, verdict
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
    """Lane `a` minus the control `b`. Without a number in both there is no p, and nobody knows how many are wanting."""

    a: str
    b: str
    metric: MetricName
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
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
    came = {arm.label: len(sample.of(arm.label)) for arm in experiment.arms}
    tale = words.Tale(experiment, ratio, came, words.called(experiment, _labels(connection), language), language)
    measured = [_visitors(tale, sample, metric) for metric in VISITORS.values()]
    if not experiment.aa:
        measured.append(_votes(tale, ballots.between(connection, experiment)))
    measured.sort(key=lambda one: not one.primary)
    decision, leader = _decision(experiment, ratio, measured)
    return Report(
        id=experiment.id,
        name=experiment.name,
        status=experiment.status,
        metric=experiment.metric,
        routing=experiment.routing,
        weighted=_weighted(experiment),
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


def _weighted(experiment: Experiment) -> bool:
    """Whether what it is about is weighed by inverse propensity."""
    primary = VISITORS.get(experiment.metric)
    changed = len({phase.weights for phase in experiment.phases}) > 1
    return changed and not (primary and compared.exact(experiment, primary))


def _labels(connection: Connection) -> dict[str, str]:
    return {row.name: row.label for row in connection.execute(select(variants.c.name, variants.c.label))}


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


def _visitors(tale: words.Tale, sample: Sample, metric: Metric) -> Measured:
    alone, apart = compared.measured(tale.experiment, sample, metric)
    means = [(arm, alone[arm.label]) for arm in tale.experiment.arms]
    found = [(arm, apart[arm.label]) for arm in tale.experiment.arms[1:]]
    return _measured(tale, metric, means, found, {arm.label: it.n for arm, it in means}, _alike(tale, sample, metric))


def _alike(tale: words.Tale, sample: Sample, metric: Metric) -> frozenset[str]:
    """The lanes with which the metric was one and the same for every visitor of theirs and of the control."""
    values: dict[str, set[float]] = {}
    for lane, _, value in compared.rows(sample, metric):
        values.setdefault(lane, set()).add(value)
    control, *others = (arm.label for arm in tale.experiment.arms)
    known = values.get(control, set())
    return frozenset(lane for lane in others if len(known) == 1 and values.get(lane) == known)


def _votes(tale: words.Tale, wins: dict[str, tuple[int, int]]) -> Measured:
    """A lane's share of wins against the control, less a half: what a difference is where each vote is a pair."""
    means, found = [], []
    for arm in tale.experiment.arms[1:]:
        share = sequential.votes(*wins[arm.label])
        means.append((arm, share))
        found.append((arm, ballots.from_even(share)))
    return _measured(tale, VOTES, means, found, None)


def _measured(
    tale: words.Tale,
    metric: Metric,
    means: Sequence[tuple[Arm, Sequential]],
    found: Sequence[tuple[Arm, Sequential]],
    seen: dict[str, int] | None,
    alike: frozenset[str] = frozenset(),
) -> Measured:
    """`seen`: visitors with a number, by label; None for votes. `alike`: lanes that differ in nothing from the control;
    how many visitors would make that a verdict is told only of what the experiment is about."""
    control = tale.experiment.arms[0].label
    family = [
        Pair(
            tale.names[arm.label],
            tale.names[control],
            words.METRICS[tale.language][metric.name],
            verdict.anytime(it),
            higher_is_better=metric.higher_is_better,
            unit=words.UNITS[metric.unit],
            margin=metric.margin,
            counted="votes" if seen is None else "visitors",
        )
        for arm, it in found
    ]
    told = []
    for (arm, it), one in zip(found, verdict.verdicts(family), strict=True):
        known = bool(it.n if seen is None else min(seen[arm.label], seen[control]))
        if arm.label in alike and metric.name != tale.experiment.metric:
            one = replace(one, more_needed=None if one.word == "undecided" else one.more_needed)
        said = tale.compared(metric.name, arm.label, one, seen)
        told.append(_compared(metric, arm.label, control, one, said, known=known))
    return Measured(
        metric=metric.name,
        primary=metric.name == tale.experiment.metric,
        higher_is_better=metric.higher_is_better,
        unit=metric.unit,
        greyed=tale.ratio.alarm,
        arms=tuple(
            Mean(arm.label, arm.variant, _finite(it.estimate), _bound(it, it.low), _bound(it, it.high), it.n)
            for arm, it in means
        ),
        comparisons=tuple(told),
    )


def _compared(metric: Metric, label: str, control: str, one: Verdict, said: str, *, known: bool) -> Compared:
    it = one.pair.difference
    return Compared(
        a=label,
        b=control,
        metric=metric.name,
        difference=_finite(it.difference) if known else None,
        low=_finite(it.low) if known else None,
        high=_finite(it.high) if known else None,
        p=one.p_adjusted if known else None,
        verdict=one.word,
        more_needed=one.more_needed if known else None,
        sentence=said,
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
    apart = [one for one in told if one.p is not None and one.p <= limit]
    enough = tale.visitors >= sequential.FEWEST
    sound = False if ratio.alarm or apart else True if enough else None
    return Machinery(sound, tale.machinery(sound, [one.sentence for one in apart]))


def _bound(it: Sequential, end: float) -> float | None:
    return _finite(end) if it.n else None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
