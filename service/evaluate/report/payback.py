"""The slider of the report: from how many questions a month on training pays back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from service.evaluate.report.types import Report


def break_even(report: Report, say: Mapping[str, str]) -> Iterator[str]:
    """The slider: from how many questions a month on training pays back. Only where something was trained; a number
    that is not known is left for the reader to fill in."""
    costs = {arm.variant: arm.cost for arm in report.break_even.arms}
    tuned = next((arm for arm in report.break_even.arms if arm.tuned), None)
    if tuned is None:
        return
    untuned = next((arm.variant for arm in report.break_even.arms if not arm.tuned), report.baseline)
    host = untuned if report.baseline == tuned.variant else report.baseline
    given = {
        "cost": report.break_even.training_cost,
        "before": costs.get(host) if host != tuned.variant else None,
        "after": tuned.cost,
        "months": 12,
    }
    yield f"<h2>{escape(say['break_even'])}</h2>"
    yield (
        f'<div id="break-even" data-never="{escape(say["never"])}" data-needed="{escape(say["needed"])}" '
        f'data-months="{escape(say["in_months"])}" data-unknown="{escape(say["fill_in"])}">'
    )
    for name, value in given.items():
        known = "" if value is None else f' value="{value:g}"'
        yield (
            f'<label>{escape(say[name])} <input name="{name}" type="number" min="{1 if name == "months" else 0}" '
            f'step="any" placeholder="?"{known}></label>'
        )
    yield (
        f'<label>{escape(say["asked"])} <input name="asked" type="range" min="100" max="200000" step="100" '
        'value="10000"> <span class="value"></span></label>'
        '<p><strong><output></output></strong> <span class="asked soft"></span></p></div>'
    )
