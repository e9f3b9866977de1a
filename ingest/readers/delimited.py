"""CSV and TSV, whatever the delimiter, the quoting and the encoding.

Rows stay rows of comma-separated values: the file's own words, so that a citation shows what is in the file. The
splitter repeats the header before each piece, as it does for a Markdown table.
"""

from __future__ import annotations

import csv
import io

from ingest.readers.text import clean, decode, language
from ingest.types import Block, ParsedDocument, ParseLimits

_SAMPLE = 16_384


def read(data: bytes, name: str, limits: ParseLimits) -> ParsedDocument:
    """One table block; the first row is taken for the header."""
    text = decode(data)
    csv.field_size_limit(1 << 24)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text[:_SAMPLE]))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    widest = 0
    for row in rows:
        cells = [clean(cell) for cell in row]
        if any(cells):
            widest = max(widest, len(cells))
            writer.writerow(cells)
    body = out.getvalue().rstrip("\n")
    if not body:
        return ParsedDocument((), warnings=("The file holds no text.",))
    return ParsedDocument((Block("table" if widest > 1 else "text", body),), language=language(body))


def _delimiter(sample: str) -> str:
    """The delimiter that gives most lines the same number of cells, more than one."""
    lines = [line for line in sample.splitlines()[:50] if line.strip()]
    best, best_score = ",", 0.0
    for candidate in ",;\t|":
        counts = [len(row) for row in csv.reader(lines, delimiter=candidate)]
        common = max(set(counts), key=counts.count, default=1)
        if common > 1 and (score := counts.count(common) / len(counts) * min(common, 10) ** 0.25) > best_score:
            best, best_score = candidate, score
    return best
