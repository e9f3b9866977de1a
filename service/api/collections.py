"""Collections: named bodies of documents."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from ingest.catalogue.collections import Counted
from service.answer.approaches import APPROACHES
from service.answer.language import Language
from service.api.deps import PartsDep
from service.api.schemas import Body, Given, errors
from service.chat.hints import LONGEST
from service.chat.suggest import MOST, Source
from service.documents import spaces
from service.experiments import run
from service.types import AUTO, DEFAULT_VARIANT

router = APIRouter(prefix="/api/collections", tags=["collections"])

Name = Annotated[str, Path(max_length=200)]


class CollectionBody(Body):
    """`documents` in all, `indexed` of them can be asked about, in `chunks` pieces; `embedder` made its vectors."""

    name: str
    documents: int
    indexed: int
    chunks: int
    embedder: str
    created_at: str


class CollectionList(Body):
    items: list[CollectionBody]
    next: str | None = None


class NewCollection(Given):
    name: Annotated[str, Field(max_length=200, examples=["handbook"])]


class DefaultBody(Body):
    variant: str
    own: bool = Field(description="whether it was chosen for just this collection")
    reason: str | None
    set_at: str | None


class DefaultGiven(Given):
    variant: Annotated[str, Field(max_length=200)]


class SuggestionBody(Body):
    """A question to begin with. `source`: `chosen` (written for this collection), `asked` (several visitors asked it,
    and its answer was verified) or `heading` (a document has it as a heading)."""

    question: str
    source: Source


class SuggestionList(Body):
    """`documents` can be asked about; `chosen` is all that was written, also what could not be answered now.

    `from_documents`: whether whatever may answer (the variant asked for, else every lane of the running experiment,
    else the default) answers from the documents."""

    items: list[SuggestionBody]
    documents: int
    from_documents: bool
    chosen: list[str]


class SuggestionsGiven(Given):
    questions: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=r"\S")]], Field(max_length=MOST)
    ]


class CollectionReceipt(Body):
    """What a delete removed, and what a search for it still found afterwards (0)."""

    name: str
    removed: dict[str, int] = Field(
        description="counts by place: catalogue, index, fulltext, files, caches, answers, evaluations"
    )
    probe_hits: int


@router.get("")
async def listing(
    parts: PartsDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=63, pattern=r"^[a-z0-9_-]*$")] = None,
) -> CollectionList:
    """By name."""
    found = await spaces.listed(parts, limit + 1, cursor or "")
    items = [_body(counted) for counted in found[:limit]]
    return CollectionList(items=items, next=items[-1].name if len(found) > limit else None)


@router.post("", status_code=201, responses=errors(409))
async def create(new: NewCollection, parts: PartsDep) -> CollectionBody:
    """A name is 1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit."""
    return _body(await spaces.create(parts, new.name))


@router.delete("/{name}", responses=errors(404))
async def delete(name: Name, parts: PartsDep) -> CollectionReceipt:
    """Delete it with everything in it; `default` is there again, empty, afterwards."""
    receipt = await spaces.delete(parts, name)
    await run.stop_forsaken(parts)
    return CollectionReceipt(name=name, removed=receipt.removed, probe_hits=receipt.probe_hits)


@router.get("/{name}/default-variant", responses=errors(404))
async def default_variant(name: Name, parts: PartsDep) -> DefaultBody:
    """Which variant answers questions that name none. `*` stands for every collection without its own."""
    return DefaultBody.model_validate(await run.default_variant(parts, name))


@router.put("/{name}/default-variant", responses=errors(404))
async def choose_default(name: Name, chosen: DefaultGiven, parts: PartsDep) -> DefaultBody:
    return DefaultBody.model_validate(await run.choose_default(parts, name, chosen.variant))


@router.delete("/{name}/default-variant", status_code=204, responses=errors(404))
async def forget_default(name: Name, parts: PartsDep) -> None:
    """Back to what holds everywhere."""
    await run.forget_default(parts, name)


@router.get("/{name}/suggestions", responses=errors(404))
async def suggestions(
    name: Name,
    parts: PartsDep,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 4,
    language: Annotated[Language, Query(description="questions in this language come first")] = "en",
    variant: Annotated[str, Query(max_length=200, description="what will be asked")] = AUTO,
) -> SuggestionList:
    """Questions to begin with, for which the search finds fitting passages; not what was declined or disliked when it
    was last asked. A question of visitors is among them only when three different ones asked it."""
    offer = await parts.suggestions.offered(name, language, limit)
    items = [SuggestionBody.model_validate(one) for one in offer.items]
    possible = [variant] if variant != AUTO else await parts.traffic.possible(name) or [DEFAULT_VARIANT]
    approaches = [APPROACHES[(await parts.book.get(one)).approach] for one in possible]
    return SuggestionList(
        items=items,
        documents=offer.documents,
        from_documents=all(approach.searches for approach in approaches),
        chosen=list(offer.chosen),
    )


@router.put("/{name}/suggestions", responses=errors(404))
async def choose_suggestions(name: Name, given: SuggestionsGiven, parts: PartsDep) -> SuggestionsGiven:
    """Write the collection's own questions, which are suggested first; none: the others alone. Answers with them."""
    return SuggestionsGiven(questions=list(await parts.suggestions.choose(name, given.questions)))


def _body(counted: Counted) -> CollectionBody:
    collection = counted.collection
    return CollectionBody(
        name=collection.name,
        documents=counted.documents,
        indexed=counted.indexed,
        chunks=counted.chunks,
        embedder=collection.embedder,
        created_at=collection.created_at,
    )
