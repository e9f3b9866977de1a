"""Items drafted out of documents by a model, for a person to review: questions for a dataset, pairs for training.

The set is a row that a worker fills: a chunk is asked about once, whatever dies meanwhile, since `tried` is kept with
the draft it gave.
"""

from __future__ import annotations

import logging
import random
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import anyio
from sqlalchemy import Connection, select, update

from ingest.catalogue import chunks, collections
from ingest.catalogue.engine import present
from ingest.catalogue.gone import gone
from ingest.catalogue.transactions import Transactions
from ingest.errors import IngestError
from ingest.types import StoredChunk
from service.answer.language import Language, language_of
from service.errors import BadRequest, ModelError, NotReady, ServiceError, Unknown
from service.evaluate.hygiene import normal
from service.parts import Parts
from service.sets import Sets
from service.types import ChatOptions, Message

LEASE_SECONDS = 8.0
PULSE_SECONDS = 2.0
SHORTEST = 25
"""Tokens of a chunk that is worth a question."""
SPARE = 3
"""Chunks drawn for each item wanted: of some nothing usable is written."""
MOST_FAILURES = 3
"""Model errors in a row after which a drafting waits."""
_LINE = re.compile(r"^\W*(question|answer|問題|答案)\W*[:：]\s*(.+)$", re.IGNORECASE | re.MULTILINE)
_POINTS_AT_TEXT = re.compile(
    r"\b(?:this|the|above|given) (?:passage|text|document|table|excerpt|section)\b|本文|這段|上文|文中|表格",
    re.IGNORECASE,
)
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kind:
    """What is drafted. `prompt` by language; `row` makes the item (columns for `Sets.add`) numbered so of a question
    and an answer, None when they are not usable; `question` reads an item's question."""

    sets: Sets
    prompt: Callable[[Language], str]
    row: Callable[[str, str, StoredChunk, int], dict[str, Any] | None]
    question: Callable[[Mapping[Any, Any]], str]
    longest: int
    """Tokens of what the model may write."""


async def start(
    parts: Parts,
    kind: Kind,
    name: str | None,
    collection: str,
    *,
    count: int,
    model: str,
    seed: int | None,
    documents: Sequence[str] = (),
) -> str:
    """Draw the chunks (of these documents, of all when none is named) and keep a set that a worker fills; its id. The
    queue is the caller's to tell. Raises `Unknown`/`NotReady` (model, document), `NotFound`, `BadRequest` for a
    collection without documents."""
    chat = parts.shelf.chat(model)
    seed = secrets.randbits(50) if seed is None else seed

    def write(connection: Connection) -> str:
        found = collections.find(connection, collection)
        live = chunks.live_ids(connection, found.id)
        if unknown := sorted(set(documents) - set(live.values())):
            message = f"There is no document {unknown[0][:80]!r} in {collection!r} that can be answered from."
            raise Unknown("unknown_document", message, "GET /api/documents lists what there is.")
        ids = sorted(id for id, document in live.items() if not documents or document in documents)
        if not ids:
            raise BadRequest(
                "no_documents", f"There is nothing to ask about in {collection!r}.", "Add documents to it first."
            )
        drawn = random.Random(seed).sample(ids, min(len(ids), count * SPARE))
        told = {"collection_id": found.id, "model": chat.name, "seed": seed, "chunks": drawn}
        title = name or f"Drafted from {collection}"
        return kind.sets.create(connection, title, "draft", status="drafting", drafting=told, wanted=count)

    return await Transactions(parts.engine).write(write)


def due(connection: Connection, kind: Kind, *, clock: float, limit: int) -> list[tuple[str, int]]:
    """(id, claims so far) of every drafting that wants a worker."""
    sets = kind.sets.sets.c
    wanted = select(sets.id, sets.attempts).where(sets.status == "drafting", sets.lease_until < clock)
    return [(row[0], row[1]) for row in connection.execute(wanted.order_by(sets.created_at).limit(limit))]


@dataclass(frozen=True, slots=True)
class _Job:
    set_id: str
    token: int
    wanted: int
    tried: int
    made: int
    collection_id: str
    model: str
    chunks: Sequence[str]


class Drafting:
    """A worker's share of it."""

    def __init__(self, parts: Parts, kind: Kind, *, lease: float = LEASE_SECONDS) -> None:
        self._parts = parts
        self._kind = kind
        self._table = kind.sets.sets
        self._catalogue = Transactions(parts.engine)
        self._lease = lease
        self._scopes: set[anyio.CancelScope] = set()

    def stop(self) -> None:
        """Stop at once; what was drafted is kept, and another worker goes on."""
        for scope in self._scopes:
            scope.cancel()

    async def run(self, set_id: str) -> None:
        job = await self._catalogue.write(lambda c: self._claim(c, set_id))
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
            row: dict[str, Any] | None = None
            if chunk is not None and chunk.chunk.tokens >= SHORTEST:
                try:
                    said = await self._asked(chat, chunk)
                    failures = 0
                except ModelError as error:
                    failures += 1
                    if failures >= MOST_FAILURES:
                        await self._wait(job, error.as_dict())
                        return
                    continue
                question, answer = _read(said)
                if len(question) >= 8 and answer and not _POINTS_AT_TEXT.search(question):
                    row = self._kind.row(question, answer, chunk, made + 1)
            made += await self._catalogue.write(lambda c, t=tried, r=row: self._keep(c, job, t + 1, r))  # type: ignore[misc]
        await self._catalogue.write(lambda c: self._end(c, job, made))

    async def _asked(self, chat: Any, chunk: StoredChunk) -> str:
        place = " › ".join((chunk.name, *chunk.chunk.heading))
        told = Message("system", self._kind.prompt(language_of(chunk.chunk.text)))
        messages = (told, Message("user", f"[{place}]\n{chunk.chunk.text}"))
        said = ""
        async for delta in chat.stream(messages, ChatOptions(temperature=0.0, max_tokens=self._kind.longest)):
            said += delta.text
        return said

    async def _renew(self, job: _Job, scope: anyio.CancelScope) -> None:
        while True:
            await anyio.sleep(PULSE_SECONDS)
            try:
                if not await self._catalogue.write(lambda c: self._renewed(c, job)):
                    scope.cancel()
            except IngestError as error:
                _LOG.warning("a drafting's lease could not be renewed: %s", error.message)

    async def _wait(self, job: _Job, why: Mapping[str, str]) -> None:
        def write(connection: Connection) -> None:
            until = present(connection) + 4 * self._lease
            told = {"waiting": dict(why), "lease_until": until, "attempts": job.token + 1}
            connection.execute(update(self._table).where(self._held(job)).values(**told))

        await self._catalogue.write(write)

    async def _let_go(self, job: _Job) -> None:
        try:
            free = update(self._table).where(self._held(job)).values(lease_until=0.0)
            await self._catalogue.write(lambda c: c.execute(free))
        except IngestError as error:
            _LOG.warning("a drafting's lease runs out by itself: %s", error.message)

    def _claim(self, connection: Connection, set_id: str) -> _Job | None:
        clock, sets = present(connection), self._table.c
        row = connection.execute(
            update(self._table)
            .where(sets.id == set_id, sets.status == "drafting", sets.lease_until <= clock)
            .values(attempts=sets.attempts + 1, lease_until=clock + self._lease, waiting=None)
            .returning(sets.attempts, sets.wanted, sets.tried, sets.drafting)
        ).first()
        if row is None:
            return None
        told, made = row.drafting, len(self._kind.sets.everything(connection, set_id))
        return _Job(
            set_id, row.attempts, row.wanted, row.tried, made, told["collection_id"], told["model"], told["chunks"]
        )

    def _renewed(self, connection: Connection, job: _Job) -> bool:
        until = present(connection) + self._lease
        held = update(self._table).where(self._held(job)).values(lease_until=until)
        return bool(connection.execute(held).rowcount)

    def _keep(self, connection: Connection, job: _Job, tried: int, row: dict[str, Any] | None) -> int:
        """Note that a chunk was asked about, with the draft it gave. Returns 1 when an item was added."""
        noted = update(self._table).where(self._held(job)).values(tried=tried, waiting=None)
        if not connection.execute(noted).rowcount or row is None:
            return 0
        if gone(connection, {row["source"]["document_id"]}):
            return 0
        there = {normal(self._kind.question(one)) for one in self._kind.sets.everything(connection, job.set_id)}
        if normal(self._kind.question(row)) in there:
            return 0
        self._kind.sets.add(connection, job.set_id, [row])
        return 1

    def _end(self, connection: Connection, job: _Job, made: int) -> None:
        error = None
        if made == 0:
            error = {
                "code": "nothing_drafted",
                "message": "The model wrote no question that could be used.",
                "hint": "Try a larger model, or write the questions yourself.",
            }
        ended = {"status": "failed" if error else "ready", "error": error, "waiting": None, "lease_until": 0.0}
        connection.execute(update(self._table).where(self._held(job)).values(**ended))

    def _held(self, job: _Job) -> Any:
        sets = self._table.c
        return (sets.id == job.set_id) & (sets.attempts == job.token) & (sets.status == "drafting")


def source_of(chunk: StoredChunk) -> dict[str, Any]:
    """Where a draft came from, as an item keeps it."""
    return {
        "document_id": chunk.document_id,
        "name": chunk.name,
        "version": chunk.version,
        "chunk_id": chunk.id,
        "heading": list(chunk.chunk.heading),
        "page": chunk.chunk.page,
        "text": chunk.chunk.text,
    }


def _read(said: str) -> tuple[str, str]:
    """The question and the answer that a model wrote, "" for what is not there."""
    found: dict[str, str] = {}
    for kind, text in _LINE.findall(said):
        key = "question" if kind.lower() in ("question", "問題") else "answer"
        found.setdefault(key, text.strip().strip('"“”「」'))
    return found.get("question", ""), found.get("answer", "")


async def tell(tell_queue: Callable[[Sequence[tuple[str, int]]], Any], set_id: str) -> None:
    """Tell the queue. What it does not hear now the reconciler tells it: the row is what counts."""
    try:
        await tell_queue([(set_id, 0)])
    except ServiceError:
        _LOG.info("the queue hears of %s later", set_id)
