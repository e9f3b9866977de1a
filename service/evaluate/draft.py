"""Draft questions out of documents: a model writes them, a person accepts, mends or rejects each."""

from __future__ import annotations

import logging
import random
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import anyio
from sqlalchemy import Connection, insert, select, update

from ingest.catalogue import chunks, collections
from ingest.catalogue.engine import now, present
from ingest.catalogue.transactions import Transactions
from ingest.errors import IngestError
from ingest.types import StoredChunk
from service.answer.language import language_of
from service.errors import BadRequest, ModelError, NotReady, ServiceError, Unknown
from service.evaluate import datasets
from service.evaluate.cases import Draft
from service.evaluate.hygiene import normal
from service.evaluate.schema import cases
from service.evaluate.schema import datasets as table
from service.evaluate.types import Dataset
from service.ids import new_id
from service.metrics.normal import squeezed
from service.parts import Parts
from service.types import ChatOptions, Message

LEASE_SECONDS = 8.0
PULSE_SECONDS = 2.0
SHORTEST = 25
"""Tokens of a chunk that is worth a question."""
SPARE = 3
"""Chunks drawn for each question wanted: of some nothing usable is written."""
MOST_FAILURES = 3
"""Model errors in a row after which a drafting waits."""
LONGEST_ANSWER = 200
_LINE = re.compile(r"^\W*(question|answer|問題|答案)\W*[:：]\s*(.+)$", re.IGNORECASE | re.MULTILINE)
_POINTS_AT_TEXT = re.compile(
    r"\b(?:this|the|above|given) (?:passage|text|document|table|excerpt|section)\b|本文|這段|上文|文中|表格",
    re.IGNORECASE,
)
_LOG = logging.getLogger(__name__)


async def start(
    parts: Parts, name: str | None, collection: str, *, count: int, model: str, seed: int | None
) -> Dataset:
    """Draw the chunks and keep a dataset that a worker fills. Raises `Unknown`/`NotReady` (model), `NotFound`,
    `BadRequest` for a collection without documents."""
    chat = parts.shelf.chat(model)
    seed = secrets.randbits(50) if seed is None else seed

    def write(connection: Connection) -> Dataset:
        found = collections.find(connection, collection)
        ids = sorted(chunks.live_ids(connection, found.id))
        if not ids:
            raise BadRequest(
                "no_documents", f"There is nothing to ask about in {collection!r}.", "Add documents to it first."
            )
        drawn = random.Random(seed).sample(ids, min(len(ids), count * SPARE))
        id = new_id("set")
        connection.execute(
            insert(table).values(
                id=id,
                name=datasets.named(name or f"Drafted from {collection}"),
                origin="draft",
                status="drafting",
                drafting={"collection_id": found.id, "model": chat.name, "seed": seed, "chunks": drawn},
                wanted=count,
                created_at=now(),
            )
        )
        return datasets.get(connection, id)

    made = await Transactions(parts.engine).write(write)
    try:
        await parts.queue.evaluate([(made.id, 0)])
    except ServiceError:
        _LOG.info("the queue hears of %s later", made.id)
    return made


@dataclass(frozen=True, slots=True)
class _Job:
    dataset_id: str
    token: int
    wanted: int
    tried: int
    made: int
    collection_id: str
    model: str
    chunks: Sequence[str]


class Drafting:
    """A worker's share of it. A chunk is asked about once, whatever dies meanwhile: `tried` is kept with the draft."""

    def __init__(self, parts: Parts, *, lease: float = LEASE_SECONDS) -> None:
        self._parts = parts
        self._catalogue = Transactions(parts.engine)
        self._lease = lease
        self._scopes: set[anyio.CancelScope] = set()

    def stop(self) -> None:
        """Stop at once; what was drafted is kept, and another worker goes on."""
        for scope in self._scopes:
            scope.cancel()

    async def run(self, dataset_id: str) -> None:
        job = await self._catalogue.write(lambda c: _claim(c, dataset_id, self._lease))
        if job is None:
            return
        with anyio.CancelScope() as scope:
            self._scopes.add(scope)
            try:
                async with anyio.create_task_group() as group:
                    group.start_soon(self._renew, job, scope)
                    await self._draft(job)
                    group.cancel_scope.cancel()
            finally:
                self._scopes.discard(scope)
                with anyio.CancelScope(shield=True):
                    await self._let_go(job)

    async def _draft(self, job: _Job) -> None:
        try:
            chat = self._parts.shelf.chat(job.model)
        except (NotReady, Unknown) as error:
            await self._wait(job, error.as_dict())
            return
        made, failures = job.made, 0
        for tried in range(job.tried, len(job.chunks)):
            if made >= job.wanted:
                break
            chunk_id = job.chunks[tried]
            stored = await self._catalogue.read(lambda c, id=chunk_id: chunks.live(c, job.collection_id, [id]))  # type: ignore[misc]
            chunk = stored.get(chunk_id)
            draft: tuple[Draft, dict[str, Any]] | None = None
            if chunk is not None and chunk.chunk.tokens >= SHORTEST:
                try:
                    said = await _asked(chat, chunk)
                    failures = 0
                except ModelError as error:
                    failures += 1
                    if failures >= MOST_FAILURES:
                        await self._wait(job, error.as_dict())
                        return
                    continue
                draft = _read(said, chunk, made + 1)
            made += await self._catalogue.write(lambda c, t=tried, d=draft: _keep(c, job, t + 1, d))  # type: ignore[misc]
        await self._catalogue.write(lambda c: _end(c, job, made))

    async def _renew(self, job: _Job, scope: anyio.CancelScope) -> None:
        while True:
            await anyio.sleep(PULSE_SECONDS)
            try:
                if not await self._catalogue.write(lambda c: _renewed(c, job, self._lease)):
                    scope.cancel()
            except IngestError as error:
                _LOG.warning("a drafting's lease could not be renewed: %s", error.message)

    async def _wait(self, job: _Job, why: Mapping[str, str]) -> None:
        def write(connection: Connection) -> None:
            until = present(connection) + 4 * self._lease
            connection.execute(
                update(table).where(_held(job)).values(waiting=dict(why), lease_until=until, attempts=job.token + 1)
            )

        await self._catalogue.write(write)

    async def _let_go(self, job: _Job) -> None:
        try:
            await self._catalogue.write(lambda c: c.execute(update(table).where(_held(job)).values(lease_until=0.0)))
        except IngestError as error:
            _LOG.warning("a drafting's lease runs out by itself: %s", error.message)


async def _asked(chat: Any, chunk: StoredChunk) -> str:
    language = language_of(chunk.chunk.text)
    told = (files("service.evaluate") / "prompts" / f"draft.{language}.txt").read_text("utf-8").strip()
    place = " › ".join((chunk.name, *chunk.chunk.heading))
    messages = (Message("system", told), Message("user", f"[{place}]\n{chunk.chunk.text}"))
    said = ""
    async for delta in chat.stream(messages, ChatOptions(temperature=0.0, max_tokens=160)):
        said += delta.text
    return said


def _read(said: str, chunk: StoredChunk, number: int) -> tuple[Draft, dict[str, Any]] | None:
    """The draft that a model's words make; None when they are not usable: no question, or an answer that does not stand
    in the passage."""
    found: dict[str, str] = {}
    for kind, text in _LINE.findall(said):
        key = "question" if kind.lower() in ("question", "問題") else "answer"
        found.setdefault(key, text.strip().strip('"“”「」'))
    question, answer = found.get("question", ""), found.get("answer", "").rstrip(".。")
    if len(question) < 8 or not answer or len(answer) > LONGEST_ANSWER or _POINTS_AT_TEXT.search(question):
        return None
    text = chunk.chunk.text
    if squeezed(answer) not in squeezed(text) or squeezed(answer) in squeezed(question):
        return None
    body = {
        "question": question,
        "answers": [answer],
        "gold_docs": [chunk.name],
        "tags": ["drafted"],
        "gold_passages": [
            {"doc": chunk.name, "text": answer, "page": chunk.chunk.page, "also_ok_pages": [], "also_ok_docs": []}
        ],
        "answerable": True,
        "history": [],
        "nuggets": [],
    }
    source = {
        "document_id": chunk.document_id,
        "name": chunk.name,
        "version": chunk.version,
        "chunk_id": chunk.id,
        "heading": list(chunk.chunk.heading),
        "page": chunk.chunk.page,
        "text": text,
    }
    return Draft(f"draft-{number:04d}", body), source


def _claim(connection: Connection, dataset_id: str, lease: float) -> _Job | None:
    clock = present(connection)
    row = connection.execute(
        update(table)
        .where(table.c.id == dataset_id, table.c.status == "drafting", table.c.lease_until <= clock)
        .values(attempts=table.c.attempts + 1, lease_until=clock + lease, waiting=None)
        .returning(table.c.attempts, table.c.wanted, table.c.tried, table.c.drafting)
    ).first()
    if row is None:
        return None
    made = len(connection.execute(select(cases.c.id).where(cases.c.dataset_id == dataset_id)).all())
    told = row.drafting
    return _Job(
        dataset_id, row.attempts, row.wanted, row.tried, made, told["collection_id"], told["model"], told["chunks"]
    )


def _renewed(connection: Connection, job: _Job, lease: float) -> bool:
    until = present(connection) + lease
    return bool(connection.execute(update(table).where(_held(job)).values(lease_until=until)).rowcount)


def _keep(connection: Connection, job: _Job, tried: int, draft: tuple[Draft, dict[str, Any]] | None) -> int:
    """Note that a chunk was asked about, with the draft it gave. Returns 1 when a case was added."""
    if not connection.execute(update(table).where(_held(job)).values(tried=tried, waiting=None)).rowcount:
        return 0
    if draft is None:
        return 0
    there = connection.execute(select(cases.c.body).where(cases.c.dataset_id == job.dataset_id)).scalars()
    if normal(draft[0].body["question"]) in {normal(body["question"]) for body in there}:
        return 0
    datasets.add_cases(connection, job.dataset_id, [draft[0]], "draft", {draft[0].id: draft[1]})
    return 1


def _end(connection: Connection, job: _Job, made: int) -> None:
    error = None
    if made == 0:
        error = {
            "code": "nothing_drafted",
            "message": "The model wrote no question that could be used.",
            "hint": "Try a larger model, or write the questions yourself.",
        }
    status = "failed" if error else "ready"
    connection.execute(
        update(table).where(_held(job)).values(status=status, error=error, waiting=None, lease_until=0.0)
    )


def _held(job: _Job) -> Any:
    return (table.c.id == job.dataset_id) & (table.c.attempts == job.token) & (table.c.status == "drafting")
