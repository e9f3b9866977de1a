"""Single questions of a run, with what each arm said and how that scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.catalogue.engine import reading
from ingest.threads import in_thread
from service.evaluate import runs
from service.evaluate.report.scored import Row, scored
from service.evaluate.types import StoredCase
from service.parts import Parts

BATCH = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """A case and its answers, in the order of the run's arms."""

    case: StoredCase
    answers: Sequence[Row]


async def page(
    parts: Parts, run_id: str, limit: int, after: int, *, arm: str | None, cell: str | None, tag: str | None
) -> list[Asked]:
    """At most `limit` cases in order, after that ordinal; those alone that have an answer of that arm, cell and tag.

    Raises `Unknown`.
    """

    def compute() -> list[Asked]:
        found: list[Asked] = []
        with reading(parts.engine) as connection:
            run = runs.get(connection, run_id)
            cases = [one for one in runs.cases_of(connection, run_id) if one.ordinal > after]
            if tag is not None:
                cases = [one for one in cases if tag in one.body["tags"]]
            for at in range(0, len(cases), BATCH):
                batch = cases[at : at + BATCH]
                rows = scored(run, batch, runs.results_of(connection, run_id, [one.id for one in batch])).rows
                for one in batch:
                    answers = [
                        row
                        for column in run.arms
                        for row in sorted(rows[column.name], key=lambda row: row.repeat)
                        if row.case_id == one.id and (arm is None or row.arm == arm)
                    ]
                    if cell is None or any(row.cell == cell for row in answers):
                        found.append(Asked(one, answers))
                    if len(found) >= limit:
                        return found
        return found

    return await in_thread(compute)
