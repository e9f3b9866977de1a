"""Charts as SVG text: intervals with their numbers written beside them, and quality against time. No script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 900
_LABEL = 190
_RIGHT = 220
_ROW = 30


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of an interval chart. `colour` is a CSS colour; `said` is written at its end."""

    label: str
    value: float
    low: float | None
    high: float | None
    said: str
    colour: str


def intervals(bars: Sequence[Bar], *, low: float, high: float, title: str, ticks: Sequence[tuple[float, str]]) -> str:
    """Points with their intervals on one scale; a dashed line at zero where the scale crosses it."""
    span = (high - low) or 1.0
    height = _ROW * len(bars) + 30

    def x(value: float) -> float:
        return _LABEL + (min(max(value, low), high) - low) / span * (WIDTH - _LABEL - _RIGHT)

    parts = [_opened(height, title)]
    for value, said in ticks:
        kind = "zero" if value == 0 and low < 0 else "axis"
        parts.append(f'<line class="{kind}" x1="{x(value):.1f}" x2="{x(value):.1f}" y1="4" y2="{height - 24}"/>')
        parts.append(
            f'<text class="faint" x="{x(value):.1f}" y="{height - 8}" text-anchor="middle">{escape(said)}</text>'
        )
    for place, bar in enumerate(bars):
        y = _ROW * place + 18
        parts.append(f'<text x="0" y="{y + 4}">{escape(_cut(bar.label))}</text>')
        if bar.low is not None and bar.high is not None:
            parts.append(
                f'<line x1="{x(bar.low):.1f}" x2="{x(bar.high):.1f}" y1="{y}" y2="{y}" stroke="{bar.colour}" '
                'stroke-width="6" stroke-linecap="round" opacity="0.35"/>'
            )
        parts.append(f'<circle cx="{x(bar.value):.1f}" cy="{y}" r="5" fill="{bar.colour}"/>')
        parts.append(f'<text x="{WIDTH - _RIGHT + 16}" y="{y + 4}">{escape(bar.said)}</text>')
    return "".join([*parts, "</svg>"])


@dataclass(frozen=True, slots=True)
class Dot:
    """An arm on the chart of quality against seconds; `filled` when no other beats it."""

    label: str
    quality: float
    seconds: float
    said: str
    colour: str
    filled: bool


def scatter(dots: Sequence[Dot], *, title: str, across: str, upwards: str) -> str:
    """Better is up and to the left. Every point is labelled where it stands."""
    height, left, bottom, right = 300, 56, 44, 160
    most = max((dot.seconds for dot in dots), default=1.0) * 1.15 or 1.0

    def x(seconds: float) -> float:
        return left + seconds / most * (WIDTH - left - right)

    def y(quality: float) -> float:
        return 12 + (1 - min(max(quality, 0.0), 1.0)) * (height - 12 - bottom)

    parts = [_opened(height, title)]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(f'<line class="axis" x1="{left}" x2="{WIDTH - right}" y1="{y(share):.1f}" y2="{y(share):.1f}"/>')
        parts.append(f'<text class="faint" x="{left - 8}" y="{y(share) + 4:.1f}" text-anchor="end">{share:.0%}</text>')
    for step in range(5):
        seconds = most * step / 4
        parts.append(
            f'<text class="faint" x="{x(seconds):.1f}" y="{height - bottom + 20}" text-anchor="middle">'
            f"{seconds:.2g} s</text>"
        )
    parts.append(f'<text class="faint" x="{WIDTH - right}" y="{height - 6}" text-anchor="end">{escape(across)}</text>')
    parts.append(f'<text class="faint" x="{left + 6}" y="24">{escape(upwards)}</text>')
    for dot in sorted(dots, key=lambda one: one.quality):
        fill = dot.colour if dot.filled else "none"
        parts.append(
            f'<circle cx="{x(dot.seconds):.1f}" cy="{y(dot.quality):.1f}" r="6" fill="{fill}" stroke="{dot.colour}" '
            'stroke-width="2"/>'
        )
        parts.append(
            f'<text x="{x(dot.seconds) + 12:.1f}" y="{y(dot.quality) + 4:.1f}">{escape(_cut(dot.label))} '
            f'<tspan class="faint">{escape(dot.said)}</tspan></text>'
        )
    return "".join([*parts, "</svg>"])


def _opened(height: int, title: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>"
    )


def _cut(label: str) -> str:
    return label if len(label) <= 26 else label[:25] + "…"
