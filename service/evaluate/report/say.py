"""The sentences a report leads with: what is decided, what is not, and what the documents are worth."""

from __future__ import annotations

from collections.abc import Sequence

from service.evaluate.report import words
from service.evaluate.report.arms import means
from service.evaluate.report.compare import lead
from service.evaluate.report.naming import names
from service.evaluate.report.scored import Scored
from service.evaluate.report.types import Compared, Finding, Lift
from service.metrics import METRICS
from service.statistics.verdict import FEWEST, FEWEST_CLUSTERS

ALSO = ("truthfulness", "total", "cost")
"""Metrics beside the headline about which decided differences are told as well."""


def findings(found: Scored, headline: str, compared: Sequence[Compared], lifts: Sequence[Lift]) -> list[Finding]:
    """The headline first: the comparison of the arm that searches documents with the baseline on the headline metric,
    then the other comparisons on it, then what else is decided, then what the reference arms say."""
    told: list[Finding] = []
    grounded = lead(found)
    first = sorted((one for one in compared if one.metric == headline), key=lambda one: one.a != grounded)
    told += [_of(one) for one in first]
    if not first:
        told += _alone(found, headline)
    told += [_of(one) for one in compared if one.metric in ALSO and one.metric != headline and _decided(one)]
    told += [finding for one in lifts if one.metric == headline and (finding := _lift(found, one)) is not None]
    run = found.run
    if run.done < run.total:
        numbers = {"done": run.done, "total": run.total}
        told.insert(0, Finding({language: words.PARTIAL[language].format(**numbers) for language in words.LANGUAGES}))
    return told or [Finding(words.NOTHING)]


def _of(one: Compared) -> Finding:
    return Finding(one.sentences, one.verdict, one.a, one.b, one.metric)


def _decided(one: Compared) -> bool:
    return one.verdict in ("better", "worse")


def _alone(found: Scored, headline: str) -> list[Finding]:
    """With one variant there is nothing to compare: how it does."""
    told = []
    for arm in found.variants():
        mean = means(found, arm.name, [headline]).get(headline)
        if mean is None or mean.mean is None:
            continue
        text = {}
        for language in words.LANGUAGES:
            numbers = [_number(value, headline) for value in (mean.mean, mean.low, mean.high)]
            text[language] = words.ALONE[language].format(
                a=names(found.run.arms, language)[arm.name],
                metric=_label(headline, language),
                mean=numbers[0],
                low=numbers[1],
                high=numbers[2],
                n=mean.n,
            )
        told.append(Finding(text, metric=headline))
    return told


def _lift(found: Scored, one: Lift) -> Finding | None:
    if one.difference is None or one.low is None or one.high is None or METRICS[one.metric].unit:
        return None
    first, second = found.means(one.a, one.metric), found.means(one.b, one.metric)
    shared = [id for id in first if id in second]
    a_mean, b_mean = (sum(scores[id] for id in shared) / len(shared) for scores in (first, second))
    # Of the means as they are told, so that who takes one from the other finds what the sentence says.
    size = words.whole(a_mean) - words.whole(b_mean)
    text = {}
    reserved = _reserved(one, size, len({found.clusters[id] for id in shared}))
    for language in words.LANGUAGES:
        called = names(found.run.arms, language)
        text[language] = words.LIFTS[one.name][language].format(
            size=words.difference(size, language),
            more=words.more(size, language),
            decided=reserved[language],
            metric=_label(one.metric, language),
            a=called[one.a],
            b=called[one.b],
            a_mean=words.points(a_mean),
            b_mean=words.points(b_mean),
            low=f"{words.whole(one.low):+d}",
            high=f"{words.whole(one.high):+d}",
            n=one.n,
        )
    return Finding(text, None, one.a, one.b, one.metric)


def _reserved(one: Lift, size: int, documents: int) -> words.Both:
    """Why the difference is no verdict, as the comparisons beside it count; nothing where it is as good as one."""
    if one.n < FEWEST:
        return {language: text.format(least=FEWEST) for language, text in words.FEW.items()}
    if documents < FEWEST_CLUSTERS:
        return {language: text.format(least=FEWEST_CLUSTERS) for language, text in words.NARROW.items()}
    low, high = one.low or 0.0, one.high or 0.0
    open_ = low <= 0 <= high and size != 0
    return words.OPEN if open_ else dict.fromkeys(words.LANGUAGES, "")


def _label(metric: str, language: str) -> str:
    return METRICS[metric].label_zh if language == "zh-TW" else METRICS[metric].label


def _number(value: float | None, metric: str) -> str:
    if value is None:
        return "?"
    unit = METRICS[metric].unit
    return f"{value:.3g} {unit}" if unit else words.points(value)
