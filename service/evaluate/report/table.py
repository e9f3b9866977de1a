"""Every kept answer as a row of CSV."""

from __future__ import annotations

import csv as writer
import io
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any

from ingest.catalogue.engine import reading
from ingest.catalogue.transactions import Transactions
from ingest.threads import in_thread
from service.evaluate import runs
from service.evaluate.report.scored import Row, Scored, metric_names, scored
from service.evaluate.types import Run, StoredCase
from service.parts import Parts

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""The full-width ones are formulas to Excel in Chinese and Japanese settings."""


BATCH = 200
"""Cases whose answers are held at once."""
_CLOCKS = ("queue", "retrieve", "first_token", "total")


async def csv(parts: Parts, run_id: str) -> AsyncIterator[str]:
    """UTF-8 with a header, in pieces, case by case; raises `Unknown` before the first. What a spreadsheet would take
    for a formula gets a quote before it."""
    catalogue = Transactions(parts.engine)
    run, cases = await catalogue.read(lambda c: (runs.get(c, run_id), runs.cases_of(c, run_id)))

    def some(batch: Sequence[StoredCase]) -> str:
        with reading(parts.engine) as connection:
            kept = runs.results_of(connection, run_id, [one.id for one in batch])
            found = scored(run, batch, kept)
        return _text(_rows(found, batch))

    async def pieces() -> AsyncIterator[str]:
        yield _text([_header(run)])
        for first in range(0, len(cases), BATCH):
            yield await in_thread(some, cases[first : first + BATCH])

    return pieces()


def _header(run: Run) -> list[str]:
    return [
        *("case", "question", "answerable", "tags", "arm", "repeat", "position", "finish", "text", "error"),
        *("cell", *(f"{clock}_s" for clock in _CLOCKS)),
        *("prompt_tokens", "completion_tokens", "cost_usd", "tries", *metric_names(run)),
    ]


def _rows(found: Scored, batch: Sequence[StoredCase]) -> Iterator[list[Any]]:
    by_case: dict[str, list[Row]] = {one.id: [] for one in batch}
    for arm in found.run.arms:
        for row in found.rows[arm.name]:
            by_case[row.case_id].append(row)
    metrics = metric_names(found.run)
    for case_id, rows in by_case.items():
        case = found.cases[case_id]
        for row in rows:
            yield [
                *(_safe(text) for text in (case_id, case.question)),
                case.answerable,
                _safe("|".join(case.tags)),
                *(_safe(row.arm), row.repeat, row.position, row.finish, _safe(row.text)),
                (row.error or {}).get("code", ""),
                row.cell or "",
                *(row.timings.get(clock) for clock in _CLOCKS),
                *(row.usage.get("prompt_tokens"), row.usage.get("completion_tokens"), row.cost, row.tries),
                *(row.scores[name] for name in metrics),
            ]


def _text(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _safe(text: str) -> str:
    return "'" + text if text.startswith(_FORMULA) else text
