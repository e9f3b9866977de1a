"""Do the statistics keep what they promise? Simulations with a known truth, seeded; one JSON line each.

    python -m tests.bench.statistics_hold

Binary scores are right or wrong with a chance that differs from question to question, continuous ones look like F1:
many zeros, many ones, something between. Clusters have 1 to 5 questions and an intraclass correlation of 0.2, also in
what tells two arms apart. A smaller run of each is in tests/service/test_statistics_hold.py.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from service.statistics import shares
from service.statistics.arm import interval
from service.statistics.bootstrap import bca
from service.statistics.paired import paired
from service.statistics.power import binary_variance, questions_needed
from service.statistics.rank import ranking
from service.statistics.sequential import FEWEST, e_value, firsts, half_width, votes
from service.statistics.verdict import Pair, verdicts
from service.statistics.votes import Battle, Side

Kind = Literal["binary", "continuous"]
Floats = NDArray[np.float64]
SIZES = (30, 100, 400)
CORRELATION = 0.2


@dataclass(frozen=True)
class Sample:
    """Scores of two arms on the same questions, their clusters, and the true means."""

    a: Floats
    b: Floats
    clusters: list[int] | None
    mean: float
    difference: float


def sampled(rng: np.random.Generator, kind: Kind, n: int, *, clustered: bool, apart: float = 0.0) -> Sample:
    """Questions with chances around a mean of their own run, arm `a` ahead of `b` by `apart`."""
    mean = float(rng.uniform(0.4, 0.8))
    if clustered:
        sizes = rng.integers(1, 6, size=n)
        count = int(np.searchsorted(np.cumsum(sizes), n)) + 1
        clusters = np.repeat(np.arange(count), sizes[:count])[:n]
    else:
        clusters, count = np.arange(n), n
    spread = (1 - CORRELATION) / CORRELATION
    chance = rng.beta(mean * spread, (1 - mean) * spread, count)[clusters]
    shift = (apart + 0.1 * rng.choice((-1.0, 1.0), count))[clusters] if clustered else np.full(n, apart)
    scores = []
    for moved in (shift / 2, -shift / 2):
        # moved up or down within 0..1 without changing the mean of the move: a share of questions is settled outright
        settled = rng.random(n) < np.abs(moved)
        if kind == "binary":
            drawn = (rng.random(n) < chance).astype(np.float64)
        else:
            drawn = rng.beta(0.8 * chance + 1e-3, 0.8 * (1 - chance) + 1e-3)
        scores.append(np.where(settled, (moved > 0).astype(np.float64), drawn))
    return Sample(
        scores[0], scores[1], clusters.tolist() if clustered else None, mean, _true_apart(apart, mean, clustered)
    )


def _true_apart(apart: float, mean: float, clustered: bool) -> float:
    """E[a - b]: a settled question of arm a is 1 instead of `mean`, one of arm b 0 instead of `mean`, or reversed."""
    steps = (apart - 0.1, apart + 0.1) if clustered else (apart,)
    return float(np.mean([abs(step) / 2 * np.sign(step) * ((1 - mean) + mean) for step in steps]))


def single_coverage(kind: Kind, n: int, *, clustered: bool, runs: int, seed: int = 1) -> float:
    """How often the 95 % interval of one arm holds the true mean."""
    rng = np.random.default_rng(seed)
    held = 0
    for _ in range(runs):
        it = sampled(rng, kind, n, clustered=clustered)
        # without a difference between the arms only the clusters' settled questions move the mean, both ways alike
        truth = it.mean if not clustered else it.mean + _settled(it.mean)
        found = interval(it.a, it.clusters)
        held += found.low <= truth <= found.high
    return held / runs


def _settled(mean: float) -> float:
    """What settling 5 % of questions each way, for half of the clusters each, does to the mean."""
    return 0.05 * (0.5 * (1 - mean) - 0.5 * mean)


def bootstrap_coverage(n: int, *, runs: int, seed: int = 1) -> float:
    """The same for the BCa bootstrap over clusters, on binary scores: why it is not the interval that is used."""
    rng = np.random.default_rng(seed)
    held = 0
    for at in range(runs):
        it = sampled(rng, "binary", n, clustered=True)
        low, high = bca(it.a, it.clusters, seed=at)
        held += low <= it.mean + _settled(it.mean) <= high
    return held / runs


def paired_coverage(kind: Kind, n: int, *, clustered: bool, runs: int, apart: float = 0.1, seed: int = 2) -> float:
    """How often the 95 % interval of a difference holds the true one."""
    rng = np.random.default_rng(seed)
    held = 0
    for _ in range(runs):
        it = sampled(rng, kind, n, clustered=clustered, apart=apart)
        found = paired(it.a, it.b, it.clusters)
        held += found.low <= it.difference <= found.high
    return held / runs


def false_verdicts(kind: Kind, n: int, *, clustered: bool, runs: int, seed: int = 3) -> float:
    """How often two equal arms are called better or worse."""
    rng = np.random.default_rng(seed)
    called = 0
    for _ in range(runs):
        it = sampled(rng, kind, n, clustered=clustered)
        called += verdicts([Pair("a", "b", "score", paired(it.a, it.b, it.clusters))])[0].word in ("better", "worse")
    return called / runs


def power(gap: float, discordant: float, *, runs: int, seed: int = 4) -> tuple[int, float]:
    """(the number of questions promised to show a gap, how often the verdict is "better" with as many)."""
    n = questions_needed(gap, binary_variance(discordant, gap), exact=True)
    rng = np.random.default_rng(seed)
    found = 0
    for drawn in rng.random((runs, n)):
        a = (drawn < (discordant + gap) / 2).astype(float)
        b = ((drawn >= (discordant + gap) / 2) & (drawn < discordant)).astype(float)
        found += verdicts([Pair("a", "b", "correct", paired(a, b))])[0].word == "better"
    return n, found / runs


def peeked_votes(most: int = 600, *, share: float = 0.5, runs: int, seed: int = 5) -> tuple[float, float]:
    """(share of series of votes that are decided at some vote, the same for a z-test that is looked at as often)."""
    rng = np.random.default_rng(seed)
    n = np.arange(1, most + 1)
    wins = np.cumsum(rng.random((runs, most)) < share, axis=1)
    least = np.array([_deciding(int(count)) for count in n])
    ours = np.abs(2 * wins - n) >= least
    naive = np.abs(2 * wins - n) > 1.96 * np.sqrt(n)
    return float(ours.any(axis=1).mean()), float(naive[:, 9:].any(axis=1).mean())


@lru_cache(maxsize=2048)
def _deciding(n: int) -> int:
    """The smallest lead, of n votes, whose e-value is 20."""
    return next((2 * wins - n for wins in range((n + 1) // 2, n + 1) if e_value(wins, n) >= 20), n + 1)


def peeked_means(most: int = 2_000, *, runs: int, seed: int = 6) -> tuple[float, float]:
    """The same for the confidence sequence of a mean that is 0, of skewed numbers (exponential), and for the z-test."""
    rng = np.random.default_rng(seed)
    drawn = rng.exponential(1.0, (runs, most)) - 1.0
    n = np.arange(1, most + 1)
    means = np.cumsum(drawn, axis=1) / n
    spread = np.sqrt(np.maximum(np.cumsum(drawn**2, axis=1) / n - means**2, 1e-12) * n / np.maximum(n - 1, 1))
    halves = np.array([half_width(1.0, int(count)) for count in n])
    looked = slice(FEWEST - 1, None)
    ours = np.abs(means[:, looked]) > (spread * halves)[:, looked]
    naive = np.abs(means[:, looked]) > (1.96 * spread / np.sqrt(n))[:, looked]
    return float(ours.any(axis=1).mean()), float(naive.any(axis=1).mean())


def peeked_shares(visitors: int = 150, questions: int = 1, *, share: float = 0.1, runs: int, seed: int = 7) -> float:
    """How often two arms with the same share are told apart by `shares`, looked at after every answer.

    So many visitors an arm, each with a chance of their own (an intraclass correlation of 0.3 where they ask more than
    once), who come back at random: what a visitor counts for moves until the end.
    """
    rng = np.random.default_rng(seed)
    return sum(_told_apart(rng, visitors, questions, share) for _ in range(runs)) / runs


def _told_apart(rng: np.random.Generator, visitors: int, questions: int, share: float) -> bool:
    spread = 0.7 / 0.3
    chance = rng.beta(share * spread, (1 - share) * spread, 2 * visitors)
    who = rng.permutation(2 * visitors) if questions == 1 else rng.integers(2 * visitors, size=2 * visitors * questions)
    answers, hits = np.zeros((2, 2 * visitors))
    for visitor in who:
        answers[visitor] += 1
        hits[visitor] += rng.random() < chance[visitor]
        came = answers > 0
        values = hits[came] / answers[came]
        arm = np.flatnonzero(came) % 2
        a, b = (shares.share(values[arm == one]) for one in (0, 1))
        if not a.n or not b.n:
            continue
        # the evidence against equal shares is the least of all shares, so no more than at the mean of all
        mean = np.array([values.mean()])
        if (a.evidence(mean) + b.evidence(mean))[0] > math.log(20) and shares.difference(a, b).decided:
            return True
    return False


def peeked_voters(voters: int, most: int = 1_000, *, runs: int, seed: int = 9) -> float:
    """How often people who vote again and again by the toss of a coin are said to prefer one, with a look at every 5th
    vote."""
    rng = np.random.default_rng(seed)
    alarms = 0
    for _ in range(runs):
        cast = list(zip(rng.integers(voters, size=most).astype(str), (rng.random(most) < 0.5).tolist(), strict=True))
        looks = (firsts(cast[:count]) for count in range(5, most + 1, 5))
        alarms += any(votes(sum(sides), len(sides)).decided for sides in looks)
    return alarms / runs


def strength_coverage(*, runs: int, draws: int = 400, seed: int = 8) -> float:
    """How often a strength's 95 % interval holds what endless votes would give: 3 arms, 300 votes by 50 voters."""
    rng = np.random.default_rng(seed)
    aims = {one.arm: one.strength for one in ranking(_voted(rng, 100_000), draws=2).standings}
    held = 0
    for at in range(runs):
        for standing in ranking(_voted(rng, 300), draws=draws, seed=at).standings:
            held += standing.low <= aims[standing.arm] <= standing.high
    return held / (3 * runs)


def _voted(rng: np.random.Generator, count: int) -> list[Battle]:
    """Votes between arms 0.4 logits apart, where standing left helps by 0.3 and every tenth is a tie."""
    pairs = rng.permuted(np.tile(np.arange(3), (count, 1)), axis=1)
    chance = 1 / (1 + np.exp(-(0.4 * (pairs[:, 1] - pairs[:, 0]) + 0.3)))
    left, tie = rng.random(count) < chance, rng.random(count) < 0.1
    winners: list[Side] = ["tie" if even else "left" if won else "right" for even, won in zip(tie, left, strict=True)]
    return [
        Battle("abc"[i], "abc"[j], winner, str(vote % 50))
        for vote, (i, j, winner) in enumerate(zip(pairs[:, 0], pairs[:, 1], winners, strict=True))
    ]


def lines() -> Iterator[dict[str, Any]]:
    """Everything, in the sizes that the README reports."""
    kinds: tuple[Kind, ...] = ("binary", "continuous")
    for name, simulated, runs in (("single", single_coverage, 4_000), ("paired", paired_coverage, 3_000)):
        for kind in kinds:
            for clustered in (False, True):
                for n in SIZES:
                    covered = simulated(kind, n, clustered=clustered, runs=runs)
                    yield {"what": f"coverage, {name}", "kind": kind, "clustered": clustered, "n": n, "share": covered}
    yield {"what": "coverage, BCa bootstrap", "clustered": True, "n": 30, "share": bootstrap_coverage(30, runs=1_000)}
    for kind in kinds:
        for clustered in (False, True):
            for n in SIZES:
                called = false_verdicts(kind, n, clustered=clustered, runs=2_000)
                yield {"what": "A/A called different", "kind": kind, "clustered": clustered, "n": n, "share": called}
    for gap, discordant in ((0.15, 0.35), (0.1, 0.25)):
        n, found = power(gap, discordant, runs=4_000)
        yield {"what": "power at the promised n", "gap": gap, "discordant": discordant, "n": n, "share": found}
    peeks: tuple[tuple[str, Callable[..., tuple[float, float]]], ...] = (
        ("votes", peeked_votes),
        ("means", peeked_means),
    )
    for what, peeked in peeks:
        ours, naive = peeked(runs=4_000)
        yield {"what": f"false alarms, {what}, a look at every one", "share": ours, "z_test": naive}
    for questions, visitors in ((1, 150), (3, 100), (10, 50)):
        told = peeked_shares(visitors, questions, runs=400)
        what = "false alarms, two shares, a look at every answer"
        yield {"what": what, "questions": questions, "visitors": visitors, "share": told}
    for voters in (8, 20, 50):
        what = "false alarms, voters who vote again and again"
        yield {"what": what, "voters": voters, "share": peeked_voters(voters, runs=400)}
    yield {"what": "coverage, strengths", "n": 300, "share": strength_coverage(runs=200)}


def main() -> None:
    began = time.perf_counter()
    for line in lines():
        shown = {key: round(value, 4) if isinstance(value, float) else value for key, value in line.items()}
        print(json.dumps({"bench": "statistics_hold"} | shown), flush=True)
    print(json.dumps({"bench": "statistics_hold", "what": "all", "seconds": round(time.perf_counter() - began, 1)}))


if __name__ == "__main__":
    main()
