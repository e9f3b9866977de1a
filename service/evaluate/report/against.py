"""Two runs side by side: only where they asked the same questions of the same documents."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.catalogue.engine import reading
from ingest.threads import in_thread
from service.evaluate import runs, snapshot
from service.evaluate.report.build import load
from service.evaluate.report.compare import family
from service.evaluate.report.scored import Scored, metric_names
from service.evaluate.report.types import Compared
from service.parts import Parts


@dataclass(frozen=True, slots=True)
class Against:
    """`n` questions are shared. Without `comparable` there are `reasons` and no comparisons."""

    comparable: bool
    reasons: tuple[str, ...]
    n: int
    comparisons: tuple[Compared, ...]


async def against(parts: Parts, run_id: str, other_id: str) -> Against:
    """Every arm that both runs have, this run's against the other's. Raises `Unknown`."""

    def compute() -> Against:
        with reading(parts.engine) as connection:
            one, other = (load(connection, runs.get(connection, id)) for id in (run_id, other_id))
        return compared(one, other)

    return await in_thread(compute)


def compared(one: Scored, other: Scored) -> Against:
    """The same from scored rows."""
    shared = [
        id
        for id, case in one.cases.items()
        if id in other.cases and (case.question, case.history) == (other.cases[id].question, other.cases[id].history)
    ]
    reasons = []
    mine, theirs = one.run.provenance["corpus"], other.run.provenance["corpus"]
    if not snapshot.same_corpus(mine, theirs):
        reasons.append("The runs answered from different documents.")
    if mine.get("changed") or theirs.get("changed"):
        reasons.append("The documents changed while one of the runs went on.")
    if not shared:
        reasons.append("The runs have no question in common.")
    names = [arm.name for arm in one.variants() if any(arm.name == there.name for there in other.variants())]
    if not names:
        reasons.append("The runs have no arm in common.")
    if reasons:
        return Against(False, tuple(reasons), len(shared), ())
    first, second = one.only(shared), other.only(shared)
    made: list[Compared] = []
    for metric in metric_names(one.run):
        made += family(first, [(name, name) for name in names], metric, second)
    return Against(True, (), len(shared), tuple(made))
