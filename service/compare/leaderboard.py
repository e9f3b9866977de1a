"""The leaderboard: blind votes as battles, ranked by `service.statistics.rank`, kept until a vote changes."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

from sqlalchemy import Connection, Engine, func, select

from ingest.catalogue.engine import reading
from ingest.threads import in_thread
from service.compare.schema import comparisons, lanes, votes
from service.compare.types import WhyNot
from service.statistics import sequential
from service.statistics.rank import Ranking, ranking
from service.statistics.sequential import Sequential
from service.statistics.votes import Battle, Side

REMEMBERED = 16
"""Leaderboards kept: one for each collection and start that people look at."""

LARGE = 1_000
"""Votes above which a leaderboard is not made anew with every vote."""

KEPT_S = 10.0
"""Seconds for which such a one is kept while votes come."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a ranked name stands for: as it was when it last answered. `configurations`: how many it stood for."""

    label: str
    approach: str
    configurations: int


@dataclass(frozen=True, slots=True)
class Board:
    """`votes` and `voters` count people's decisions; a vote on three lanes is two battles or three.

    `wins` and `games` by (variant, variant): decided for the first, and met in all. `left_out` are votes that were kept
    and not counted, by reason.
    """

    ranking: Ranking
    variants: dict[str, Shown]
    wins: dict[tuple[str, str], int]
    games: dict[tuple[str, str], int]
    votes: int
    both_bad: int
    left_out: dict[WhyNot, int]
    lead: Sequential | None
    """Of the voters who took sides on the one on top, the share whose first decision was for it: a test that may be
    looked at after every vote."""


class Leaderboard:
    """Computed in a thread, one at a time; `of` gives the kept one while no vote was added, and one of many votes for
    some seconds more. `clock` counts seconds."""

    def __init__(self, engine: Engine, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._clock = clock
        self._kept: OrderedDict[tuple[str | None, str | None], tuple[Any, float, Board]] = OrderedDict()
        self._computing = asyncio.Lock()

    async def of(self, collection: str | None = None, since: str | None = None) -> Board:
        """Of the votes on one collection's questions, or all; cast since the hour (UTC) of an instant began, or ever.

        Whole hours, so that a page which asks for the last seven days again and again finds what it was given before.
        """
        since = since and f"{since[:13]}:00:00.000Z"
        key = (collection, since)
        async with self._computing:
            state = await in_thread(self._state)
            kept = self._kept.get(key)
            if kept is None or (kept[0] != state and not self._lasts(kept[2], kept[1])):
                made = await in_thread(self._compute, collection, since)
                self._kept[key] = kept = state, self._clock(), made
                while len(self._kept) > REMEMBERED:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return kept[2]

    def _lasts(self, kept: Board, made: float) -> bool:
        return kept.votes > LARGE and self._clock() - made < KEPT_S

    def _state(self) -> tuple[Any, ...]:
        with reading(self._engine) as connection:
            return tuple(
                connection.execute(select(func.count(), func.max(votes.c.created_at)).select_from(votes)).one()
            )

    def _compute(self, collection: str | None, since: str | None) -> Board:
        with reading(self._engine) as connection:
            cast = _cast(connection, collection, since)
        return board(cast)


@dataclass(frozen=True, slots=True)
class Place:
    """What stood in a lane."""

    variant: str
    label: str
    approach: str
    arm: str
    style: dict[str, int]


@dataclass(frozen=True, slots=True)
class Cast:
    """One vote and what it was about. `places` by lane."""

    voter: str
    winner: str
    why_not: WhyNot | None
    places: tuple[Place, ...]


def board(cast: Sequence[Cast]) -> Board:
    """The leaderboard of these votes, the oldest first."""
    counted = [vote for vote in cast if vote.why_not is None]
    battles = [battle for vote in counted for battle in fought(vote)]
    wins: dict[tuple[str, str], int] = {}
    games: dict[tuple[str, str], int] = {}
    for battle in battles:
        for one, other, side in ((battle.left, battle.right, "left"), (battle.right, battle.left, "right")):
            games[one, other] = games.get((one, other), 0) + 1
            wins[one, other] = wins.get((one, other), 0) + (battle.winner == side)
    left_out: dict[WhyNot, int] = {"open": 0, "reveals": 0}
    for vote in cast:
        if vote.why_not is not None:
            left_out[vote.why_not] += 1
    ranked = ranking(battles)
    return Board(
        ranking=ranked,
        variants=_variants(counted),
        wins=wins,
        games=games,
        votes=len(counted),
        both_bad=sum(vote.winner == "both_bad" for vote in counted),
        left_out=left_out,
        lead=_lead(ranked, battles),
    )


def fought(vote: Cast) -> Iterable[Battle]:
    """The battles of one vote: the winner against each other lane, or, undecided, every pair.

    The lane with the smaller number stood left.
    """
    for (left, one), (right, other) in combinations(enumerate(vote.places), 2):
        winner: Side
        match vote.winner:
            case "tie" | "both_bad" as undecided:
                winner = undecided
            case lane if int(lane) == left:
                winner = "left"
            case lane if int(lane) == right:
                winner = "right"
            case _:
                continue  # two of the losers: nobody said which was better
        style = {name: (one.style.get(name, 0.0), other.style.get(name, 0.0)) for name in one.style}
        yield Battle(one.variant, other.variant, winner, vote.voter, style)


def _lead(ranked: Ranking, battles: Sequence[Battle]) -> Sequential | None:
    """A voter counts once and for good: for their first vote that decides between the one on top and another.

    As many arms could have come out on top, as strict it is. `battles` are in the order of the votes.
    """
    if not ranked.connected:
        return None
    top = ranked.standings[0].arm
    sides = sequential.firsts(
        (battle.voter, (battle.left if battle.winner == "left" else battle.right) == top)
        for battle in battles
        if top in (battle.left, battle.right) and battle.winner in ("left", "right")
    )
    return sequential.votes(sum(sides), len(sides), alpha=sequential.ALPHA / len(ranked.standings))


def _variants(cast: Sequence[Cast]) -> dict[str, Shown]:
    arms: dict[str, set[str]] = {}
    last: dict[str, Place] = {}
    for vote in cast:
        for place in vote.places:
            arms.setdefault(place.variant, set()).add(place.arm)
            last[place.variant] = place
    return {name: Shown(place.label, place.approach, len(arms[name])) for name, place in last.items()}


def _cast(connection: Connection, collection: str | None, since: str | None) -> list[Cast]:
    wanted = select(votes.c.comparison_id, votes.c.voter, votes.c.winner, votes.c.why_not).join(
        comparisons, comparisons.c.id == votes.c.comparison_id
    )
    if collection is not None:
        wanted = wanted.where(comparisons.c.collection == collection)
    if since is not None:
        wanted = wanted.where(votes.c.created_at >= since)
    cast = connection.execute(wanted.order_by(votes.c.created_at, votes.c.id)).all()
    stood = (
        select(lanes.c.comparison_id, lanes.c.variant, lanes.c.label, lanes.c.approach, lanes.c.arm, lanes.c.style)
        .where(lanes.c.comparison_id.in_(wanted.with_only_columns(votes.c.comparison_id)))
        .order_by(lanes.c.comparison_id, lanes.c.lane)
    )
    places: dict[str, list[Place]] = {}
    for comparison_id, variant, label, approach, arm, style in connection.execute(stood):
        places.setdefault(comparison_id, []).append(Place(variant, label, approach, arm, style or {}))
    return [
        Cast(voter, winner, why_not, tuple(places[comparison_id])) for comparison_id, voter, winner, why_not in cast
    ]


Verdict = Literal["no_votes", "apart", "preferred", "undecided"]


def verdict(board: Board) -> Verdict:
    """`preferred`: one arm's interval lies above all others, and a test that may be looked at daily agrees; not before
    there are votes enough to tell its strength."""
    if not board.votes:
        return "no_votes"
    if not board.ranking.connected:
        return "apart"
    first = sum(standing.rank_low == 1 for standing in board.ranking.standings)
    lead, told = board.lead, board.ranking.standings[0] in board.ranking.told
    return "preferred" if told and first == 1 and lead and lead.decided and lead.estimate > 0.5 else "undecided"


def sentence(board: Board) -> str:
    """The leaderboard in one sentence."""
    ranking, found = board.ranking, verdict(board)
    if found == "no_votes":
        return "Nobody has voted blind yet."
    if board.both_bad == board.votes:
        return f"Nobody is ahead: everything so far was 'both bad' ({_plural(board.votes, 'blind vote')})."
    if found == "apart":
        apart = " | ".join(", ".join(group) for group in ranking.groups)
        return f"Not ranked: no blind vote has preferred one or called a tie between these yet: {apart}."
    first = [standing.arm for standing in ranking.standings if standing.rank_low == 1]
    lead, top = board.lead, ranking.standings[0].arm
    if found == "preferred" and lead is not None:
        chose = round(lead.estimate * lead.n)
        return f"{top} is preferred: {chose} of the {lead.n} voters who took sides on it chose it at first."
    if not ranking.told:
        few = [one for one in ranking.standings if one.wanting]
        more = _plural(max(one.wanting for one in few), "more vote")
        return (
            f"Too early to rank: {_plural(board.votes, 'blind vote')} so far. It takes {more} on "
            f"{' and on '.join(one.arm for one in few)} that prefer one or call a tie."
        )
    return f"Not decided yet: {' or '.join(first)} may be first ({_plural(board.votes, 'blind vote')})."


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
