"""Exposures put together by visitor, after the rules that keep some out. The rules are fixed before anybody looks:

staff    the experiment's own list of visitors
bot      the User-Agent says so, or more than `traffic.BOT_AN_HOUR` answers in an hour: all of that visitor
nameless nobody said who asked: a program, or a page without the widget, that sends no visitor's id
repeat   a question the same visitor asked before: the first time counts
moved    answers of another lane than the visitor's first, after the weights changed; under Thompson routing
         answers of later phases, so that every visitor is one draw with one propensity
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass, fields

from sqlalchemy import Connection, case, func, select

from service.chat.schema import feedback
from service.experiments.schema import exposures
from service.experiments.types import Experiment

CLOCKED = ("answered", "declined")
"""Answers whose times count: one that failed or was stopped is neither fast nor slow."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """What one visitor was shown in their lane: counts, and sums of what has a value. Seconds; money."""

    arm: str
    phase: int
    propensity: float
    shown: int
    failed: int
    declined: int
    rated: int
    up: int
    first_token: float
    first_token_n: int
    total: float
    total_n: int
    cost: float
    cost_n: int


_SUMS = tuple(field.name for field in fields(Visitor))[3:]


@dataclass(frozen=True, slots=True)
class Sample:
    """`shown`: exposures by arm, all of them. `left_out`: exposures by rule. `visitors`: those that count."""

    shown: Mapping[str, int]
    left_out: Mapping[str, int]
    visitors: tuple[Visitor, ...]

    def of(self, arm: str, phases: Set[int] | None = None) -> list[Visitor]:
        """The lane's visitors; only those who came in these phases, where given."""
        mine = [visitor for visitor in self.visitors if visitor.arm == arm]
        return mine if phases is None else [visitor for visitor in mine if visitor.phase in phases]


def gather(connection: Connection, experiment: Experiment) -> Sample:
    """Everything about the experiment that was shown so far."""
    mine = exposures.c.experiment_id == experiment.id
    programs = select(exposures.c.unit).where(mine, exposures.c.excluded == "bot")
    is_program = exposures.c.unit.in_(programs)
    rule = case((is_program, "bot"), else_=exposures.c.excluded)
    shown: Counter[str] = Counter()
    left_out: Counter[str] = Counter(staff=0, bot=0, nameless=0, repeat=0, moved=0)
    for arm, out, count in connection.execute(
        select(exposures.c.arm, rule.label("rule"), func.count()).where(mine).group_by(exposures.c.arm, "rule")
    ):
        shown[arm] += count
        if out is not None:
            left_out[out] += count
    counted = mine & exposures.c.excluded.is_(None) & ~is_program
    clocked = exposures.c.finish.in_(CLOCKED)
    up = case((feedback.c.rating == 1, 1), else_=0)
    cells = connection.execute(
        select(
            exposures.c.unit,
            exposures.c.arm,
            exposures.c.phase,
            func.min(exposures.c.propensity),
            func.count(),
            func.sum(case((exposures.c.finish == "failed", 1), else_=0)),
            func.sum(case((exposures.c.finish == "declined", 1), else_=0)),
            func.count(feedback.c.rating),
            func.sum(up),
            func.coalesce(func.sum(case((clocked, exposures.c.first_token))), 0.0),
            func.count(case((clocked, exposures.c.first_token))),
            func.coalesce(func.sum(case((clocked, exposures.c.total))), 0.0),
            func.count(case((clocked, exposures.c.total))),
            func.coalesce(func.sum(exposures.c.cost), 0.0),
            func.count(exposures.c.cost),
        )
        .select_from(exposures.outerjoin(feedback, feedback.c.answer_id == exposures.c.answer_id))
        .where(counted)
        .group_by(exposures.c.unit, exposures.c.arm, exposures.c.phase)
        .order_by(func.min(exposures.c.seq))
    ).all()
    homes: dict[str, Visitor] = {}
    for unit, arm, phase, propensity, *sums in cells:
        home = homes.get(unit)
        fresh = Visitor(arm, phase, propensity, *sums)
        if home is None:
            homes[unit] = fresh
        elif home.arm == arm and (experiment.routing == "fixed" or home.phase == phase):
            homes[unit] = _together(home, fresh)
        else:
            left_out["moved"] += fresh.shown
    arms = [arm.label for arm in experiment.arms]
    return Sample({arm: shown[arm] for arm in arms}, dict(left_out), tuple(homes.values()))


def _together(first: Visitor, later: Visitor) -> Visitor:
    sums = (getattr(first, name) + getattr(later, name) for name in _SUMS)
    return Visitor(first.arm, first.phase, first.propensity, *sums)
