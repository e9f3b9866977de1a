"""Kept comparisons, as a voter may see them, and the votes on them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from ingest.catalogue.engine import reading, writing
from ingest.threads import in_thread
from service.compare import ballots, records
from service.compare.ballots import Tally, Vote
from service.compare.records import Calls, Kept, Listed
from service.compare.types import Source, Winner
from service.errors import Conflict, Forbidden


@dataclass(frozen=True, slots=True)
class Seen:
    """A comparison as one visitor sees it. `revealed` false: only questions and texts may be shown.

    `voted` is this visitor's own vote, `tally` everybody's.
    """

    kept: Kept
    revealed: bool
    can_vote: bool
    voted: Vote | None
    tally: Tally


class Archive:
    """Reads and votes, each in a thread and a transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def vote(
        self, comparison_id: str, *, winner: Winner, reason: str | None, visitor: str | None, source: Source
    ) -> tuple[Kept, Vote]:
        """See `ballots.cast`."""

        def write() -> tuple[Kept, Vote]:
            with writing(self._engine) as connection:
                return ballots.cast(
                    connection, comparison_id, winner=winner, reason=reason, visitor=visitor, source=source
                )

        return await in_thread(write)

    async def one(self, comparison_id: str, visitor: str | None) -> Seen:
        """Raises `Unknown`."""

        def read() -> Seen:
            with reading(self._engine) as connection:
                kept = records.get(connection, comparison_id)
                who = ballots.reader(kept, visitor)
                voted = ballots.of(connection, kept, who)
                return Seen(
                    kept=kept,
                    revealed=not kept.blind or voted is not None,
                    can_vote=kept.whole
                    and ballots.may_vote(kept, visitor)
                    and not ballots.voted_alike(connection, kept, who),
                    voted=voted,
                    tally=ballots.tally(connection, kept),
                )

        return await in_thread(read)

    async def page(
        self, *, collection: str | None, before: str | None, limit: int, visitor: str | None
    ) -> list[tuple[Listed, bool]]:
        """(comparison, whether it is revealed to this visitor), newest first: those `records.page` may list to them."""

        def read() -> list[tuple[Listed, bool]]:
            with reading(self._engine) as connection:
                found = records.page(connection, visitor=visitor, collection=collection, before=before, limit=limit)
                voted = ballots.voted_on(connection, [one.id for one in found], visitor)
                return [(one, not one.blind or one.id in voted) for one in found]

        return await in_thread(read)

    async def prompts(self, comparison_id: str, visitor: str | None) -> list[Calls]:
        """What every lane sent to its model. Raises `Unknown`, `Conflict` while that is secret, and `Forbidden` to
        others where it holds a conversation."""

        def read() -> list[Calls]:
            with reading(self._engine) as connection:
                kept = records.get(connection, comparison_id)
                if kept.conversation_id is not None and not (visitor and visitor == kept.visitor):
                    raise Forbidden(
                        "not_your_conversation",
                        "What was sent holds the conversation that this was asked in.",
                        "Only the visitor who asked can read it.",
                    )
                if kept.blind and ballots.of(connection, kept, ballots.reader(kept, visitor)) is None:
                    raise Conflict(
                        "vote_first", "This comparison is blind: its prompts tell who is who.", "Vote first."
                    )
                return records.prompts(connection, comparison_id)

        return await in_thread(read)
