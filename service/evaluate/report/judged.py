"""What an optional judge said, beside the rules: its shares, its agreement with people, its win rate made honest."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence

from service.compare.arms import arm_key, question_key
from service.evaluate import judge
from service.evaluate.battles import VOTED, Battle
from service.evaluate.judge import FAILED, Key
from service.evaluate.report.arms import mean_of
from service.evaluate.report.compare import number
from service.evaluate.report.scored import Scored
from service.evaluate.report.types import JudgedPair, JudgeReport, Mean
from service.statistics.agreement import Preferred, agreement, both_orders, prediction_powered
from service.statistics.arm import interval

_WORTH: Mapping[Preferred, float] = {"a": 1.0, "tie": 0.5, "b": 0.0}
_SIDES: Mapping[str, tuple[Preferred, Preferred]] = {"first": ("a", "b"), "second": ("b", "a"), "tie": ("tie", "tie")}


def report(found: Scored, kept: Mapping[Key, str], battles: Sequence[Battle]) -> JudgeReport | None:
    """None when no judge was named for the run."""
    named = found.run.spec.get("judge")
    if not named:
        return None
    pairs = _pairs(kept)
    mine = {key: winners for key, winners in pairs.items() if not key[0].startswith(VOTED)}
    people = {f"{VOTED}{one.comparison_id}": one for one in battles}
    voted = {key: winners for key, winners in pairs.items() if key[0] in people}
    human: list[Preferred] = [_SIDES[people[key[0]].winner][0] for key in voted]
    swapped = both_orders(list(pairs.values())) if pairs else None
    agreed = agreement(both_orders(list(voted.values())).winners, human) if voted else None
    return JudgeReport(
        judge=named,
        prompt_hash=judge.version(),
        judged=sum(verdict != FAILED for verdict in kept.values()),
        failed=sum(verdict == FAILED for verdict in kept.values()),
        shares={arm.name: share for arm in found.run.arms if (share := _share(found, kept, arm.name)) is not None},
        pair=_pair(found, mine, voted, people),
        kappa=agreed.kappa if agreed else None,
        agreed=agreed.share if agreed else None,
        humans=len(voted),
        inconsistent=round(swapped.inconsistent, 6) if swapped else None,
        first_bias=round(swapped.first_bias, 6) if swapped else None,
        warning=judge.warning(named, found.run.arms),
    )


def _share(found: Scored, kept: Mapping[Key, str], arm: str) -> Mean | None:
    """The share of an arm's judged answers that the judge calls correct."""
    name = found.arm(arm).alias_of or arm
    scores = {
        case_id: float(verdict == "correct")
        for (case_id, judged, against, _), verdict in kept.items()
        if judged == name and not against and verdict != FAILED and case_id in found.cases
    }
    return mean_of(interval(list(scores.values()), [found.clusters[id] for id in scores])) if scores else None


def _pairs(kept: Mapping[Key, str]) -> dict[tuple[str, str, str], tuple[Preferred, Preferred]]:
    """(case, arm, against) -> the winner in both orders, named by answer; pairs with both verdicts only."""
    made: dict[tuple[str, str, str], tuple[Preferred, Preferred]] = {}
    for (case_id, arm, against, flipped), verdict in kept.items():
        other = kept.get((case_id, arm, against, 1))
        if against and not flipped and other in _SIDES and verdict in _SIDES:
            made[case_id, arm, against] = (_SIDES[verdict][0], _SIDES[str(other)][1])
    return made


def _pair(
    found: Scored,
    mine: Mapping[tuple[str, str, str], tuple[Preferred, Preferred]],
    voted: Mapping[tuple[str, str, str], tuple[Preferred, Preferred]],
    people: Mapping[str, Battle],
) -> JudgedPair | None:
    """How often the judge prefers the first arm: alone, and corrected by people's votes on the run's own questions.

    A vote corrects only where it is about a question of the run, in its collection, between these two arms as they
    were asked: what a judge gets wrong elsewhere says nothing here. Questions count once; the others' verdicts are the
    unlabelled ones, as the formula wants. Both intervals are clustered by document.
    """
    if not mine:
        return None
    (_, a, b), *_ = mine
    scores = [_WORTH[winner] for winner in both_orders(list(mine.values())).winners]
    alone = interval(scores, [found.clusters[key[0]] for key in mine])
    keys = {arm: _key(found, arm) for arm in (a, b)}
    asked = {
        question_key(found.cases[key[0]].question, found.run.collection): key[0]
        for key in mine
        if not found.cases[key[0]].history
    }
    labelled: dict[str, list[tuple[float, float]]] = {}
    for key, winners in voted.items():
        battle = people[key[0]]
        case_id = asked.get(battle.question_key)
        if case_id is None or sorted(battle.arms) != sorted(keys.values()):
            continue
        turned = battle.arms[0] != keys[a]
        judge_says = _WORTH[both_orders([winners]).winners[0]]
        people_say = _WORTH[_SIDES[battle.winner][0]]
        labelled.setdefault(case_id, []).append(
            (1 - judge_says, 1 - people_say) if turned else (judge_says, people_say)
        )
    judged = [statistics.fmean(one for one, _ in said) for said in labelled.values()]
    human = [statistics.fmean(other for _, other in said) for said in labelled.values()]
    others = {key[0]: score for score, key in zip(scores, mine, strict=True) if key[0] not in labelled}
    clusters = [found.clusters[case_id] for case_id in (*others, *labelled)]
    enough = len(human) >= 2 and len(others) >= 2 and len(set(clusters)) >= 2
    powered = prediction_powered(list(others.values()), judged, human, clusters=clusters) if enough else None
    corrected = None
    if powered is not None and math.isfinite(powered.mean):
        corrected = Mean(
            number(min(1.0, max(0.0, powered.mean))),
            number(min(1.0, max(0.0, powered.low))),
            number(min(1.0, max(0.0, powered.high))),
            len(others),
            len(human),
            "prediction-powered",
        )
    return JudgedPair(a, b, mean_of(alone), corrected)


def _key(found: Scored, name: str) -> str:
    """The arm as comparisons know it."""
    arm = found.arm(name)
    return arm_key(arm.name, arm.approach, arm.model, arm.parameters, arm.prompt_hash)
