"""Gates: what is one, and when it holds."""

from __future__ import annotations

import pytest

from service.errors import BadRequest
from service.evaluate.gates import held, parsed

REPORT = {
    "arms": [
        {
            "variant": "rag",
            "metrics": {"correct": {"mean": 0.8, "low": 0.7, "high": 0.9}, "cost": {"mean": 0.0, "low": None}},
            "latency": {"total": {"p95": {"value": 2.5}}, "first_token": {}, "retrieve": {}},
        }
    ]
}


@pytest.mark.parametrize(
    ("text", "found", "met"),
    [
        ("rag.correct>=0.8", 0.8, True),
        ("rag.correct >= 80%", 0.8, True),
        ("rag.correct>0.8", 0.8, False),
        ("rag.correct.low>=0.75", 0.7, False),
        ("rag.cost<=0", 0.0, True),
        ("rag.cost.low<=0", None, False),
        ("rag.hit_5>=0", None, False),
        ("rag.total.p95<=3", 2.5, True),
        ("rag.first_token.p95<=3", None, False),
        ("rag.truthfulness>=-1", None, False),
        ("rag.total<=20", None, False),
    ],
)
def test_a_gate_is_held_against_the_report(text: str, found: float | None, met: bool) -> None:
    (one,) = held([parsed(text, ["rag"])], REPORT)
    assert (one.found, one.met) == (found, met)


@pytest.mark.parametrize(
    "text", ["rag.correct>=nan", "rag.correct>=inf", "rag.cost<=-inf", "rag.correct>=80", "rag.hit_5.low>=-2", "rag>=1"]
)
def test_a_gate_that_nothing_or_everything_meets_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        parsed(text, ["rag"])
