"""The worked examples that few-shot prompts carry."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from ingest.catalogue.engine import reading, writing
from ingest.threads import in_thread
from service.api.deps import PartsDep
from service.api.schemas import Body, Given, errors
from service.chat import examples
from service.types import Example

router = APIRouter(prefix="/api/examples", tags=["examples"])
Text = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]


class Pair(Given):
    question: Text
    answer: Text


class ExampleBody(Body):
    id: str
    question: str
    answer: str


class ExampleList(Body):
    items: list[ExampleBody]
    next: str | None = None


class Pairs(Given):
    items: Annotated[list[Pair], Field(min_length=1, max_length=examples.MOST)]


@router.get("")
async def listing(parts: PartsDep) -> ExampleList:
    def read() -> list[Example]:
        with reading(parts.engine) as connection:
            return examples.listing(connection)

    return _body(await in_thread(read))


@router.post("", status_code=201, responses=errors())
async def add(new: Pair | Pairs, parts: PartsDep) -> ExampleList:
    """Add one `{"question","answer"}`, or several as `{"items":[...]}`. Answers with all of them."""
    pairs = [(pair.question.strip(), pair.answer.strip()) for pair in (new.items if isinstance(new, Pairs) else [new])]

    def write() -> list[Example]:
        with writing(parts.engine) as connection:
            return examples.add(connection, pairs)

    added = await in_thread(write)
    parts.chat.forget_examples()
    return _body(added)


@router.delete("/{example_id}", status_code=204, responses=errors(404))
async def remove(example_id: str, parts: PartsDep) -> None:
    def write() -> None:
        with writing(parts.engine) as connection:
            examples.remove(connection, example_id)

    await in_thread(write)
    parts.chat.forget_examples()


def _body(found: list[Example]) -> ExampleList:
    return ExampleList(items=[ExampleBody.model_validate(example) for example in found])
