"""Adding documents: bytes stored, rows committed, then the queue told."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from ingest.catalogue import collections, documents, versions
from ingest.catalogue.collections import Collection
from ingest.catalogue.transactions import Transactions
from ingest.errors import DocumentRefused, IngestError
from ingest.sniff import identify
from ingest.threads import in_thread
from ingest.types import DocumentStatus
from service.documents.receive import Limits, Received, Upload
from service.documents.spaces import adopted, ensure_default
from service.errors import BadRequest, ServiceError
from service.parts import Parts
from service.settings import Settings

_LOG = logging.getLogger(__name__)
_STATUS = {"unsupported_format": 415, "wrong_extension": 415}


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that will be (or, as a duplicate, is) searchable."""

    id: str
    version: int
    name: str
    status: DocumentStatus
    duplicate_of: str | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not kept, and why."""

    name: str
    error: IngestError | ServiceError


def limits(settings: Settings) -> Limits:
    """What one upload may hold. A single file that is allowed is never too much for the whole."""
    file = settings.max_upload_mb * 1_000_000
    return Limits(file, max(file, settings.max_batch_mb * 1_000_000))


def incoming(parts: Parts) -> Path:
    """Where uploads are written before they are registered: beside the files, so that keeping one is a link."""
    return parts.settings.data_dir / "files" / ".incoming"


async def accept(parts: Parts, upload: Upload) -> list[Accepted | Refused]:
    """Register every file of an upload; one that is refused does not keep the others out.

    When all are refused the first one's error is raised. Raises `NotFound` for an unknown collection, `BadRequest` for
    no file at all.
    """
    if not upload.files:
        raise BadRequest("no_files", "There is no file in the request.", "Send at least one file in the field `files`.")
    name = upload.fields.get("collection") or collections.DEFAULT
    if name == collections.DEFAULT:
        await ensure_default(parts)
    catalogue = Transactions(parts.engine)
    collection = await adopted(parts, await catalogue.read(lambda connection: collections.find(connection, name)))
    items = [await _one(parts, catalogue, collection, file) for file in upload.files]
    kept = [item for item in items if isinstance(item, Accepted)]
    if not kept:
        first = items[0]
        assert isinstance(first, Refused)
        raise _as_request_error(first.error)
    await enqueue(parts, [item.id for item in kept if item.duplicate_of is None])
    return items


async def enqueue(parts: Parts, document_ids: Sequence[str]) -> None:
    """Tell the queue about these documents' waiting versions. When it cannot hear, the reconciler tells it later."""
    wanted = set(document_ids)
    if not wanted:
        return
    due = await Transactions(parts.engine).read(lambda connection: versions.waiting(connection, sorted(wanted)))
    try:
        await parts.queue.add(due)
        await parts.queue.tell(sorted(wanted))
    except ServiceError as error:
        _LOG.warning("the queue was not told of %d documents: %s", len(wanted), error.message)


async def _one(parts: Parts, catalogue: Transactions, collection: Collection, file: Received) -> Accepted | Refused:
    try:
        if file.error is not None:
            raise file.error
        identify(file.head, file.name, file.size)
        path = str(file.path)
        await in_thread(parts.files.put, path, file.sha256)

        def register(connection: Connection) -> documents.Registered:
            # Again, inside: a delete may just have removed the same bytes. Nearly always there is nothing to do.
            return documents.register(
                connection, collection, file.name, file.sha256, file.size, partial(parts.files.put, path, file.sha256)
            )

        done = await catalogue.write(register)
    except (IngestError, ServiceError) as error:
        return Refused(file.name, error)
    return Accepted(done.document_id, done.version, file.name, done.status, done.duplicate_of)


def _as_request_error(error: IngestError | ServiceError) -> IngestError | ServiceError:
    if isinstance(error, DocumentRefused):
        return BadRequest(error.code, error.message, error.hint, status=_STATUS.get(error.code, 422))
    return error
