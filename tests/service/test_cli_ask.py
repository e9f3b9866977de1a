"""What `parallax ask` says beside the answer."""

from __future__ import annotations

import pytest

from service.cli.ask import left_out


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([("check", {"left_out": 1})], "A part was left out of what the model wrote"),
        ([("check", {"left_out": 0}), ("check", {"left_out": 3})], "3 parts were left out of what the model wrote"),
        ([("check", {"left_out": 2}), ("check", {"left_out": 0})], ""),
        ([("check", {"dropped": []}), ("model", {})], ""),
        ([], ""),
    ],
)
def test_half_an_answer_is_said_to_be_half(steps: list[tuple[str, dict[str, object]]], expected: str) -> None:
    note = left_out({"trace": [{"step": step, "detail": detail} for step, detail in steps]})
    assert note.startswith(expected)
    assert bool(note) is bool(expected)
