"""The exposures as CSV, one line each."""

from __future__ import annotations

import csv
import io

from sqlalchemy import Connection, select

from service.chat.schema import feedback
from service.experiments import book
from service.experiments.schema import exposures

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


def csv_of(connection: Connection, experiment_id: str) -> str:
    """A header and one line an exposure, in the order they came; empty cells for what is not known.

    Nothing in it was typed by a visitor: labels and variants are names that begin with a letter or digit, so no cell
    can be a formula. Raises `Unknown`.
    """
    book.get(connection, experiment_id)
    rows = connection.execute(
        select(
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
        .where(exposures.c.experiment_id == experiment_id)
        .order_by(exposures.c.seq)
    )
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return text.getvalue()
