"""What the trained model says to the validation questions: the ones it does best and worst."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from service.tune.local.checkpoint import whole
from service.tune.local.data import Sample
from service.tune.local.student import Student

SHOWN = 5
"""Best, and as many worst."""
MOST_TOKENS = 80


def write(path: Path, student: Student, validation: Sequence[Sample], size: int) -> None:
    """samples.jsonl: `kind` best or worst, question, expected, got (greedy), loss in nats a token. Raises `OSError`."""
    losses = student.each(validation, size)
    order = sorted(range(len(validation)), key=lambda i: losses[i])
    best = order[: min(SHOWN, (len(order) + 1) // 2)]
    worst = [i for i in order[-SHOWN:] if i not in best]
    shown = [(i, "best") for i in best] + [(i, "worst") for i in worst]
    said = student.say([validation[i].prompt for i, _ in shown], MOST_TOKENS)
    rows = [
        {
            "kind": kind,
            "question": validation[i].pair.question,
            "expected": validation[i].pair.answer,
            "got": got.strip(),
            "loss": round(losses[i], 4),
        }
        for (i, kind), got in zip(shown, said, strict=True)
    ]
    whole(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())
