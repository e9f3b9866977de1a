"""The tables of experiments, their phases, what was shown, and the default variant of each collection."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Connection, Float, ForeignKey, Index, Integer, String, Table, Text, text

from ingest.catalogue.engine import Migration, metadata

experiments = Table(
    "experiments",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("metric", String, nullable=False),
    Column("status", String, nullable=False),  # running | stopped
    Column("arms", JSON, nullable=False),  # [{"label", "variant"}], the control first
    Column("salt", String, nullable=False),
    Column("collection", String),  # None: every collection
    Column("collection_id", String),  # a collection deleted and made again under the same name is another one
    Column("routing", String, nullable=False),  # fixed | thompson
    Column("guardrails", JSON, nullable=False),  # [{"metric", "worse_than_control_by"}]
    Column("staff", JSON, nullable=False),  # visitor ids that do not count
    Column("aa", Boolean, nullable=False),
    Column("expected_n", Integer, nullable=False),
    Column("created_at", String, nullable=False),
    Column("stopped_at", String),
    Column("stop_reason", Text),
    Column("winner", String),
)
_RUNNING = text("status = 'running'")
# Whatever two processes do at once: one running experiment of a name.
Index("experiments_running", experiments.c.name, unique=True, sqlite_where=_RUNNING, postgresql_where=_RUNNING)

phases = Table(
    "experiment_phases",
    metadata,
    Column("experiment_id", ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("weights", JSON, nullable=False),  # shares by arm, in their order; they sum to 1
    Column("started_at", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("stopped_arm", String),  # the label of the lane that a guardrail took out with this phase
)

exposures = Table(
    "exposures",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("experiment_id", ForeignKey("experiments.id", ondelete="CASCADE"), nullable=False),
    Column("phase", Integer, nullable=False),
    Column("arm", String, nullable=False),
    Column("variant", String, nullable=False),
    Column("unit", String, nullable=False),  # a pseudonym: the salted hash of the visitor's id
    Column("answer_id", String, nullable=False, unique=True),
    Column("question_key", String, nullable=False),
    Column("propensity", Float, nullable=False),
    Column("finish", String, nullable=False),
    Column("first_token", Float),
    Column("total", Float),
    Column("cost", Float),
    Column("at", String, nullable=False),
    Column("excluded", String),  # None, or the rule that keeps it out: staff | bot | nameless | repeat
)
Index("exposures_unit", exposures.c.experiment_id, exposures.c.unit, exposures.c.at)
Index("exposures_seq", exposures.c.experiment_id, exposures.c.seq)

default_variants = Table(
    "default_variants",
    metadata,
    Column("collection_id", String, primary_key=True),  # EVERYWHERE: all collections without one of their own
    Column("variant", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("set_at", String, nullable=False),
)
EVERYWHERE = "*"


def _experiments(connection: Connection) -> None:
    for table in (experiments, phases, exposures, default_variants):
        table.create(connection)


MIGRATIONS = [Migration("0003-experiments", _experiments)]
