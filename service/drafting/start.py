"""Beginning a drafting: a set is kept with the chunks that a worker is to ask a model about."""

from __future__ import annotations

import logging
import random
import secrets
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection

from ingest.catalogue import chunks, collections
from ingest.catalogue.transactions import Transactions
from service.drafting.kind import Kind
from service.errors import BadRequest, ServiceError, Unknown
from service.parts import Parts

SPARE = 3
"""Chunks drawn for each item wanted: of some nothing usable is written."""
_LOG = logging.getLogger(__name__)


async def start(
    parts: Parts,
    kind: Kind,
    name: str | None,
    collection: str,
    *,
    count: int,
    model: str,
    seed: int | None,
    documents: Sequence[str] = (),
) -> str:
    """Draw the chunks (of these documents, of all when none is named) and keep a set that a worker fills; its id. The
    queue is the caller's to tell. Raises `Unknown`/`NotReady` (model, document), `NotFound`, `BadRequest` for a
    collection without documents."""
    chat = parts.shelf.chat(model)
    local = parts.shelf.local(model)
    seed = secrets.randbits(50) if seed is None else seed

    def write(connection: Connection) -> str:
        found = collections.find(connection, collection)
        live = chunks.live_ids(connection, found.id)
        if unknown := sorted(set(documents) - set(live.values())):
            message = f"There is no document {unknown[0][:80]!r} in {collection!r} that can be answered from."
            raise Unknown("unknown_document", message, "GET /api/documents lists what there is.")
        ids = sorted(id for id, document in live.items() if not documents or document in documents)
        if not ids:
            raise BadRequest(
                "no_documents", f"There is nothing to ask about in {collection!r}.", "Add documents to it first."
            )
        drawn = random.Random(seed).sample(ids, min(len(ids), count * SPARE))
        told = {"collection_id": found.id, "model": chat.name, "seed": seed, "chunks": drawn}
        title = name or f"Drafted from {collection}"
        kept: dict[str, Any] = {"status": "queued", "drafting": told, "wanted": count, "local": int(local)}
        return kind.sets.create(connection, title, "draft", **kept)

    return await Transactions(parts.engine).write(write)


async def tell(tell_queue: Callable[[Sequence[tuple[str, int]]], Any], set_id: str) -> None:
    """Tell the queue. What it does not hear now the reconciler tells it: the row is what counts."""
    try:
        await tell_queue([(set_id, 0)])
    except ServiceError:
        _LOG.info("the queue hears of %s later", set_id)
