"""The exposures as CSV, one line each, a page at a time: a million of them never stand in memory together."""

from __future__ import annotations

import csv
import io

from sqlalchemy import Connection, select

from service.chat.schema import feedback
from service.experiments import book
from service.experiments.schema import exposures

AT_ONCE = 2_000
"""Exposures of a page, each read in a transaction of its own: a slow reader holds none open."""
COLUMNS = (
    "at",
    "phase",
    "label",
    "variant",
    "unit",
    "answer_id",
    "question_key",
    "propensity",
    "finish",
    "first_token",
    "total",
    "cost",
    "rating",
    "excluded",
)


def csv_of(connection: Connection, experiment_id: str, after: int = 0) -> tuple[str, int | None]:
    """At most `AT_ONCE` exposures as lines, in the order they came, from the one behind `after` on; and what to give as
    `after` for more, None when these were the last. Empty cells are what is not known.

    The first have the header above them. Nothing in it was typed by a visitor: labels and variants are names that begin
    with a letter or digit, so no cell can be a formula. Raises `Unknown`.
    """
    book.get(connection, experiment_id)
    rows = connection.execute(
        select(
            exposures.c.seq,
            exposures.c.at,
            exposures.c.phase,
            exposures.c.arm,
            exposures.c.variant,
            exposures.c.unit,
            exposures.c.answer_id,
            exposures.c.question_key,
            exposures.c.propensity,
            exposures.c.finish,
            exposures.c.first_token,
            exposures.c.total,
            exposures.c.cost,
            feedback.c.rating,
            exposures.c.excluded,
        )
        .select_from(exposures.outerjoin(feedback, feedback.c.answer_id == exposures.c.answer_id))
        .where(exposures.c.experiment_id == experiment_id, exposures.c.seq > after)
        .order_by(exposures.c.seq)
        .limit(AT_ONCE)
    ).all()
    text = io.StringIO()
    writer = csv.writer(text)
    if not after:
        writer.writerow(COLUMNS)
    writer.writerows(row[1:] for row in rows)
    return text.getvalue(), rows[-1].seq if len(rows) == AT_ONCE else None
