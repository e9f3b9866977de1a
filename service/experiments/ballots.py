"""Blind votes between a lane's variant and the control's, cast while the experiment ran, on its collection."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection, String, cast, select

from service.compare.schema import comparisons, lanes, votes
from service.experiments.types import Experiment
from service.statistics.sequential import Sequential, firsts


def between(connection: Connection, experiment: Experiment) -> dict[str, tuple[int, int]]:
    """Label -> (voters who preferred it to the control, voters who preferred either).

    A voter is one unit, for good: the side of their first vote that decides between the two (see `firsts`). Votes that
    the leaderboard does not count are left out here too.
    """
    control = experiment.arms[0].variant
    labels = {arm.variant: arm.label for arm in experiment.arms[1:]}
    ours, theirs = lanes.alias("ours"), lanes.alias("theirs")
    when = [votes.c.created_at >= experiment.created_at]
    if experiment.stopped_at is not None:
        when.append(votes.c.created_at <= experiment.stopped_at)
    if experiment.collection is not None:
        when.append(comparisons.c.collection == experiment.collection)
    rows = connection.execute(
        select(ours.c.variant, votes.c.voter, votes.c.winner == cast(ours.c.lane, String))
        .join(comparisons, comparisons.c.id == votes.c.comparison_id)
        .join(ours, ours.c.comparison_id == comparisons.c.id)
        .join(theirs, theirs.c.comparison_id == comparisons.c.id)
        .where(
            votes.c.counted,
            ours.c.variant.in_(list(labels)),
            theirs.c.variant == control,
            votes.c.winner.in_([cast(ours.c.lane, String), cast(theirs.c.lane, String)]),
            *when,
        )
        .order_by(votes.c.created_at, votes.c.id)
    )
    decided: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for variant, voter, won in rows:
        decided[labels[variant]].append((voter, bool(won)))
    sides = {label: firsts(decided[label]) for label in labels.values()}
    return {label: (sum(one), len(one)) for label, one in sides.items()}


def from_even(share: Sequential) -> Sequential:
    """A share of wins as its distance from a half."""
    return Sequential(
        share.estimate - 0.5, share.low - 0.5, share.high - 0.5, share.p, share.n, share.decided, share.variance
    )
