"""Looking at documents, and stopping and restarting what happens to them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from ingest.catalogue import chunks, collections, documents, versions
from ingest.catalogue.documents import Document
from ingest.catalogue.transactions import Transactions
from ingest.catalogue.versions import Version
from ingest.threads import in_thread
from ingest.types import Chunk, DocumentStatus
from service.documents.spaces import ensure_default
from service.documents.upload import enqueue
from service.errors import Conflict, ServiceError
from service.parts import Parts


@dataclass(frozen=True, slots=True)
class Original:
    """The bytes somebody uploaded: read them at `path`."""

    path: str
    name: str
    sha256: str


async def one(parts: Parts, document_id: str) -> Document:
    """Raises `NotFound`."""
    return await Transactions(parts.engine).read(lambda connection: documents.get(connection, document_id))


async def listed(
    parts: Parts, collection: str | None, status: DocumentStatus | None, limit: int, before: str | None
) -> list[Document]:
    """At most `limit` documents, newest first. Raises `NotFound` for an unknown collection."""
    if collection == collections.DEFAULT:
        await ensure_default(parts)

    def look(connection: Connection) -> list[Document]:
        inside = collections.find(connection, collection).id if collection is not None else None
        return documents.page(connection, collection_id=inside, status=status, before=before, limit=limit)

    return await Transactions(parts.engine).read(look)


async def pieces(
    parts: Parts, document_id: str, version: int | None, after: int, limit: int
) -> list[tuple[str, Chunk]]:
    """Chunks (id, chunk) in reading order, of the live version unless one is named. Raises `NotFound`."""

    def look(connection: Connection) -> list[tuple[str, Chunk]]:
        document = documents.get(connection, document_id)
        chosen = version or document.live_version or document.version
        versions.bytes_of(connection, document_id, chosen)
        return chunks.page(connection, document_id, chosen, after=after, limit=limit)

    return await Transactions(parts.engine).read(look)


async def history(parts: Parts, document_id: str) -> list[Version]:
    """All versions, newest first. Raises `NotFound`."""

    def look(connection: Connection) -> list[Version]:
        documents.get(connection, document_id)
        return versions.history(connection, document_id)

    return await Transactions(parts.engine).read(look)


async def original(parts: Parts, document_id: str, version: int | None) -> Original:
    """Of the newest version unless one is named. Raises `NotFound`, `FilesUnavailable`."""

    def look(connection: Connection) -> tuple[str, str]:
        document = documents.get(connection, document_id)
        return document.name, versions.bytes_of(connection, document_id, version or document.version)

    name, sha256 = await Transactions(parts.engine).read(look)
    return Original(await in_thread(parts.files.local, sha256), name, sha256)


async def cancel(parts: Parts, document_id: str) -> Document:
    """Stop its ingest: at once when it waits, within a second when it is worked on. Raises `NotFound`, and `Conflict`
    when it has ended already."""

    def stop(connection: Connection) -> DocumentStatus | None:
        documents.get(connection, document_id)
        return versions.request_cancel(connection, document_id)

    if await Transactions(parts.engine).write(stop) is None:
        raise Conflict("nothing_to_cancel", "The document is not being worked on.", "Delete it if it should go.")
    await _tell(parts, document_id)
    return await one(parts, document_id)


async def retry(parts: Parts, document_id: str) -> Document:
    """Start a failed or cancelled ingest again. Raises `NotFound`, and `Conflict` when there is nothing to retry."""

    def restart(connection: Connection) -> bool:
        document = documents.get(connection, document_id)
        return documents.reset(connection, document_id, document.version)

    if not await Transactions(parts.engine).write(restart):
        raise Conflict("nothing_to_retry", "The document's ingest neither failed nor was cancelled.", "")
    await enqueue(parts, [document_id])
    return await one(parts, document_id)


async def _tell(parts: Parts, document_id: str) -> None:
    try:
        await parts.queue.tell([document_id])
    except ServiceError:
        return  # who listens finds out from the catalogue
