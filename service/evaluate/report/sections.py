"""The parts of the report's page. Each gives pieces of HTML; every text that comes from outside is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape

from service.evaluate.report.charts import Bar, Dot, intervals, scatter
from service.evaluate.report.types import Compared, Flip, Mean, Report, ReportArm
from service.metrics import METRICS
from service.statistics.verdict import FEWEST, FEWEST_CLUSTERS

Phrases = Mapping[str, str]
Names = Mapping[str, str]
"""Arm -> what it is called: `naming.names`."""
SHARES = ("correct", "truthfulness", "contains", "hit_5", "citation_precision", "declined_rightly")
"""Metrics that get a chart of their own; the others are in the tables."""
MOST_FLIPS = 20
_HUES = ("plain", "few_shot", "rag", "fine_tuned", "rag_fine_tuned")


def scores(report: Report, say: Phrases, names: Names, language: str) -> Iterator[str]:
    """One interval chart a metric, arm by arm."""
    yield f'<h2>{escape(say["arms"])}</h2><p class="note">{escape(say["arms_note"])}</p>'
    for metric in _charted(report):
        bars = []
        for arm in report.arms:
            mean = arm.metrics.get(metric)
            if mean is not None and mean.mean is not None:
                said = f"{_percent(mean.mean)}  [{_percent(mean.low)}, {_percent(mean.high)}]  n = {mean.n}"
                bars.append(Bar(names[arm.variant], mean.mean, mean.low, mean.high, said, colour(arm)))
        low = -1.0 if metric == "truthfulness" else 0.0
        ticks = [
            (value, f"{value:.0%}") for value in ((-1.0, -0.5, 0.0, 0.5, 1.0) if low else (0.0, 0.25, 0.5, 0.75, 1.0))
        ]
        name = label(metric, language)
        yield f"<h3>{escape(name)}</h3>" + intervals(bars, low=low, high=1.0, title=name, ticks=ticks)


def differences(report: Report, say: Phrases, names: Names, language: str) -> Iterator[str]:
    """Every arm against the baseline, with the line of no difference."""
    arms = {arm.variant: arm for arm in report.arms}
    charted = [
        (metric, [one for one in report.comparisons if one.metric == metric and one.b == report.baseline])
        for metric in _charted(report)
    ]
    if not any(found for _, found in charted):
        return
    note = say["differences_note"].format(baseline=names[report.baseline])
    yield f'<h2>{escape(say["differences"])}</h2><p class="note">{escape(note)}</p>'
    for metric, found in charted:
        bars = []
        for one in found:
            if one.difference is None:
                continue
            said = f"{100 * one.difference:+.0f}  [{_points(one.low)}, {_points(one.high)}]  n = {one.n}"
            paint = colour(arms[one.a]) if one.verdict in ("better", "worse") else "var(--faint)"
            bars.append(Bar(names[one.a], one.difference, one.low, one.high, said, paint))
        if bars:
            name = label(metric, language)
            far = 2.0 if metric == "truthfulness" else 1.0  # a score from -1 to 1 differs by 2 at most
            ticks = [(far * part, f"{100 * far * part:+.0f}") for part in (-1.0, -0.5, 0.0, 0.5, 1.0)]
            yield f"<h3>{escape(name)}</h3>" + intervals(bars, low=-far, high=far, title=name, ticks=ticks)


def pareto(report: Report, say: Phrases, names: Names, language: str) -> Iterator[str]:
    """Quality against the median time of an answer, money written beside the points."""
    arms = {arm.variant: arm for arm in report.arms}
    dots = [
        Dot(
            names[one.variant],
            one.quality,
            one.seconds,
            "" if one.cost is None else _money(one.cost),
            colour(arms[one.variant]),
            one.efficient,
        )
        for one in report.pareto
        if one.seconds is not None
    ]
    if len(dots) > 1:
        yield f'<h2>{escape(say["pareto"])}</h2><p class="note">{escape(say["pareto_note"])}</p>'
        yield scatter(dots, title=say["pareto"], across=say["across"], upwards=label(report.headline, language))


def spent(report: Report, say: Phrases, names: Names) -> Iterator[str]:
    """Clocks and money of every arm."""
    yield f"<h2>{escape(say['latency'])}</h2>"
    rows = []
    for arm in report.arms:
        clocks = [
            _seconds(clock.get(name))
            for clock in (arm.latency.first_token, arm.latency.total)
            for name in ("p50", "p95")
        ]
        money = [
            "" if arm.kind == "refuse" else say["none"] if value is None else _money(value)
            for value in (arm.spent.per_answer, arm.spent.per_correct)
        ]
        tokens = [f"{arm.spent.prompt_tokens:,}", f"{arm.spent.completion_tokens:,}"]
        rows.append([named(arm, names), *(escape(cell) for cell in (*clocks, *tokens, *money)), f"{arm.failed}"])
    yield table(say["latency_headers"].split("|"), rows, numbers=range(1, 10))


def diagnosis(report: Report, say: Phrases, names: Names, language: str) -> Iterator[str]:
    """Cells by arm, with the cases of the bad ones."""
    if not report.diagnosis.arms:
        return
    yield f'<h2>{escape(say["diagnosis"])}</h2><p class="note">{escape(say["diagnosis_note"])}</p>'
    shown = [kind for kind in report.diagnosis.kinds if any(kind.name in arm.cells for arm in report.diagnosis.arms)]
    rows = []
    for kind in shown:
        cells = []
        for arm in report.diagnosis.arms:
            cell = arm.cells.get(kind.name)
            if cell is None:
                cells.append("")
                continue
            which = "" if kind.good else f"<br><small>{escape(', '.join(cell.cases[:12]))}</small>"
            cells.append(f"{cell.n} <small>({cell.share:.0%})</small>{which}")
        meaning = f"<br><small>{escape(kind.meaning[language])}</small>"
        rows.append([f"{escape(kind.label[language])}{meaning}", *cells])
    yield table(["", *(names[arm.variant] for arm in report.diagnosis.arms)], rows)


def slices(report: Report, say: Phrases, names: Names, language: str) -> Iterator[str]:
    """The headline metric by tag."""
    if not report.slices:
        return
    metric = report.headline
    heading = f"{say['slices']}: {label(metric, language)}"
    yield f'<h2>{escape(heading)}</h2><p class="note">{escape(say["slices_note"])}</p>'
    rows = []
    for one in report.slices:
        means = [mean(one.arms.get(arm.variant, {}).get(metric), metric) for arm in report.arms]
        said = "<br>".join(
            f'<span class="{c.verdict}" title="{escape(c.sentences[language])}">{escape(names[c.a])}: '
            f"{escape(_word(c, say))}</span>"
            for c in one.comparisons
        )
        rows.append([escape(one.tag), str(one.n), *means, said])
    heads = [say["tag"], "n", *(names[arm.variant] for arm in report.arms), ""]
    yield table(heads, rows)


def flips(report: Report, say: Phrases, names: Names) -> Iterator[str]:
    """Both answers, side by side, of questions that one arm has right and the other wrong."""
    if not any(one.regressed + one.improved for one in report.flips):
        return
    yield f"<h2>{escape(say['flips'])}</h2>"
    for one in report.flips:
        a, b = names[one.a], names[one.b]
        for key, count, listed in (
            ("regressed", one.regressed, one.regressions),
            ("improved", one.improved, one.improvements),
        ):
            if count:
                yield f"<h3>{escape(say[key].format(n=count, a=a, b=b))}</h3>"
                yield from (_flip(flip, a, b) for flip in listed[:MOST_FLIPS])
                if count > MOST_FLIPS:
                    yield f'<p class="note">{escape(say["more"])}</p>'


def all_metrics(report: Report, say: Phrases, names: Names, language: str) -> Iterator[str]:
    """Arms by metrics, everything there is."""
    yield f"<h2>{escape(say['all_metrics'])}</h2>"
    rows = []
    for metric in report.metrics:
        cells = [mean(arm.metrics.get(metric), metric) for arm in report.arms]
        if any(cells):
            rows.append(
                [f'<span title="{escape(METRICS[metric].meaning)}">{escape(label(metric, language))}</span>', *cells]
            )
    yield table(["", *(names[arm.variant] for arm in report.arms)], rows)


def comparisons(report: Report, say: Phrases, names: Names, language: str) -> Iterator[str]:
    """Every comparison that was made, decided or not."""
    if not report.comparisons:
        return
    note = say["comparisons_note"].format(least=FEWEST, documents=FEWEST_CLUSTERS)
    yield f'<h2>{escape(say["comparisons"])}</h2><p class="note">{escape(note)}</p>'
    rows = []
    for one in report.comparisons:
        unit = METRICS[one.metric].unit
        rows.append(
            [
                escape(names[one.a]),
                escape(names[one.b]),
                escape(label(one.metric, language)),
                _of(one.difference, unit, signed=True),
                f"{_of(one.low, unit, signed=True)} … {_of(one.high, unit, signed=True)}",
                f"{one.p_adjusted:.3g}",
                _of(one.detectable, unit),
                str(one.n),
                f'<span class="{one.verdict}">{escape(_word(one, say))}</span>',
            ]
        )
    yield table(say["headers"].split("|"), rows, numbers=range(3, 8))


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[int] = ()) -> str:
    """A table of cells that are HTML already; `numbers` are the columns set flush right."""
    right = set(numbers)
    kind = [' class="n"' if place in right else "" for place in range(len(heads))]
    top = "".join(f"<th{kind[place]}>{escape(head)}</th>" for place, head in enumerate(heads))
    lines = "".join(
        "<tr>" + "".join(f"<td{kind[place]}>{cell}</td>" for place, cell in enumerate(row)) + "</tr>" for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table></div>'


def colour(arm: ReportArm) -> str:
    """The approach's colour, the same as everywhere; grey for the reference arms."""
    return f"var(--{arm.approach})" if arm.kind == "variant" and arm.approach in _HUES else "var(--faint)"


def named(arm: ReportArm, names: Names) -> str:
    return f"{escape(names[arm.variant])} <small>{escape(arm.variant)}</small>"


def label(metric: str, language: str) -> str:
    return METRICS[metric].label_zh if language == "zh-TW" else METRICS[metric].label


def _charted(report: Report) -> list[str]:
    wanted = [metric for metric in report.metrics if metric in SHARES or metric == report.headline]
    return [
        metric for metric in wanted if not METRICS[metric].unit and any(metric in arm.metrics for arm in report.arms)
    ]


def _flip(flip: Flip, a: str, b: str) -> str:
    right = f'<p class="note">{escape(" | ".join(flip.references))}</p>' if flip.references else ""
    return (
        f"<details><summary>{escape(flip.question)} <small>{escape(flip.case_id)}</small></summary>{right}"
        f'<div class="two"><div><b>{escape(a)} ({escape(flip.a_finish)})</b>{escape(flip.a_text)}</div>'
        f"<div><b>{escape(b)} ({escape(flip.b_finish)})</b>{escape(flip.b_text)}</div></div></details>"
    )


def mean(one: Mean | None, metric: str) -> str:
    """A mean over its interval and n; nothing where there is none."""
    if one is None or one.mean is None:
        return ""
    unit = METRICS[metric].unit
    interval = f"{_of(one.low, unit)} … {_of(one.high, unit)}"
    return f'{_of(one.mean, unit)}<br><small class="range">{interval}</small> <small class="range">n = {one.n}</small>'


def _of(value: float | None, unit: str, *, signed: bool = False) -> str:
    if value is None:
        return "?"
    if not unit:
        return f"{100 * value:+.1f}" if signed else f"{100 * value:.1f} %"
    return f"{value:+.3g} {unit}" if signed else f"{value:.3g} {unit}"


def _word(one: Compared, say: Phrases) -> str:
    if one.verdict != "undecided":
        return say[one.verdict]
    if one.n < FEWEST:
        return say[one.verdict] + say["under"].format(least=FEWEST)
    return say[one.verdict] + (say["about_more"].format(n=f"{one.more_needed:,}") if one.more_needed else "")


def _percent(value: float | None) -> str:
    return "?" if value is None else f"{100 * value:.0f} %"


def _points(value: float | None) -> str:
    return "?" if value is None else f"{100 * value:+.0f}"


def _money(value: float) -> str:
    return f"${value:.3g}" if value else "$0"


def _seconds(percentile: object) -> str:
    value = getattr(percentile, "value", None)
    return "" if value is None else f"{value:.2f} s"
