"""Which ways of answering are worth considering: those that no other beats in everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """One arm: quality (more is better), cost of an answer and seconds (less is better); None is not known."""

    name: str
    quality: float
    cost: float | None = None
    seconds: float | None = None


def front(points: Sequence[Point]) -> tuple[str, ...]:
    """Names of the points that none dominates, in their order.

    One dominates another when it is nowhere worse and somewhere better. What is not known of one of two is not
    compared between them.
    """
    return tuple(point.name for point in points if not any(_dominates(other, point) for other in points))


def _dominates(a: Point, b: Point) -> bool:
    gains = [a.quality - b.quality]
    for mine, theirs in ((a.cost, b.cost), (a.seconds, b.seconds)):
        if mine is not None and theirs is not None:
            gains.append(theirs - mine)
    return min(gains) >= 0 and max(gains) > 0
