"""A worker's share of training: it starts the trainer of a job, keeps what the trainer says, and keeps the model.

A job whose worker died is taken up by another (or by the same one, started again) where its trainer stands: at its last
checkpoint here, wherever it has got to at a provider. A job whose trainer dies again and again is given up.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

import anyio
from sqlalchemy import Connection

from ingest.catalogue import chunks, collections
from ingest.catalogue.engine import present
from ingest.catalogue.transactions import Transactions
from ingest.crash import crash_point
from ingest.errors import IngestError
from ingest.threads import in_thread
from service.drafting.work import Drafting
from service.errors import ServiceError
from service.holding import RELEASE_SECONDS, Ends, Held, Holding
from service.leases import Lost
from service.parts import Parts
from service.patient import Patient
from service.tune import claims, draft, folder, jobs
from service.tune.adopt import adopt
from service.tune.claims import Claim
from service.tune.schema import LEASES
from service.tune.trainer import Data, Died, Done, Failed, News, Trainer, Training
from service.tune.types import Job

LEASE_SECONDS = 8.0
PULSE_SECONDS = 0.5
"""A cancelled training hears of it within this; with `local_trainer.STOP_SECONDS` it is gone within five."""
AGAIN_SECONDS = 1.0
"""Between a trainer's death and its next start."""
UNHEARD_SECONDS = 20.0
"""Before a provider is told again to stop what it has not heard of."""
MOST_TEXT = 20_000_000
"""Characters of a collection that a model from scratch is trained on."""
_ENDS = Ends(
    claims.finish,
    claims.release,
    {"code": "cancelled", "message": "Somebody stopped it.", "hint": jobs.RESUMED},
    {"code": "internal", "message": "The job failed here.", "hint": "The worker's log says why."},
)
_LEFT_THERE = "It may go on at the provider and cost money: resumed, it is followed again."
_LOG = logging.getLogger(__name__)


class Tuner:
    """`serve()` runs beside the `run()`s; one object a process."""

    def __init__(self, parts: Parts, *, lease: float = LEASE_SECONDS) -> None:
        self._parts = parts
        self._trainers: Mapping[str, Trainer] = parts.trainers
        self._catalogue = Transactions(parts.engine)
        self._patient = Patient(self._catalogue)
        self._lease = lease
        self._holding: Holding[Held[Claim]] = Holding(self._catalogue, LEASES, _ENDS, lease=lease, pulse=PULSE_SECONDS)
        self._stopping = False
        self._drafting = Drafting(parts, draft.KIND)

    async def serve(self) -> None:
        """Renew leases and hear of cancellations, for as long as the task lives."""
        await self._forget_leftovers()
        async with anyio.create_task_group() as group:
            group.start_soon(self._drafting.serve)
            await self._holding.renew()

    async def run(self, job_id: str) -> None:
        """Do what there is to do for this job or drafting; returns at once when somebody else has it."""
        if self._stopping:
            return
        if job_id.startswith("pairs_"):
            await self._drafting.run(job_id)
            return
        claim = await self._catalogue.write(lambda c: claims.claim(c, job_id, clock=present(c), lease=self._lease))
        if claim is None:
            return
        crash_point("tune_after_claim")
        await self._holding.hold(Held(claim, self._patient, anyio.CancelScope()), self._work)

    async def give_back(self, seconds: float) -> None:
        """Let every trainer keep where it stands and go, within so many seconds; other workers take them up."""
        self._stopping = True
        async with anyio.create_task_group() as group:
            group.start_soon(self._drafting.give_back)
            group.start_soon(partial(self._holding.give_back, seconds, at_once=True))

    async def _work(self, held: Held[Claim]) -> None:
        claim = held.claim
        job = await self._patient.read(lambda c: jobs.get(c, claim.job_id, curves=False))
        trainer = self._trainers.get(job.trainer)
        if trainer is None:
            why = {"code": "no_trainer", "message": f"This worker has no trainer {job.trainer!r}.", "hint": ""}
            await self._patient.write(lambda c: claims.finish(c, claim, "failed", _told(why, job)))
            return
        how = "it was started again and again"
        while await self._patient.write(lambda c: claims.begin(c, claim)):
            try:
                trainer.check(job.base, job.kind)
                current = await self._patient.read(lambda c: jobs.get(c, claim.job_id, curves=False))
                training = await trainer.start(current, await self._patient.read(lambda c: _data(c, job)))
            except (ServiceError, IngestError) as error:
                told = _told(error.as_dict(), job)
                await self._patient.write(lambda c, told=told: claims.finish(c, claim, "failed", told))  # type: ignore[misc]
                return
            if current.cancelling:  # it was given back because its provider could not be told
                held.lost = True
                await self._let_go(held, current, training)
                return
            outcome = await self._follow(held, current, training)
            if isinstance(outcome, Done):
                await self._keep(claim, job, outcome)
                return
            if isinstance(outcome, Failed):
                told = dict(outcome.error)
                await self._patient.write(lambda c, told=told: claims.finish(c, claim, "failed", told))  # type: ignore[misc]
                return
            how = outcome.how
            _LOG.warning("the trainer of %s died: %s", job.id, how)
            await anyio.sleep(AGAIN_SECONDS)
        await self._patient.write(lambda c: claims.finish(c, claim, "failed", _given_up(how)))

    async def _follow(self, held: Held[Claim], job: Job, training: Training) -> Done | Failed | Died:
        """Keep its news until it ends."""
        try:
            before = News()
            while True:
                news = await training.poll()
                if news != before:
                    await self._patient.write(lambda c, n=news: claims.news(c, held.claim, n))  # type: ignore[misc]
                before = news if news.outcome is None else News()
                if news.outcome is not None:
                    return news.outcome
        except BaseException as error:
            await self._let_go(held, job, training, error)
            raise

    async def _let_go(
        self, held: Held[Claim], job: Job, training: Training, error: BaseException | None = None
    ) -> None:
        """End what is not followed here any more. What runs at a provider, and is paid for, is stopped only if somebody
        has asked for that: the job may be another worker's by now. One that cannot be stopped there stays to be
        stopped."""
        with anyio.CancelScope(shield=True):
            if not await self._stopped(held) and (not job.local or held.draining):
                await training.leave()
                told = {**_ENDS.broken, "hint": f"{_ENDS.broken['hint']} {_LEFT_THERE}"}
                if isinstance(error, Exception) and not isinstance(error, Lost) and not job.local:
                    await self._last_word(held, lambda c: claims.finish(c, held.claim, "failed", told))
            elif (why := await training.cancel()) is not None:
                remote = {**(training.remote or {})}
                await self._last_word(
                    held,
                    lambda c: claims.not_stopped(c, held.claim, why, remote, until=present(c) + UNHEARD_SECONDS),
                )

    async def _stopped(self, held: Held[Claim]) -> bool:
        """Whether somebody has stopped a job that is still this worker's; False where that cannot be found out."""
        with suppress(IngestError), anyio.move_on_after(RELEASE_SECONDS):
            return await self._catalogue.read(lambda c: LEASES.stopping(c, *held.key))
        return False

    async def _last_word(self, held: Held[Claim], write: Callable[[Connection], None]) -> None:
        with anyio.move_on_after(RELEASE_SECONDS), suppress(Lost):
            await held.catalogue.write(write)

    async def _keep(self, claim: Claim, job: Job, done: Done) -> None:
        """The model's file into the store, then the model and the job's end in one transaction."""
        if done.file is not None and done.sha256 is not None:
            try:
                await in_thread(self._parts.files.put, str(done.file), done.sha256)
            except IngestError as error:
                told = error.as_dict()
                await self._patient.write(lambda c: claims.finish(c, claim, "failed", told))
                return
        crash_point("tune_after_store")
        await self._patient.write(lambda c: adopt(c, self._parts, claim, job, done))
        crash_point("tune_after_adopt")
        # The job has ended, which its lease's renewal hears of too: what is left to do is not to be cut off by that.
        with anyio.CancelScope(shield=True):
            with suppress(IngestError):
                await self._parts.tuned.refresh()
            await in_thread(folder.tidy, folder.of(self._parts.settings.data_dir, job.id))

    async def _forget_leftovers(self) -> None:
        """Folders of jobs that were deleted while another machine had them, and texts that jobs once left in theirs."""
        try:
            # The folders first: that of a job which is begun meanwhile is not among them.
            found = await in_thread(folder.listing, self._parts.settings.data_dir)
            known = await self._catalogue.read(jobs.all_ids)
            await in_thread(folder.forget_others, found, known)
            for id in await self._catalogue.read(jobs.ended_ids):
                await in_thread(folder.forget_texts, folder.of(self._parts.settings.data_dir, id))
        except (IngestError, OSError) as error:
            _LOG.warning("folders of deleted trainings are left: %s", error)


def _data(connection: Connection, job: Job) -> Data:
    parts = jobs.pairs_of(connection, job.id)
    texts = _corpus(connection, job.collection) if job.kind == "scratch" else []
    return Data(
        [pair for _, part, pair in parts if part == "train"],
        [pair for _, part, pair in parts if part == "validation"],
        [text for text, _ in texts],
        sorted({name for _, name in texts}),
    )


def _corpus(connection: Connection, collection: str) -> list[tuple[str, str]]:
    """The texts of a collection, as far as they go, each with its document's name."""
    found = collections.find(connection, collection)
    ids = sorted(chunks.live_ids(connection, found.id))
    texts: list[tuple[str, str]] = []
    left = MOST_TEXT
    for some in chunks.parts(ids):
        for stored in chunks.live(connection, found.id, some).values():
            left -= len(stored.chunk.text)
            if left < 0:
                return texts
            texts.append((stored.chunk.text, stored.name))
    return texts


def _told(error: Mapping[str, str], job: Job) -> dict[str, str]:
    """Why it ends here; of one at a provider also that it may not have ended there."""
    hint = f"{error['hint']} {_LEFT_THERE}".strip() if (job.remote or {}).get("job") else error["hint"]
    return {**error, "hint": hint}


def _given_up(how: str) -> dict[str, str]:
    return {
        "code": "trainer_died",
        "message": f"The trainer died {claims.MOST_STALLED + 1} times without getting any further: {how}.",
        "hint": "Often memory runs out: try a smaller batch or fewer tokens. It can be resumed from its checkpoint.",
    }
