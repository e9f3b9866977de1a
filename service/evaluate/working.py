"""A run that this process holds, and the asking of its questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import anyio
from sqlalchemy import Connection

from ingest.catalogue.engine import now
from ingest.crash import crash_point
from service import holding
from service.evaluate import claims
from service.evaluate.asking import Asker
from service.evaluate.claims import Claim, Lost, Waiting
from service.evaluate.types import Result, Run, StoredCase, Task
from service.patient import pauses
from service.trouble import reachable

BUSY_TRIES = 8
"""How often a model may say "not now" to one question before that is its answer."""


class Held(holding.Held[Claim]):
    """A claimed run."""

    __slots__ = ()

    async def keep(self, work: Callable[[Connection], None]) -> None:
        """Write for it, however long the catalogue takes to come back: what was paid for is not thrown away. When the
        run is not ours any more (`Lost`), its work ends here."""
        try:
            await self.catalogue.write(work)
        except Lost:
            self.lose()
            await anyio.sleep_forever()

    async def tell(self, why: Waiting) -> None:
        """Say why it does not go on."""
        await self.keep(lambda connection: claims.wait(connection, self.claim, why))


class Working:
    """One held run being asked."""

    def __init__(self, held: Held, run: Run, cases: list[StoredCase], asker: Asker) -> None:
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
        patience = pauses()
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
            await self._held.tell(said.error)
            await anyio.sleep(max(said.retry_after or 0.0, next(patience)))
        crash_point("run_after_answer")
        result = Result(case.id, arm.name, task.repeat, task.position, said.answer, said.finish, tries, began, now())
        await self._held.keep(lambda connection: claims.keep(connection, self._held.claim, result))
        crash_point("run_after_keep")
