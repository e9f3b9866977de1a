"""Live news of documents: the catalogue first, then what the queue's listeners hear of, read from the catalogue."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import anyio

from ingest.catalogue import documents
from ingest.catalogue.documents import OPEN, Document
from ingest.catalogue.transactions import Transactions
from ingest.errors import IngestError
from service.errors import ServiceError
from service.parts import Parts

_LOG = logging.getLogger(__name__)
_PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class Gone:
    """A document that is not there any more."""

    id: str


async def watch(parts: Parts) -> AsyncGenerator[Document | Gone, None]:
    """Everything unfinished now, then each document as it changes, for as long as somebody listens.

    What was said to be unfinished is looked at again after every silence and reconnection, so no end is missed.
    """
    catalogue = Transactions(parts.engine)
    unfinished: set[str] = set()
    while not parts.draining.is_set():
        try:
            async with parts.queue.changes() as changes:
                for document in await catalogue.read(documents.unfinished):
                    unfinished.add(document.id)
                    yield document
                async for ids in changes:
                    if parts.draining.is_set():
                        return
                    wanted = set(ids) or set(unfinished)
                    if not wanted:
                        continue
                    asked = sorted(wanted)
                    found = await catalogue.read(lambda c, asked=asked: documents.some(c, asked))  # type: ignore[misc]
                    for document in found:
                        (unfinished.add if document.status in OPEN else unfinished.discard)(document.id)
                        yield document
                    for gone in sorted(wanted - {document.id for document in found}):
                        unfinished.discard(gone)
                        yield Gone(gone)
                    await anyio.sleep(_PAUSE)
        except (ServiceError, IngestError) as error:
            _LOG.warning("document events are interrupted: %s", error.message)
            await anyio.sleep(1.0)
