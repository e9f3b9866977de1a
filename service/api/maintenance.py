"""Upkeep: is the index what the catalogue says, and building it anew."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from service.api.deps import PartsDep
from service.api.schemas import Body, Given, errors
from service.documents.reindex import reindex as build
from service.documents.verify import verify as compare

router = APIRouter(prefix="/api/maintenance", tags=["maintenance"])


class DifferenceBody(Body):
    kind: str
    where: str
    detail: str


class VerifiedBody(Body):
    """What was compared, and what is not as the catalogue says."""

    documents: int
    chunks: int
    differences: list[DifferenceBody]


class Reindex(Given):
    collection: Annotated[str, Field(max_length=200)] = "default"


class Reindexed(Body):
    collection: str
    chunks: int


@router.post("/verify", responses=errors())
async def verify(parts: PartsDep) -> VerifiedBody:
    """Compare the catalogue with index, full text and files."""
    return VerifiedBody.model_validate(await compare(parts))


@router.post("/reindex", responses=errors(404, 409))
async def reindex(wanted: Reindex, parts: PartsDep) -> Reindexed:
    """Build a collection's vectors anew with the current embedder, then swap; the reply comes when that is done."""
    return Reindexed(collection=wanted.collection, chunks=await build(parts, wanted.collection))
