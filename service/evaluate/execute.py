"""A worker's share of evaluation: it asks what a run still has to ask, and keeps every answer as soon as it is there.

A run whose worker died goes on where it stopped: only questions that were in flight are asked again. What is wrong with
one answer is a row that counts as wrong; what is wrong with a part (the model, the index) makes the run wait for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import anyio
from sqlalchemy import Connection

from ingest.catalogue.engine import now, present
from ingest.catalogue.transactions import Transactions
from ingest.crash import crash_point
from ingest.errors import CatalogueUnavailable, IngestError
from service.errors import NotReady, ServiceError, Unknown
from service.evaluate import claims, judge, plan, runs, snapshot
from service.evaluate.asking import Asker, reachable
from service.evaluate.claims import Claim, Lost, Waiting
from service.evaluate.draft import Drafting
from service.evaluate.types import Result, Run, StoredCase, Task
from service.parts import Parts
from service.types import Example

LEASE_SECONDS = 8.0
PULSE_SECONDS = 1.0
PATIENCE = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds between tries while a part is away; the last one again and again."""
BUSY_TRIES = 8
"""How often a model may say "not now" to one question before that is its answer."""
_STOPPED = {"code": "cancelled", "message": "Somebody stopped it.", "hint": "What was answered is kept."}
_LOG = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(eq=False, slots=True)
class _Held:
    """A run this process works on. `draining`: no further question is begun."""

    claim: Claim
    scope: anyio.CancelScope
    draining: bool = False
    lost: bool = False

    def lose(self) -> None:
        """It was stopped, or another worker has taken it over."""
        self.lost = True
        self.scope.cancel()


class Runner:
    """`serve()` runs beside the `run()`s; one object a process."""

    def __init__(self, parts: Parts, *, lease: float = LEASE_SECONDS) -> None:
        self._parts = parts
        self._catalogue = Transactions(parts.engine)
        self._lease = lease
        self._held: set[_Held] = set()
        self._stopping = False
        self._let_go = asyncio.Event()
        self._drafting = Drafting(parts)

    async def serve(self) -> None:
        """Renew leases and hear of cancellations, for as long as the task lives."""
        while True:
            await anyio.sleep(PULSE_SECONDS)
            tokens = {held.claim.run_id: held.claim.token for held in self._held}
            try:
                lost = await self._catalogue.write(
                    lambda c, tokens=tokens: claims.renew(c, tokens, clock=present(c), lease=self._lease)  # type: ignore[misc]
                )
            except IngestError as error:
                _LOG.warning("leases of runs could not be renewed: %s", error.message)
                continue
            for held in list(self._held):
                if held.claim.run_id in lost:
                    held.lose()

    async def run(self, job_id: str) -> None:
        """Do what there is to do for this run or drafting; returns at once when somebody else has it."""
        if self._stopping:
            return
        if job_id.startswith("set_"):
            await self._drafting.run(job_id)
            return
        claim = await self._catalogue.write(lambda c: claims.claim(c, job_id, clock=present(c), lease=self._lease))
        if claim is None:
            return
        crash_point("run_after_claim")
        with anyio.CancelScope() as scope:
            held = _Held(claim, scope)
            self._held.add(held)
            try:
                await self._work(held)
            except Lost:
                held.lost = True
            except Exception:
                _LOG.exception("run %s failed", job_id)
                error = {"code": "internal", "message": "The run failed here.", "hint": "The worker's log says why."}
                await self._patiently(lambda c: claims.finish(c, claim, "failed", error))
            finally:
                self._held.discard(held)
                self._let_go.set()
        if held.lost:
            with anyio.CancelScope(shield=True):
                await self._patiently(lambda c: _after_loss(c, claim))

    async def give_back(self, seconds: float) -> None:
        """Begin nothing more, keep what is answered within so many seconds, and leave the rest to other workers."""
        self._stopping = True
        self._drafting.stop()
        for held in self._held:
            held.draining = True
        with anyio.move_on_after(seconds):
            while self._held:
                self._let_go.clear()
                await self._let_go.wait()
        for held in list(self._held):
            held.scope.cancel()
            await self._patiently(lambda c, held=held: claims.release(c, held.claim))  # type: ignore[misc]

    async def _work(self, held: _Held) -> None:
        claim = held.claim

        def read(c: Connection) -> tuple[Run, list[StoredCase], list[dict[str, str]], set[tuple[str, str, int]]]:
            id = claim.run_id
            return runs.get(c, id), runs.cases_of(c, id), runs.examples_of(c, id), runs.answered(c, id)

        run, cases, examples, kept = await self._catalogue.read(read)
        missing = self._missing(run)
        if missing is not None:  # another worker may have that model; this one looks again when the lease is over
            soon = await self._catalogue.read(present) + self._lease
            await self._catalogue.write(lambda c: claims.release(c, claim, missing, until=soon))
            return
        tasks = plan.order([bool(case.oracle) for case in cases], run.arms, run.repeats, run.seed)
        left = [task for task in tasks if (cases[task.case].id, task.arm, task.repeat) not in kept]
        asker = Asker(
            run_id=run.id,
            seed=run.seed,
            collection=run.collection,
            shelf=self._parts.shelf,
            retriever=self._parts.retriever,
            examples=[Example(one["question"], one["answer"]) for one in examples],
        )
        working = _Working(self, held, run, cases, asker)
        queue = iter(left)
        async with anyio.create_task_group() as group:
            for _ in range(min(run.at_once, len(left))):
                group.start_soon(working.keep_asking, queue)
        if held.draining:
            await self._patiently(lambda c: claims.release(c, claim))
            return
        if run.spec.get("judge"):
            await self._judge(held, run, cases)
            if held.draining:
                await self._patiently(lambda c: claims.release(c, claim))
                return
        await self._patiently(lambda c: _finish(c, run, claim))

    async def _judge(self, held: _Held, run: Run, cases: list[StoredCase]) -> None:
        """Let the run's judge read what was answered; verdicts that are there are not asked for again."""

        def read(c: Connection) -> list[judge.Matter]:
            found = judge.matters(run, cases, list(runs.results_of(c, run.id)), judge.battles(c))
            there = judge.kept(c, run.id, str(run.spec["judge"]))
            return [one for one in found if one.key not in there]

        todo = await self._catalogue.read(read)

        async def progress(done: int) -> None:
            told = {
                "code": "judging",
                "message": f"All answers are there; the judge has read {done} of {len(todo)}.",
                "hint": "The report shows the rules' scores meanwhile.",
            }
            await self._tell(held, told)

        if todo:
            await progress(0)
            await judge.judge(self._parts, run, todo, draining=lambda: held.draining, progress=progress)

    async def _tell(self, held: _Held, why: Waiting) -> None:
        """Say why a run does not go on."""
        try:
            await self._catalogue.write(lambda c: claims.wait(c, held.claim, why))
        except CatalogueUnavailable:
            return
        except Lost:
            held.lose()

    def _missing(self, run: Run) -> Waiting:
        """Which of the run's models this process cannot ask."""
        try:
            for name in {arm.model for arm in run.arms if arm.kind != "refuse"}:
                self._parts.shelf.chat(name)
        except (NotReady, Unknown) as error:
            return error.as_dict()
        return None

    async def _patiently(self, work: Callable[[Connection], T]) -> T | None:
        """Write, however long the catalogue takes to come back: an answer that was paid for is not thrown away.

        None when the run was lost meanwhile and there is nothing to write any more.
        """
        for pause in _patience():
            try:
                return await self._catalogue.write(work)
            except CatalogueUnavailable as error:
                _LOG.warning("the catalogue cannot be written yet: %s", error.message)
                await anyio.sleep(pause)
            except Lost:
                return None
        raise AssertionError("patience has no end")


class _Working:
    """One claimed run being asked."""

    def __init__(self, runner: Runner, held: _Held, run: Run, cases: list[StoredCase], asker: Asker) -> None:
        self._runner = runner
        self._held = held
        self._run = run
        self._cases = cases
        self._asker = asker
        self._arms = {arm.name: arm for arm in run.arms}

    async def keep_asking(self, queue: Iterator[Task]) -> None:
        for task in queue:
            if self._held.draining:
                return
            await self._one(task)

    async def _one(self, task: Task) -> None:
        case, arm = self._cases[task.case], self._arms[task.arm]
        patience = _patience()
        tries = 0
        while True:
            began = now()
            said = await self._asker.ask(arm, case, task.repeat)
            tries += 1
            if not said.trouble or said.trouble == "wrong":
                break
            if said.trouble == "fault" and await reachable(self._asker.shelf, arm.model) is not False:
                break
            if said.trouble == "busy" and tries >= BUSY_TRIES:
                break
            if self._held.draining:
                return
            await self._runner._tell(self._held, said.error)
            await anyio.sleep(max(said.retry_after or 0.0, next(patience)))
        crash_point("run_after_answer")
        result = Result(case.id, arm.name, task.repeat, task.position, said.answer, said.finish, tries, began, now())
        await self._keep(result)
        crash_point("run_after_keep")

    async def _keep(self, result: Result) -> None:
        for pause in _patience():
            try:
                await self._runner._catalogue.write(lambda c: claims.keep(c, self._held.claim, result))
                return
            except CatalogueUnavailable as error:
                _LOG.warning("an answer is kept later: %s", error.message)
                await anyio.sleep(pause)
            except Lost:
                self._held.lose()
                await anyio.sleep_forever()


def _patience() -> Iterator[float]:
    yield from PATIENCE
    while True:
        yield PATIENCE[-1]


def _finish(connection: Connection, run: Run, claim: Claim) -> None:
    """End the run, noting whether the documents changed while it went on."""
    provenance = dict(run.provenance)
    try:
        after = snapshot.corpus(connection, run.collection)
        changed = not snapshot.same_corpus(run.provenance["corpus"], after)
    except IngestError:
        changed = True
    provenance["corpus"] = {**provenance["corpus"], "changed": changed}
    claims.finish(connection, claim, "finished", provenance=provenance)


def _after_loss(connection: Connection, claim: Claim) -> None:
    """It was stopped by somebody, or taken over: only the first is ours to write down."""
    try:
        if runs.get(connection, claim.run_id).cancelling:
            claims.finish(connection, claim, "cancelled", _STOPPED)
    except (Lost, ServiceError):
        return
