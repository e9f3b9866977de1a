"""The tables of documents. Other packages add their own tables to the same metadata and their own migrations."""

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
    LargeBinary,
    String,
    Table,
    Text,
    inspect,
    text,
)

from ingest.catalogue.engine import Migration, metadata

collections = Table(
    "collections",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("generation", String, nullable=False),  # name of the vector index's collection that is live
    Column("embedder", String, nullable=False),  # the embedding model that generation was built with
    Column("next_generation", String),  # the one a reindex is building: written to as well, not yet searched
    Column("next_embedder", String),
    Column("created_at", String, nullable=False),
    Column("deleted_at", String),  # the tombstone of a whole collection
)

documents = Table(
    "documents",
    metadata,
    Column("id", String, primary_key=True),
    Column("collection_id", ForeignKey("collections.id", ondelete="CASCADE"), nullable=False),
    Column("name", String, nullable=False),
    Column("live_version", Integer),  # None until the first version is indexed
    Column("latest_version", Integer, nullable=False),
    Column("created_at", String, nullable=False),
    Column("deleted_at", String),  # the tombstone: set first, so that nothing is answered from it from then on
)
Index("documents_name", documents.c.collection_id, documents.c.name)

versions = Table(
    "versions",
    metadata,
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("sha256", String, nullable=False, index=True),
    Column("bytes", BigInteger, nullable=False),
    Column("format", String),  # key of ingest.formats, known once the bytes were looked at
    Column("status", String, nullable=False, index=True),  # DocumentStatus
    Column("progress", Float, nullable=False, default=0.0),
    Column("attempts", Integer, nullable=False, default=0),  # times claimed: the fencing token of the claim that counts
    Column("deaths", Integer, nullable=False, default=0),  # claims whose worker never came back
    Column("failures", Integer, nullable=False, default=0),  # tries that ended in an error worth another try
    Column("lease_until", Float, nullable=False, default=0.0),  # epoch seconds; a claim not renewed by then is void
    Column("not_before", Float, nullable=False, default=0.0),  # epoch seconds; back-off after an error
    Column("cancel_requested", Integer, nullable=False, default=0),
    Column("staged", Integer, nullable=False, default=0),  # 1 while there are chunk rows (so maybe vectors) of it
    Column("chunks", Integer, nullable=False, default=0),
    Column("pages", Integer),
    Column("title", String),
    Column("warnings", JSON, nullable=False, default=list),
    Column("error", JSON),
    Column("created_at", String, nullable=False),
    Column("finished_at", String),
)

chunks = Table(
    "chunks",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("collection_id", String, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("embed_text", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("heading", JSON, nullable=False, default=list),
    Column("page", Integer),
    Column("header", Text, nullable=False, default=""),  # of a piece of a table: the lines that belong above its text
    Column("embed_hash", String, nullable=False, index=True),  # SHA-256 of embed_text: key of the vector cache
)
Index("chunks_place", chunks.c.document_id, chunks.c.version, chunks.c.ordinal)

vectors = Table(
    "vectors",
    metadata,
    Column("embedder", String, primary_key=True),
    Column("embed_hash", String, primary_key=True),
    Column("vector", LargeBinary, nullable=False),  # little-endian float32
)


def _documents(connection: Connection) -> None:
    for table in (collections, documents, versions, chunks, vectors):
        table.create(connection)
    connection.execute(
        text("CREATE UNIQUE INDEX documents_live_name ON documents (collection_id, name) WHERE deleted_at IS NULL")
    )


def _header(connection: Connection) -> None:
    """Chunks of before have no header until their document is ingested again: a reindex embeds chunks anew but cuts
    none, and where a header stood in `embed_text` cannot be told from the headings there."""
    if all(column["name"] != "header" for column in inspect(connection).get_columns("chunks")):
        connection.execute(text("ALTER TABLE chunks ADD COLUMN header TEXT DEFAULT '' NOT NULL"))


MIGRATIONS = [Migration("0001-documents", _documents), Migration("0003-documents-header", _header)]
