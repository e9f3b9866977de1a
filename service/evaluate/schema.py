"""The tables of datasets and runs. A run keeps its own copy of the cases: what is edited later changes no old run."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    inspect,
    text,
)

from ingest.catalogue.engine import Migration, metadata
from service.leases import WORKING
from service.sets import add_leased, leased

datasets = Table(
    "datasets",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("origin", String, nullable=False),  # types.Origin
    Column("status", String, nullable=False),  # types.DatasetStatus
    Column("digest", String),  # of the cases as they came; None once they were changed
    Column("drafting", JSON),  # what a worker is to draft: collection, model, count, seed, chunk ids
    Column("wanted", Integer, nullable=False, default=0),
    Column("tried", Integer, nullable=False, default=0),  # chunks that were shown to the model so far
    Column("attempts", Integer, nullable=False, default=0),  # the fencing token, as of a run
    Column("lease_until", Float, nullable=False, default=0.0),
    Column("waiting", JSON),  # why it does not go on just now: {code, message, hint}
    Column("error", JSON),
    Column("created_at", String, nullable=False),
    *leased(),
    info={WORKING: ("drafting",)},
)
Index("datasets_name", datasets.c.name, datasets.c.created_at)

cases = Table(
    "cases",
    metadata,
    Column("dataset_id", ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True),
    Column("id", String, primary_key=True),
    Column("ordinal", Integer, nullable=False),
    Column("status", String, nullable=False),  # types.CaseStatus
    Column("body", JSON, nullable=False),  # CONTRACT's case without its id
    Column("source", JSON),  # where it came from, when nobody wrote it: an answer's id, a chunk's place
)
Index("cases_order", cases.c.dataset_id, cases.c.ordinal)

runs = Table(
    "runs",
    metadata,
    Column("id", String, primary_key=True),
    Column("dataset_id", String, nullable=False, index=True),  # the dataset may be deleted; the run stays
    Column("dataset_name", String, nullable=False),
    Column("status", String, nullable=False, index=True),  # types.Status
    Column("arms", JSON, nullable=False),  # frozen: list of types.Arm
    Column("spec", JSON, nullable=False),  # as it was asked for: variants, references, metrics, judge, limit
    Column("collection", String, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("repeats", Integer, nullable=False),
    Column("examples", JSON, nullable=False),  # the few-shot examples there were: [{question, answer}]
    Column("provenance", JSON, nullable=False),  # corpus, models, code, cases: see snapshot
    Column("warnings", JSON, nullable=False),
    Column("at_once", Integer, nullable=False),
    Column("local", Integer, nullable=False),  # 1: it uses the local model, which serves one run at a time
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False, default=0),
    Column("failed_answers", Integer, nullable=False, default=0),
    Column("attempts", Integer, nullable=False, default=0),  # times claimed: the fencing token of the claim that counts
    Column("fruitless", Integer, nullable=False, default=0),  # claims in a row after which nothing was kept
    Column("paced_at", String),  # when it was claimed last, and how many answers there were: what its pace is told by
    Column("paced_done", Integer, nullable=False, default=0),
    Column("prepared", Integer, nullable=False, default=1),  # 0: its worker has yet to look for the gold passages
    Column("lease_until", Float, nullable=False, default=0.0),  # epoch seconds
    Column("cancel_requested", Integer, nullable=False, default=0),
    Column("waiting", JSON),  # why it does not go on just now: {code, message, hint}
    Column("error", JSON),
    Column("again_of", String),
    Column("created_at", String, nullable=False),
    Column("started_at", String),
    Column("finished_at", String),
    info={WORKING: ("running",)},
)
Index("runs_created", runs.c.created_at)

run_cases = Table(
    "run_cases",
    metadata,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("case_id", String, nullable=False),
    Column("body", JSON, nullable=False),
    Column("oracle", JSON, nullable=False),  # the passages that hold its gold: what the oracle arm is shown
)

results = Table(
    "results",
    metadata,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("case_id", String, primary_key=True),
    Column("arm", String, primary_key=True),
    Column("repeat", Integer, primary_key=True),
    Column("position", Integer, nullable=False),  # in the shuffled order, from 0
    Column("answer", JSON, nullable=False),  # the answer object of CONTRACT
    Column("frozen", JSON(none_as_null=True)),  # once passages of it were blanked: the scores that were made of them
    Column("finish", String, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("started_at", String, nullable=False),
    Column("finished_at", String, nullable=False),
)

judgements = Table(
    "judgements",
    metadata,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("case_id", String, primary_key=True),
    Column("arm", String, primary_key=True),
    Column("against", String, primary_key=True),  # the other arm of a pair, or ""
    Column("flipped", Integer, primary_key=True),  # 1: `against` was shown first
    Column("judge", String, primary_key=True),
    Column("prompt_hash", String, primary_key=True),
    Column("verdict", String, nullable=False),
    Column("said", Text, nullable=False),
    Column("created_at", String, nullable=False),
)


def _evaluate(connection: Connection) -> None:
    for table in (datasets, cases, runs, run_cases, results, judgements):
        table.create(connection)


def _frozen(connection: Connection) -> None:
    if all(column["name"] != "frozen" for column in inspect(connection).get_columns("results")):
        connection.execute(text("ALTER TABLE results ADD COLUMN frozen JSON"))


def _paced(connection: Connection) -> None:
    there = {column["name"] for column in inspect(connection).get_columns("runs")}
    for name, kind in (
        ("fruitless", "INTEGER DEFAULT 0 NOT NULL"),
        ("paced_at", "VARCHAR"),
        ("paced_done", "INTEGER DEFAULT 0 NOT NULL"),
        ("prepared", "INTEGER DEFAULT 1 NOT NULL"),
    ):
        if name not in there:
            connection.execute(text(f"ALTER TABLE runs ADD COLUMN {name} {kind}"))


def _drafting(connection: Connection) -> None:
    add_leased(connection, datasets)


MIGRATIONS = [
    Migration("0001-evaluate", _evaluate),
    Migration("0002-evaluate-frozen", _frozen),
    Migration("0003-evaluate-paced", _paced),
    Migration("0004-evaluate-drafting", _drafting),
]
