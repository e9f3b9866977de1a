"""The tables of variants, few-shot examples, suggested questions, conversations, answers and feedback."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Connection, ForeignKey, Index, Integer, String, Table, Text

from ingest.catalogue.engine import Migration, metadata

variants = Table(
    "variants",
    metadata,
    Column("name", String, primary_key=True),
    Column("label", String, nullable=False),
    Column("approach", String, nullable=False),
    Column("model", String, nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("origin", String, nullable=False),
    Column("created_at", String, nullable=False),
)

examples = Table(
    "examples",
    metadata,
    Column("id", String, primary_key=True),
    Column("ordinal", Integer, nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("created_at", String, nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", String, primary_key=True),
    Column("collection", String, nullable=False),
    Column("visitor", String),
    Column("title", String, nullable=False),
    Column("created_at", String, nullable=False),
)

answers = Table(
    "answers",
    metadata,
    Column("id", String, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("question", Text, nullable=False),
    Column("variant", String, nullable=False),
    Column("finish", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("body", JSON, nullable=False),  # the whole answer object, as it was sent
    Column("created_at", String, nullable=False),
)
Index("answers_conversation", answers.c.conversation_id, answers.c.created_at)

Index("answers_created", answers.c.created_at)

feedback = Table(
    "feedback",
    metadata,
    Column("answer_id", ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True),
    Column("rating", Integer, nullable=False),
    Column("reason", String),
    Column("comment", Text),
    Column("created_at", String, nullable=False),
)

suggestions = Table(
    "suggestions",
    metadata,
    Column("collection_id", ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("question", String, nullable=False),
)


def _chat(connection: Connection) -> None:
    for table in (variants, examples, conversations, answers, feedback):
        table.create(connection)


def _suggestions(connection: Connection) -> None:
    suggestions.create(connection)


def _answers_by_time(connection: Connection) -> None:
    for index in answers.indexes:
        index.create(connection, checkfirst=True)


MIGRATIONS = [
    Migration("0001-chat", _chat),
    Migration("0002-chat-suggestions", _suggestions),
    Migration("0003-chat-answers-by-time", _answers_by_time),
]
