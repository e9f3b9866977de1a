"""From a claimed version to a searchable one: parse, split, embed, index, and one transaction that makes it live.

    claim -> parse -> split -> stage (chunk rows, not visible) -> embed (cached by text) -> index -> finish -> sweep

Every step may be done twice: ids derive from document, version, position and content, and everything is an upsert. A
process that dies between two steps leaves a claim whose lease runs out; whoever takes it over starts at the top.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import anyio
from sqlalchemy import Connection, Engine

from ingest.batcher import Batcher, Embedder
from ingest.catalogue import cache, claims, collections, staging
from ingest.catalogue.cache import Vector
from ingest.catalogue.claims import GenerationMoved, Job
from ingest.catalogue.engine import present
from ingest.catalogue.staging import Staged
from ingest.catalogue.transactions import Transactions
from ingest.crash import crash_point
from ingest.errors import Cancelled, IndexUnavailable, IngestError
from ingest.formats import BY_EXTENSION, extension
from ingest.leases import Held, Leases, Room
from ingest.ports import FileStore, VectorIndex
from ingest.split import split
from ingest.sweep import remove_rubbish
from ingest.threads import in_thread
from ingest.together import Together
from ingest.types import Chunk, ParsedDocument, ParseLimits

_LOG = logging.getLogger(__name__)

LEASE_SECONDS = 6.0
DEATHS_AT_MOST = 5
FAILURES_AT_MOST = 8
PARSERS = 2
_KEPT_AT_ONCE = 512  # chunks of one document embedded before their vectors are kept: what a crash can cost


_STAGED_AT_ONCE = 250
"""Chunks written in one transaction: leases are renewed and others write between two of them."""


class Parse(Protocol):
    """`ingest.sandbox.parse`."""

    async def __call__(
        self, path: Path, name: str, limits: ParseLimits, cancelled: Callable[[], bool] = ...
    ) -> ParsedDocument: ...


@dataclass(slots=True)
class Pipeline:
    """One process's share of the work. `serve()` runs beside the `run()`s; `changed` hears of documents to look at."""

    engine: Engine
    index: VectorIndex
    embedder: Embedder
    files: FileStore
    parse: Parse
    changed: Callable[[str], None] = lambda _document_id: None
    limits: ParseLimits = field(default_factory=ParseLimits)
    lease: float = LEASE_SECONDS
    parsers: int = PARSERS
    _batcher: Batcher = field(init=False)
    _together: Together = field(init=False)
    _leases: Leases = field(init=False)
    _room: Room = field(init=False, default_factory=Room)
    _catalogue: Transactions = field(init=False)
    _parsing: anyio.CapacityLimiter = field(init=False)
    _closing: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self._catalogue = Transactions(self.engine)
        self._leases = Leases(self._catalogue, self.lease, self.changed)
        self._batcher = Batcher(self.embedder)
        self._together = Together(self.index)
        self._parsing = anyio.CapacityLimiter(self.parsers)

    async def serve(self) -> None:
        """Renew leases, write progress, notice cancellations, and embed, for as long as the task lives."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._batcher.serve)
            group.start_soon(self._together.serve)
            group.start_soon(self._leases.renew)

    async def run(self, document_id: str, version: int) -> float | None:
        """Take a version as far as it goes. Returns when (epoch seconds) it wants another try, or None.

        Raises `CatalogueUnavailable` when not even the outcome can be written: the lease then runs out by itself.
        """
        async with self._room.beside_others():
            job = await self._claim(document_id, version)
            if job is None:
                return None
            if not job.suspect:
                return await self._run(job)
        return await self._run(job)

    async def _claim(self, document_id: str, version: int) -> Job | None:
        if self._closing:
            return None
        job = await self._catalogue.write(
            lambda c: claims.claim(c, document_id, version, clock=present(c), lease=self.lease)
        )
        if job is not None:
            crash_point("after_claim")
        return job

    async def _run(self, job: Job) -> float | None:
        self.changed(job.document_id)
        held: Held | None = None
        try:
            with anyio.CancelScope() as scope:
                held = self._leases.take(job, scope)
                if self._closing:  # since the claim began
                    held.stop()
                if not job.suspect:
                    return await self._ended(job, held)
                async with self._room.alone():
                    return await self._ended(job, held)
            if self._closing:
                await self._end(job, lambda c: claims.release(c, job, not_before=0.0, error=None))
            else:
                await self._end(job, lambda c: claims.stop(c, job, None))
            return None
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await self._end(job, lambda c: claims.release(c, job, not_before=0.0, error=None))
            raise
        finally:
            if held is not None:
                self._leases.drop(held)
            self.changed(job.document_id)

    async def give_back(self, grace: float) -> None:
        """Take nothing new; what has not ended within `grace` seconds goes back into the queue, for another worker."""
        self._closing = True
        with anyio.move_on_after(grace):
            await self._leases.idle()
        self._leases.stop()
        await self._leases.idle()

    async def clean(self, document_id: str | None = None) -> int:
        """Remove what replaced, deleted, failed or cancelled versions left; returns how many versions that were."""
        found = await self._catalogue.read(lambda c: staging.rubbish(c, clock=present(c), document_id=document_id))
        for rubbish in found:
            await remove_rubbish(self.index, rubbish, self._catalogue)
        return len(found)

    async def _ended(self, job: Job, held: Held) -> float | None:
        """Do the work; an error becomes a state of the version."""
        try:
            if job.deaths >= DEATHS_AT_MOST:
                raise IngestError(
                    "worker_died",
                    f"The worker died {job.deaths} times while it worked on this file.",
                    "The log says why; retry when the cause is gone.",
                )
            if job.suspect:
                await self._catalogue.write(lambda connection: claims.alone(connection, job))
            await self._work(job, held)
            return None
        except Cancelled as stopped:
            why = None if stopped.code == "claim_lost" else stopped.as_dict()
            await self._end(job, lambda c: claims.stop(c, job, why))
            return None
        except IngestError as error:
            reason, again = error.as_dict(), error.retryable
        except Exception as error:
            _LOG.exception("ingest of %s version %d broke", job.document_id, job.version)
            reason = {
                "code": "internal",
                "message": f"Something unexpected went wrong ({type(error).__name__}).",
                "hint": "The log has the details.",
            }
            again = job.failures < 2
        if again and job.failures + 1 < FAILURES_AT_MOST:
            later = await self._catalogue.read(present) + min(60.0, 0.5 * 2.0**job.failures)
            await self._end(job, lambda c: claims.release(c, job, not_before=later, error=reason))
            return later
        await self._end(job, lambda c: claims.fail(c, job, reason))
        return None

    async def _end(self, job: Job, write: Callable[[Connection], None]) -> None:
        """Write how it ended, and clean up behind it; a lost claim is somebody else's to end."""
        with suppress(Cancelled):
            await self._catalogue.write(write)
        with suppress(IngestError):  # the reconciler does it later
            await self.clean(job.document_id)

    async def _work(self, job: Job, held: Held) -> None:
        await self._targets(job)  # before anything that costs
        parsed, pieces = await self._parsed(job, held)
        crash_point("after_parse")
        entries = staging.staged(job, pieces)
        if job.token > 1:
            await self._forget_stale(job, [entry.id for entry in entries])
        format = BY_EXTENSION.get(extension(job.name))
        key = format.key if format else None
        await self._catalogue.write(lambda connection: staging.begin(connection, job, parsed, key, len(pieces)))
        for start in range(0, len(pieces), _STAGED_AT_ONCE):
            part = await in_thread(staging.part, job, pieces[start : start + _STAGED_AT_ONCE])
            await self._catalogue.write(lambda connection, part=part: staging.stage(connection, job, part))  # type: ignore[misc]
            crash_point("while_staging")
        crash_point("after_stage")
        held.progress = 0.1
        self.changed(job.document_id)
        vectors = await self._vectors(entries, held)
        crash_point("after_embed")
        await self._publish(job, entries, vectors)

    async def _parsed(self, job: Job, held: Held) -> tuple[ParsedDocument, list[Chunk]]:
        path = await in_thread(self.files.local, job.sha256)
        async with self._parsing:
            parsed = await self.parse(Path(path), job.name, self.limits, lambda: held.stopped)
        return parsed, list(await in_thread(split, parsed, self.embedder.tokenizer))

    async def _vectors(self, entries: Sequence[Staged], held: Held) -> dict[str, Vector]:
        name, wanted = self.embedder.name, list({entry.embed_hash: entry for entry in entries}.values())
        keys = [entry.embed_hash for entry in wanted]
        known = await self._catalogue.read(lambda connection: cache.find(connection, name, keys))

        missing = [entry for entry in wanted if entry.embed_hash not in known]
        for start in range(0, len(missing), _KEPT_AT_ONCE):
            there = len(known)

            def told(fresh: int, there: int = there) -> None:
                held.progress = 0.1 + 0.85 * (there + fresh) / len(wanted)

            fresh = await self._batcher.vectors(missing[start : start + _KEPT_AT_ONCE], told)
            await self._catalogue.write(lambda connection, fresh=fresh: cache.remember(connection, name, fresh))  # type: ignore[misc]
            crash_point("while_embedding")
            known |= fresh
        return known

    async def _publish(self, job: Job, entries: Sequence[Staged], vectors: dict[str, Vector]) -> None:
        """Vectors into every generation that wants them, then the one transaction."""
        ids = [entry.id for entry in entries]
        rows = [vectors[entry.embed_hash] for entry in entries]
        name = self.embedder.name
        targets = await self._targets(job)
        written: set[str] = set()
        for _ in range(5):
            for generation in targets:
                if generation not in written and ids:
                    await self._together.add(generation, ids, rows)
                written.add(generation)
            crash_point("after_index")
            try:
                retired = await self._catalogue.write(lambda connection: claims.finish(connection, job, written, name))
            except GenerationMoved as moved:
                targets = moved.targets or await self._targets(job)
                continue
            crash_point("after_finish")
            if retired is not None:
                await self.clean(job.document_id)
            return
        raise IndexUnavailable("reindexing", "The collection is being reindexed over and over.", "Wait for its end.")

    async def _targets(self, job: Job) -> tuple[str, ...]:
        """The generations that take our vectors. Raises `IngestError` when there is none: trying again cannot help."""
        name = self.embedder.name
        found = await self._catalogue.read(lambda c: collections.by_id(c, job.collection_id).targets(name))
        if not found:
            raise IngestError(
                "reindex_needed",
                f"The collection was built with another embedding model than {name}.",
                "Run `parallax reindex` and retry, or set the embedding model back.",
            )
        return found

    async def _forget_stale(self, job: Job, wanted: Sequence[str]) -> None:
        stale = await self._catalogue.read(lambda connection: staging.stale_ids(connection, job, wanted))
        if stale:
            collection = await self._catalogue.read(lambda connection: collections.by_id(connection, job.collection_id))
            for generation in collection.generations():
                await self.index.remove(generation, stale)
        for start in range(0, len(stale), _STAGED_AT_ONCE):
            some = stale[start : start + _STAGED_AT_ONCE]
            await self._catalogue.write(lambda connection, some=some: staging.unstage(connection, job, some))  # type: ignore[misc]
