"""All metrics of one answer, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from service.metrics import abstention, citation, expense, reference, retrieval
from service.metrics.types import Answered, Case
from service.statistics.arm import Range

Family = Literal["answer", "abstention", "retrieval", "citation", "cost", "latency"]
Kind = Literal["binary", "score", "seconds", "count", "money"]
Needs = Literal["answers", "nuggets", "answerable", "gold", "documents", "usage", "price", "clock"]
Score = Callable[[Case, Answered], float | None]

POINTS = 0.02


@dataclass(frozen=True, slots=True)
class Metric:
    """One function of (case, answer); None where it does not apply. One that raises is its caller's failure row.

    `version` rises when the same row would score differently. `unit` is "" for what has a range, from `lowest` to 1.
    `needs` is what the case, or the arm, must have. `margin`, in the metric's unit, is what nobody would act on.
    """

    name: str
    label: str
    label_zh: str
    family: Family
    kind: Kind
    meaning: str
    score: Score
    higher_is_better: bool = True
    needs: tuple[Needs, ...] = ()
    unit: str = ""
    margin: float | None = POINTS
    lowest: float = 0.0
    version: int = 1

    @property
    def within(self) -> Range | None:
        """The least and the most it can be; None for money, seconds and numbers of words, which have no most."""
        return None if self.unit else (self.lowest, 1.0)


def _truthfulness(case: Case, answer: Answered) -> float | None:
    return abstention.truth(abstention.outcome(case, answer, reference.correct(case, answer)))


def _attempted(case: Case, answer: Answered) -> float | None:
    return reference.correct(case, answer) if case.answerable and not answer.declined else None


_GOLD: tuple[Needs, ...] = ("gold", "documents")

# fmt: off
_ALL = (
    Metric("correct", "Correct", "答對", "answer", "binary",
           "Right answers and right declines, of all", reference.correct, needs=("answers",), version=2),
    Metric("truthfulness", "Truthfulness", "可信度", "abstention", "score",
           "+1 right, 0 declined, -1 wrong or invented",
           _truthfulness, needs=("answers", "answerable"), lowest=-1.0, version=2),
    Metric("contains", "Holds the reference", "包含參考答案", "answer", "binary",
           "A short reference stands in the answer; yes and no by polarity",
           reference.contains, needs=("answers",), version=2),
    Metric("exact", "Exact match", "完全相符", "answer", "binary",
           "The answer is a reference, spelling aside", reference.exact, needs=("answers",), version=2),
    Metric("f1", "F1", "F1", "answer", "score",
           "Words shared with the closest reference (Chinese: characters)",
           reference.f1, needs=("answers",), version=2),
    Metric("numeric", "Numbers right", "數字正確", "answer", "binary",
           "The reference's numbers and dates stand in the answer, units included",
           reference.numeric, needs=("answers",)),
    Metric("nuggets", "Facts told", "要點涵蓋率", "answer", "score",
           "Share of a long answer's facts that were told", reference.nuggets, needs=("nuggets",), version=2),
    Metric("attempted", "Right when answered", "作答正確率", "abstention", "binary",
           "Right answers among those attempted", _attempted, needs=("answers",), version=2),
    Metric("coverage", "Attempted", "作答率", "abstention", "binary",
           "Answerable questions that were not declined", abstention.coverage, needs=("answerable",)),
    Metric("declined_rightly", "Declined rightly", "正確婉拒", "abstention", "binary",
           "Unanswerable questions that were declined", abstention.declined_rightly, needs=("answerable",)),
    Metric("declined_wrongly", "Declined wrongly", "誤拒", "abstention", "binary",
           "Answerable questions that were declined",
           abstention.declined_wrongly, higher_is_better=False, needs=("answerable",)),
    Metric("asked_back", "Asked back", "反問", "abstention", "binary",
           "Underspecified questions answered with a question", abstention.asked_back, needs=("answerable",)),
    *(
        Metric(f"hit_{k}", f"Hit@{k}", f"前 {k} 段命中", "retrieval", "binary",
               f"A passage with the answer is among the first {k}" if k > 1 else "The first passage holds the answer",
               partial(retrieval.hit, k=k), needs=_GOLD)
        for k in (1, 3, 5, 10)
    ),
    Metric("document_hit_5", "Document hit@5", "前 5 段文件命中", "retrieval", "binary",
           "A passage of the right document is among the first 5", partial(retrieval.document_hit, k=5), needs=_GOLD),
    *(
        Metric(f"recall_{k}", f"Recall@{k}", f"前 {k} 段召回率", "retrieval", "score",
               f"Share of the facts that the first {k} passages hold", partial(retrieval.recall, k=k), needs=_GOLD)
        for k in (5, 10)
    ),
    Metric("mrr_10", "MRR@10", "MRR@10", "retrieval", "score",
           "1 / rank of the first passage with the answer", partial(retrieval.reciprocal_rank, k=10), needs=_GOLD),
    Metric("ndcg_10", "nDCG@10", "nDCG@10", "retrieval", "score",
           "How high the facts stand, each counted once", partial(retrieval.ndcg, k=10), needs=_GOLD),
    Metric("context_precision", "Useful context", "有用內容比例", "retrieval", "score",
           "Share of the retrieved text in passages with the answer", retrieval.context_precision, needs=_GOLD),
    Metric("context_tokens", "Retrieved words", "檢索字數", "retrieval", "count",
           "Words retrieved (Chinese: characters)",
           retrieval.context_tokens, higher_is_better=False, needs=("documents",), unit="words", margin=None),
    Metric("citation_recall", "Statements borne out", "陳述有據", "citation", "score",
           "Share of statements that what they cite bears", citation.recall, needs=("documents",)),
    Metric("citation_precision", "Citations that help", "引用有用", "citation", "score",
           "Share of citations that bear their statement", citation.precision, needs=("documents",)),
    Metric("gold_citation_precision", "Right citations", "引用正確", "citation", "score",
           "Share of citations that hold what was asked for", citation.gold_precision, needs=_GOLD),
    Metric("gold_citation_recall", "Right documents cited", "正確文件被引用", "citation", "score",
           "Share of the right documents that are cited", citation.gold_recall, needs=_GOLD),
    Metric("uncited", "Uncited", "無引用", "citation", "binary",
           "Answers without any citation", citation.uncited, higher_is_better=False, needs=("documents",)),
    Metric("dangling", "Dangling citations", "引用落空", "citation", "binary",
           "Answers with a marker that points to nothing",
           citation.dangling, higher_is_better=False, needs=("documents",)),
    Metric("invented_number", "Invented numbers", "捏造數字", "citation", "binary",
           "Answers with a number from neither passages nor question",
           citation.invented_number, higher_is_better=False, needs=("documents",)),
    Metric("prompt_tokens", "Prompt tokens", "提示 token 數", "cost", "count",
           "Tokens sent to the model",
           expense.prompt_tokens, higher_is_better=False, needs=("usage",), unit="tokens", margin=None),
    Metric("completion_tokens", "Answer tokens", "回答 token 數", "cost", "count",
           "Tokens the model wrote",
           expense.completion_tokens, higher_is_better=False, needs=("usage",), unit="tokens", margin=None),
    Metric("cost", "Cost", "成本", "cost", "money",
           "Money for one answer, by the price table",
           expense.cost, higher_is_better=False, needs=("price",), unit="USD", margin=None),
    Metric("first_token", "First token", "首字時間", "latency", "seconds",
           "Seconds until the answer began",
           expense.first_token, higher_is_better=False, needs=("clock",), unit="s", margin=0.1),
    Metric("total", "Whole answer", "總時間", "latency", "seconds",
           "Seconds until the answer was whole",
           expense.total, higher_is_better=False, needs=("clock",), unit="s", margin=0.2),
    Metric("error", "Errors", "錯誤率", "latency", "binary",
           "Answers that failed or broke off", expense.error, higher_is_better=False),
)
# fmt: on

METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _ALL}
"""Name -> metric."""
