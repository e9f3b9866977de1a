"""The tables of comparisons, their lanes, and votes."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    inspect,
    text,
)

from ingest.catalogue.engine import Migration, metadata

comparisons = Table(
    "comparisons",
    metadata,
    Column("id", String, primary_key=True),
    Column("question", Text, nullable=False),
    Column("question_key", String, nullable=False),  # the same question of the same collection, however it is spaced
    Column("battle_key", String, nullable=False),  # that question and this set of lanes
    Column("collection", String, nullable=False),
    Column("blind", Boolean, nullable=False),
    Column("drawn", Boolean, nullable=False),  # whether the service drew the pair
    Column("visitor", String),
    Column("conversation_id", String),  # that it was asked in the middle of
    Column("created_at", String, nullable=False),
)
Index("comparisons_created", comparisons.c.created_at, comparisons.c.id)

lanes = Table(
    "lanes",
    metadata,
    Column("comparison_id", ForeignKey("comparisons.id", ondelete="CASCADE"), primary_key=True),
    Column("lane", Integer, primary_key=True),  # as shown: the side the coin drew
    Column("asked", Integer, nullable=False),  # its place in the request
    Column("began", Integer, nullable=False),  # its place in the order of starting, drawn too
    Column("variant", String, nullable=False),
    Column("base", String, nullable=False),  # the variant of the book that was changed in place, or itself
    Column("label", String, nullable=False),
    Column("approach", String, nullable=False),
    Column("model", String, nullable=False),  # resolved: never ""
    Column("parameters", JSON, nullable=False),  # what differs from the defaults
    Column("prompt_hash", String, nullable=False),
    Column("arm", String, nullable=False),  # hash of all that decides what it answers
    Column("outcome", String, nullable=False),
    Column("answer_id", String),  # no foreign key: an answer may be kept a moment later than its lane ends
    Column("conversation_id", String),
    Column("shown", Text),  # the text as a blind voter reads it
    Column("reveals", String),  # what in that text gives the arm away
    Column("style", JSON),  # what the ranking controls for, counted in that text
    Column("error", JSON),
    Column("prompts", JSON),  # the messages of every model call
    Column("documents", JSON(none_as_null=True)),  # ids of those whose passages are in them
)
Index("lanes_answer", lanes.c.answer_id)
Index("lanes_conversation", lanes.c.conversation_id)

votes = Table(
    "votes",
    metadata,
    Column("id", String, primary_key=True),
    Column("comparison_id", ForeignKey("comparisons.id", ondelete="CASCADE"), nullable=False),
    Column("voter", String, nullable=False),
    Column("battle_key", String, nullable=False),
    Column("winner", String, nullable=False),  # a lane's number, "tie" or "both_bad"
    Column("reason", Text),
    Column("source", String, nullable=False),
    Column("counted", Boolean, nullable=False),
    Column("why_not", String),
    Column("created_at", String, nullable=False),
    UniqueConstraint("comparison_id", "voter"),
    UniqueConstraint("battle_key", "voter"),
)


def _compare(connection: Connection) -> None:
    for table in (comparisons, lanes, votes):
        table.create(connection)


def _conversation(connection: Connection) -> None:
    if all(column["name"] != "conversation_id" for column in inspect(connection).get_columns("comparisons")):
        connection.execute(text("ALTER TABLE comparisons ADD COLUMN conversation_id VARCHAR"))


def _documents(connection: Connection) -> None:
    if all(column["name"] != "documents" for column in inspect(connection).get_columns("lanes")):
        connection.execute(text("ALTER TABLE lanes ADD COLUMN documents JSON"))


MIGRATIONS = [
    Migration("0001-compare", _compare),
    Migration("0002-compare-conversation", _conversation),
    Migration("0003-compare-documents", _documents),
]
