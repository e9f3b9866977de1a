"""A worker's share of drafting: it asks a model about the chunks of a set that it has not been asked about yet.

A chunk is asked about once, whatever dies meanwhile, since `tried` is kept with the draft it gave. A call that fails is
made once more; a chunk it fails for again is passed over, and counted, once the model has answered about another: until
then it may be the model that fails, and all of them are asked again.
"""

from __future__ import annotations

import logging
import re
from functools import partial

import anyio

from ingest.catalogue import chunks
from ingest.catalogue.engine import present
from ingest.catalogue.transactions import Transactions
from ingest.crash import crash_point
from ingest.types import StoredChunk
from service.answer.language import language_of
from service.drafting import claims
from service.drafting.claims import Job
from service.drafting.kind import Kind
from service.errors import Conflict, ModelError, NotReady, Unknown
from service.holding import Ends, Held, Holding
from service.parts import Parts
from service.patient import Patient
from service.ports import ChatModel
from service.trouble import reachable, trouble
from service.types import ChatOptions, Message

LEASE_SECONDS = 8.0
PULSE_SECONDS = 2.0
SHORTEST = 25
"""Tokens of a chunk that is worth a question."""
MOST_FAILURES = 3
"""Chunks in a row that the model fails for, after which a drafting waits."""
AGAIN_SECONDS = 1.0
"""Between a call that failed and the next about the same chunk; longer where the model says so."""
LONGEST_PAUSE = 30.0
_LINE = re.compile(r"^\W*(question|answer|問題|答案)\W*[:：]\s*(.+)$", re.IGNORECASE | re.MULTILINE)
_POINTS_AT_TEXT = re.compile(
    r"\b(?:this|the|above|given) (?:passage|text|document|table|excerpt|section)\b|本文|這段|上文|文中|表格",
    re.IGNORECASE,
)
_STOPPED = {"code": "cancelled", "message": "Somebody stopped it.", "hint": "What was drafted is kept."}
_BROKEN = {
    "code": "internal",
    "message": "The drafting failed here.",
    "hint": "The worker's log says why. What was drafted is kept.",
}
_LOG = logging.getLogger(__name__)


class Drafting:
    """`serve()` runs beside the `run()`s; one object a process and kind."""

    def __init__(self, parts: Parts, kind: Kind, *, lease: float = LEASE_SECONDS) -> None:
        self._parts = parts
        self._kind = kind
        self._catalogue = Transactions(parts.engine)
        self._patient = Patient(self._catalogue)
        self._lease = lease
        ends: Ends[Job] = Ends(
            lambda c, job, status, error=None: claims.finish(c, kind, job, status, error),
            lambda c, job: claims.release(c, kind, job),
            _STOPPED,
            _BROKEN,
        )
        self._holding: Holding[Held[Job]] = Holding(
            self._catalogue, kind.leases, ends, lease=lease, pulse=PULSE_SECONDS
        )

    async def serve(self) -> None:
        """Renew leases, for as long as the task lives."""
        await self._holding.renew()

    async def run(self, set_id: str) -> None:
        """Fill this set; returns at once when somebody else does, or something else has the local model."""
        job = await self._catalogue.write(
            lambda c: claims.claim(c, self._kind, set_id, clock=present(c), lease=self._lease)
        )
        if job is not None:
            crash_point("draft_after_claim")
            await self._holding.hold(Held(job, self._patient, anyio.CancelScope()), self._fill)

    async def give_back(self) -> None:
        """Stop at once; what was drafted is kept, and another worker goes on."""
        await self._holding.give_back(0.0, at_once=True)

    async def _fill(self, held: Held[Job]) -> None:
        job, kind = held.claim, self._kind
        try:
            chat = self._parts.shelf.chat(job.model)
        except (NotReady, Unknown) as error:
            await self._wait(job, error, its_fault=False)
            return
        except Conflict as error:
            retired = error.as_dict()
            await self._patient.write(lambda c: claims.finish(c, kind, job, "failed", retired))
            return
        made, unasked = job.made, job.unasked
        failed: list[ModelError] = []
        for tried, id in enumerate(job.chunks[job.tried :], job.tried + 1):
            if made >= job.wanted:
                break
            found = partial(chunks.live, collection_id=job.collection_id, chunk_ids=[id])
            chunk = (await self._patient.read(found)).get(id)
            if chunk is None or chunk.chunk.tokens < SHORTEST:
                if not failed:
                    await self._patient.write(partial(claims.passed, kind=kind, held=job, tried=tried))
                continue
            try:
                said = await self._asked_twice(chat, chunk)
            except ModelError as error:
                failed.append(error)
                away = trouble(error.code) in ("down", "busy") or await reachable(self._parts.shelf, job.model) is False
                if away or len(failed) == MOST_FAILURES:
                    await self._wait(job, error, its_fault=not away)
                    return
                continue
            crash_point("draft_after_answer")
            unasked, failed = unasked + len(failed), []
            note = partial(claims.keep, kind=kind, held=job, tried=tried, unasked=unasked)
            made += await self._patient.write(partial(note, chunk=chunk, said=_read(said)))
            crash_point("draft_after_keep")
        unasked += len(failed)
        why = _nothing(unasked, failed[-1] if failed else None) if made == 0 else None
        status = "failed" if why else "ready"
        ended = partial(claims.finish, kind=kind, held=job, status=status, error=why, unasked=unasked)
        await self._patient.write(ended)

    async def _asked_twice(self, chat: ChatModel, chunk: StoredChunk) -> str:
        """Raises `ModelError` when the second call fails too, or the first says that the model is not there."""
        try:
            return await self._asked(chat, chunk)
        except ModelError as error:
            if trouble(error.code) == "down":
                raise
            _LOG.info("the model is asked once more about a chunk: %s", error.message)
            await anyio.sleep(min(LONGEST_PAUSE, max(AGAIN_SECONDS, error.retry_after or 0.0)))
        return await self._asked(chat, chunk)

    async def _asked(self, chat: ChatModel, chunk: StoredChunk) -> str:
        place = " › ".join((chunk.name, *chunk.chunk.heading))
        told = Message("system", self._kind.prompt(language_of(chunk.chunk.text)))
        messages = (told, Message("user", f"[{place}]\n{chunk.chunk.text}"))
        said = ""
        async for delta in chat.stream(messages, ChatOptions(temperature=0.0, max_tokens=self._kind.longest)):
            said += delta.text
        return said

    async def _wait(self, job: Job, error: ModelError | NotReady | Unknown, *, its_fault: bool) -> None:
        until = await self._patient.read(present) + 4 * self._lease
        told = error.as_dict()
        await self._patient.write(lambda c: claims.wait(c, self._kind, job, told, until=until, its_fault=its_fault))


def _read(said: str) -> tuple[str, str] | None:
    """The question and the answer that a model wrote; None when it wrote no question that stands by itself."""
    found: dict[str, str] = {}
    for kind, text in _LINE.findall(said):
        key = "question" if kind.lower() in ("question", "問題") else "answer"
        found.setdefault(key, text.strip().strip('"“”「」'))
    question, answer = found.get("question", ""), found.get("answer", "")
    return (question, answer) if len(question) >= 8 and answer and not _POINTS_AT_TEXT.search(question) else None


def _nothing(unasked: int, last: ModelError | None) -> dict[str, str]:
    told = "The model wrote no question that could be used."
    if last is not None:
        told += f" It could not be asked about {unasked} of the passages: {last.message}"
    hint = "Try a larger model, or write the questions yourself."
    return {"code": "nothing_drafted", "message": told, "hint": hint}
