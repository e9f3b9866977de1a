"""Making the queue and the stores agree with the catalogue again: at start, and now and then."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from pathlib import Path

import anyio

from ingest.catalogue import versions
from ingest.catalogue.engine import present
from ingest.catalogue.transactions import Transactions
from ingest.errors import IngestError
from ingest.pipeline import Pipeline
from ingest.threads import in_thread
from service.documents.delete import finish_buried
from service.documents.orphans import remove_orphans
from service.documents.reindex import give_up_forsaken
from service.documents.spaces import ensure_default
from service.documents.upload import incoming
from service.errors import ServiceError
from service.evaluate import claims
from service.parts import Parts
from service.tune import claims as trainings

EVERY_SECONDS = 3.0
ORPHANS_EVERY_SECONDS = 600.0
AT_ONCE = 500
LEFT_OVER_SECONDS = 6 * 3600.0
_LOG = logging.getLogger(__name__)


async def reconcile(parts: Parts, pipeline: Pipeline, limit: int = AT_ONCE) -> None:
    """Enqueue documents, runs and trainings that wait or that a dead worker left; finish deletes that were cut off."""
    due = await Transactions(parts.engine).read(lambda c: versions.due(c, clock=present(c), limit=limit))
    await parts.queue.add(due)
    jobs = await Transactions(parts.engine).read(lambda c: claims.due(c, clock=present(c), limit=limit))
    await parts.queue.evaluate(jobs)
    tunings = await Transactions(parts.engine).read(lambda c: trainings.due(c, clock=present(c), limit=limit))
    await parts.queue.train(tunings)
    await pipeline.clean()
    await finish_buried(parts)


def _remove_leftovers(folder: Path) -> None:
    """Uploads that were being received when a process died."""
    for path in folder.glob("*.part"):
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - LEFT_OVER_SECONDS:
                path.unlink()


async def keep_reconciling(parts: Parts, pipeline: Pipeline) -> None:
    """For as long as the task lives; what cannot be reached is tried again."""
    first = True
    look_for_orphans = 0.0
    missed: dict[str, float] = {}
    while True:
        try:
            if first:
                await ensure_default(parts)
                await in_thread(_remove_leftovers, incoming(parts))
            await reconcile(parts, pipeline, limit=100_000 if first else AT_ONCE)
            first = False
            await give_up_forsaken(parts, missed)
            if time.monotonic() > look_for_orphans:
                await remove_orphans(parts)
                look_for_orphans = time.monotonic() + ORPHANS_EVERY_SECONDS
        except (IngestError, ServiceError) as error:
            _LOG.warning("not reconciled yet: %s", error.message)
        except Exception:
            _LOG.exception("not reconciled")
        await anyio.sleep(EVERY_SECONDS)
