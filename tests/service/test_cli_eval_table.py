"""The table of `parallax eval`: beside each other where there is room, else one metric under the other."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from rich.console import Console

from service.cli import evaluating


def mean(value: float, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    return {"mean": value, "low": low, "high": high, "n": 40}


def arm(name: str, label: str, alias: str | None = None) -> dict[str, Any]:
    metrics = {
        "correct": mean(0.72, 0.59, 0.83),
        "truthfulness": mean(-0.98, -1.0, -0.8),
        "hit_5": mean(0.5, 0.4, 0.6),
        "first_token": mean(0.1974, 0.0901, 0.3123),
        "total": mean(2.5, 1.1, 3.2),
        "cost": mean(0.0),
    }
    return {"variant": name, "label": label, "n": 40, "alias_of": alias, "metrics": metrics}


REPORT = {
    "arms": [arm("plain", "Plain"), arm("few_shot", "Few-shot"), arm("closed_book", "Model alone", "plain")],
    "verdicts": [{"text": {"en": "Nothing is decided."}, "verdict": None}],
}


def shown(monkeypatch: pytest.MonkeyPatch, width: int) -> list[str]:
    said = io.StringIO()
    monkeypatch.setattr(evaluating, "out", Console(file=said, width=width, highlight=False))
    evaluating._shown(REPORT, [])
    return said.getvalue().splitlines()


@pytest.mark.parametrize("width", [72, 80, 200])
def test_no_number_is_cut(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    lines = shown(monkeypatch, width)
    text = "\n".join(lines)
    assert "…" not in text
    assert max(map(len, lines)) <= width
    for number in ("72 % 59..83", "-98 % -100..-80", "50 % 40..60", "0.197 s 0.0901..0.312", "2.5 s 1.1..3.2", "0 USD"):
        assert text.count(number) == 3, number


def test_what_has_no_value_is_a_dash_and_what_never_varies_has_no_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse = arm("refuse", "Always declining")
    refuse["metrics"] = {"correct": mean(0.2, 0.1, 0.3), "cost": mean(0.0, 0.0, 0.0)}
    monkeypatch.setitem(REPORT, "arms", [arm("plain", "Plain"), refuse])
    line = next(line for line in shown(monkeypatch, 200) if line.startswith("Always declining"))
    assert re.fullmatch(r"Always declining refuse +40 +20 % 10\.\.30 +– +– +– +– +0 USD *", line)


def test_metrics_stand_beside_each_other_only_where_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    wide, narrow = shown(monkeypatch, 200), shown(monkeypatch, 80)
    assert "Correct" in wide[0]
    assert "Truthfulness" in wide[0]
    assert (narrow[0].strip(), narrow[4].strip()) == ("Correct", "Truthfulness")
    assert re.fullmatch(r"  Few-shot +72 % 59\.\.83 +n = 40 *", narrow[2])
    assert narrow[3].startswith("  Model alone closed_book (as plain)"), "its name in gates stands beside it"
