"""Training pairs: uploaded, taken from feedback, drafted from documents; reviewed; and what is wrong with them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from ingest.catalogue.transactions import Transactions
from ingest.threads import in_thread
from service.api.deps import PartsDep
from service.api.given import described, form, named_items, parsed
from service.api.instant import instant
from service.api.paging import Cursor, Number
from service.api.pairs_bodies import (
    FromRated,
    NewPairDraft,
    NewPairs,
    NewPairSet,
    PairChange,
    PairCheckBody,
    PairSetBody,
    PairSetList,
    ReviewAll,
    StoredPairBody,
    StoredPairList,
    check_body,
)
from service.api.schemas import errors
from service.tune import draft, harvest, pairs, start, upload
from service.tune.types import Pair, PairStatus

router = APIRouter(prefix="/api/pairs", tags=["fine-tuning"])

SetId = Annotated[str, Path(max_length=200, description="id or name of a set of pairs")]
PairId = Annotated[str, Path(max_length=80)]
Limit = Annotated[int, Query(ge=1, le=500)]
Share = Annotated[float, Query(ge=0.05, le=0.5, description="of the pairs that is held out for validation")]
Seed = Annotated[int, Query(ge=0, le=2**31 - 1)]

PAIR_FILE: dict[str, Any] = {
    "type": "string",
    "contentMediaType": "application/octet-stream",
    "description": 'JSONL, `{"question","answer"}` or `{"messages":[...]}` a line, or CSV with a header',
}
_NAME = {"type": "string", "description": "unset: the file's name without its ending"}
_UPLOAD = described({"file": PAIR_FILE, "name": _NAME}, ["file"], named_items("pairs"))


@router.get("")
async def listing(parts: PartsDep, limit: Limit = 100, cursor: Cursor = None) -> PairSetList:
    """Newest first."""
    found = await Transactions(parts.engine).read(lambda c: pairs.page(c, limit + 1, cursor))
    items = [PairSetBody.model_validate(one) for one in found[:limit]]
    return PairSetList(items=items, next=items[-1].id if len(found) > limit else None)


@router.post("", status_code=201, responses=errors(400, 413, 415), openapi_extra=_UPLOAD)
async def create(request: Request, parts: PartsDep) -> PairSetBody:
    """Upload a file (JSONL of either shape, or CSV), or send the pairs as JSON. All or nothing: each bad line is named
    with its reason. The very same pairs under the same name are not kept twice."""
    sent = await form(request, "A set of pairs")
    if sent is not None:
        name, given = sent.name, await in_thread(upload.from_file, sent.data, sent.file_name)
    else:
        name, given = await in_thread(_read_json, await request.body())
    made = await Transactions(parts.engine).write(lambda c: pairs.create(c, name, given))
    return PairSetBody.model_validate(made)


@router.post("/from-feedback", status_code=201)
async def from_feedback(wanted: FromRated, parts: PartsDep) -> PairSetBody:
    """Pairs out of conversations people rated: liked answers as they were given; of disliked ones the comment, that may
    say what is right. Every pair waits for review as a draft."""
    since = instant(wanted.since) if wanted.since else None
    made = await Transactions(parts.engine).write(
        lambda c: harvest.from_feedback(c, wanted.name, collection=wanted.collection, since=since, limit=wanted.limit)
    )
    return PairSetBody.model_validate(made)


@router.post("/draft", status_code=202, responses=errors(404))
async def draft_pairs(wanted: NewPairDraft, parts: PartsDep) -> PairSetBody:
    """Let a model draft pairs from documents. They count only once a person accepts them."""
    made = await draft.start(
        parts,
        wanted.name,
        wanted.collection,
        documents=wanted.documents,
        count=wanted.count,
        model=wanted.model,
        seed=wanted.seed,
    )
    return PairSetBody.model_validate(made)


@router.get("/{set_id}", responses=errors(404))
async def one(set_id: SetId, parts: PartsDep) -> PairSetBody:
    return PairSetBody.model_validate(await Transactions(parts.engine).read(lambda c: pairs.get(c, set_id)))


@router.delete("/{set_id}", status_code=204, responses=errors(404))
async def remove(set_id: SetId, parts: PartsDep) -> None:
    """Jobs trained on it keep their own copy of its pairs."""
    await Transactions(parts.engine).write(lambda c: pairs.SETS.remove(c, set_id))


@router.get("/{set_id}/items", responses=errors(404))
async def items(
    set_id: SetId, parts: PartsDep, limit: Limit = 100, cursor: Number = None, status: PairStatus | None = None
) -> StoredPairList:
    after = int(cursor) if cursor else -1
    found = await Transactions(parts.engine).read(lambda c: pairs.item_page(c, set_id, limit + 1, after, status))
    shown = [StoredPairBody.model_validate(pair) for pair in found[:limit]]
    return StoredPairList(items=shown, next=str(shown[-1].ordinal) if len(found) > limit else None)


@router.post("/{set_id}/items", status_code=201, responses=errors(404))
async def add(set_id: SetId, new: NewPairs, parts: PartsDep) -> PairSetBody:
    """Add pairs, all or none."""
    given = await in_thread(upload.from_objects, new.pairs, "the request")
    made = await Transactions(parts.engine).write(lambda c: pairs.add(c, set_id, given, new.status))
    return PairSetBody.model_validate(made)


@router.patch("/{set_id}/items/{pair_id}", responses=errors(404))
async def change(set_id: SetId, pair_id: PairId, wanted: PairChange, parts: PartsDep) -> StoredPairBody:
    """Mend, accept or reject a pair."""
    changes = wanted.model_dump(exclude_unset=True, exclude={"status"})
    changed = await Transactions(parts.engine).write(lambda c: pairs.change(c, set_id, pair_id, changes, wanted.status))
    return StoredPairBody.model_validate(changed)


@router.post("/{set_id}/review", responses=errors(404))
async def review(set_id: SetId, wanted: ReviewAll, parts: PartsDep) -> PairSetBody:
    """Accept every draft that has an answer, or reject every draft."""
    made = await Transactions(parts.engine).write(lambda c: pairs.change_all(c, set_id, wanted.status))
    return PairSetBody.model_validate(made)


@router.get("/{set_id}/check", responses=errors(404))
async def check(set_id: SetId, parts: PartsDep, share: Share = 0.1, seed: Seed = 0) -> PairCheckBody:
    """What is wrong with the accepted pairs, and how they would be divided into training and validation."""
    kept = await Transactions(parts.engine).read(lambda c: pairs.accepted(c, set_id))
    return check_body(await start.look(parts, kept, share, seed))


def _read_json(body: bytes) -> tuple[str, list[Pair]]:
    new = parsed(NewPairSet, body, "Send {name, pairs: [...]}.")
    return new.name, upload.from_objects(new.pairs, new.name)
