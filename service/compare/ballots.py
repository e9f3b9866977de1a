"""Votes: one for each visitor and comparison, one for each visitor and question with the same lanes, and final.

Functions block; call them through `in_thread`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, or_, select
from sqlalchemy.exc import IntegrityError

from ingest.catalogue.engine import now, serialise
from service.compare import records
from service.compare.records import Kept
from service.compare.schema import votes
from service.compare.types import Source, WhyNot, Winner
from service.errors import BadRequest, Conflict
from service.ids import new_id

_NOBODY = "anonymous:"


@dataclass(frozen=True, slots=True)
class Vote:
    """`counted` false: it is kept, and left out of the ranking for `why_not`."""

    winner: Winner
    reason: str | None
    counted: bool
    why_not: WhyNot | None
    created_at: str


@dataclass(frozen=True, slots=True)
class Tally:
    """All votes on one comparison; `lane_wins` by lane."""

    lane_wins: tuple[int, ...]
    ties: int
    both_bad: int


def voter(kept: Kept, visitor: str | None) -> str:
    """Who votes: the visitor named, else an opaque id of this comparison.

    Raises `BadRequest` where somebody asked by name and nobody is named: that may be anybody who has the link, who
    would take the vote from the one who asked, or the same person a second time; and for a visitor who goes by the
    name we give to nobody.
    """
    if visitor and visitor.startswith(_NOBODY):
        raise BadRequest("bad_visitor", f"No visitor's id begins with {_NOBODY!r}.", "Send your own `visitor`.")
    if not may_vote(kept, visitor):
        raise BadRequest(
            "visitor_needed", "This was asked under a visitor's id, and the vote has none.", "Send `visitor`, your own."
        )
    return reader(kept, visitor)


def may_vote(kept: Kept, visitor: str | None) -> bool:
    """Whether we know enough of who votes."""
    return bool(visitor) or kept.visitor is None


def reader(kept: Kept, visitor: str | None) -> str:
    """Who looks: without a name nobody we know. The one who asked must give theirs to be revealed to."""
    return visitor or nobody(kept.id)


def nobody(comparison_id: str) -> str:
    """The voter of a comparison who gave no name."""
    return f"{_NOBODY}{comparison_id}"


def of(connection: Connection, kept: Kept, who: str) -> Vote | None:
    """The vote of this voter on this comparison."""
    row = connection.execute(select(votes).where(votes.c.comparison_id == kept.id, votes.c.voter == who)).first()
    if row is None:
        return None
    return Vote(_winner(row.winner), row.reason, row.counted, row.why_not, row.created_at)


def voted_on(connection: Connection, comparison_ids: Sequence[str], visitor: str | None) -> set[str]:
    """Those of the comparisons on which this visitor has voted."""
    mine = [votes.c.voter == nobody(one) for one in comparison_ids]
    who = votes.c.voter == visitor if visitor else or_(False, *mine)
    found = select(votes.c.comparison_id).where(votes.c.comparison_id.in_(comparison_ids), who)
    return set(connection.execute(found).scalars())


def voted_alike(connection: Connection, kept: Kept, who: str) -> bool:
    """Whether this voter has voted on this comparison, or on the same question with the same lanes."""
    same = or_(votes.c.comparison_id == kept.id, votes.c.battle_key == kept.battle_key)
    return connection.execute(select(votes.c.id).where(votes.c.voter == who, same)).first() is not None


def tally(connection: Connection, kept: Kept) -> Tally:
    """What everybody voted here."""
    cast = [
        _winner(winner)
        for winner in connection.execute(select(votes.c.winner).where(votes.c.comparison_id == kept.id)).scalars()
    ]
    return Tally(tuple(cast.count(lane.lane) for lane in kept.lanes), cast.count("tie"), cast.count("both_bad"))


def cast(
    connection: Connection,
    comparison_id: str,
    *,
    winner: Winner,
    reason: str | None,
    visitor: str | None,
    source: Source,
) -> tuple[Kept, Vote]:
    """Keep a vote. Needs a write transaction.

    Raises `Unknown`, `BadRequest` for a lane that is not there or a voter who must be named, `Conflict` when there is
    nothing to vote on (`cannot_vote`) or this voter has voted (`already_voted`).
    """
    kept = records.get(connection, comparison_id)
    who = voter(kept, visitor)
    serialise(connection, f"vote:{kept.battle_key}")
    if isinstance(winner, int) and not 0 <= winner < len(kept.lanes):
        raise BadRequest(
            "bad_winner", f"There is no lane {winner}.", f'Give 0 to {len(kept.lanes) - 1}, "tie" or "both_bad".'
        )
    if voted_alike(connection, kept, who):
        raise _already()
    if kept.running:
        raise Conflict("cannot_vote", "The question is still being answered.", "Vote when every lane has ended.")
    if not kept.whole:
        raise Conflict(
            "cannot_vote",
            "Not every lane has an answer, so there is nothing fair to vote on.",
            "Ask the question again.",
        )
    why_not = _why_not(connection, kept)
    vote = Vote(winner, reason, why_not is None, why_not, now())
    try:
        connection.execute(
            insert(votes).values(
                id=new_id("vote"),
                comparison_id=kept.id,
                voter=who,
                battle_key=kept.battle_key,
                winner=str(winner),
                reason=reason,
                source=source,
                counted=vote.counted,
                why_not=why_not,
                created_at=vote.created_at,
            )
        )
    except IntegrityError as error:
        raise _already() from error
    return kept, vote


def _why_not(connection: Connection, kept: Kept) -> WhyNot | None:
    # Once the nameless voter has voted, everybody who has the link can read the names.
    if not kept.blind or of(connection, kept, nobody(kept.id)) is not None:
        return "open"
    return "reveals" if any(lane.reveals for lane in kept.lanes) else None


def _already() -> Conflict:
    return Conflict(
        "already_voted",
        "You have voted on this question and these lanes already.",
        "A vote is final: ask something new.",
    )


def _winner(kept: str) -> Winner:
    match kept:
        case "tie" | "both_bad":
            return kept
        case _:
            return int(kept)
