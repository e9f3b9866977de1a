"""Removing what nobody wants any more, in the one order that is safe to die in."""

from __future__ import annotations

from dataclasses import replace

from ingest.catalogue import chunks, staging
from ingest.catalogue.engine import present
from ingest.catalogue.staging import Rubbish, Swept
from ingest.catalogue.transactions import Transactions
from ingest.crash import crash_point
from ingest.ports import VectorIndex

HOLD_SECONDS = 120.0
"""Longer than any call of the index may take; a sweep cut off by a kill -9 is taken up again after it."""


async def remove_rubbish(index: VectorIndex, rubbish: Rubbish, catalogue: Transactions) -> Swept:
    """Remove the vectors of a version nobody wants, then its rows (never the other way round).

    The version is held meanwhile: a retry between the two would lose what it has just indexed.
    """
    if not await catalogue.write(
        lambda connection: staging.hold(connection, rubbish, clock=present(connection), seconds=HOLD_SECONDS)
    ):
        return Swept()
    ids = await catalogue.read(lambda connection: chunks.ids_of(connection, rubbish.document_id, rubbish.version))
    removed = 0
    for generation in rubbish.generations:
        removed += await index.remove(generation, ids)
    crash_point("after_unindex")
    swept = await catalogue.write(lambda connection: staging.sweep(connection, rubbish.document_id, rubbish.version))
    return replace(swept, index=removed)
