"""The report as one file that needs nothing else: readable, printable, light and dark, every text escaped."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files

from service.evaluate.report import naming, payback, sections
from service.evaluate.report.phrases import PHRASES
from service.evaluate.report.types import Report
from service.metrics import METRICS


@dataclass(frozen=True, slots=True)
class Page:
    """`policy` is the Content-Security-Policy the page is to be served with; the page carries it itself as well."""

    html: str
    policy: str


def page(report: Report, language: str) -> Page:
    """The page in English (`en`) or Traditional Chinese (`zh-TW`)."""
    say = PHRASES[language]
    names = naming.names(report.arms, language)
    style, script = _asset("page.css"), _asset("slider.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    first, *others = report.verdicts
    body = [
        f"<h1>{escape(say['report'])}: {escape(report.dataset)}</h1>",
        f'<p class="headline">{escape(first.text[language])}</p>',
        *(f'<p class="{one.verdict or ""}">{escape(one.text[language])}</p>' for one in others),
        f'<p class="note">{escape(_about(report, say, names))}</p>',
        *_warnings(report, say),
        *sections.scores(report, say, names, language),
        *sections.differences(report, say, names, language),
        *sections.pareto(report, say, names, language),
        *sections.spent(report, say, names),
        *sections.diagnosis(report, say, names, language),
        *sections.slices(report, say, names, language),
        *sections.flips(report, say, names),
        *sections.all_metrics(report, say, names, language),
        *sections.comparisons(report, say, names, language),
        *_judge(report, say, names),
        *payback.break_even(report, say),
        *_provenance(report, say),
    ]
    title = escape(f"{say['report']}: {report.dataset}")
    html = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{style}</style></head><body>{''.join(body)}"
        f"<script>{script}</script></body></html>"
    )
    return Page(html, policy)


@cache
def _asset(name: str) -> str:
    return (files("service.evaluate") / "report" / name).read_text("utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _about(report: Report, say: sections.Phrases, names: sections.Names) -> str:
    key = "question" if report.questions == 1 else "questions"
    return say[key].format(n=report.questions, arms=len(report.arms), baseline=names[report.baseline])


def _warnings(report: Report, say: sections.Phrases) -> Iterable[str]:
    if report.warnings:
        yield f"<h3>{escape(say['warnings'])}</h3>"
    for warning in report.warnings:
        yield f'<p class="warn">{escape(warning)}</p>'


def _judge(report: Report, say: sections.Phrases, names: sections.Names) -> Iterable[str]:
    """What a judge said, with how far it is to be trusted beside it."""
    one = report.judge
    if one is None:
        return
    yield f"<h2>{escape(say['judge'].format(judge=one.judge))}</h2>"
    if one.warning:
        yield f'<p class="warn">{escape(one.warning)}</p>'
    kappa = say["none"] if one.kappa is None else f"{one.kappa:.2f}"
    swapped = say["none"] if one.inconsistent is None else f"{one.inconsistent:.0%}"
    trust = say["judge_note"].format(kappa=kappa, humans=one.humans, inconsistent=swapped, failed=one.failed)
    yield f'<p class="note">{escape(trust)}</p>'
    rows = [[escape(names[arm]), sections.mean(share, "correct")] for arm, share in one.shares.items()]
    yield sections.table([say["arm"], say["judged_correct"]], rows)
    if one.pair is not None:
        told = say["preferred"].format(a=names[one.pair.a], b=names[one.pair.b])
        cells = [sections.mean(one.pair.preferred, "correct"), sections.mean(one.pair.corrected, "correct")]
        yield sections.table(["", say["alone"], say["corrected"]], [[escape(told), *cells]])


def _provenance(report: Report, say: sections.Phrases) -> Sequence[str]:
    rows = []
    for key, value in report.provenance.items():
        text = json.dumps(value, ensure_ascii=False, sort_keys=True)
        rows.append(f"<dt>{escape(key)}</dt><dd>{escape(text)}</dd>")
    meant = "".join(
        f"<dt>{escape(METRICS[name].label)}</dt><dd>{escape(METRICS[name].meaning)}</dd>" for name in report.metrics
    )
    return [f"<h2>{escape(say['provenance'])}</h2><dl>{''.join(rows)}{meant}</dl>"]
