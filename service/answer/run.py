"""One question answered: gather, gate, prompt, model, check, cite; told as a stream of events."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import aclosing
from typing import cast

from ingest.errors import IngestError, NotFound
from service.answer import decline, gate, kind
from service.answer.approaches import APPROACHES
from service.answer.approaches.base import Approach
from service.answer.ask import Ask
from service.answer.check import Checker
from service.answer.draft import Draft
from service.answer.focus import excerpts
from service.answer.history import standalone
from service.answer.language import language_of
from service.answer.parameters import Parameters
from service.answer.prompt import Excerpt, Prompt, build
from service.answer.writer import Writer
from service.errors import BadRequest, ModelCut, ModelNonsense, ServiceError
from service.ports import ChatModel, Retriever
from service.types import (
    ChatOptions,
    Citations,
    Delta,
    DeltaText,
    Event,
    Failed,
    Finished,
    Retrieved,
    SearchResult,
    Started,
    Usage,
)

log = logging.getLogger(__name__)

_INTERNAL = {
    "code": "internal",
    "message": "Something went wrong here.",
    "hint": "Ask again; the service's log has the details.",
}


async def answer(
    ask: Ask, *, model: ChatModel, retriever: Retriever | None, draft: Draft | None = None
) -> AsyncGenerator[Event, None]:
    """The events of one answer: `Started`, then what comes, then exactly one of `Finished` and `Failed`.

    Nothing raises out of it: an error becomes `Failed`, with what was said before it in `Failed.answer`. Closing the
    generator closes the model's stream; a `draft` passed in then still holds what was said: `draft.answer("stopped")`.
    """
    draft = draft or Draft(ask, model.name)
    yield Started(ask.id, ask.conversation_id, ask.variant.name)
    try:
        async with aclosing(_answered(ask, model, retriever, draft)) as events:
            async for event in events:
                yield event
    except ServiceError as error:
        yield _failed(draft, error.as_dict(), error.status, error.retry_after)
    except IngestError as error:
        yield _failed(draft, error.as_dict(), 404 if isinstance(error, NotFound) else 503)
    except Exception:
        log.exception("answer %s failed", ask.id)
        yield _failed(draft, _INTERNAL, 500)


async def _answered(
    ask: Ask, model: ChatModel, retriever: Retriever | None, draft: Draft
) -> AsyncGenerator[Event, None]:
    approach = _approach(ask)
    chosen = approach.parameters(ask.variant.parameters)
    language = language_of(ask.question)
    query = standalone(ask.question, ask.history)
    material = await approach.gather(ask, query, chosen, retriever)
    shown: tuple[Excerpt, ...] = ()
    if material.found is not None:
        _note_search(draft, query, material.found)
        yield Retrieved(draft.passages)
        rarity = material.found.rarity
        shown = excerpts(query, draft.passages, k=chosen.k, chars=chosen.passage_chars, rarity=rarity)
        judged = gate.judge(query, material.found, shown, chosen.min_fit)
        draft.step("gate", passed=judged.passed, fit=judged.fit, reason=judged.reason)
        if chosen.check and not judged.passed:
            for event in _declined(ask, query, draft, material.found):
                yield event
            return
    for given in _rounds(shown, chosen):
        prompt = build(
            ask.question,
            language=language,
            history=ask.history,
            examples=material.examples,
            excerpts=given,
            mark=ask.mark,
        )
        draft.step(
            "prompt", tokens=prompt.tokens, hash=approach.prompt_hash, chunks=[one.passage.chunk_id for one in given]
        )
        for attempt in (1, 2):
            try:
                async with aclosing(_generated(model, prompt, query, given, material.found, chosen, draft)) as events:
                    async for event in events:
                        yield event
                break
            except ModelCut:
                if draft.text or attempt == 2:
                    raise
                draft.step("retry", reason="the model's stream broke before anything was shown")
        if draft.text:
            break
    if not draft.text:
        for event in _declined(ask, query, draft, material.found):
            yield event
        return
    # Without documents nothing is checked; a model that says it does not know has declined all the same.
    yield Finished(draft.answer("declined" if material.found is None and kind.gives_up(draft.text) else "answered"))


def _rounds(shown: tuple[Excerpt, ...], chosen: Parameters) -> tuple[tuple[Excerpt, ...], ...]:
    """What is put before the model: all excerpts, and, when nothing of what it says stands, the best one alone.

    A small model that mixed two passages up often reads one of them right.
    """
    if not chosen.check or len(shown) < 2:
        return (shown,)
    return shown, (max(shown, key=lambda one: one.fit),)


async def _generated(
    model: ChatModel,
    prompt: Prompt,
    query: str,
    shown: tuple[Excerpt, ...],
    found: SearchResult | None,
    chosen: Parameters,
    draft: Draft,
) -> AsyncGenerator[Event, None]:
    """The model's text: as it comes, or checked against the passages when there are any."""
    said = _said(model, prompt, chosen, draft)
    if found is None:
        async with aclosing(said):
            async for text in said:
                draft.say(text)
                yield DeltaText(text)
        return
    checker = Checker(query, shown, found.rarity, min_about=chosen.min_about)
    async with aclosing(_checked(said, Writer(checker, strict=chosen.check), draft)) as events:
        async for event in events:
            yield event


async def _said(model: ChatModel, prompt: Prompt, chosen: Parameters, draft: Draft) -> AsyncGenerator[str, None]:
    """The model's text as it comes. Raises `ModelNonsense` when it ends without having said anything."""
    options = ChatOptions(temperature=chosen.temperature, max_tokens=chosen.max_tokens, seed=draft.ask.seed)
    stream = model.stream(prompt.messages, options)
    finish, spoke, used = None, False, Usage()
    try:
        async for delta in stream:
            used = delta.usage or used
            finish = delta.finish_reason or finish
            if delta.text:
                spoke = spoke or bool(delta.text.strip())
                yield delta.text
    finally:
        # Also when the caller has heard enough: every call counts, in the trace and in what the answer took.
        draft.usage = draft.usage + used
        draft.step("model", name=model.name, finish=finish, completion_tokens=used.completion_tokens)
        await _close(stream)
    if not spoke:
        raise ModelNonsense("model_said_nothing", "The model said nothing.", "Ask again or choose another model.")


async def _close(stream: AsyncIterator[Delta]) -> None:
    if hasattr(stream, "aclose"):
        await cast(AsyncGenerator[Delta, None], stream).aclose()


async def _checked(said: AsyncGenerator[str, None], writer: Writer, draft: Draft) -> AsyncGenerator[Event, None]:
    """Statements that stand, each followed by all citations so far."""

    def shown(texts: Iterable[str]) -> Iterator[Event]:
        for text in texts:
            draft.say(text)
            yield DeltaText(text)
            draft.citations = writer.citations
            yield Citations(draft.citations)

    async with aclosing(said):
        async for text in said:
            for event in shown(writer.feed(text)):
                yield event
            if writer.hopeless:
                break
    for event in shown(writer.finish()):
        yield event
    # Of an answer that is shown, what was left out of it; a decline shows nothing of what was said.
    left_out = len(writer.dropped) if draft.text else 0
    draft.step("check", citations=len(draft.citations), dropped=writer.dropped, left_out=left_out)


def _approach(ask: Ask) -> Approach:
    approach = APPROACHES.get(ask.variant.approach)
    if approach is None:
        raise BadRequest(
            "unknown_approach",
            f"There is no approach {ask.variant.approach!r}.",
            f"Choose from: {', '.join(APPROACHES)}.",
        )
    return approach


def _note_search(draft: Draft, query: str, found: SearchResult) -> None:
    draft.passages = found.passages
    draft.step("retrieve", query=query, found=len(found.passages), fit=found.fit, **dict(found.timings))
    draft.retrieve_seconds = draft.last_seconds


def _declined(ask: Ask, query: str, draft: Draft, found: SearchResult | None) -> Iterable[Event]:
    text = decline.text(
        language_of(ask.question),
        collection=ask.collection,
        query=query,
        passages=draft.passages,
        rarity=found.rarity if found is not None else {},
        empty=found is not None and found.chunks == 0,
    )
    draft.say(text)
    yield DeltaText(text)
    yield Finished(draft.answer("declined"))


def _failed(draft: Draft, error: dict[str, str], status: int, retry_after: float | None = None) -> Failed:
    said = draft.answer("failed", error)
    return Failed(error["code"], error["message"], error["hint"], said, status, retry_after)
