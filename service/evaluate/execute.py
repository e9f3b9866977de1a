"""A worker's share of evaluation: it asks what a run still has to ask, and keeps every answer as soon as it is there.

A run whose worker died goes on where it stopped: only questions that were in flight are asked again. What is wrong with
one answer is a row that counts as wrong; what is wrong with a part (the model, the index) makes the run wait for it.
"""

from __future__ import annotations

from collections.abc import Iterable

import anyio
from sqlalchemy import Connection

from ingest.catalogue.engine import present
from ingest.catalogue.transactions import Transactions
from ingest.crash import crash_point
from ingest.errors import IngestError, NotFound
from ingest.threads import in_thread
from service.drafting.work import Drafting
from service.errors import NotReady, Unknown
from service.evaluate import battles, claims, draft, judge, plan, prepare, runs, since, snapshot
from service.evaluate.asking import Asker
from service.evaluate.claims import Claim
from service.evaluate.types import Run, StoredCase
from service.evaluate.working import Held, Working
from service.holding import Ends, Holding
from service.parts import Parts
from service.patient import Patient
from service.types import Example

LEASE_SECONDS = 8.0
PULSE_SECONDS = 1.0
_ENDS = Ends(
    claims.finish,
    claims.release,
    {"code": "cancelled", "message": "Somebody stopped it.", "hint": "What was answered is kept."},
    {"code": "internal", "message": "The run failed here.", "hint": "The worker's log says why."},
)


class Runner:
    """`serve()` runs beside the `run()`s; one object a process."""

    def __init__(self, parts: Parts, *, lease: float = LEASE_SECONDS) -> None:
        self._parts = parts
        self._catalogue = Transactions(parts.engine)
        self._lease = lease
        self._patient = Patient(self._catalogue)
        self._holding: Holding[Held] = Holding(self._catalogue, claims.LEASES, _ENDS, lease=lease, pulse=PULSE_SECONDS)
        self._stopping = False
        self._drafting = Drafting(parts, draft.KIND)

    async def serve(self) -> None:
        """Renew leases and hear of cancellations, for as long as the task lives."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._drafting.serve)
            await self._holding.renew()

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
        await self._holding.hold(Held(claim, self._patient, anyio.CancelScope()), self._work)

    async def give_back(self, seconds: float) -> None:
        """Begin nothing more, keep what is answered within so many seconds, and leave the rest to other workers."""
        self._stopping = True
        async with anyio.create_task_group() as group:
            group.start_soon(self._drafting.give_back)
            group.start_soon(self._holding.give_back, seconds)

    async def _work(self, held: Held) -> None:
        claim = held.claim

        def read(c: Connection) -> tuple[Run, list[StoredCase], list[dict[str, str]], set[tuple[str, str, int]]]:
            id = claim.run_id
            return runs.get(c, id), runs.cases_of(c, id), runs.examples_of(c, id), runs.answered(c, id)

        run, cases, examples, kept = await self._patient.read(read)
        run = await self._patient.write(lambda c, made=run: since.noted(c, claim, made))  # type: ignore[misc]
        if await self._lacks(held, [arm.model for arm in run.arms if arm.kind != "refuse"]):
            return
        if not run.prepared:
            try:
                cases = await prepare.prepared(held, run, cases)
            except prepare.Interrupted:
                return
            except NotFound as error:
                told = error.as_dict()
                await self._patient.write(lambda c: claims.finish(c, claim, "failed", told))
                return
        found = [bool(case.oracle) for case in cases]
        tasks = await in_thread(plan.order, found, run.arms, run.repeats, run.seed)
        left = [task for task in tasks if (cases[task.case].id, task.arm, task.repeat) not in kept]
        asker = Asker(
            run_id=run.id,
            seed=run.seed,
            collection=run.collection,
            shelf=self._parts.shelf,
            retriever=self._parts.retriever,
            examples=[Example(one["question"], one["answer"]) for one in examples],
        )
        working = Working(held, run, cases, asker)
        queue = iter(left)
        async with anyio.create_task_group() as group:
            for _ in range(min(run.at_once, len(left))):
                group.start_soon(working.keep_asking, queue)
        if run.spec.get("judge") and not held.draining:
            if await self._lacks(held, [str(run.spec["judge"])]):
                return
            await self._judge(held, run, cases)
        if not held.draining:
            await self._patient.write(lambda c: _finish(c, run, claim))

    async def _judge(self, held: Held, run: Run, cases: list[StoredCase]) -> None:
        """Let the run's judge read what was answered; verdicts that are there are not asked for again."""

        def read(c: Connection) -> list[judge.Matter]:
            found = judge.matters(run, cases, list(runs.results_of(c, run.id)), battles.battles(c))
            there = judge.kept(c, run.id, str(run.spec["judge"]))
            return [one for one in found if one.key not in there]

        await held.keep(lambda c: judge.adopt(c, run.id, str(run.spec["judge"])))
        todo = await self._patient.read(read)
        if todo:
            await judge.judge(self._parts, run, todo, held)

    async def _lacks(self, held: Held, models: Iterable[str]) -> bool:
        """Whether this process cannot ask one of these models. Another worker may have it, so the run is given back;
        this one looks again when the lease is over."""
        try:
            for name in set(models):
                self._parts.shelf.chat(name)
        except (NotReady, Unknown) as error:
            missing = error.as_dict()
        else:
            return False
        soon = await self._patient.read(present) + self._lease
        await self._patient.write(lambda c: claims.release(c, held.claim, missing, until=soon))
        return True


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
