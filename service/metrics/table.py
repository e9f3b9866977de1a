"""All metrics of one answer, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from service.metrics import abstention, citation, expense, reference, retrieval
from service.metrics.types import Answered, Case

Family = Literal["answer", "abstention", "retrieval", "citation", "cost", "latency"]
Kind = Literal["binary", "score", "seconds", "count", "money"]
Needs = Literal["answers", "nuggets", "answerable", "gold", "documents", "usage", "price", "clock"]
Score = Callable[[Case, Answered], float | None]

POINTS = 0.02


@dataclass(frozen=True, slots=True)
class Metric:
    """One function of (case, answer); None where it does not apply. One that raises is its caller's failure row.

    `version` rises when the same row would score differently. `unit` is "" for what lies in 0..1 (truthfulness: -1..1).
    `needs` is what the case, or the arm, must have. `margin`, in the metric's unit, is what nobody would act on.
    """

    name: str
    label: str
    label_zh: str
    family: Family
    meaning: str
    kind: Kind
    score: Score
    higher_is_better: bool = True
    needs: tuple[Needs, ...] = ()
    unit: str = ""
    margin: float | None = POINTS
    version: int = 1


def _truthfulness(case: Case, answer: Answered) -> float | None:
    return abstention.truth(abstention.outcome(case, answer, reference.correct(case, answer)))


def _attempted(case: Case, answer: Answered) -> float | None:
    return reference.correct(case, answer) if case.answerable and not answer.declined else None


_GOLD: tuple[Needs, ...] = ("gold", "documents")

_ALL = (
    Metric(
        "correct",
        "Correct",
        "答對",
        "answer",
        "Right answers and right declines, of all",
        "binary",
        reference.correct,
        needs=("answers",),
    ),
    Metric(
        "truthfulness",
        "Truthfulness",
        "可信度",
        "abstention",
        "+1 right, 0 declined, -1 wrong or invented",
        "score",
        _truthfulness,
        needs=("answers", "answerable"),
    ),
    Metric(
        "contains",
        "Holds the reference",
        "包含參考答案",
        "answer",
        "A short reference stands in the answer; yes and no by polarity",
        "binary",
        reference.contains,
        needs=("answers",),
    ),
    Metric(
        "exact",
        "Exact match",
        "完全相符",
        "answer",
        "The answer is a reference, spelling aside",
        "binary",
        reference.exact,
        needs=("answers",),
    ),
    Metric(
        "f1",
        "F1",
        "F1",
        "answer",
        "Words shared with the closest reference (Chinese: characters)",
        "score",
        reference.f1,
        needs=("answers",),
    ),
    Metric(
        "numeric",
        "Numbers right",
        "數字正確",
        "answer",
        "The reference's numbers and dates stand in the answer, units included",
        "binary",
        reference.numeric,
        needs=("answers",),
    ),
    Metric(
        "nuggets",
        "Facts told",
        "要點涵蓋率",
        "answer",
        "Share of a long answer's facts that were told",
        "score",
        reference.nuggets,
        needs=("nuggets",),
    ),
    Metric(
        "attempted",
        "Right when answered",
        "作答正確率",
        "abstention",
        "Right answers among those attempted",
        "binary",
        _attempted,
        needs=("answers",),
    ),
    Metric(
        "coverage",
        "Attempted",
        "作答率",
        "abstention",
        "Answerable questions that were not declined",
        "binary",
        abstention.coverage,
        needs=("answerable",),
    ),
    Metric(
        "declined_rightly",
        "Declined rightly",
        "正確婉拒",
        "abstention",
        "Unanswerable questions that were declined",
        "binary",
        abstention.declined_rightly,
        needs=("answerable",),
    ),
    Metric(
        "declined_wrongly",
        "Declined wrongly",
        "誤拒",
        "abstention",
        "Answerable questions that were declined",
        "binary",
        abstention.declined_wrongly,
        False,
        needs=("answerable",),
    ),
    Metric(
        "asked_back",
        "Asked back",
        "反問",
        "abstention",
        "Underspecified questions answered with a question",
        "binary",
        abstention.asked_back,
        needs=("answerable",),
    ),
    *(
        Metric(
            f"hit_{k}",
            f"Hit@{k}",
            f"前 {k} 段命中",
            "retrieval",
            f"A passage with the answer is among the first {k}" if k > 1 else "The first passage holds the answer",
            "binary",
            partial(retrieval.hit, k=k),
            needs=_GOLD,
        )
        for k in (1, 3, 5, 10)
    ),
    Metric(
        "document_hit_5",
        "Document hit@5",
        "前 5 段文件命中",
        "retrieval",
        "A passage of the right document is among the first 5",
        "binary",
        partial(retrieval.document_hit, k=5),
        needs=_GOLD,
    ),
    *(
        Metric(
            f"recall_{k}",
            f"Recall@{k}",
            f"前 {k} 段召回率",
            "retrieval",
            f"Share of the facts that the first {k} passages hold",
            "score",
            partial(retrieval.recall, k=k),
            needs=_GOLD,
        )
        for k in (5, 10)
    ),
    Metric(
        "mrr_10",
        "MRR@10",
        "MRR@10",
        "retrieval",
        "1 / rank of the first passage with the answer",
        "score",
        partial(retrieval.reciprocal_rank, k=10),
        needs=_GOLD,
    ),
    Metric(
        "ndcg_10",
        "nDCG@10",
        "nDCG@10",
        "retrieval",
        "How high the facts stand, each counted once",
        "score",
        partial(retrieval.ndcg, k=10),
        needs=_GOLD,
    ),
    Metric(
        "context_precision",
        "Useful context",
        "有用內容比例",
        "retrieval",
        "Share of the retrieved text in passages with the answer",
        "score",
        retrieval.context_precision,
        needs=_GOLD,
    ),
    Metric(
        "context_tokens",
        "Retrieved words",
        "檢索字數",
        "retrieval",
        "Words retrieved (Chinese: characters)",
        "count",
        retrieval.context_tokens,
        False,
        needs=("documents",),
        unit="words",
        margin=None,
    ),
    Metric(
        "citation_recall",
        "Statements borne out",
        "陳述有據",
        "citation",
        "Share of statements that what they cite bears",
        "score",
        citation.recall,
        needs=("documents",),
    ),
    Metric(
        "citation_precision",
        "Citations that help",
        "引用有用",
        "citation",
        "Share of citations that bear their statement",
        "score",
        citation.precision,
        needs=("documents",),
    ),
    Metric(
        "gold_citation_precision",
        "Right citations",
        "引用正確",
        "citation",
        "Share of citations that hold what was asked for",
        "score",
        citation.gold_precision,
        needs=_GOLD,
    ),
    Metric(
        "gold_citation_recall",
        "Right documents cited",
        "正確文件被引用",
        "citation",
        "Share of the right documents that are cited",
        "score",
        citation.gold_recall,
        needs=_GOLD,
    ),
    Metric(
        "uncited",
        "Uncited",
        "無引用",
        "citation",
        "Answers without any citation",
        "binary",
        citation.uncited,
        False,
        needs=("documents",),
    ),
    Metric(
        "dangling",
        "Dangling citations",
        "引用落空",
        "citation",
        "Answers with a marker that points to nothing",
        "binary",
        citation.dangling,
        False,
        needs=("documents",),
    ),
    Metric(
        "invented_number",
        "Invented numbers",
        "捏造數字",
        "citation",
        "Answers with a number from neither passages nor question",
        "binary",
        citation.invented_number,
        False,
        needs=("documents",),
    ),
    Metric(
        "prompt_tokens",
        "Prompt tokens",
        "提示 token 數",
        "cost",
        "Tokens sent to the model",
        "count",
        expense.prompt_tokens,
        False,
        needs=("usage",),
        unit="tokens",
        margin=None,
    ),
    Metric(
        "completion_tokens",
        "Answer tokens",
        "回答 token 數",
        "cost",
        "Tokens the model wrote",
        "count",
        expense.completion_tokens,
        False,
        needs=("usage",),
        unit="tokens",
        margin=None,
    ),
    Metric(
        "cost",
        "Cost",
        "成本",
        "cost",
        "Money for one answer, by the price table",
        "money",
        expense.cost,
        False,
        needs=("price",),
        unit="USD",
        margin=None,
    ),
    Metric(
        "first_token",
        "First token",
        "首字時間",
        "latency",
        "Seconds until the answer began",
        "seconds",
        expense.first_token,
        False,
        needs=("clock",),
        unit="s",
        margin=0.1,
    ),
    Metric(
        "total",
        "Whole answer",
        "總時間",
        "latency",
        "Seconds until the answer was whole",
        "seconds",
        expense.total,
        False,
        needs=("clock",),
        unit="s",
        margin=0.2,
    ),
    Metric("error", "Errors", "錯誤率", "latency", "Answers that failed or broke off", "binary", expense.error, False),
)

METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _ALL}
"""Name -> metric."""
