"""Gates: what is one, and when it holds."""

from __future__ import annotations

from typing import Any

import pytest

from service.errors import BadRequest
from service.evaluate.gates import doubt, held, parsed

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


def test_a_gate_on_an_arm_that_was_not_asked_is_not_met() -> None:
    (one,) = held([parsed("oracle.correct>=0", ["rag", "oracle"])], REPORT)
    assert (one.found, one.met) == (None, False)


def _of(n: int, clusters: int, **means: tuple[float, float | None, float | None]) -> dict[str, Any]:
    metrics = {
        name: {"mean": mean, "low": low, "high": high, "n": n, "clusters": clusters}
        for name, (mean, low, high) in means.items()
    }
    slow = {"p95": {"value": 2.0, "low": 1.0, "high": 9.0, "n": n}}
    return {"arms": [{"variant": "rag", "metrics": metrics, "latency": {"total": slow}}]}


@pytest.mark.parametrize(
    ("text", "n", "clusters", "said"),
    [
        (
            "rag.correct>=0.9", 8, 8,
            "rag.correct>=0.9 is met by only 8 questions: the 95 % interval is 0.39 to 1. Gate on its lower end, "
            "rag.correct.low>=0.9, or ask 20 or more about 6 documents or more.",
        ),
        ("rag.correct >= 90%", 8, 8, "rag.correct.low>=90%,"),
        ("rag.correct>=0.9", 40, 3, "is met by only questions about 3 documents: the 95 % interval"),
        ("rag.cost<=0.02", 8, 8, "Gate on its upper end, rag.cost.high<=0.02, or"),
        ("rag.dangling<=0", 8, 8, "0 to 0.32. Ask 20 or more"),
        ("rag.total.p95<=3", 8, 8, "rag.total.p95<=3 is met by only 8 answers: the 95 % interval is 1 to 9. Ask 20"),
        ("rag.error<=0.1", 8, 8, "there is no interval."),
    ],
)  # fmt: skip
def test_a_gate_that_few_questions_meet_is_doubted(text: str, n: int, clusters: int, said: str) -> None:
    report = _of(n, clusters, correct=(1.0, 0.39, 1.0), cost=(0.01, 0.0, 0.03), dangling=(0.0, 0.0, 0.32),
                 error=(0.0, None, None))  # fmt: skip
    (one,) = held([parsed(text, ["rag"])], report)
    assert one.met
    assert said in (doubt(one) or "")


@pytest.mark.parametrize(
    ("text", "n", "clusters"),
    [
        ("rag.correct>=0.9", 40, 40),  # enough of them: the interval beside it says the rest
        ("rag.correct>=0.3", 8, 8),  # all of the interval meets it
        ("rag.correct.low>=0.3", 8, 8),
        ("rag.correct.low>=0.9", 8, 8),  # is not met
        ("rag.cost<=0.05", 8, 8),
    ],
)
def test_what_holds_all_the_same_is_not_doubted(text: str, n: int, clusters: int) -> None:
    report = _of(n, clusters, correct=(1.0, 0.39, 1.0), cost=(0.01, 0.0, 0.03))
    (one,) = held([parsed(text, ["rag"])], report)
    assert doubt(one) is None


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("rag.correct => 1", "=>"),
        ("rag.correct=1", "="),
        ("rag.correct==1", "=="),
        ("rag.correct≥0.8", "≥"),
        ("rag.total.p95=<3", "=<"),
    ],
)
def test_a_wrong_comparison_is_named(text: str, sign: str) -> None:
    with pytest.raises(BadRequest) as raised:
        parsed(text, ["rag"])
    assert f"{sign!r} is no comparison" in raised.value.message
    assert raised.value.hint.startswith("There are >=, <=, >, <.")
