"""Variants: what a person switches between."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field, WithJsonSchema

from service.answer.approaches import APPROACHES
from service.answer.parameters import BOUNDS, DEFAULTS, MEANINGS
from service.api.deps import PartsDep
from service.api.schemas import Body, Given, errors
from service.types import ApproachName

router = APIRouter(prefix="/api/variants", tags=["variants"])
Label = Annotated[str, Field(max_length=120)]
Name = Annotated[str, Field(max_length=200)]


def _parameters() -> dict[str, Any]:
    """The JSON schema of a variant's parameters, from the one table that also checks them."""
    shapes = {}
    for name, default in asdict(DEFAULTS).items():
        takers = ", ".join(approach.name for approach in APPROACHES.values() if name in approach.accepts)
        shape: dict[str, Any] = {"description": f"{MEANINGS[name]} ({takers})", "default": default}
        if name in BOUNDS:
            bounds, kind = BOUNDS[name], type(default)
            shape |= {"type": "integer" if kind is int else "number"}
            shape |= {"minimum": kind(bounds.low), "maximum": kind(bounds.high)}
        else:
            shape["type"] = "boolean"
        shapes[name] = shape
    return {"type": "object", "properties": shapes, "additionalProperties": False}


Parameters = Annotated[dict[str, Any], WithJsonSchema(_parameters())]
Approach = Annotated[ApproachName, WithJsonSchema({"type": "string", "enum": list(APPROACHES)})]


class VariantBody(Body):
    name: str
    label: str
    approach: str
    model: str = Field(description='catalogue name; "" is the default model')
    parameters: dict[str, Any]
    prompt_hash: str
    origin: str = Field(pattern="^(preset|custom|tuned)$")


class VariantList(Body):
    items: list[VariantBody]
    next: str | None = None


class NewVariant(Given):
    name: Name
    approach: Approach
    label: Label = ""
    model: Name = ""
    parameters: Parameters = Field(default_factory=dict)


class VariantChange(Given):
    label: Label | None = None
    model: Name | None = None
    parameters: Parameters | None = Field(None, description="these replace the same-named ones; others stay")


@router.get("")
async def listing(parts: PartsDep) -> VariantList:
    return VariantList(items=[VariantBody.model_validate(variant) for variant in await parts.book.all()])


@router.post("", status_code=201, responses=errors(404, 409))
async def create(new: NewVariant, parts: PartsDep) -> VariantBody:
    parts.shelf.chat(new.model)  # an unknown model is refused now rather than at the first question
    variant = await parts.book.create(
        name=new.name, label=new.label, approach=new.approach, model=new.model, parameters=new.parameters
    )
    return VariantBody.model_validate(variant)


@router.get("/{name}", responses=errors(404))
async def one(name: str, parts: PartsDep) -> VariantBody:
    return VariantBody.model_validate(await parts.book.get(name))


@router.patch("/{name}", responses=errors(404, 409))
async def change(name: str, changed: VariantChange, parts: PartsDep) -> VariantBody:
    if changed.model is not None:
        parts.shelf.chat(changed.model)
    variant = await parts.book.change(name, label=changed.label, model=changed.model, parameters=changed.parameters)
    return VariantBody.model_validate(variant)


@router.delete("/{name}", status_code=204, responses=errors(404, 409))
async def remove(name: str, parts: PartsDep) -> None:
    await parts.book.remove(name)
