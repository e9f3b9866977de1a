"""POST /api/search: passages and scores, no model."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from ingest.catalogue.collections import DEFAULT
from service.api.deps import PartsDep
from service.api.schemas import Body, Given, PassageBody, errors
from service.errors import BadRequest

router = APIRouter(prefix="/api/search", tags=["search"])

LONGEST_QUERY = 4_000


class SearchRequest(Given):
    query: str = Field(description=f"1 to {LONGEST_QUERY:,} characters")
    collection: Annotated[str, Field(max_length=200)] = DEFAULT
    k: Annotated[int, Field(ge=1, le=50, description="most passages wanted")] = 10


class SearchTimings(Body):
    """Seconds. `embed` and `dense` go beside `lexical`, so they do not add up to `total`."""

    embed: float = Field(0.0, description="0 when it was not needed")
    dense: float = Field(0.0, description="0 when the collection's vectors are of another model")
    lexical: float
    fuse: float
    total: float


class SearchBody(Body):
    passages: list[PassageBody]
    timings: SearchTimings
    fit: float = Field(ge=0, le=1, description="how likely it is that these passages answer the question")


@router.post("", responses=errors(404))
async def search(asked: SearchRequest, parts: PartsDep) -> SearchBody:
    """The k best passages of live documents, best first, from both indexes."""
    query = asked.query.strip()
    if not query:
        raise BadRequest("query_empty", "The query is empty.", "Send a question or a few words.")
    if len(query) > LONGEST_QUERY:
        raise BadRequest(
            "query_too_long",
            f"The query has {len(query):,} characters; at most {LONGEST_QUERY:,} are read.",
            "Ask for one thing, in a sentence or a few words.",
        )
    found = await parts.retriever.search(query, asked.collection, asked.k)
    return SearchBody.model_validate(found)
