"""What a run needs before its first question: the passages that hold its gold. Looked for by its worker, since a large
dataset about large documents takes a while."""

from __future__ import annotations

from collections.abc import Sequence

import anyio

from service.evaluate import claims, oracle, plan, runs
from service.evaluate.types import Run, StoredCase
from service.evaluate.working import Held

SAID_SECONDS = 1.0
NAMED_CASES = 12
_SLICE = 200
"""Cases that are kept in one transaction: others want to write meanwhile."""


class Interrupted(Exception):
    """The run was stopped, or its worker is: what was found so far is not kept."""


async def prepared(held: Held, run: Run, cases: list[StoredCase]) -> list[StoredCase]:
    """The run's cases with their gold passages, which are kept. Raises `NotFound` when the collection is gone, and
    `Interrupted`."""
    looked = [0, 0]
    failed: list[Exception] = []
    found: list[StoredCase] = []
    uncovered: list[str] = []

    def note(done: int, of: int) -> None:
        looked[:] = done, of
        if held.lost or held.draining:
            raise Interrupted

    async def say() -> None:
        while True:
            await anyio.sleep(SAID_SECONDS)
            done, of = looked
            how_far = {
                "code": "preparing",
                "message": f"Looking for the passages that hold the answers: {done:,} of {of:,}.",
                "hint": "The questions begin after that.",
            }
            await held.keep(lambda c, told=how_far: claims.preparing(c, held.claim, told))  # type: ignore[misc]

    async with anyio.create_task_group() as group:
        group.start_soon(say)
        try:
            made = await held.catalogue.read(lambda c: oracle.with_gold(c, run.collection, cases, note))
            found, uncovered = made
        except Exception as error:
            failed.append(error)
        group.cancel_scope.cancel()
    if failed:
        raise failed[0]
    for first in range(0, len(found), _SLICE):
        some = found[first : first + _SLICE]
        await held.keep(lambda c, some=some: claims.prepare(c, held.claim, some))  # type: ignore[misc]
    total = plan.count([bool(case.oracle) for case in found], run.arms, run.repeats)
    warnings = [*_uncovered(uncovered), *run.warnings]
    await held.keep(lambda c: claims.prepared(c, held.claim, total=total, warnings=warnings))
    # As they are kept: without the passages of documents that were deleted during the search.
    return await held.catalogue.read(lambda c: runs.cases_of(c, run.id))


def _uncovered(case_ids: Sequence[str]) -> list[str]:
    if not case_ids:
        return []
    named = ", ".join(case_ids[:NAMED_CASES]) + (", ..." if len(case_ids) > NAMED_CASES else "")
    count = "1 case" if len(case_ids) == 1 else f"{len(case_ids):,} cases"
    return [f"The evidence of {count} stands in no passage of the collection: no search finds it ({named})."]
