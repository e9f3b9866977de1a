"""Beneath the means: slices by tag, where answers go wrong, and single questions on which two arms part."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from service.evaluate.report.arms import means
from service.evaluate.report.compare import judged
from service.evaluate.report.scored import Row, Scored
from service.evaluate.report.types import (
    Cell,
    Compared,
    Diagnosis,
    DiagnosisArm,
    DiagnosisKind,
    Flip,
    Flips,
    Slice,
)
from service.evaluate.report.words import CELLS

FEWEST = 30
"""Questions of a slice below which nothing is decided about it."""
MOST_SLICES = 60
MOST_FLIPS = 200


def slices(found: Scored, baseline: str, headline: str, metrics: Sequence[str]) -> list[Slice]:
    """The questions of each tag, the most frequent first. All slices' comparisons are one family: who looks at twenty
    slices finds a difference in one of them by chance."""
    tags = Counter(tag for case in found.cases.values() for tag in dict.fromkeys(case.tags))
    kept = [(tag, n) for tag, n in sorted(tags.items(), key=lambda one: (-one[1], one[0])) if n < len(found.cases)]
    shown = []
    by_tag: dict[str, list[Compared]] = defaultdict(list)
    parts = {
        tag: found.only(id for id, case in found.cases.items() if tag in case.tags) for tag, _ in kept[:MOST_SLICES]
    }
    others = [arm.name for arm in found.variants() if arm.name != baseline]
    large = [tag for tag, n in kept[:MOST_SLICES] if n >= FEWEST]
    drawn = [(tag, name) for tag in large for name in others]
    for (tag, _), one in zip(
        drawn, judged([(parts[tag], name, baseline) for tag, name in drawn], headline), strict=True
    ):
        if one is not None:
            by_tag[tag].append(one)
    for tag, n in kept[:MOST_SLICES]:
        arms = {arm.name: means(parts[tag], arm.name, metrics) for arm in found.run.arms}
        shown.append(Slice(tag, n, arms, tuple(by_tag[tag])))
    return shown


def diagnosis(found: Scored) -> Diagnosis:
    """How many answers of each arm that searches documents stand in which cell, and which cases those are."""
    arms = []
    for arm in found.run.arms:
        rows = [row for row in found.rows[arm.name] if row.cell is not None]
        if not rows:
            continue
        cells: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            cells[str(row.cell)].append(row)
        arms.append(
            DiagnosisArm(
                arm.name,
                len(rows),
                {
                    name: Cell(
                        len(cells[name]),
                        round(len(cells[name]) / len(rows), 6),
                        tuple(dict.fromkeys(row.case_id for row in cells[name])),
                    )
                    for name in CELLS
                    if name in cells
                },
            )
        )
    kinds = tuple(DiagnosisKind(name, label, meaning, good) for name, (label, meaning, good) in CELLS.items())
    return Diagnosis(kinds, tuple(arms))


def flips(found: Scored, pairs: Sequence[tuple[str, str]]) -> list[Flips]:
    """For each pair the questions one arm has right (in most repeats) and the other wrong."""
    made = []
    for a, b in pairs:
        first, second = found.means(a, "correct"), found.means(b, "correct")
        shared = [id for id in first if id in second]
        worse = [id for id in shared if first[id] < 0.5 <= second[id]]
        better = [id for id in shared if second[id] < 0.5 <= first[id]]
        if shared:
            texts = {name: _first_rows(found, name) for name in (a, b)}
            made.append(
                Flips(
                    a,
                    b,
                    len(worse),
                    len(better),
                    tuple(_flip(found, texts, a, b, id) for id in worse[:MOST_FLIPS]),
                    tuple(_flip(found, texts, a, b, id) for id in better[:MOST_FLIPS]),
                )
            )
    return made


def _first_rows(found: Scored, arm: str) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for row in sorted(found.rows[arm], key=lambda row: row.repeat):
        rows.setdefault(row.case_id, row)
    return rows


def _flip(found: Scored, rows: dict[str, dict[str, Row]], a: str, b: str, case_id: str) -> Flip:
    case, one, other = found.cases[case_id], rows[a][case_id], rows[b][case_id]
    return Flip(
        case_id,
        case.question,
        case.answers,
        case.tags,
        _shown(one),
        _shown(other),
        one.finish,
        other.finish,
    )


def _shown(row: Row) -> str:
    return row.text or (row.error or {}).get("message", "")
