"""Datasets: questions with references, uploaded, taken from feedback, or drafted from documents and reviewed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field

from ingest.catalogue.transactions import Transactions
from ingest.threads import in_thread
from service.api.deps import PartsDep
from service.api.given import described, form, named_items, parsed
from service.api.instant import instant
from service.api.paging import Cursor, Number
from service.api.schemas import Body, ErrorBody, Given, errors
from service.evaluate import cases, datasets, draft, harvest, upload
from service.evaluate.types import CaseStatus, DatasetStatus, Origin, StoredCase
from service.ids import new_id

router = APIRouter(prefix="/api/datasets", tags=["evaluation"])

DatasetId = Annotated[str, Path(max_length=200, description="id or name of a dataset")]
CaseId = Annotated[str, Path(max_length=200)]
Limit = Annotated[int, Query(ge=1, le=500)]
Name = Annotated[str, Field(min_length=1, max_length=datasets.LONGEST_NAME)]

_FILE = {
    "type": "string",
    "contentMediaType": "application/octet-stream",
    "description": "JSONL, one case a line, or CSV with a header",
}
_NAME = {"type": "string", "description": "unset: the file's name without its ending"}
_UPLOAD = described({"file": _FILE, "name": _NAME}, ["file"], named_items("cases"))


class DatasetBody(Body):
    """`cases` counts those a run may ask, `with_passages` those of them that name a gold passage, without which the
    oracle arm cannot be asked; `drafts` wait for a person. While drafting, `tried` of about `wanted`;
    `unasked` passages the model could not be asked about."""

    id: str
    name: str
    origin: Origin
    status: DatasetStatus
    cases: int
    drafts: int
    rejected: int
    with_passages: int
    wanted: int
    tried: int
    unasked: int
    waiting: ErrorBody | None
    error: ErrorBody | None
    created_at: str


class DatasetList(Body):
    items: list[DatasetBody]
    next: str | None = None


class GoldPassageBody(Body):
    doc: str
    text: str = ""
    page: int | None = None
    also_ok_pages: list[int] = Field(default_factory=list)
    also_ok_docs: list[str] = Field(default_factory=list)


class EarlierTurnBody(Body):
    role: str = Field(pattern="^(user|assistant)$")
    content: str


class CaseBody(Body):
    """CONTRACT's case, with its review: a run asks only what is `accepted`. `source` says where a draft came from."""

    id: str
    ordinal: int
    status: CaseStatus
    question: str
    answers: list[str]
    gold_docs: list[str]
    gold_passages: list[GoldPassageBody]
    answerable: bool | None
    history: list[EarlierTurnBody]
    tags: list[str]
    source: dict[str, Any] | None


class CaseList(Body):
    items: list[CaseBody]
    next: str | None = None


class NewDataset(Given):
    name: Name
    cases: list[Any] = Field(min_length=1, max_length=cases.MOST)


class NewCases(Given):
    cases: list[Any] = Field(min_length=1, max_length=cases.MOST)
    status: CaseStatus = "accepted"


class CaseChange(Given):
    """What is given replaces what was there; `status` accepts or rejects."""

    question: Annotated[str, Field(min_length=1, max_length=cases.LONGEST_QUESTION)] | None = None
    answers: list[str] | None = None
    gold_docs: list[str] | None = None
    gold_passages: list[GoldPassageBody] | None = None
    answerable: bool | None = None
    history: list[EarlierTurnBody] | None = None
    tags: list[str] | None = None
    status: CaseStatus | None = None


class FromFeedback(Given):
    """`since` an ISO 8601 instant. Liked answers become references, disliked ones questions to review."""

    name: Name = "From feedback"
    collection: Annotated[str, Field(max_length=63)] | None = None
    since: Annotated[str, Field(max_length=40)] | None = None
    limit: Annotated[int, Field(ge=1, le=cases.MOST)] = 500


class NewDraft(Given):
    """`model` drafts `count` questions from chunks drawn by `seed`; unset: the default model."""

    name: Name | None = None
    collection: Annotated[str, Field(max_length=63)] = "default"
    count: Annotated[int, Field(ge=1, le=200)] = 20
    model: Annotated[str, Field(max_length=200)] = ""
    seed: Annotated[int, Field(ge=0, le=2**53)] | None = None


@router.get("")
async def listing(parts: PartsDep, limit: Limit = 100, cursor: Cursor = None) -> DatasetList:
    """Newest first."""
    found = await Transactions(parts.engine).read(lambda c: datasets.page(c, limit + 1, cursor))
    items = [DatasetBody.model_validate(one) for one in found[:limit]]
    return DatasetList(items=items, next=items[-1].id if len(found) > limit else None)


@router.post("", status_code=201, responses=errors(400, 413, 415), openapi_extra=_UPLOAD)
async def create(request: Request, parts: PartsDep) -> DatasetBody:
    """Upload a file (JSONL or CSV), or send the cases as JSON. All or nothing: each bad line is named with its reason.

    The very same cases under the same name are not kept twice.
    """
    sent = await form(request, "A dataset")
    if sent is not None:
        name, drafts = sent.name, await in_thread(upload.from_file, sent.data, sent.file_name)
    else:
        name, drafts = await in_thread(_read_json, await request.body())
    made = await Transactions(parts.engine).write(lambda c: datasets.create(c, name, drafts, "upload"))
    return DatasetBody.model_validate(made)


@router.post("/from-feedback", status_code=201, responses=errors(404))
async def from_feedback(wanted: FromFeedback, parts: PartsDep) -> DatasetBody:
    """A dataset out of conversations people rated: every case waits for review as a draft."""
    since = instant(wanted.since) if wanted.since else None
    made = await Transactions(parts.engine).write(
        lambda c: harvest.from_feedback(c, wanted.name, collection=wanted.collection, since=since, limit=wanted.limit)
    )
    return DatasetBody.model_validate(made)


@router.post("/draft", status_code=202, responses=errors(404))
async def draft_questions(wanted: NewDraft, parts: PartsDep) -> DatasetBody:
    """Let a model draft questions and answers from documents. They count only once a person accepts them."""
    made = await draft.start(
        parts, wanted.name, wanted.collection, count=wanted.count, model=wanted.model, seed=wanted.seed
    )
    return DatasetBody.model_validate(made)


@router.get("/{dataset_id}", responses=errors(404))
async def one(dataset_id: DatasetId, parts: PartsDep) -> DatasetBody:
    found = await Transactions(parts.engine).read(lambda c: datasets.get(c, dataset_id))
    return DatasetBody.model_validate(found)


@router.delete("/{dataset_id}", status_code=204, responses=errors(404))
async def remove(dataset_id: DatasetId, parts: PartsDep) -> None:
    """Runs over it stay: they have their own copy of its cases."""
    await Transactions(parts.engine).write(lambda c: datasets.remove(c, dataset_id))


@router.get("/{dataset_id}/cases", responses=errors(404))
async def case_listing(
    dataset_id: DatasetId, parts: PartsDep, limit: Limit = 100, cursor: Number = None, status: CaseStatus | None = None
) -> CaseList:
    after = int(cursor) if cursor else -1
    found = await Transactions(parts.engine).read(lambda c: datasets.case_page(c, dataset_id, limit + 1, after, status))
    items = [case_body(case) for case in found[:limit]]
    return CaseList(items=items, next=str(items[-1].ordinal) if len(found) > limit else None)


@router.post("/{dataset_id}/cases", status_code=201, responses=errors(404, 409))
async def add_cases(dataset_id: DatasetId, new: NewCases, parts: PartsDep) -> DatasetBody:
    """Add cases, all or none. One without an `id` gets one."""
    given = [one if not isinstance(one, dict) or one.get("id") else {**one, "id": new_id("case")} for one in new.cases]
    drafts = await in_thread(upload.from_objects, given, "the request")
    made = await Transactions(parts.engine).write(lambda c: datasets.add_cases(c, dataset_id, drafts, new.status))
    return DatasetBody.model_validate(made)


@router.patch("/{dataset_id}/cases/{case_id}", responses=errors(404))
async def change_case(dataset_id: DatasetId, case_id: CaseId, change: CaseChange, parts: PartsDep) -> CaseBody:
    """Mend, accept or reject a case."""
    changes = change.model_dump(exclude_unset=True, exclude={"status"})
    changed = await Transactions(parts.engine).write(
        lambda c: datasets.change_case(c, dataset_id, case_id, changes, change.status)
    )
    return case_body(changed)


def case_body(case: StoredCase) -> CaseBody:
    return CaseBody(id=case.id, ordinal=case.ordinal, status=case.status, source=dict(case.source) if case.source else
                    None, **{name: case.body[name] for name in CaseBody.model_fields if name in case.body})  # fmt: skip


def _read_json(body: bytes) -> tuple[str, list[cases.Draft]]:
    new = parsed(NewDataset, body, "Send {name, cases: [...]}.")
    return new.name, upload.from_objects(new.cases, new.name)
