"""GET /api/formats: what can be uploaded, and how much at once, so that no page has to repeat it."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from ingest.formats import FORMATS
from service.api.deps import PartsDep
from service.api.schemas import Body
from service.documents.upload import limits

router = APIRouter(prefix="/api/formats", tags=["documents"])


class FormatBody(Body):
    key: str
    label: str = Field(description="for people")
    extensions: list[str] = Field(description="in lower case, with the dot")
    media_types: list[str]


class FormatList(Body):
    """The accepted formats, and the limits of one upload (bytes)."""

    items: list[FormatBody]
    next: str | None = None
    max_file_bytes: int
    max_upload_bytes: int = Field(description="of one request, all its files together")
    max_files: int = Field(description="of one request")


@router.get("")
async def listing(parts: PartsDep) -> FormatList:
    bounds = limits(parts.settings)
    return FormatList(
        items=[FormatBody.model_validate(format) for format in FORMATS],
        max_file_bytes=bounds.file,
        max_upload_bytes=bounds.upload,
        max_files=bounds.files,
    )
