"""The vector cache: no text is ever embedded twice by the same embedder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, select, tuple_, union_all
from sqlalchemy.dialects import postgresql, sqlite

from ingest.catalogue.schema import collections, vectors

Vector = NDArray[np.float32]
_IN = 500
_FORGOTTEN = 2_000  # vectors removed in one transaction


def vector(numbers: Sequence[float]) -> Vector:
    """As the cache keeps it."""
    return np.asarray(numbers, dtype=np.float32)


def find(connection: Connection, embedder: str, hashes: Sequence[str]) -> dict[str, Vector]:
    """Those vectors that are known, by the hash of their text."""
    found: dict[str, Vector] = {}
    for start in range(0, len(hashes), _IN):
        rows = connection.execute(
            select(vectors.c.embed_hash, vectors.c.vector).where(
                vectors.c.embedder == embedder, vectors.c.embed_hash.in_(hashes[start : start + _IN])
            )
        )
        found.update({row[0]: np.frombuffer(row[1], dtype="<f4") for row in rows})
    return found


def remember(connection: Connection, embedder: str, fresh: Mapping[str, Vector]) -> None:
    """Keep vectors; what is known already is left alone."""
    if not fresh:
        return
    # In the same order for everybody: on PostgreSQL two writers of the same hashes would wait for each other else.
    rows = [
        {"embedder": embedder, "embed_hash": key, "vector": np.asarray(vector, dtype="<f4").tobytes()}
        for key, vector in sorted(fresh.items(), key=lambda item: item[0])
    ]
    # The two dialects share the construct but not a base class for it.
    if connection.dialect.name == "postgresql":
        connection.execute(postgresql.insert(vectors).on_conflict_do_nothing(), rows)
    else:
        connection.execute(sqlite.insert(vectors).on_conflict_do_nothing(), rows)


def forget_unnamed(connection: Connection) -> int:
    """Remove some vectors of embedders that no collection uses any more; returns how many (0: none are left)."""
    named = union_all(
        select(collections.c.embedder),
        select(collections.c.next_embedder).where(collections.c.next_embedder.is_not(None)),
    )
    some = select(vectors.c.embedder, vectors.c.embed_hash).where(vectors.c.embedder.not_in(named)).limit(_FORGOTTEN)
    chosen = [tuple(row) for row in connection.execute(some)]
    if chosen:
        connection.execute(delete(vectors).where(tuple_(vectors.c.embedder, vectors.c.embed_hash).in_(chosen)))
    return len(chosen)
