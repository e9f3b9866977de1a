"""Training jobs: a company's own question/answer pairs become a model, here or at a provider."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from ingest.catalogue.transactions import Transactions
from ingest.threads import in_thread
from service.api.deps import PartsDep
from service.api.events import openapi_stream
from service.api.finetunes_bodies import (
    BaseBody,
    EstimateBody,
    EstimatedBody,
    FinetuneBody,
    FinetuneList,
    NewFinetune,
    TrainedPairBody,
    TrainedPairList,
    TrainerBody,
    TrainerList,
    TuneSettingsBody,
    finetune_body,
)
from service.api.given import Form, described, form, parsed
from service.api.paging import Cursor, Number
from service.api.pairs import PAIR_FILE
from service.api.pairs_bodies import check_body
from service.api.schemas import ErrorBody, errors
from service.api.stream import EventStream, frame
from service.errors import ServiceError
from service.tune import folder, jobs, start, upload
from service.tune.start import Wanted
from service.tune.trainer import Trainer
from service.tune.types import ENDED, Part, Status
from service.tune.watch import watch

router = APIRouter(prefix="/api/finetunes", tags=["fine-tuning"])

JobId = Annotated[str, Path(max_length=80)]
Limit = Annotated[int, Query(ge=1, le=200)]
EVENTS: dict[str, type[FinetuneBody] | type[ErrorBody]] = {
    "job": FinetuneBody,
    "ended": FinetuneBody,
    "failed": ErrorBody,
}
_HINT = "Send {name, pairs: [...]} or {name, pairs_id}."
_TEXT = {"type": "string"}
_UPLOAD = described(
    {
        "file": PAIR_FILE,
        "name": _TEXT,
        "base": _TEXT,
        "trainer": {"type": "string", "enum": ["local", "openai"]},
        "settings": {"type": "string", "description": "JSON, as in the other form of the request"},
        "from_scratch": {"type": "string", "enum": ["true", "false"]},
        "collection": _TEXT,
    },
    ["file", "name"],
    {"$ref": "#/components/schemas/NewFinetune"},
)


@router.get("")
async def listing(
    parts: PartsDep, limit: Limit = 50, cursor: Cursor = None, status: Status | None = None
) -> FinetuneList:
    """Newest first, without their curves."""
    found = await Transactions(parts.engine).read(lambda c: jobs.page(c, limit + 1, cursor, status))
    items = [finetune_body(job) for job in found[:limit]]
    return FinetuneList(items=items, next=items[-1].id if len(found) > limit else None)


@router.get("/trainers")
async def trainers(parts: PartsDep) -> TrainerList:
    """Ways of training, whether they can train now, and what they can begin with."""
    return TrainerList(items=[await in_thread(_trainer, one) for one in parts.trainers.values()])


@router.post("", status_code=202, responses=errors(400, 404, 409, 413, 415), openapi_extra=_UPLOAD)
async def create(request: Request, parts: PartsDep) -> FinetuneBody:
    """Begin a training: on a file, on pairs in the request, or on a set of pairs that was reviewed.

    Refused when a pair gives a question of a dataset away, and when the trainer is not installed.
    """
    sent = await form(request, "A training's pairs")
    if sent is not None:
        wanted = await in_thread(_of_form, sent)
    else:
        wanted = await in_thread(_of_json, await request.body())
    return finetune_body(await start.start(parts, wanted))


@router.post("/estimate", responses=errors(404, 409))
async def estimate(new: NewFinetune, parts: PartsDep) -> EstimatedBody:
    """What a training would cost, and what is wrong with its pairs. Nothing is kept."""
    found, looked = await start.estimate(parts, await in_thread(_wanted, new))
    return EstimatedBody(estimate=EstimateBody.model_validate(found) if found else None, check=check_body(looked))


@router.get("/{job_id}", responses=errors(404))
async def one(job_id: JobId, parts: PartsDep) -> FinetuneBody:
    job = await Transactions(parts.engine).read(lambda c: jobs.get(c, job_id))
    await parts.tuned.must_know(job.model)
    return finetune_body(job)


@router.get(
    "/{job_id}/events",
    response_class=Response,
    responses={
        200: openapi_stream(
            "`job` now and whenever it has changed, after the first with only the new points of `loss`; `ended` at its "
            "end, whole.",
            EVENTS,
        ),
        **errors(404),
    },
)
async def events(job_id: JobId, parts: PartsDep) -> EventStream:
    """The job as it goes on, until its end."""
    await Transactions(parts.engine).read(lambda c: jobs.get(c, job_id, curves=False))
    return EventStream(_frames(parts, job_id), until=parts.draining)


@router.get("/{job_id}/pairs", responses=errors(404))
async def trained_on(
    job_id: JobId, parts: PartsDep, part: Part | None = None, limit: Limit = 100, cursor: Number = None
) -> TrainedPairList:
    """The job's own copy of its pairs, those it is trained on first."""
    after = int(cursor) if cursor else -1
    found = await Transactions(parts.engine).read(
        lambda c: (jobs.get(c, job_id, curves=False), jobs.pairs_of(c, job_id, part, limit + 1, after))[1]
    )
    items = [
        TrainedPairBody(ordinal=place, part=kind, question=pair.question, answer=pair.answer)
        for place, kind, pair in found[:limit]
    ]
    return TrainedPairList(items=items, next=str(items[-1].ordinal) if len(found) > limit else None)


@router.post("/{job_id}/cancel", responses=errors(404, 409))
async def cancel(job_id: JobId, parts: PartsDep) -> FinetuneBody:
    """Stop it; what it holds here is free within seconds. Its checkpoint stays."""
    return finetune_body(await Transactions(parts.engine).write(lambda c: jobs.request_cancel(c, job_id)))


@router.post("/{job_id}/resume", status_code=202, responses=errors(404, 409))
async def resume(job_id: JobId, parts: PartsDep) -> FinetuneBody:
    """Let a job that failed or was cancelled go on from its last checkpoint."""
    return finetune_body(await start.resume(parts, job_id))


@router.post("/{job_id}/again", status_code=202, responses=errors(404, 409))
async def again(job_id: JobId, parts: PartsDep) -> FinetuneBody:
    """The same once more: the same pairs, settings and base, under a name that is free."""
    return finetune_body(await start.again(parts, job_id))


@router.delete("/{job_id}", status_code=204, responses=errors(404, 409))
async def remove(job_id: JobId, parts: PartsDep) -> None:
    """Forget a job that is over, its pairs and its files. The model it made stays in the catalogue."""
    await Transactions(parts.engine).write(lambda c: jobs.remove(c, job_id))
    await in_thread(folder.remove, folder.of(parts.settings.data_dir, job_id))


async def _frames(parts: PartsDep, job_id: str) -> AsyncGenerator[bytes, None]:
    async with aclosing(watch(parts, job_id)) as states:
        async for job in states:
            name = "ended" if job.status in ENDED else "job"
            yield frame(name, finetune_body(job).model_dump_json().encode())


def _trainer(one: Trainer) -> TrainerBody:
    problem: ErrorBody | None = None
    try:
        one.check("", "lora" if one.local else "openai")
    except ServiceError as error:
        problem = ErrorBody(**error.as_dict())
    bases = [BaseBody.model_validate(base) for base in one.bases()]
    return TrainerBody(
        name=one.name,
        local=one.local,
        ready=problem is None,
        problem=problem,
        bases=bases,
        default_base=bases[0].name if bases else "",
        settings=list(one.settings),
    )


def _of_json(body: bytes) -> Wanted:
    return _wanted(parsed(NewFinetune, body, _HINT))


def _of_form(sent: Form) -> Wanted:
    fields = sent.fields
    settings = parsed(TuneSettingsBody, (fields.get("settings") or "{}").encode(), "`settings` is a JSON object.")
    told: dict[str, Any] = {key: fields[key] for key in ("base", "trainer", "collection") if fields.get(key)}
    told |= {"name": sent.name, "pairs_id": "in the form", "settings": settings.model_dump(exclude_none=True)}
    told["from_scratch"] = fields.get("from_scratch", "").lower() in ("true", "1", "yes")
    new = parsed(NewFinetune, orjson.dumps(told), "Look at /docs for the fields of this form.")
    return _wanted(new, upload.from_file(sent.data, sent.file_name))


def _wanted(new: NewFinetune, given: list[Any] | None = None) -> Wanted:
    if given is None:
        given = upload.from_objects(new.pairs, "the request") if new.pairs is not None else None
    settings = new.settings.model_dump(exclude_none=True)
    return Wanted(
        name=new.name,
        pairs=given or (),
        pairs_id=new.pairs_id if given is None else None,
        base=new.base,
        trainer=new.trainer,
        recipe=start.recipe_of(settings),
        from_scratch=new.from_scratch,
        collection=new.collection,
    )
