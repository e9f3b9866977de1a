"""The report as one file that needs nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from service.evaluate.report.types import Report


@dataclass(frozen=True, slots=True)
class Page:
    """`policy` is the Content-Security-Policy the page is to be served with."""

    html: str
    policy: str


def page(report: Report, language: str) -> Page:
    text = "".join(f"<p>{escape(one.text[language])}</p>" for one in report.verdicts)
    return Page(f"<!doctype html><title>{escape(report.dataset)}</title>{text}", "default-src 'none'")
