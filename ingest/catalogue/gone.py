"""Which documents are there no more, for whoever keeps a copy of their text."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from ingest.catalogue.schema import collections, documents


def gone(connection: Connection, document_ids: Collection[str]) -> set[str]:
    """Those of the documents that are deleted, or about to be.

    To be asked in the transaction that keeps the copy: a delete that began meanwhile has looked for copies already, and
    would not find this one.
    """
    if not document_ids:
        return set()
    alive = (
        select(documents.c.id)
        .join(collections, collections.c.id == documents.c.collection_id)
        .where(documents.c.id.in_(document_ids), documents.c.deleted_at.is_(None), collections.c.deleted_at.is_(None))
    )
    return set(document_ids) - set(connection.execute(alive).scalars())
