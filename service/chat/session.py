"""Asking a question: choose the variant, read the conversation, stream the answer, keep it."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

from sqlalchemy import Engine

from ingest.catalogue import collections
from ingest.catalogue.engine import reading, writing
from ingest.errors import CatalogueUnavailable
from ingest.threads import in_thread
from service.answer import Ask, Draft, answer
from service.chat import examples, history
from service.chat.book import VariantBook
from service.chat.later import Later
from service.errors import BadRequest, ServiceError
from service.fresh import Fresh
from service.ids import new_id
from service.models.shelf import Shelf
from service.ports import ChatModel, Retriever, Splitter
from service.types import (
    AUTO,
    DEFAULT_VARIANT,
    Answer,
    Assigned,
    Event,
    Example,
    Failed,
    Finished,
    Message,
    Price,
    Variant,
)

QUESTION_LENGTH = 8_000
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks. Defaults: the experiment's variant or the collection's, collection `default`, a new
    conversation."""

    text: str
    variant: str | None = None
    collection: str | None = None
    conversation_id: str | None = None
    visitor: str | None = None
    replaces: str | None = None
    """The answer this one is asked in place of: it and what follows it stay out of the history."""
    history: tuple[Message, ...] = ()
    """Earlier turns a stateless caller (`/v1`) brings along; a conversation's own are read from the catalogue."""
    mark: str | None = None
    """The name of the passages' delimiter (`Ask.mark`)."""
    robot: bool = False
    """Whether the caller says of itself that it is a program: experiments do not count it."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question that can be answered: every name in it was found."""

    ask: Ask
    model: ChatModel
    visitor: str | None
    price: Price | None = None
    assigned: Assigned | None = None
    """Set when an experiment chose the variant: that the answer was shown is logged with it."""


class Chat:
    """Answers questions and keeps the answers."""

    def __init__(
        self, engine: Engine, book: VariantBook, shelf: Shelf, retriever: Retriever, traffic: Splitter
    ) -> None:
        self._engine = engine
        self._book = book
        self._shelf = shelf
        self._retriever = retriever
        self._traffic = traffic
        self._examples = Fresh(self._read_examples)
        self._later = Later("an answer")

    async def prepare(self, question: Question, variant: Variant | None = None) -> Prepared:
        """Resolve names before anything is streamed, so that a mistake is a plain HTTP error.

        A `variant` given is used as it is: that of a lane need not be in the book. Raises `BadRequest` (empty or too
        long), `Unknown` (variant, model, conversation), `NotFound` (collection), `NotReady` (model).
        """
        arrived = time.perf_counter()
        text = question.text.strip()
        if not text:
            raise BadRequest("empty_question", "The question is empty.", "Write a question.")
        if len(text) > QUESTION_LENGTH:
            raise BadRequest(
                "question_too_long",
                f"The question has {len(text):,} characters; {QUESTION_LENGTH:,} are accepted.",
                "Shorten it, or upload the long text as a document and ask about it.",
            )
        conversation_id, assigned = question.conversation_id or new_id("conv"), None
        if variant is None:
            variant, assigned = await self._choose(question, conversation_id)
        try:
            model = self._shelf.chat(variant.model)
        except ServiceError:
            if assigned is not None:
                await self._traffic.failed(assigned, text)
            raise
        said = question.history
        if question.conversation_id or question.collection:
            said = await in_thread(self._look_up, question)
        shots = await self._examples.value() if variant.approach == "few_shot" else ()
        ask = Ask(
            id=new_id("ans"),
            conversation_id=conversation_id,
            question=text,
            variant=variant,
            collection=question.collection or "default",
            history=said,
            examples=shots,
            queue_seconds=time.perf_counter() - arrived,
            mark=question.mark,
        )
        return Prepared(ask, model, question.visitor, self._shelf.price(variant.model), assigned)

    async def stream(
        self, prepared: Prepared, retriever: Retriever | None = None, *, as_one: bool = False
    ) -> AsyncGenerator[Event, None]:
        """The events of one answer, kept before `finished` is sent. Closing early keeps what was shown as `stopped`.

        A `retriever` given stands in for our own: the lanes of a comparison share one. `as_one`: the caller shows
        nothing before the end.
        """
        draft = Draft(prepared.ask, prepared.model.name, prepared.price)
        kept = False
        try:
            async with aclosing(
                answer(prepared.ask, model=prepared.model, retriever=retriever or self._retriever, draft=draft)
            ) as events:
                async for event in events:
                    match event:
                        case Finished(whole) | Failed(answer=Answer() as whole):
                            kept = True
                            await self._keep_or_later(prepared, whole)
                    yield event
        finally:
            if not kept:
                # The caller went away (or we are being cancelled): the generation is closed, what was shown is kept.
                unseen = as_one or not draft.text
                self._keep_later(replace(prepared, assigned=None) if unseen else prepared, draft.answer("stopped"))

    async def collect(self, prepared: Prepared) -> Answer:
        """The same, as one answer. Raises `ServiceError` for what would have been a `failed` event."""
        async with aclosing(self.stream(prepared, as_one=True)) as events:
            async for event in events:
                match event:
                    case Finished(whole):
                        return whole
                    case Failed():
                        raise ServiceError(
                            event.code, event.message, event.hint, status=event.status, retry_after=event.retry_after
                        )
        raise ServiceError("no_answer", "The answer ended without a result.", "Ask again.")

    async def drain(self) -> None:
        """Wait until everything that was said is kept."""
        await self._later.drain()
        await self._traffic.drain()

    def forget_examples(self) -> None:
        """The examples were changed: read them again for the next question."""
        self._examples.forget()

    async def _keep_or_later(self, prepared: Prepared, said: Answer) -> None:
        """Keep an answer. Whoever asked has read it already: a catalogue that is locked now is no reason to fail."""
        try:
            await self._keep(prepared, said)
        except CatalogueUnavailable as error:
            _LOG.warning("answer %s is kept later: %s", said.id, error.message)
            self._keep_later(prepared, said)

    def _keep_later(self, prepared: Prepared, said: Answer) -> None:
        self._later.add(lambda: self._keep(prepared, said))

    async def _choose(self, question: Question, conversation_id: str) -> tuple[Variant, Assigned | None]:
        """The variant asked for, else the running experiment's, else the default one."""
        if question.variant not in (None, AUTO):
            return await self._book.get(question.variant), None
        collection, unit = question.collection or collections.DEFAULT, question.visitor or conversation_id
        assigned = await self._traffic.assigned(collection, unit, robot=question.robot, nameless=not question.visitor)
        if assigned is not None:
            return await self._book.get(assigned.variant), assigned
        return await self._book.get(await self._traffic.default(collection) or DEFAULT_VARIANT), None

    async def _keep(self, prepared: Prepared, said: Answer) -> None:
        await in_thread(self._write, prepared, said)
        if prepared.assigned is not None:
            self._traffic.noticed(prepared.assigned)

    def _write(self, prepared: Prepared, said: Answer) -> None:
        with writing(self._engine) as connection:
            history.record(
                connection,
                said,
                question=prepared.ask.question,
                collection=prepared.ask.collection,
                visitor=prepared.visitor,
            )
            if prepared.assigned is not None:
                self._traffic.record(connection, prepared.assigned, said, prepared.ask.question)

    def _look_up(self, question: Question) -> tuple[Message, ...]:
        """The conversation so far. Raises `Unknown` or `NotFound` for what the question names and is not there."""
        with reading(self._engine) as connection:
            if question.collection:
                collections.find(connection, question.collection)
            if not question.conversation_id:
                return question.history
            return history.messages(connection, question.conversation_id, before=question.replaces)

    def _read_examples(self) -> tuple[Example, ...]:
        with reading(self._engine) as connection:
            return tuple(examples.listing(connection))
