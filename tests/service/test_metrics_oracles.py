"""Ranking metrics against trec_eval (pytrec_eval)."""

from __future__ import annotations

import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from service.metrics import METRICS, Answered, Case, GoldPassage, Retrieved

DEPTH = 12


@given(st.sets(st.integers(0, DEPTH + 3), min_size=1, max_size=8), st.permutations(range(DEPTH)))
def test_ranking_metrics_are_those_of_trec_eval(gold: set[int], order: list[int]) -> None:
    """One fact a passage: then facts are relevant documents. Some gold is never retrieved."""
    case = Case("q", "?", gold_passages=tuple(GoldPassage("doc", f"fact <{at}>") for at in sorted(gold)))
    passages = tuple(Retrieved("doc", f"This is fact <{at}>.", rank) for rank, at in enumerate(order, 1))
    answer = Answered("an answer", passages=passages, grounded=True)
    evaluator = pytrec_eval.RelevanceEvaluator(
        {"q": {str(at): 1 for at in gold}},
        {"ndcg_cut.10", "recall.5,10", "success.1,5,10", "recip_rank"},
    )
    wanted = evaluator.evaluate({"q": {str(at): float(DEPTH - rank) for rank, at in enumerate(order)}})["q"]
    theirs = {
        "ndcg_10": wanted["ndcg_cut_10"],
        "recall_5": wanted["recall_5"],
        "recall_10": wanted["recall_10"],
        "hit_1": wanted["success_1"],
        "hit_5": wanted["success_5"],
        "hit_10": wanted["success_10"],
        "mrr_10": wanted["recip_rank"] if wanted["success_10"] else 0.0,
    }
    ours = {name: METRICS[name].score(case, answer) for name in theirs}
    assert ours == pytest.approx(theirs, abs=1e-6)
