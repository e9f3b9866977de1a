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
    """Strength on the scale 1000 + 400/ln 10 · beta with its 95 % interval; null where nobody can be ranked, and where
    there are too few votes to tell it."""

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
    more_votes: int = Field(description="that prefer one or call a tie, before its strength is told; 0: it can be")
    configurations: int = Field(description="how many different settings had this name")


class EffectBody(Body):
    """On the logit scale, with its 95 % interval."""

    estimate: float
    low: float
    high: float


class StyleBody(Body):
    """The same of a style; nulls where votes are too few, or answers too alike in it, to tell."""

    feature: str
    estimate: float | None
    low: float | None
    high: float | None


class MatrixBody(Body):
    """By place in `variants`: battles won and fought by row against column, and the chance that row is preferred."""

    variants: list[str]
    wins: list[list[int]]
    games: list[list[int]]
    probability: list[list[float | None]] = Field(
        description="at equal side and style; null where one of the two has too few votes; empty unless connected"
    )


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
    lead: LeadBody | None = Field(description="null where nobody can be ranked")
    sentence: str
    items: list[StandingBody] = Field(description="best first")
    groups: list[list[str]] = Field(description="variants that votes connect; more than one: nobody is ranked")
    position_bias: EffectBody | None = Field(description="of standing left; null while votes are too few to tell")
    style: list[StyleBody] = Field(description="of one spread more of each")
    win_matrix: MatrixBody
    both_bad: BothBadBody
    votes: int
    voters: int
    more_voters: int = Field(description="before intervals are about more than those who voted; 0: they are")
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
        position_bias=_side(board),
        style=[_style(board, name, effect) for name, effect in ranking.styles.items()],
        win_matrix=MatrixBody(
            variants=names,
            wins=[[board.wins.get((row, column), 0) for column in names] for row in names],
            games=[[board.games.get((row, column), 0) for column in names] for row in names],
            probability=_chances(board),
        ),
        both_bad=BothBadBody(votes=board.both_bad, rate=board.both_bad / board.votes if board.votes else 0.0),
        votes=board.votes,
        voters=ranking.voters,
        more_voters=ranking.more_voters,
        left_out=LeftOutBody(**board.left_out),
        resampled=ranking.resampled,
    )


def _lead(board: Board) -> LeadBody | None:
    if board.lead is None or not board.ranking.told:
        return None
    chose = round(board.lead.estimate * board.lead.n) if board.lead.n else 0
    return LeadBody(variant=board.ranking.standings[0].arm, chose=chose, voters=board.lead.n)


def _chances(board: Board) -> list[list[float | None]]:
    """A chance for every two whose strengths are told."""
    told = [standing in board.ranking.told for standing in board.ranking.standings]
    return [
        [chance if told[i] and told[j] else None for j, chance in enumerate(row)]
        for i, row in enumerate(board.ranking.matrix)
    ]


def _side(board: Board) -> EffectBody | None:
    found = board.ranking.position_bias
    return EffectBody.model_validate(found) if found and found.telling and board.ranking.told else None


def _standing(board: Board, standing: Standing) -> StandingBody:
    named, told = board.variants[standing.arm], standing in board.ranking.told
    return StandingBody(
        variant=standing.arm,
        label=named.label,
        approach=named.approach,
        strength=standing.strength if told else None,
        low=standing.low if told else None,
        high=standing.high if told else None,
        rank_low=standing.rank_low if told else None,
        rank_high=standing.rank_high if told else None,
        games=standing.games,
        wins=standing.wins,
        losses=standing.losses,
        ties=standing.ties,
        both_bad=standing.both_bad,
        win_rate=_number(standing.win_rate),
        more_votes=standing.wanting,
        configurations=named.configurations,
    )


def _style(board: Board, feature: str, effect: Effect) -> StyleBody:
    if not effect.telling or not board.ranking.told:
        return StyleBody(feature=feature, estimate=None, low=None, high=None)
    return StyleBody(feature=feature, estimate=effect.estimate, low=effect.low, high=effect.high)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
