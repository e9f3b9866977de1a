"""The tables of training data and training jobs. A job keeps its own copy of the pairs: edits change no old job."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Connection, Float, ForeignKey, Index, Integer, String, Table, Text

from ingest.catalogue.engine import Migration, metadata
from service.leases import WORKING, Leases
from service.sets import add_leased, leased

pair_sets = Table(
    "pair_sets",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("origin", String, nullable=False),  # types.Origin
    Column("status", String, nullable=False),  # types.SetStatus
    Column("digest", String),  # of the pairs as they came; None once they were changed
    Column("drafting", JSON),  # what a worker is to draft: collection, model, count, seed, chunk ids
    Column("wanted", Integer, nullable=False, default=0),
    Column("tried", Integer, nullable=False, default=0),  # chunks that were shown to the model so far
    Column("attempts", Integer, nullable=False, default=0),  # the fencing token, as of a job
    Column("lease_until", Float, nullable=False, default=0.0),
    Column("waiting", JSON),  # why it does not go on just now: {code, message, hint}
    Column("error", JSON),
    Column("created_at", String, nullable=False),
    *leased(),
    info={WORKING: ("drafting",)},
)
Index("pair_sets_created", pair_sets.c.created_at)

pairs = Table(
    "pairs",
    metadata,
    Column("set_id", ForeignKey("pair_sets.id", ondelete="CASCADE"), primary_key=True),
    Column("id", String, primary_key=True),
    Column("ordinal", Integer, nullable=False),
    Column("status", String, nullable=False),  # types.PairStatus
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("document", String),  # name of the document it is about: pairs are divided by it
    Column("source", JSON),  # where it came from, when nobody wrote it: an answer's id, a chunk's place
)
Index("pairs_order", pairs.c.set_id, pairs.c.ordinal)

finetunes = Table(
    "finetunes",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),  # what the model will be called
    Column("status", String, nullable=False, index=True),  # types.Status
    Column("trainer", String, nullable=False),  # types.TrainerName
    Column("kind", String, nullable=False),  # types.Kind
    Column("base", String, nullable=False),  # catalogue name of the model it begins with
    Column("settings", JSON, nullable=False),  # types.Recipe
    Column("collection", String, nullable=False),
    Column("pairs_id", String),  # the set may be deleted; the job stays
    Column("data", JSON, nullable=False),  # hash, train, validation, groups, dropped, findings, seed
    Column("local", Integer, nullable=False),  # 1: it takes this machine's cores
    Column("price_estimate", JSON(none_as_null=True)),
    Column("step", Integer, nullable=False, default=0),
    Column("steps", Integer, nullable=False, default=0),
    Column("epoch", Float),
    Column("tokens_per_second", Float),
    Column("seconds_left", Float),
    Column("detail", String),
    Column("begun_at", Integer, nullable=False, default=-1),  # the step it had reached when it was last started
    Column("stalled", Integer, nullable=False, default=0),  # starts in a row that got no further than the one before
    Column("remote", JSON(none_as_null=True)),  # at a provider: file ids, job id
    Column("samples", JSON(none_as_null=True)),
    Column("manifest", JSON(none_as_null=True)),
    Column("model", String),  # catalogue name of the model it made
    Column("cost", Float),  # US dollars
    Column("attempts", Integer, nullable=False, default=0),  # times claimed: the fencing token of the claim that counts
    Column("lease_until", Float, nullable=False, default=0.0),  # epoch seconds
    Column("cancel_requested", Integer, nullable=False, default=0),
    Column("waiting", JSON(none_as_null=True)),
    Column("error", JSON(none_as_null=True)),
    Column("again_of", String),
    Column("created_at", String, nullable=False),
    Column("started_at", String),
    Column("finished_at", String),
    info={WORKING: ("preparing", "training", "exporting")},
)
Index("finetunes_created", finetunes.c.created_at)

finetune_pairs = Table(
    "finetune_pairs",
    metadata,
    Column("finetune_id", ForeignKey("finetunes.id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("part", String, nullable=False),  # types.Part
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
)

losses = Table(
    "finetune_losses",
    metadata,
    Column("finetune_id", ForeignKey("finetunes.id", ondelete="CASCADE"), primary_key=True),
    Column("setting", Integer, primary_key=True),  # of a sweep, from 0
    Column("step", BigInteger, primary_key=True),
    Column("train", Float),
    Column("validation", Float),
)

LEASES = Leases(finetunes)


def _tune(connection: Connection) -> None:
    for table in (pair_sets, pairs, finetunes, finetune_pairs, losses):
        table.create(connection)


def _drafting(connection: Connection) -> None:
    add_leased(connection, pair_sets)


MIGRATIONS = [Migration("0001-tune", _tune), Migration("0002-tune-drafting", _drafting)]
