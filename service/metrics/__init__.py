"""What is measured of one answer: small functions of (case, answer). Pure; nothing is read, asked or stored.

`table.METRICS` lists them; `diagnosis` says where an answer went wrong; `abstention.counts` and `expense.per_correct`
are of many answers at once.
"""

from service.metrics.diagnosis import Cell, diagnosis
from service.metrics.table import METRICS, Metric
from service.metrics.types import Answered, Case, Cited, GoldPassage, Retrieved

__all__ = ["METRICS", "Answered", "Case", "Cell", "Cited", "GoldPassage", "Metric", "Retrieved", "diagnosis"]
