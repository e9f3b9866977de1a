"""A collection with documents in it, in a real catalogue and a real vector index, without files and pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from langchain_core.embeddings import Embeddings
from sqlalchemy import Engine, insert, update

from ingest.catalogue import collections, fulltext, schema
from ingest.catalogue.collections import Collection
from ingest.catalogue.engine import migrate, now, open_engine, sqlite_url, writing
from ingest.catalogue.ids import chunk_id, embed_hash
from ingest.ports import VectorIndex
from ingest.types import Chunk

MIGRATIONS = [*schema.MIGRATIONS, *fulltext.MIGRATIONS]


def opened(folder: Path, url: str | None = None) -> Engine:
    """A fresh catalogue in a folder, or the one at `url`."""
    engine = open_engine(url or sqlite_url(folder))
    migrate(engine, MIGRATIONS)
    return engine


def piece(text: str, ordinal: int = 0, *, embed_text: str = "", page: int | None = None) -> Chunk:
    """A chunk of which only the text matters."""
    return Chunk(ordinal, text, embed_text or text, 0, len(text), len(text.split()), (), page)


class Corpus:
    """One collection. `add` makes a version live, or stages it; ids of documents are their names."""

    def __init__(self, engine: Engine, index: VectorIndex, embedder: Embeddings, collection: str = "default") -> None:
        self.engine, self.index, self.embedder = engine, index, embedder
        with writing(engine) as connection:
            self.collection: Collection = collections.ensure(
                connection, collection, str(getattr(embedder, "name", ""))
            )[0]

    async def add(
        self,
        documents: Mapping[str, Sequence[str | Chunk]],
        *,
        version: int = 1,
        live: bool = True,
        vectors: Sequence[Sequence[float]] | None = None,
    ) -> list[str]:
        """Put documents (name -> chunks) in; returns the chunk ids. `vectors` are embedded here unless given."""
        entries = [
            (name, made, chunk_id(f"{self.collection.id}-{name}", version, made.ordinal, made.text, made.embed_text))
            for name, texts in documents.items()
            for made in (t if isinstance(t, Chunk) else piece(t, i) for i, t in enumerate(texts))
        ]
        vectors = vectors or self.embedder.embed_documents([made.embed_text for _, made, _ in entries])
        ids = [id for _, _, id in entries]
        await self.index.add(self.collection.generation, ids, vectors)
        with writing(self.engine) as connection:
            for name in documents:
                key = f"{self.collection.id}-{name}"
                if version == 1:
                    row = {"id": key, "collection_id": self.collection.id, "name": name, "latest_version": 1}
                    connection.execute(insert(schema.documents).values(**row, created_at=now()))
                if live:
                    mine = schema.documents.c.id == key
                    connection.execute(update(schema.documents).where(mine).values(live_version=version))
            rows = [
                {
                    "id": id,
                    "document_id": f"{self.collection.id}-{name}",
                    "version": version,
                    "collection_id": self.collection.id,
                    "ordinal": made.ordinal,
                    "text": made.text,
                    "embed_text": made.embed_text,
                    "start": made.start,
                    "end": made.end,
                    "tokens": made.tokens,
                    "heading": list(made.heading),
                    "page": made.page,
                    "header": made.header,
                    "embed_hash": embed_hash(made.embed_text),
                }
                for name, made, id in entries
            ]
            connection.execute(insert(schema.chunks), rows)
            fulltext.add(
                connection,
                [
                    fulltext.Row(id, f"{self.collection.id}-{name}", version, self.collection.id, made.embed_text, name)
                    for name, made, id in entries
                ],
            )
        return ids

    def bury(self, name: str) -> None:
        """Set a document's tombstone and leave everything else as it is, as in the moment after a delete."""
        mine = schema.documents.c.id == f"{self.collection.id}-{name}"
        with writing(self.engine) as connection:
            connection.execute(update(schema.documents).where(mine).values(deleted_at=now()))
