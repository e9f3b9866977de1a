"""What an experiment says, in English and in Traditional Chinese."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.evaluate.report.naming import PRESETS
from service.experiments.types import Experiment, MetricName
from service.statistics import sequential
from service.statistics.ratio import Ratio
from service.statistics.sentence import Language, sentence
from service.statistics.verdict import Verdict

METRICS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "feedback": "thumbs up among rated answers",
        "feedback_per_exposure": "thumbs up among all answers",
        "votes": "blind votes won",
        "declined_rate": "declined answers",
        "error_rate": "failed answers",
        "first_token": "time to the first word",
        "total": "time to the whole answer",
        "cost": "cost an answer",
    },
    "zh-TW": {
        "feedback": "獲評分回答的按讚率",
        "feedback_per_exposure": "全部回答的按讚率",
        "votes": "盲測投票勝率",
        "declined_rate": "拒答率",
        "error_rate": "失敗率",
        "first_token": "首字時間",
        "total": "完整回答時間",
        "cost": "每則回答成本",
    },
}
UNITS: Mapping[str, str] = {"share": "", "seconds": "s", "money": "USD"}
_TEXTS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "nobody": "Nobody was shown an answer yet.",
        "mismatch": "Nothing can be concluded: the visitors do not fit the weights (chi-square {chi2}, p = {p}). "
        "Assignment or logging is broken, or one lane loses visitors before its answer is shown.",
        "winner": "Choose {leader}. {sentences}",
        "control": "Keep {leader}. {sentences}",
        "equivalent": "It does not matter which one answers. {sentences}",
        "undecided": "{sentences}",
        "aa": "This is an A/A test: it compares nothing, it tests the machinery.",
        "stopped": "{lane} was stopped by itself: {reason}.",
        "sound": "Sound: the split fits and no metric tells the lanes apart.",
        "unsound": "Not sound: {why}",
        "split": "the visitors do not fit the weights (p = {p}).",
        "early": "Too early to say: fewer than {fewest} visitors came.",
        "unrated": "Nobody has rated an answer yet.",
        "unrated lane": "Nobody has rated an answer of {lane} yet, so there is nothing to compare it with.",
        "unvoted": "Nobody has chosen between {a} and {b} in a blind vote yet.",
        "unvisited": "{lane} has had no visitor yet, so there is nothing to compare.",
        "unmeasured": "Of {lane} there is no {metric} yet, so there is nothing to compare.",
        "alike": "{a} and {b} do not differ on {metric}: it was the same for each of {n} visitors.",
        "steady": "Not decided yet: {metric} was the same for every visitor of {a}, and for every one of {b}. How much "
        "it may vary is not known, so no interval can be given.",
        "uneven": "Not decided yet: {metric} is known of {few} visitors of {lane}; {least} are needed in each lane.",
    },
    "zh-TW": {
        "nobody": "還沒有任何訪客看到回答。",
        "mismatch": "無法下結論：訪客人數與設定的比例不符（卡方 {chi2}，p = {p}）。"
        "分派或記錄出了問題，或某一組在顯示回答前流失了訪客。",
        "winner": "請選用 {leader}。{sentences}",
        "control": "請保留 {leader}。{sentences}",
        "equivalent": "用哪一個回答都沒有差別。{sentences}",
        "undecided": "{sentences}",
        "aa": "這是 A/A 測試：不比較任何東西，只檢驗機制本身。",
        "stopped": "{lane} 已自動停止：{reason}。",
        "sound": "正常：分流比例相符，且沒有任何指標能區分各組。",
        "unsound": "不正常：{why}",
        "split": "訪客人數與設定的比例不符（p = {p}）。",
        "early": "還太早：訪客不到 {fewest} 位。",
        "unrated": "還沒有人為回答評分。",
        "unrated lane": "還沒有人為 {lane} 的回答評分，因此無從比較。",
        "unvoted": "還沒有人在盲測投票中於 {a} 與 {b} 之間作出選擇。",
        "unvisited": "{lane} 還沒有訪客，因此無從比較。",
        "unmeasured": "{lane} 還沒有「{metric}」的數值，因此無從比較。",
        "alike": "在「{metric}」上，{a} 與 {b} 沒有差別：{n} 位訪客的數值全都相同。",
        "steady": "尚無定論：在「{metric}」上，{a} 的每位訪客數值都相同，{b} 也是。"
        "不知道數值可能如何變動，因此無法給出區間。",
        "uneven": "尚無定論：{lane} 只有 {few} 位訪客有「{metric}」的數值，每一組至少需要 {least} 位。",
    },
}


def called(experiment: Experiment, variants: Mapping[str, str], language: Language) -> dict[str, str]:
    """Label -> what the page calls the lane: its own label, else its variant's. `variants`: labels of people's own."""
    names = {}
    for arm in experiment.arms:
        preset = PRESETS.get(arm.variant)
        usual = preset[language] if preset else variants.get(arm.variant) or arm.variant
        names[arm.label] = usual if arm.label == arm.variant else arm.label
    return names if len({*names.values()}) == len(names) else {label: label for label in names}


@dataclass(frozen=True, slots=True)
class Tale:
    """Puts a report into sentences."""

    experiment: Experiment
    ratio: Ratio
    came: Mapping[str, int]
    """Visitors that count, by lane."""
    names: Mapping[str, str]
    """What lanes are called, by label: see `called`."""
    language: Language

    @property
    def visitors(self) -> int:
        return sum(self.came.values())

    def verdict(self, decision: str, leader: str | None, sentences: Sequence[str]) -> str:
        """What to make of it. Lanes that were stopped are named whatever else is said."""
        said = [
            self._text("stopped", lane=self.names[label], reason=phase.reason)
            for label, phase in self.experiment.stopped_arms.items()
        ]
        if not self.visitors:
            return self._text("nobody")
        told = " ".join(dict.fromkeys(sentences))
        leader = self.names.get(leader or "")
        said.append(self._text(decision, leader=leader, sentences=told, chi2=f"{self.ratio.chi2:.1f}", p=self._p()))
        return " ".join(said)

    def compared(self, metric: MetricName, label: str, one: Verdict, seen: Mapping[str, int] | None) -> str:
        """A lane and the control. `seen`: visitors with a number, by label; None for votes, where n says it all."""
        control = self.experiment.arms[0].label
        it, told = one.pair.difference, METRICS[self.language][metric]
        sides: dict[str, Any] = {"a": one.pair.a, "b": one.pair.b, "metric": told, "n": it.n}
        if seen is None:
            return sentence(one, self.language) if it.n else self._text("unvoted", **sides)
        fewer = min((label, control), key=lambda lane: (seen[lane], self.came[lane]))
        sides |= {"lane": self.names[fewer], "few": seen[fewer], "least": sequential.FEWEST // 2}
        if not seen[fewer]:
            if not self.came[fewer]:
                return self._text("unvisited", **sides)
            if metric == "feedback":
                return self._text("unrated lane" if it.n else "unrated", **sides)
            return self._text("unmeasured", **sides)
        if it.n >= sequential.FEWEST and not math.isfinite(it.low):
            form = "uneven" if seen[fewer] < sequential.FEWEST // 2 else "steady" if it.difference else "alike"
            return self._text(form, **sides)
        return sentence(one, self.language)

    def machinery(self, sound: bool | None, apart: Sequence[str]) -> str:
        """Of an A/A test."""
        if sound is None:
            return self._text("early", fewest=sequential.FEWEST)
        if sound:
            return self._text("sound")
        split = [self._text("split", p=self._p())] if self.ratio.alarm else []
        return self._text("unsound", why=" ".join([*split, *apart]))

    def _p(self) -> str:
        return f"{self.ratio.p:.2g}"

    def _text(self, key: str, **values: Any) -> str:
        return _TEXTS[self.language][key].format_map(values)
