"""Removing what nobody wants any more, in the one order that is safe to die in."""

from __future__ import annotations

from collections.abc import Callable

from ingest.catalogue import chunks, staging
from ingest.catalogue.engine import present
from ingest.catalogue.staging import Rubbish, Swept
from ingest.catalogue.transactions import Transactions
from ingest.crash import crash_point
from ingest.ports import VectorIndex

HOLD_SECONDS = 120.0
"""Longer than any call of the index may take; a sweep cut off by a kill -9 is taken up again after it."""
AT_ONCE = 500
"""Chunks whose vectors or rows go in one call or transaction: others write, and leases are renewed, between two."""


async def remove_rubbish(index: VectorIndex, rubbish: Rubbish, catalogue: Transactions) -> Swept:
    """Remove the vectors of a version nobody wants, then its rows (never the other way round).

    The version is held meanwhile: a retry between the two would lose what it has just indexed.
    """

    if not await catalogue.write(lambda c: staging.hold(c, rubbish, clock=present(c), seconds=HOLD_SECONDS)):
        return Swept()
    ids = await catalogue.read(lambda c: chunks.ids_of(c, rubbish.document_id, rubbish.version))
    removed = 0
    for start in range(0, len(ids), AT_ONCE):
        for generation in rubbish.generations:
            removed += await index.remove(generation, ids[start : start + AT_ONCE])
        if not await catalogue.write(
            lambda c: staging.hold(c, rubbish, clock=present(c), seconds=HOLD_SECONDS, still=True)
        ):
            return Swept(index=removed)
    crash_point("after_unindex")
    swept = await in_slices(
        catalogue,
        lambda c: staging.sweep_held(c, rubbish, clock=present(c), seconds=HOLD_SECONDS, most=AT_ONCE),
    )
    return Swept(index=removed) + swept


async def in_slices(catalogue: Transactions, some: Callable[..., tuple[Swept, bool]]) -> Swept:
    """What `some` (of a connection), each time in a transaction of its own, removes until it says that that was all."""
    total, all_gone = Swept(), False
    while not all_gone:
        swept, all_gone = await catalogue.write(some)
        total += swept
        crash_point("while_sweeping")
    return total
