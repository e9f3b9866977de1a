"""Every kept answer as a row of CSV."""

from __future__ import annotations

import csv as writer
import io

from ingest.catalogue.engine import reading
from ingest.threads import in_thread
from service.evaluate import runs
from service.evaluate.report.build import load
from service.evaluate.report.scored import metric_names
from service.parts import Parts

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""The full-width ones are formulas to Excel in Chinese and Japanese settings."""


async def csv(parts: Parts, run_id: str) -> str:
    """UTF-8 with a header; raises `Unknown`. What a spreadsheet would take for a formula gets a quote before it."""

    def compute() -> str:
        with reading(parts.engine) as connection:
            run = runs.get(connection, run_id)
            found = load(connection, run)
        metrics = metric_names(run)
        text = io.StringIO()
        out = writer.writer(text, lineterminator="\n")
        out.writerow(
            [
                *("case", "question", "answerable", "tags", "arm", "repeat", "position", "finish", "text", "error"),
                *("cell", "queue_s", "retrieve_s", "first_token_s", "total_s"),
                *("prompt_tokens", "completion_tokens", "cost_usd", "tries", *metrics),
            ]
        )
        for arm in run.arms:
            for row in found.rows[arm.name]:
                case = found.cases[row.case_id]
                clocks = [row.timings.get(clock) for clock in ("queue", "retrieve", "first_token", "total")]
                tokens = [row.usage.get("prompt_tokens"), row.usage.get("completion_tokens")]
                out.writerow(
                    [
                        *(_safe(text) for text in (row.case_id, case.question)),
                        case.answerable,
                        _safe("|".join(case.tags)),
                        *(arm.name, row.repeat, row.position, row.finish, _safe(row.text)),
                        (row.error or {}).get("code", ""),
                        row.cell or "",
                        *clocks,
                        *tokens,
                        row.cost,
                        row.tries,
                        *(row.scores[name] for name in metrics),
                    ]
                )
        return text.getvalue()

    return await in_thread(compute)


def _safe(text: str) -> str:
    return "'" + text if text.startswith(_FORMULA) else text
