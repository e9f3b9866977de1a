"""What the tuned models of a run were trained on, held against its questions: who has learnt an answer by heart is not
examined with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.evaluate.types import StoredCase
from service.hygiene import overlaps

NAMED = 5


def among(cases: Sequence[StoredCase], learnt: Mapping[str, Sequence[str]]) -> dict[str, list[str] | None]:
    """For each of these models and the questions of its training the ids of the cases that it knows; None where its
    training is not kept any more. Takes a while for many pairs."""
    asked = [(case.id, case.body["question"]) for case in cases]
    return {
        model: list(dict.fromkeys(one.case_id for one in overlaps(trained, asked))) if trained else None
        for model, trained in learnt.items()
    }


def sentences(known: Mapping[str, Sequence[str] | None], *, left_out: bool) -> list[str]:
    """Warnings about these cases, which are left out or not."""
    said = []
    for model, ids in known.items():
        if ids is None:
            said.append(f"What {model} was trained on is not kept any more: it may know these questions by heart.")
        elif ids:
            named = ", ".join(ids[:NAMED]) + (", ..." if len(ids) > NAMED else "")
            if not left_out:
                said.append(f"{model} was trained on {len(ids):,} of these questions: {named}.")
            elif len(ids) == 1:
                said.append(f"1 question is left out, for {model} was trained on it: {named}.")
            else:
                said.append(f"{len(ids):,} questions are left out, for {model} was trained on them: {named}.")
    return said
