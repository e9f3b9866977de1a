"""A leaderboard from blind votes, with how sure it is; or none, where the votes do not connect the arms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from service.statistics.cluster import Floats
from service.statistics.strength import RIDGE, errors, redrawn, strengths
from service.statistics.tails import normal_quantile
from service.statistics.votes import Battle, Design, design

DRAWS = 1_000
MIDDLE = 1000.0
SCALE = 400 / math.log(10)
"""A strength of 400 points more wins ten times as often, as in Elo."""

FEW_VOTERS = 5
"""Fewer voters than this cannot be resampled: votes are, and the interval is about these voters only."""


FEWEST_VOTES = 10
"""Votes on an arm, that both were bad left aside, below which its strength is not told: until then the interval holds
everything from winning ten times as often to losing so, whatever was voted."""

WIDEST = 2 * math.log(10)
"""An effect whose interval is wider, say from a tenth to ten times, is not told."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One arm. `strength` on the scale 1000 + 400/ln 10 beta with its interval; ranks from 1, best first.

    `rank_low` is the best rank the intervals allow, `rank_high` the worst. `win_rate` counts ties half and leaves out
    votes that both were bad. NaN strengths and rank 0 where the votes do not connect the arms.
    """

    arm: str
    strength: float
    low: float
    high: float
    rank_low: int
    rank_high: int
    games: int
    wins: int
    losses: int
    ties: int
    both_bad: int
    win_rate: float

    @property
    def wanting(self) -> int:
        """Votes still wanting before the strength says anything."""
        return max(0, FEWEST_VOTES - self.wins - self.losses - self.ties)


@dataclass(frozen=True, slots=True)
class Effect:
    """A coefficient on the logit scale with its interval: of standing left, or of one spread of a style."""

    estimate: float
    low: float
    high: float

    @property
    def telling(self) -> bool:
        return self.high - self.low <= WIDEST


@dataclass(frozen=True, slots=True)
class Ranking:
    """Standings, best first; `matrix[i][j]` = P(standing i beats j) at equal side and style (0.5 on the diagonal).

    `groups` are the arms that votes connect with each other; more than one means `connected` is false and nobody is
    ranked. `resampled` says what the intervals rest on.
    """

    connected: bool
    standings: tuple[Standing, ...]
    matrix: tuple[tuple[float, ...], ...]
    position_bias: Effect | None
    styles: dict[str, Effect]
    both_bad_rate: float
    votes: int
    voters: int
    groups: tuple[tuple[str, ...], ...]
    resampled: Literal["voters", "votes", "nothing"]

    @property
    def told(self) -> tuple[Standing, ...]:
        """The standings that rest on enough votes, best first; fewer than two of them rank nobody."""
        enough = tuple(one for one in self.standings if not one.wanting) if self.connected else ()
        return enough if len(enough) > 1 else ()

    @property
    def more_voters(self) -> int:
        """Voters still wanting before intervals speak of more than those who voted."""
        return max(0, FEW_VOTERS - self.voters)


def ranking(
    battles: Sequence[Battle],
    *,
    ridge: float = RIDGE,
    side: bool = True,
    confidence: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> Ranking:
    """Bradley-Terry strengths (`strength.strengths`) with a bootstrap over voters, never narrower than the curvature
    of the likelihood allows for: votes that all agree are not certain.

    Rank ranges as in Chatbot Arena (Chiang et al. 2024, arXiv:2403.04132): 1 + the arms whose interval lies wholly
    above. Votes of an arm against itself (an A/A test) count for the position only. No votes: no standings.
    """
    voters = len({battle.voter for battle in battles})
    by_voter = voters >= FEW_VOTERS
    it = design(battles, side=side, voters=by_voter)
    groups = connected(battles)
    rate = sum(battle.winner == "both_bad" for battle in battles) / len(battles) if battles else 0.0
    if len(groups) != 1 or len(it.arms) < 2:
        standings = tuple(_standing(arm, battles, (math.nan, math.nan, math.nan), (0, 0)) for arm in it.arms)
        return Ranking(False, standings, (), None, {}, rate, len(battles), voters, groups, "nothing")
    best = strengths(it, it.totals[None, :], ridge=ridge)[0]
    ends = _ends(it, best, confidence, draws, seed, ridge)
    arms = len(it.arms)
    order = sorted(range(arms), key=lambda i: (-best[i], it.arms[i]))
    scaled = MIDDLE + SCALE * np.vstack([best[:arms], ends[:, :arms]])
    standings = tuple(
        _standing(
            it.arms[i],
            battles,
            (float(scaled[0, i]), float(scaled[1, i]), float(scaled[2, i])),
            (1 + int(np.sum(scaled[1] > scaled[2, i])), arms - int(np.sum(scaled[2] < scaled[1, i]))),
        )
        for i in order
    )
    beats = 1 / (1 + np.exp(-(best[order][:, None] - best[order][None, :])))
    effects = [Effect(float(best[i]), float(ends[0, i]), float(ends[1, i])) for i in range(arms, len(best))]
    return Ranking(
        connected=True,
        standings=standings,
        matrix=tuple(tuple(map(float, row)) for row in beats),
        position_bias=effects[0] if side else None,
        styles=dict(zip(it.styles, effects[int(side) :], strict=True)),
        both_bad_rate=rate,
        votes=len(battles),
        voters=voters,
        groups=groups,
        resampled="voters" if by_voter else "votes",
    )


def _ends(it: Design, best: Floats, confidence: float, draws: int, seed: int, ridge: float) -> Floats:
    """2 x coefficients: the ends of the bootstrap's middle `confidence`, or of the curvature's where that is wider."""
    fits = redrawn(it, best, draws, seed, ridge=ridge)
    low, high = np.quantile(fits, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    half = normal_quantile((1 + confidence) / 2) * errors(it, it.totals, best, ridge=ridge)
    return np.vstack([np.minimum(low, best - half), np.maximum(high, best + half)])


def connected(battles: Sequence[Battle]) -> tuple[tuple[str, ...], ...]:
    """The arms in groups that decided votes or ties connect, largest first. Votes that both were bad connect nobody."""
    group: dict[str, set[str]] = {}
    for battle in battles:
        for arm in (battle.left, battle.right):
            group.setdefault(arm, {arm})
        if battle.winner != "both_bad" and group[battle.left] is not group[battle.right]:
            merged = group[battle.left] | group[battle.right]
            for arm in merged:
                group[arm] = merged
    found = {tuple(sorted(arms)) for arms in group.values()}
    return tuple(sorted(found, key=lambda arms: (-len(arms), arms)))


def _standing(
    arm: str, battles: Sequence[Battle], strength: tuple[float, float, float], ranks: tuple[int, int]
) -> Standing:
    wins = losses = ties = both_bad = 0
    for battle in battles:
        if arm not in (battle.left, battle.right) or battle.left == battle.right:
            continue
        if battle.winner == "both_bad":
            both_bad += 1
        elif battle.winner == "tie":
            ties += 1
        elif (battle.left if battle.winner == "left" else battle.right) == arm:
            wins += 1
        else:
            losses += 1
    counted = wins + losses + ties
    rate = (wins + ties / 2) / counted if counted else math.nan
    return Standing(arm, *strength, *ranks, counted + both_bad, wins, losses, ties, both_bad, rate)
