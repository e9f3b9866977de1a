"""What an experiment says, in English and in Traditional Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.experiments.types import Experiment
from service.statistics import sequential
from service.statistics.ratio import Ratio
from service.statistics.sentence import Language

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
    },
}


@dataclass(frozen=True, slots=True)
class Tale:
    """Puts a report into sentences."""

    experiment: Experiment
    ratio: Ratio
    visitors: int
    language: Language

    def verdict(self, decision: str, leader: str | None, sentences: Sequence[str]) -> str:
        """What to make of it. Lanes that were stopped are named whatever else is said."""
        said = [
            self._text("stopped", lane=label, reason=phase.reason)
            for label, phase in self.experiment.stopped_arms.items()
        ]
        if not self.visitors:
            return self._text("nobody")
        told = " ".join(sentences)
        said.append(self._text(decision, leader=leader, sentences=told, chi2=f"{self.ratio.chi2:.1f}", p=self._p()))
        return " ".join(said)

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
