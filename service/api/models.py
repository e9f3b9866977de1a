"""The catalogue of models: what there is, what it is, how it did here; trying it, making it a variant, retiring it."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from ingest.catalogue.transactions import Transactions
from ingest.threads import in_thread
from service.api.deps import PartsDep
from service.api.events import openapi_stream
from service.api.model_bodies import (
    TRIED,
    Deployment,
    MeasuredBody,
    MeasuredList,
    ModelBody,
    ModelCard,
    ModelChange,
    ModelList,
    Trial,
    TriedBody,
)
from service.api.schemas import errors
from service.api.stream import CLIENT_LEFT, EventStream, frame, unless_left
from service.cards import answered, measured, samples
from service.chat import history
from service.errors import BadRequest, Conflict, Unknown
from service.models.catalogue import CatalogueEntry, entries
from service.models.files import cache_folder
from service.models.trial import Tried
from service.parts import Parts
from service.ports import ChatModel
from service.types import Price

router = APIRouter(prefix="/api/models", tags=["models"])
Filter = Annotated[str | None, Query(max_length=200)]


@router.get("", responses=errors())
async def listing(
    parts: PartsDep,
    task: Filter = None,
    license: Filter = None,
    source: Filter = None,
    provider: Filter = None,
    q: Filter = None,
    open: bool | None = None,
    deployed: bool | None = None,
) -> ModelList:
    """Every model, filtered: `task`, `open` and `deployed` exactly, the others by a part of the text (`q` looks at name
    and card)."""
    found = await _all(parts)

    def wanted(entry: CatalogueEntry) -> bool:
        words = " ".join((entry.name, *(text for card in entry.texts.values() for text in card.values())))
        return (
            (task is None or task in (entry.task, *entry.tasks))
            and (open is None or entry.open is open)
            and (deployed is None or entry.deployed is deployed)
            and _in(license, entry.license)
            and _in(source, entry.source)
            and _in(provider, entry.provider)
            and _in(q, words)
        )

    return ModelList(items=await _bodies(parts, [entry for entry in found if wanted(entry)]))


@router.get("/{name:path}/measured", responses=errors(404))
async def how_it_did(name: str, parts: PartsDep) -> MeasuredList:
    """What the newest evaluation runs here say of it: every figure with its n and interval. Nothing is estimated."""
    await _entry(parts, name)
    found = await measured.of_model(parts, name, parts.shelf.default)
    return MeasuredList(items=[MeasuredBody.model_validate(one) for one in found])


@router.get("/{name:path}", responses=errors(404))
async def one(name: str, parts: PartsDep, request: Request) -> ModelCard:
    """One model with its card, its training where it was tuned here, and how a program asks it."""
    await parts.tuned.refresh()  # a worker's process may have made or retired it just now
    entry = await _entry(parts, name)
    (body,) = await _bodies(parts, [entry])
    tuned = parts.tuned.known.get(name)
    address = parts.settings.public_url or str(request.base_url)
    return ModelCard(
        **body.model_dump(),
        training=dict(tuned.card) if tuned is not None else None,
        samples=samples.of(address, body.variants[0]) if body.variants and entry.task == "chat" else {},
    )


@router.patch("/{name:path}", responses=errors(404, 409, 503))
async def change(name: str, changed: ModelChange, parts: PartsDep, request: Request) -> ModelCard:
    """Deploy a tuned model, retire it, or make it the current one. Deploying one that was tuned here waits until it is
    loaded; one that cannot be loaded stays retired, and `problem` says why. What a running experiment tests, or a
    collection has for its default, is not changed under it: 409."""
    await parts.tuned.refresh()
    if (await _entry(parts, name)).tuned is False:
        raise Conflict("model_not_tuned", f"{name[:80]!r} is no tuned model.", "Others are deployed by the settings.")
    if changed.deployed is False and changed.current:
        raise BadRequest("current_and_retired", "A retired model cannot be the current one.", "Ask for one of both.")
    if changed.deployed is not None:
        await (parts.deployments.deploy(name) if changed.deployed else parts.deployments.retire(name))
    if changed.current:
        await parts.deployments.make_current(name)
    return await one(name, parts, request)


@router.post("/{name:path}/deploy", status_code=201, responses=errors(404, 409, 503))
async def deploy(name: str, asked: Deployment, parts: PartsDep, request: Request) -> ModelCard:
    """Make it a variant, so that it can be switched to, compared and measured. A tuned model is loaded first; the
    presets that use the current one are its variants, another is made when an approach is named."""
    await parts.tuned.refresh()
    entry = await _entry(parts, name)
    if entry.task != "chat":
        raise Conflict("model_not_chat", f"{name[:80]!r} does not answer questions.", "Only chat models can.")
    approach = asked.approach or "rag"
    variant = asked.variant or _variant_name(approach, name)
    wanted = not entry.tuned or asked.approach or asked.variant
    if wanted:  # what cannot be made is refused before anything is loaded
        await parts.book.may_create(name=variant, approach=approach, model=name, parameters={})
    if entry.tuned and not entry.deployed:
        await parts.deployments.deploy(name)
    if wanted:
        parts.shelf.chat(name)  # one that cannot be asked is refused now rather than at the first question
        await parts.book.create(name=variant, label="", approach=approach, model=name, parameters={})
    return await one(name, parts, request)


@router.post("/{name:path}/retire", responses=errors(404, 409))
async def retire(name: str, parts: PartsDep, request: Request) -> ModelCard:
    """Take back what `deploy` did: the variants made of it go, all or none, and a tuned model is not loaded any more.
    409 while a running experiment tests one of them or one is a default. Answers it gave stay."""
    await parts.tuned.refresh()
    entry = await _entry(parts, name)
    if entry.tuned:
        await parts.deployments.retire(name, before=parts.book.drop)
        parts.book.forget()
    else:
        await parts.book.remove_of(name)
    return await one(name, parts, request)


@router.post("/{name:path}/pull", status_code=202, responses=errors(404, 409, 429))
async def pull(name: str, parts: PartsDep, request: Request) -> ModelCard:
    """Fetch the files of a model of the table in the background; its card shows how far that is. Others are fetched
    by `parallax models pull` on the machine itself."""
    parts.pulls.start(name, cache_folder(parts.settings.models_dir))
    return await one(name, parts, request)


@router.post(
    "/{name:path}/try",
    response_model=TriedBody,
    responses={200: openapi_stream("pieces of text, then what became of it", TRIED), **errors(404, 409, 429, 502, 504)},
)
async def attempt(name: str, asked: Trial, parts: PartsDep, request: Request) -> Response:
    """Say something to the model itself: no documents, no examples, no checks, and nothing is kept. Closing the
    connection stops it."""
    entry = await _entry(parts, name)
    if entry.task != "chat":
        raise Conflict("model_not_chat", f"{name[:80]!r} does not answer questions.", "Only chat models can be tried.")
    prompt = parts.trials.check(asked.prompt)
    model, price = parts.shelf.chat(name), parts.shelf.price(name)
    give_back = parts.trials.take()
    if asked.stream:
        return EventStream(_events(parts, model, prompt, price), after=give_back)
    try:
        tried = await unless_left(request, _collected(parts, model, prompt, price))
    finally:
        give_back()
    if tried is None:
        return Response(status_code=CLIENT_LEFT)
    return Response(orjson.dumps(_told(tried)), media_type="application/json")


async def _events(parts: Parts, model: ChatModel, prompt: str, price: Price | None) -> AsyncGenerator[bytes]:
    yield frame("started", orjson.dumps({"model": model.name}))
    async with aclosing(parts.trials.run(model, prompt, price)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Tried):
                yield frame("finished", orjson.dumps(_told(piece)))
            else:
                yield frame("delta", orjson.dumps({"text": piece}))


async def _collected(parts: Parts, model: ChatModel, prompt: str, price: Price | None) -> Tried:
    async with aclosing(parts.trials.run(model, prompt, price)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Tried):
                return piece
    raise AssertionError("a trial ends with what became of it")


def _told(tried: Tried) -> dict[str, Any]:
    return TriedBody.model_validate(tried).model_dump()


async def _all(parts: Parts) -> list[CatalogueEntry]:
    listed = await parts.listings.all(parts.settings)
    return await in_thread(entries, parts.settings, tuple(parts.tuned.known.values()), listed)


async def _entry(parts: Parts, name: str) -> CatalogueEntry:
    for entry in await _all(parts):
        if entry.name == name:
            return entry
    raise Unknown("unknown_model", f"There is no model {name[:80]!r}.", "GET /api/models lists them.")


async def _bodies(parts: Parts, found: list[CatalogueEntry]) -> list[ModelBody]:
    said = await Transactions(parts.engine).read(lambda c: history.latest(c, answered.MOST_ANSWERS))
    figures: Mapping[str, Mapping[str, float]] = await in_thread(answered.by_model, said)
    users: dict[str, list[str]] = {}
    for variant in await parts.book.all():
        users.setdefault(variant.model or parts.shelf.default, []).append(variant.name)
    bodies = []
    for entry in found:
        known = {name: getattr(entry, name) for name in entry.__slots__}
        own = {
            "variants": users.get(entry.name, []),
            "measured": figures.get(entry.name, {}),
            "pulling": parts.pulls.of(entry.name),
        }
        bodies.append(ModelBody.model_validate({**known, **own}))
    return bodies


def _variant_name(approach: str, model: str) -> str:
    slug = re.sub(r"[^a-z0-9_.-]+", "-", model.rsplit(":", 1)[-1].lower()).strip("-._")
    return f"{approach}-{slug}"[:63].rstrip("-._")


def _in(part: str | None, whole: str) -> bool:
    return part is None or part.lower() in whole.lower()
