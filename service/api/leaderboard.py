"""What people prefer when they do not know who is who."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from service.api.deps import PartsDep
from service.api.instant import instant
from service.api.schemas import Body, errors
from service.compare.leaderboard import Board, Verdict, sentence, verdict
from service.statistics.rank import Effect, Standing

router = APIRouter(prefix="/api/leaderboard", tags=["compare"])
_INSTANT = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?$"
_SINCE = "votes from the hour (UTC) of this instant (ISO 8601) on"


class StandingBody(Body):
    """Strength on the scale 1000 + 400/ln 10 · beta with its 95 % interval, null where nobody can be ranked."""

    variant: str
    label: str
    approach: str
    strength: float | None
    low: float | None
    high: float | None
    rank_low: int | None = Field(description="the best rank the intervals allow")
    rank_high: int | None = Field(description="the worst")
    games: int
    wins: int
    losses: int
    ties: int
    both_bad: int
    win_rate: float | None = Field(description="ties count half; both bad does not count")
    configurations: int = Field(description="how many different settings had this name")


class EffectBody(Body):
    """On the logit scale, with its 95 % interval."""

    estimate: float
    low: float
    high: float


class StyleBody(EffectBody):
    feature: str


class MatrixBody(Body):
    """By place in `variants`: battles won and fought by row against column, and the chance that row is preferred."""

    variants: list[str]
    wins: list[list[int]]
    games: list[list[int]]
    probability: list[list[float]] = Field(description="at equal side and style; empty unless connected")


class BothBadBody(Body):
    votes: int
    rate: float


class LeftOutBody(Body):
    """Votes that were kept and not counted: names were known, or a text gave its arm away."""

    open: int
    reveals: int


class LeadBody(Body):
    """Of the voters who took sides on the one on top, how many chose it: each by the first vote that took one."""

    variant: str
    chose: int
    voters: int


class LeaderboardBody(Body):
    connected: bool
    verdict: Verdict
    lead: LeadBody | None = Field(description="null unless connected")
    sentence: str
    items: list[StandingBody] = Field(description="best first")
    groups: list[list[str]] = Field(description="variants that votes connect; more than one: nobody is ranked")
    position_bias: EffectBody | None = Field(description="of standing left")
    style: list[StyleBody] = Field(description="of one spread more of each")
    win_matrix: MatrixBody
    both_bad: BothBadBody
    votes: int
    voters: int
    left_out: LeftOutBody
    resampled: Literal["voters", "votes", "nothing"] = Field(description="what the intervals rest on")


@router.get("", responses=errors())
async def leaderboard(
    parts: PartsDep,
    collection: Annotated[str | None, Query(max_length=200)] = None,
    since: Annotated[str | None, Query(pattern=_INSTANT, description=_SINCE)] = None,
) -> LeaderboardBody:
    """Bradley-Terry strengths from blind votes; nobody is ranked where votes do not connect everybody."""
    board = await parts.comparisons.leaderboard.of(collection, instant(since) if since else None)
    ranking = board.ranking
    names = [standing.arm for standing in ranking.standings]
    return LeaderboardBody(
        connected=ranking.connected,
        verdict=verdict(board),
        lead=_lead(board),
        sentence=sentence(board),
        items=[_standing(board, standing) for standing in ranking.standings],
        groups=[list(group) for group in ranking.groups],
        position_bias=EffectBody.model_validate(ranking.position_bias) if ranking.position_bias else None,
        style=[_style(name, effect) for name, effect in ranking.styles.items()],
        win_matrix=MatrixBody(
            variants=names,
            wins=[[board.wins.get((row, column), 0) for column in names] for row in names],
            games=[[board.games.get((row, column), 0) for column in names] for row in names],
            probability=[list(row) for row in ranking.matrix],
        ),
        both_bad=BothBadBody(votes=board.both_bad, rate=board.both_bad / board.votes if board.votes else 0.0),
        votes=board.votes,
        voters=ranking.voters,
        left_out=LeftOutBody(**board.left_out),
        resampled=ranking.resampled,
    )


def _lead(board: Board) -> LeadBody | None:
    if board.lead is None:
        return None
    chose = round(board.lead.estimate * board.lead.n) if board.lead.n else 0
    return LeadBody(variant=board.ranking.standings[0].arm, chose=chose, voters=board.lead.n)


def _standing(board: Board, standing: Standing) -> StandingBody:
    named = board.variants[standing.arm]
    return StandingBody(
        variant=standing.arm,
        label=named.label,
        approach=named.approach,
        strength=_number(standing.strength),
        low=_number(standing.low),
        high=_number(standing.high),
        rank_low=standing.rank_low or None,
        rank_high=standing.rank_high or None,
        games=standing.games,
        wins=standing.wins,
        losses=standing.losses,
        ties=standing.ties,
        both_bad=standing.both_bad,
        win_rate=_number(standing.win_rate),
        configurations=named.configurations,
    )


def _style(feature: str, effect: Effect) -> StyleBody:
    return StyleBody(feature=feature, estimate=effect.estimate, low=effect.low, high=effect.high)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
