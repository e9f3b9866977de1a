"""Documents: upload, look, stop, retry, delete, and the news of all of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import Field
from starlette.requests import ClientDisconnect

from ingest.types import DocumentStatus
from service.api.deps import PartsDep
from service.api.events import GoneData, openapi_stream
from service.api.given import described
from service.api.paging import Cursor, Number
from service.api.schemas import Body, ErrorBody, errors
from service.api.stream import EventStream, frame
from service.documents import delete as deleting
from service.documents import show
from service.documents.names import disposition
from service.documents.receive import received
from service.documents.upload import Accepted, accept, incoming, limits
from service.documents.watch import Gone, watch
from service.errors import BadRequest

router = APIRouter(prefix="/api/documents", tags=["documents"])

DocumentId = Annotated[str, Path(max_length=200, description="id of a document")]
Limit = Annotated[int, Query(ge=1, le=500)]
VersionNumber = Annotated[int | None, Query(ge=1, le=1_000_000_000)]

_FILES = {
    "type": "array",
    "minItems": 1,
    "items": {"type": "string", "contentMediaType": "application/octet-stream"},
}
_UPLOAD = described({"files": _FILES, "collection": {"type": "string", "default": "default"}}, ["files"])


class DocumentBody(Body):
    """The state is that of the newest version; `live_version` is the one that is answered from."""

    id: str
    name: str
    collection: str
    version: int
    live_version: int | None
    status: DocumentStatus
    progress: float = Field(ge=0, le=1)
    chunks: int
    pages: int | None
    title: str | None
    format: str | None
    bytes: int
    sha256: str
    created_at: str
    updated_at: str
    warnings: list[str]
    error: ErrorBody | None


class DocumentList(Body):
    items: list[DocumentBody]
    next: str | None = None


class AcceptedBody(Body):
    """A file that will be searchable. `duplicate_of`: the document that has these bytes already."""

    id: str
    version: int
    name: str
    status: DocumentStatus
    duplicate_of: str | None


class RefusedBody(Body):
    """A file that was not kept, and why; the others of the batch go on."""

    name: str
    error: ErrorBody


class UploadedList(Body):
    items: list[AcceptedBody | RefusedBody]


class ChunkBody(Body):
    id: str
    ordinal: int
    text: str
    heading: list[str]
    page: int | None
    start: int
    end: int
    tokens: int


class ChunkList(Body):
    items: list[ChunkBody]
    next: str | None = None


class VersionBody(Body):
    version: int
    status: DocumentStatus
    live: bool
    chunks: int
    pages: int | None
    bytes: int
    sha256: str
    warnings: list[str]
    error: ErrorBody | None
    created_at: str
    finished_at: str | None


class VersionList(Body):
    items: list[VersionBody]
    next: str | None = None


class ReceiptBody(Body):
    """What a delete removed, and what a search for it still found afterwards (0)."""

    document_id: str
    removed: dict[str, int] = Field(
        description="counts by place: catalogue, index, fulltext, files, caches, answers, evaluations"
    )
    probe_hits: int


@router.post(
    "", status_code=202, responses=errors(400, 404, 413, 415, 507), openapi_extra=_UPLOAD, response_model=UploadedList
)
async def upload(request: Request, parts: PartsDep) -> UploadedList:
    """Add files. Each is accepted or refused on its own; when all are refused the status is that of the first."""
    headers = request.headers
    kind, length = headers.get("content-type", ""), headers.get("content-length", "")
    announced = int(length) if length.isdigit() else None
    try:
        async with received(kind, request.stream(), incoming(parts), limits(parts.settings), announced) as form:
            items = await accept(parts, form)
    except ClientDisconnect:
        raise BadRequest("upload_cut", "The upload ended before its end.", "Send it again.", status=400) from None
    return UploadedList(
        items=[
            AcceptedBody.model_validate(item)
            if isinstance(item, Accepted)
            else RefusedBody(name=item.name, error=ErrorBody(**item.error.as_dict()))
            for item in items
        ]
    )


@router.get("", responses=errors(404))
async def listing(
    parts: PartsDep,
    collection: Annotated[str | None, Query(max_length=200)] = None,
    status: DocumentStatus | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> DocumentList:
    """Newest first."""
    found = await show.listed(parts, collection, status, limit + 1, cursor)
    more = found[limit - 1].id if len(found) > limit else None
    return DocumentList(items=[DocumentBody.model_validate(document) for document in found[:limit]], next=more)


@router.get(
    "/events",
    response_class=Response,
    responses={
        200: openapi_stream(
            "a document as it changes, and the id of one that was deleted",
            {"document": DocumentBody, "gone": GoneData, "failed": ErrorBody},
        ),
        **errors(),
    },
)
async def events(parts: PartsDep) -> EventStream:
    """Everything unfinished at once, then each document as it changes, until you leave."""

    async def frames() -> AsyncGenerator[bytes, None]:
        async with aclosing(watch(parts)) as news:
            async for item in news:
                if isinstance(item, Gone):
                    yield frame("gone", GoneData(id=item.id).model_dump_json().encode())
                else:
                    yield frame("document", DocumentBody.model_validate(item).model_dump_json().encode())

    return EventStream(frames(), until=parts.draining)


@router.get("/{document_id}", responses=errors(404))
async def one(document_id: DocumentId, parts: PartsDep) -> DocumentBody:
    return DocumentBody.model_validate(await show.one(parts, document_id))


@router.get("/{document_id}/chunks", responses=errors(404))
async def chunks(
    document_id: DocumentId, parts: PartsDep, version: VersionNumber = None, limit: Limit = 100, cursor: Number = None
) -> ChunkList:
    """In reading order; of the version that is answered from, unless another is named."""
    found = await show.pieces(parts, document_id, version, int(cursor) if cursor else -1, limit + 1)
    items = [
        ChunkBody(
            id=chunk_id,
            ordinal=chunk.ordinal,
            text=chunk.text,
            heading=list(chunk.heading),
            page=chunk.page,
            start=chunk.start,
            end=chunk.end,
            tokens=chunk.tokens,
        )
        for chunk_id, chunk in found[:limit]
    ]
    return ChunkList(items=items, next=str(items[-1].ordinal) if len(found) > limit else None)


@router.get("/{document_id}/versions", responses=errors(404))
async def versions(document_id: DocumentId, parts: PartsDep) -> VersionList:
    """Newest first."""
    history = await show.history(parts, document_id)
    return VersionList(items=[VersionBody.model_validate(version) for version in history])


@router.get(
    "/{document_id}/file",
    response_class=FileResponse,
    responses={
        200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
        **errors(404),
    },
)
async def file(document_id: DocumentId, parts: PartsDep, version: VersionNumber = None) -> FileResponse:
    """The original bytes, always as a download: whatever they are, a browser must not run them here."""
    found = await show.original(parts, document_id, version)
    return FileResponse(
        found.path,
        media_type="application/octet-stream",
        headers={
            "content-disposition": disposition(found.name),
            "x-content-type-options": "nosniff",
            "content-security-policy": "default-src 'none'; sandbox",
            "cache-control": "private, no-store",
        },
    )


@router.post("/{document_id}/cancel", responses=errors(404, 409))
async def cancel(document_id: DocumentId, parts: PartsDep) -> DocumentBody:
    """Stop its ingest. A version that was answered from before stays."""
    return DocumentBody.model_validate(await show.cancel(parts, document_id))


@router.post("/{document_id}/retry", responses=errors(404, 409), status_code=202)
async def retry(document_id: DocumentId, parts: PartsDep) -> DocumentBody:
    """Start a failed or cancelled ingest again."""
    return DocumentBody.model_validate(await show.retry(parts, document_id))


@router.delete("/{document_id}", responses=errors(404))
async def delete(document_id: DocumentId, parts: PartsDep) -> ReceiptBody:
    """Delete it with all versions. From the first moment nothing is answered from it; the reply is the receipt."""
    return ReceiptBody.model_validate(await deleting.delete(parts, document_id))
