"""The catalogue of models: what there is and what it is."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from ingest.threads import in_thread
from service.api.deps import PartsDep
from service.api.schemas import Body, Given, errors
from service.errors import BadRequest, Conflict, Unknown
from service.models.catalogue import CatalogueEntry, entries
from service.parts import Parts

router = APIRouter(prefix="/api/models", tags=["models"])
Filter = Annotated[str | None, Query(max_length=200)]


class ModelBody(Body):
    name: str
    task: str
    license: str
    source: str
    context: int | None = Field(description="tokens; null when its provider does not say")
    card: dict[str, str]
    deployed: bool = Field(description="it can be asked now")
    default: bool = Field(description="variants that name no model use it")
    measured: dict[str, float]
    bytes: int | None = Field(description="size of its files; null for one that runs elsewhere")
    tuned: bool
    current: bool = Field(description="`fine_tuned` and `rag_fine_tuned` use it")
    base: str | None = Field(description="what a tuned model was trained on")
    problem: str | None = Field(description="why a tuned model was retired, where it could not be loaded")


class ModelList(Body):
    items: list[ModelBody]
    next: str | None = None


class ModelChange(Given):
    deployed: bool | None = Field(None, description="whether variants may use it (tuned models)")
    current: Literal[True] | None = Field(None, description="let `fine_tuned` and `rag_fine_tuned` use it")


@router.get("", responses=errors())
async def listing(
    parts: PartsDep, task: Filter = None, license: Filter = None, source: Filter = None, q: Filter = None
) -> ModelList:
    """Every model, filtered: `task` exactly, the others by a part of the text (`q` looks at name and card)."""
    found = await _all(parts)

    def wanted(entry: CatalogueEntry) -> bool:
        words = " ".join((entry.name, *entry.card.values()))
        return (
            (task is None or entry.task == task)
            and _in(license, entry.license)
            and _in(source, entry.source)
            and _in(q, words)
        )

    return ModelList(items=[ModelBody.model_validate(entry) for entry in found if wanted(entry)])


@router.get("/{name:path}", responses=errors(404))
async def one(name: str, parts: PartsDep) -> ModelBody:
    """One model with its card."""
    for entry in await _all(parts):
        if entry.name == name:
            return ModelBody.model_validate(entry)
    raise Unknown("unknown_model", f"There is no model {name[:80]!r}.", "GET /api/models lists them.")


@router.patch("/{name:path}", responses=errors(404, 409, 503))
async def change(name: str, changed: ModelChange, parts: PartsDep) -> ModelBody:
    """Deploy a tuned model, retire it, or make it the current one. Deploying one that was tuned here waits until it is
    loaded; one that cannot be loaded stays retired, and `problem` says why. What a running experiment tests, or a
    collection has for its default, is not changed under it: 409."""
    await parts.tuned.refresh()
    if (await one(name, parts)).tuned is False:
        raise Conflict("model_not_tuned", f"{name[:80]!r} is no tuned model.", "Others are deployed by the settings.")
    if changed.deployed is False and changed.current:
        raise BadRequest("current_and_retired", "A retired model cannot be the current one.", "Ask for one of both.")
    if changed.deployed is not None:
        await (parts.deployments.deploy(name) if changed.deployed else parts.deployments.retire(name))
    if changed.current:
        await parts.deployments.make_current(name)
    return await one(name, parts)


async def _all(parts: Parts) -> list[CatalogueEntry]:
    return await in_thread(entries, parts.settings, tuple(parts.tuned.known.values()))


def _in(part: str | None, whole: str) -> bool:
    return part is None or part.lower() in whole.lower()
