"""The catalogue of models: what there is and what it is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from ingest.threads import in_thread
from service.api.deps import PartsDep
from service.api.schemas import Body, errors
from service.errors import Unknown
from service.models.catalogue import CatalogueEntry, entries

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


class ModelList(Body):
    items: list[ModelBody]
    next: str | None = None


@router.get("", responses=errors())
async def listing(
    parts: PartsDep, task: Filter = None, license: Filter = None, source: Filter = None, q: Filter = None
) -> ModelList:
    """Every model, filtered: `task` exactly, the others by a part of the text (`q` looks at name and card)."""
    found = await in_thread(entries, parts.settings)

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
    for entry in await in_thread(entries, parts.settings):
        if entry.name == name:
            return ModelBody.model_validate(entry)
    raise Unknown("unknown_model", f"There is no model {name[:80]!r}.", "GET /api/models lists them.")


def _in(part: str | None, whole: str) -> bool:
    return part is None or part.lower() in whole.lower()
