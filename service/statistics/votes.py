"""Blind votes as numbers: who stood left and right, who won, and how the two answers differed in style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from service.statistics.cluster import Floats

Places = NDArray[np.intp]
Side = Literal["left", "right", "tie", "both_bad"]


@dataclass(frozen=True, slots=True)
class Battle:
    """One vote. `style` holds, by name, a count of each answer (left, right): tokens, headings, lists, bold, citations.

    A style that only some battles know is taken as equal where it is missing.
    """

    left: str
    right: str
    winner: Side
    voter: str = ""
    style: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Design:
    """Battles as rows of a logistic regression; equal rows are kept once.

    `x`: rows x (arms, then side, then styles); `y`: 1 left won, 0 right, 1/2 tie. One entry a battle: `row`, and
    `voter`, which counts from 0 to below `voters`.
    """

    arms: tuple[str, ...]
    styles: tuple[str, ...]
    x: Floats
    y: Floats
    row: Places
    voter: Places
    voters: int

    @property
    def totals(self) -> Floats:
        """Battles by row."""
        return np.bincount(self.row, minlength=len(self.y)).astype(np.float64)

    def by_voter(self, values: Floats) -> Floats:
        """The sums of rows x k values over every voter's battles: voters x k."""
        made = [np.bincount(self.voter, weights=column[self.row], minlength=self.voters) for column in values.T]
        return np.column_stack(made)


def design(battles: Sequence[Battle], *, side: bool = True, voters: bool = True) -> Design:
    """Rows of every battle but those where both were bad, which say nothing about who is better.

    With `voters` false every battle is a voter of its own. A style is (left - right) / (left + right), brought to a
    spread of 1 and not shifted, so that two answers of one length stay at 0 (Chatbot Arena, style control, 2024).
    """
    arms = tuple(sorted({name for battle in battles for name in (battle.left, battle.right)}))
    styles = tuple(sorted({name for battle in battles for name in battle.style}))
    used = [battle for battle in battles if battle.winner != "both_bad"]
    at = {arm: i for i, arm in enumerate(arms)}
    raw = np.zeros((len(used), len(arms) + side + len(styles) + 1))
    for row, battle in zip(raw, used, strict=True):
        row[at[battle.left]] += 1
        row[at[battle.right]] -= 1
        row[len(arms)] = 1.0
        for i, name in enumerate(styles, len(arms) + side):
            left, right = battle.style.get(name, (0.0, 0.0))
            row[i] = (left - right) / (left + right) if left + right > 0 else 0.0
        row[-1] = {"left": 1.0, "right": 0.0, "tie": 0.5}[battle.winner]
    if styles and len(used) > 1:
        block = raw[:, len(arms) + side : -1]
        spread = block.std(axis=0)
        block /= np.where(spread > 0, spread, 1.0)
    rows, place = np.unique(raw, axis=0, return_inverse=True) if len(used) else (raw, np.zeros(0, dtype=np.intp))
    names: dict[str, int] = {}
    who = [names.setdefault(battle.voter if voters else str(i), len(names)) for i, battle in enumerate(used)]
    voter = np.array(who, dtype=np.intp)
    return Design(arms, styles, rows[:, :-1], rows[:, -1], place.reshape(-1).astype(np.intp), voter, len(names))
