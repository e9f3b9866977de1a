"""Pairs that people voted on, blind: what a judge is held against."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from service.compare.schema import comparisons, lanes, votes

MOST_BATTLES = 300
VOTED = "comparison "
"""What a verdict's case begins with where it is about such a pair."""


@dataclass(frozen=True, slots=True)
class Battle:
    """A pair that people voted on. `winner` is the side most of them preferred, "tie" when it is even.

    `question_key` is the same for the same question of the same collection, `arms` for the same way of answering
    (`compare.arms`): only by them can a pair be known to be one of a run's own.
    """

    comparison_id: str
    question: str
    variants: tuple[str, str]
    texts: tuple[str, str]
    winner: str
    question_key: str = ""
    arms: tuple[str, str] = ("", "")


def battles(connection: Connection) -> list[Battle]:
    """The latest pairs that people voted on, blind and between two lanes, with what most of them said."""
    rows = connection.execute(
        select(comparisons.c.id, comparisons.c.question, comparisons.c.question_key, votes.c.winner)
        .join(votes, votes.c.comparison_id == comparisons.c.id)
        .where(comparisons.c.blind, votes.c.counted)
        .order_by(comparisons.c.created_at.desc())
        .limit(MOST_BATTLES)
    ).all()
    voted: dict[str, tuple[str, str, list[str]]] = {}
    for id, question, key, winner in rows:
        voted.setdefault(id, (question, key, []))[2].append(winner)
    shown: dict[str, dict[int, tuple[str, str, str]]] = {}
    for id, lane, variant, text, arm in connection.execute(
        select(lanes.c.comparison_id, lanes.c.lane, lanes.c.base, lanes.c.shown, lanes.c.arm).where(
            lanes.c.comparison_id.in_(list(voted))
        )
    ):
        shown.setdefault(id, {})[lane] = (variant, text or "", arm)
    found = []
    for id, (question, key, winners) in voted.items():
        sides = shown.get(id, {})
        if set(sides) == {0, 1}:
            left, right = winners.count("0"), winners.count("1")
            winner = "first" if left > right else "second" if right > left else "tie"
            (one, text, arm), (other, text_too, arm_too) = sides[0], sides[1]
            found.append(Battle(id, question, (one, other), (text, text_too), winner, key, (arm, arm_too)))
    return found
