"""Arms against each other on the same questions: paired, clustered by document, Holm over each family."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from service.evaluate.report.naming import names
from service.evaluate.report.scored import Scored
from service.evaluate.report.types import Compared, Lift
from service.metrics import METRICS
from service.statistics.paired import Difference, paired
from service.statistics.sentence import Language, sentence
from service.statistics.verdict import Pair, Verdict, verdicts

LANGUAGES: tuple[Language, ...] = ("en", "zh-TW")
_OTHER_RUN: Mapping[Language, str] = {"en": " (the other run)", "zh-TW": "（另一次執行）"}


def number(value: float) -> float | None:
    """Six digits; None for what is no number."""
    return round(value, 6) if math.isfinite(value) else None


def difference(found: Scored, a: str, b: str, metric: str, other: Scored | None = None) -> Difference:
    """Arm `a` minus arm `b` (of `other`, where given) on the cases that both have a score for."""
    first, second = found.means(a, metric), (other or found).means(b, metric)
    shared = [id for id in first if id in second]
    return paired(
        [first[id] for id in shared],
        [second[id] for id in shared],
        [found.clusters[id] for id in shared],
        within=METRICS[metric].within,
    )


def judged(drawn: Sequence[tuple[Scored, str, str]], metric: str, other: Scored | None = None) -> list[Compared | None]:
    """Verdicts on one metric for pairs that are looked at together, in order; None for one without a shared score."""
    known = METRICS[metric]
    pairs: list[Pair] = []
    places: list[int] = []
    for place, (found, a, b) in enumerate(drawn):
        apart = difference(found, a, b, metric, other)
        if apart.n:
            pairs.append(Pair(a, b, known.label, apart, known.higher_is_better, known.unit, known.margin))
            places.append(place)
    made: list[Compared | None] = [None] * len(drawn)
    for place, verdict in zip(places, verdicts(pairs), strict=True):
        found, a, b = drawn[place]
        made[place] = _compared(found, a, b, metric, verdict, apart_runs=other is not None)
    return made


def family(found: Scored, pairs: Sequence[tuple[str, str]], metric: str, other: Scored | None = None) -> list[Compared]:
    """The same of one set of rows, without those that could not be compared."""
    return [one for one in judged([(found, a, b) for a, b in pairs], metric, other) if one is not None]


def comparisons(found: Scored, baseline: str, metrics: Sequence[str]) -> list[Compared]:
    """Every variant against the baseline, then the one that searches documents against every other.

    Each metric and each of the two questions is a family of its own. The reference arms are no candidates: what they
    say is in `lifts`.
    """
    variants = [arm.name for arm in found.variants()]
    grounded = lead(found)
    against_baseline = [(name, baseline) for name in variants if name != baseline]
    against_lead = [(grounded, name) for name in variants if grounded and name not in (grounded, baseline)]
    if grounded == baseline:
        against_lead = []
    made = []
    for metric in metrics:
        made += family(found, against_baseline, metric)
        made += family(found, against_lead, metric)
    return made


def lead(found: Scored) -> str | None:
    """The first variant that answers from documents."""
    return next((arm.name for arm in found.variants() if "k" in arm.parameters), None)


def baseline_of(found: Scored, asked: str | None) -> str:
    """The arm asked for, else the first plain one, else the first."""
    if asked is not None:
        return asked
    arms = found.variants()
    return next((arm.name for arm in arms if arm.approach == "plain"), arms[0].name)


def lifts(found: Scored, metrics: Sequence[str]) -> list[Lift]:
    """What the reference arms say of the arm that searches documents."""
    grounded = lead(found) or found.variants()[0].name
    kinds = {arm.kind: arm.name for arm in found.run.arms if arm.kind != "variant"}
    wanted = []
    if "closed_book" in kinds and kinds["closed_book"] != grounded:
        wanted.append(("rag_lift", grounded, kinds["closed_book"]))
    if "oracle" in kinds:
        wanted.append(("generation_gap", kinds["oracle"], grounded))
    if "refuse" in kinds:
        wanted.append(("above_refusing", grounded, kinds["refuse"]))
    made = []
    for name, a, b in wanted:
        for metric in metrics:
            apart = difference(found, a, b, metric)
            if apart.n:
                low, high = number(apart.low), number(apart.high)
                made.append(Lift(name, a, b, metric, number(apart.difference), low, high, apart.n))
    return made


def _compared(found: Scored, a: str, b: str, metric: str, verdict: Verdict, *, apart_runs: bool) -> Compared:
    apart = verdict.pair.difference
    told: dict[str, str] = {}
    for language in LANGUAGES:
        called = names(found.run.arms, language)
        pair = (called[a], called[b] + (_OTHER_RUN[language] if apart_runs else ""))
        told[language] = sentence(_in(verdict, pair, metric, language), language)
    return Compared(
        a=a,
        b=b,
        metric=metric,
        difference=number(apart.difference),
        low=number(apart.low),
        high=number(apart.high),
        p=apart.p,
        p_adjusted=verdict.p_adjusted,
        detectable=number(apart.detectable),
        verdict=verdict.word,
        more_needed=verdict.more_needed,
        n=apart.n,
        clusters=apart.clusters,
        method=apart.method,
        sentence=told["en"],
        sentences=told,
    )


def _in(verdict: Verdict, called: tuple[str, str], metric: str, language: Language) -> Verdict:
    label = METRICS[metric].label_zh if language == "zh-TW" else METRICS[metric].label
    return replace(verdict, pair=replace(verdict.pair, a=called[0], b=called[1], metric=label))
