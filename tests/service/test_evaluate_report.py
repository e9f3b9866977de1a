"""The report from rows alone: numbers one gets by hand, verdicts that are careful, a page that is safe."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.answer.presets import PRESETS
from service.evaluate import plan
from service.evaluate.cases import checked
from service.evaluate.report import against, build, naming
from service.evaluate.report.html import page
from service.evaluate.report.scored import Scored, scored
from service.evaluate.report.types import Report
from service.evaluate.types import Arm, Result, Run, StoredCase
from service.statistics.arm import wilson
from service.statistics.verdict import FEWEST, FEWEST_CLUSTERS

CORPUS = {"hash": "h", "embedder": "e", "documents": 3}


def case(number: int, *, doc: str = "a.md", tags: list[str] | None = None, answerable: bool = True) -> StoredCase:
    given: dict[str, Any] = {"id": f"q{number}", "question": f"What is fact {number}?", "tags": tags or ["en"]}
    if answerable:
        given |= {"answers": [f"value{number}"], "gold_passages": [{"doc": doc, "text": f"is value{number}"}]}
    draft = checked({**given, "answerable": answerable})
    return StoredCase(draft.id, number, "accepted", draft.body)


def said(
    number: int, text: str, *, found: bool = True, finish: str = "answered", total: float = 1.0,
    cost: float | None = 0.5, approach: str = "rag",
) -> dict[str, Any]:  # fmt: skip
    passage = {
        "document_id": "d", "name": f"{number}.md", "version": 1, "chunk_id": "c",
        "text": f"Fact {number} is value{number}.",
        "heading": [], "page": None, "start": 0, "end": 20, "score": 1.0, "ranks": {},
    }  # fmt: skip
    return {
        "id": "x", "variant": "v", "approach": approach, "model": "m", "text": text, "finish": finish, "citations": [],
        "passages": [passage] if found else [], "usage": {"prompt_tokens": 100, "completion_tokens": 10}, "cost": cost,
        "timings": {"queue": 0.0, "retrieve": 0.1, "first_token": total / 2, "total": total}, "trace": [],
        "error": {"code": "model_cut", "message": "It broke.", "hint": ""} if finish == "failed" else None,
    }  # fmt: skip


def run_of(arms: tuple[Arm, ...], total: int, done: int | None = None, **spec: Any) -> Run:
    return Run(
        id="run_1", dataset_id="set_1", dataset_name="facts", status="finished", arms=arms,
        spec={"metrics": (), "references": (), **spec}, collection="default", seed=1, repeats=1,
        provenance={"corpus": CORPUS, "cases": {}}, warnings=(), at_once=1, total=total,
        done=total if done is None else done, failed_answers=0, waiting=None, error=None, again_of=None,
        created_at="", started_at="", finished_at="",
    )  # fmt: skip


Says = Mapping[str, Callable[[int], dict[str, Any]]]


def reported(
    cases: list[StoredCase], says: Says, *, references: tuple[Any, ...] = (),
    variants: tuple[str, ...] = ("plain", "rag"), repeats: int = 1, **spec: Any,
) -> tuple[Report, Scored]:  # fmt: skip
    arms = plan.arms([one for one in PRESETS if one.name in variants], references, "m")
    results = [
        Result(one.id, arm, repeat, 0, answer, answer["finish"])
        for arm, say in says.items()
        for one in cases
        for repeat in range(repeats)
        for answer in [say(one.ordinal)]
    ]
    found = scored(run_of(arms, len(results), **spec), cases, results)
    return build.made(found, None), found


def right(number: int) -> dict[str, Any]:
    return said(number, f"It is value{number}.")


def wrong(number: int) -> dict[str, Any]:
    return said(number, "It is something else.", approach="plain", found=False)


def arm(report: Report, name: str) -> Any:
    return next(one for one in report.arms if one.variant == name)


def compared(report: Report, metric: str = "correct") -> Any:
    return next(one for one in report.comparisons if (one.a, one.b, one.metric) == ("rag", "plain", metric))


def spread(n: int, **more: Any) -> list[StoredCase]:
    """Cases about as many documents."""
    return [case(number, doc=f"{number}.md", **more) for number in range(n)]


def test_means_and_intervals_are_wilsons() -> None:
    cases = spread(50)
    report, _ = reported(cases, {"plain": wrong, "rag": lambda n: right(n) if n < 42 else wrong(n)})
    one = arm(report, "rag").metrics["correct"]
    assert (one.mean, one.n) == (0.84, 50)
    assert (one.low, one.high) == (pytest.approx(0.71486, abs=1e-5), pytest.approx(0.91663, abs=1e-5))
    zero = arm(report, "plain").metrics["correct"]
    assert (zero.mean, zero.low, zero.high) == (0.0, 0.0, pytest.approx(wilson(0.0, 50)[1], abs=1e-6))


def test_a_clear_difference_is_decided_and_said_first() -> None:
    report, _ = reported(spread(50), {"plain": wrong, "rag": lambda n: right(n) if n < 42 else wrong(n)})
    one = compared(report)
    assert (one.difference, one.verdict, one.more_needed, one.n) == (0.84, "better", 0, 50)
    first = report.verdicts[0]
    assert (first.a, first.b, first.metric, first.verdict) == ("rag", "plain", "correct", "better")
    assert first.text["en"].startswith("RAG is better than Plain on Correct by 84 points")
    assert "n = 50" in first.text["en"]
    assert "84" in first.text["zh-TW"]


def test_a_run_of_eight_says_undecided_whatever_it_saw() -> None:
    report, _ = reported(spread(8), {"plain": wrong, "rag": right})
    one = compared(report)
    assert (one.difference, one.verdict) == (1.0, "undecided")
    assert one.more_needed is not None
    assert one.more_needed > 0
    assert report.verdicts[0].text["en"].startswith("Not decided yet")


def test_questions_about_one_document_count_for_less() -> None:
    cases = [case(number, doc=f"{number % 6}.md") for number in range(48)]

    def by_document(number: int) -> dict[str, Any]:
        return right(number) if number % 6 < 3 else wrong(number)

    clustered, _ = reported(cases, {"plain": wrong, "rag": by_document})
    alone, _ = reported(spread(48), {"plain": wrong, "rag": by_document})
    one, other = arm(clustered, "rag").metrics["correct"], arm(alone, "rag").metrics["correct"]
    assert (one.mean, one.clusters, other.clusters) == (other.mean, 6, 48)
    assert one.high - one.low > 1.5 * (other.high - other.low)
    assert compared(alone).verdict == "better"
    assert compared(clustered).verdict == "undecided", "six documents are six draws"


def test_failures_are_wrong_answers_and_no_latencies() -> None:
    def rag(number: int) -> dict[str, Any]:
        if number < 2:
            return said(number, "", finish="failed", total=60.0, cost=None)
        return said(number, f"It is value{number}.", total=2.0)

    report, _ = reported(spread(10), {"plain": wrong, "rag": rag})
    one = arm(report, "rag")
    assert (one.failed, one.answers, one.n) == (2, 10, 10)
    assert (one.metrics["correct"].mean, one.metrics["correct"].n) == (0.8, 10)
    assert one.latency.total["p95"].value == 2.0
    assert one.latency.total["p95"].n == 8
    assert one.metrics["total"].mean == 2.0


def test_money_is_told_per_correct_answer() -> None:
    report, _ = reported(spread(10), {"plain": wrong, "rag": lambda n: right(n) if n < 4 else wrong(n)})
    spent = arm(report, "rag").spent
    assert (spent.total, spent.per_answer, spent.per_correct) == (5.0, 0.5, 1.25)
    assert arm(report, "plain").spent.per_correct is None, "nothing was right"
    assert spent.prompt_tokens == 1000


def test_an_unknown_price_stays_unknown() -> None:
    report, _ = reported(spread(4), {"plain": wrong, "rag": lambda n: said(n, f"value{n}", cost=None)})
    spent = arm(report, "rag").spent
    assert (spent.total, spent.per_answer, spent.per_correct, spent.known) == (None, None, None, 0)
    assert next(one for one in report.pareto if one.variant == "rag").cost is None


def test_repeats_are_one_question() -> None:
    turns = iter(range(1000))
    report, _ = reported(
        spread(5), {"plain": wrong, "rag": lambda n: right(n) if next(turns) % 2 else wrong(n)}, repeats=2
    )
    one = arm(report, "rag")
    assert (one.metrics["correct"].mean, one.metrics["correct"].n, one.answers) == (0.5, 5, 10)
    assert one.stability == 0.0
    assert arm(report, "plain").stability == 1.0


def test_the_reference_arms_say_what_the_documents_are_worth() -> None:
    says = {"plain": wrong, "rag": lambda n: right(n) if n < 20 else wrong(n), "oracle": right,
            "refuse": lambda n: said(n, "No.", finish="declined", found=False)}  # fmt: skip
    report, _ = reported(spread(40), says, references=plan.REFERENCES)
    lifts = {one.name: one for one in report.references if one.metric == "correct"}
    assert lifts["rag_lift"].difference == 0.5
    assert lifts["rag_lift"].b == "closed_book", "plain's answers stand for it"
    assert lifts["generation_gap"].difference == 0.5
    assert lifts["above_refusing"].difference == 0.5
    assert arm(report, "closed_book").alias_of == "plain"
    assert arm(report, "closed_book").metrics["correct"].n == 40
    assert {one.a for one in report.comparisons} == {"rag"}, "references are no candidates"
    told = " ".join(one.text["en"] for one in report.verdicts)
    assert "The documents add +50 points" in told
    assert "A perfect search would add +50 points" in told


@pytest.mark.parametrize(
    ("questions", "documents", "told"),
    [
        (8, 8, "No verdict: that needs 20 questions."),
        (40, 4, "No verdict: that needs questions about 6 documents."),
        (40, 40, ""),
    ],
)
def test_what_the_documents_add_is_no_verdict_where_none_is_given(questions: int, documents: int, told: str) -> None:
    cases = [case(number, doc=f"{number % documents}.md") for number in range(questions)]
    report, _ = reported(cases, {"plain": wrong, "rag": right, "oracle": right}, references=("closed_book", "oracle"))
    (text,) = (one.text for one in report.verdicts if "The documents add +100 points" in one.text["en"])
    assert told in text["en"]
    assert ("No verdict" in text["en"], "尚非定論" in text["zh-TW"]) == (bool(told), bool(told))


def test_an_arm_that_nothing_was_asked_of_is_not_counted() -> None:
    report, found = reported(spread(8), {"plain": wrong, "rag": right}, references=("oracle",))
    assert [one.variant for one in report.arms] == ["plain", "rag"]
    assert "8 questions · 2 arms" in page(report, "en").html
    halfway = replace(found, run=replace(found.run, total=24))
    assert [one.variant for one in build.made(halfway, None).arms] == ["plain", "rag", "oracle"], "its turn may come"


def test_the_page_says_below_how_many_questions_nothing_is_decided() -> None:
    few, _ = reported(spread(8), {"plain": wrong, "rag": right})
    enough, _ = reported(spread(40), {"plain": wrong, "rag": lambda n: right(n) if n < 3 else wrong(n)})
    assert ">undecided (under 20 questions)</span>" in page(few, "en").html
    assert re.search(r">undecided \(about \d+ more\)</span>", page(enough, "en").html)
    assert "about how many more questions would tell the difference from none" in page(enough, "en").html


@pytest.mark.parametrize(("name", "value"), [("FEWEST_QUESTIONS", FEWEST), ("FEWEST_DOCUMENTS", FEWEST_CLUSTERS)])
def test_the_workspace_decides_nothing_below_the_same_numbers(name: str, value: int) -> None:
    source = Path(__file__).parents[2] / "frontend/src/workspace/evaluate/report/intervals.ts"
    assert f"export const {name} = {value}\n" in source.read_text("utf-8")


def test_every_answer_stands_in_one_cell() -> None:
    def rag(number: int) -> dict[str, Any]:
        return [
            right(number),
            said(number, "It is something else."),
            said(number, "It is something else.", found=False),
            said(number, "I do not know.", finish="declined"),
            said(number, "I do not know.", finish="declined", found=False),
            said(number, f"value{number}", found=False),
            said(number, "", finish="failed"),
            said(number, "It is something else."),
        ][number]

    def plain(number: int) -> dict[str, Any]:
        return said(number, f"value{number}", approach="plain", found=False) if number == 7 else wrong(number)

    report, _ = reported(spread(8), {"plain": plain, "rag": rag})
    (one,) = (found for found in report.diagnosis.arms if found.variant == "rag")
    assert {name: cell.cases for name, cell in one.cells.items()} == {
        "good": ("q0",), "generation_miss": ("q1",), "retrieval_miss": ("q2",), "over_cautious": ("q3",),
        "honest_miss": ("q4",), "prior_knowledge": ("q5",), "failed": ("q6",), "distracted": ("q7",),
    }  # fmt: skip
    assert {kind.name for kind in report.diagnosis.kinds} >= set(one.cells)


def test_flips_have_both_answers() -> None:
    says = {"plain": lambda n: right(n) if n == 0 else wrong(n), "rag": lambda n: wrong(n) if n < 2 else right(n)}
    report, _ = reported(spread(6), says)
    (one,) = report.flips
    assert (one.a, one.b, one.regressed, one.improved) == ("rag", "plain", 1, 4)
    assert [flip.case_id for flip in one.regressions] == ["q0"]
    assert one.regressions[0].b_text == "It is value0."
    assert one.regressions[0].a_text == "It is something else."


def test_small_slices_decide_nothing() -> None:
    cases = [
        *(case(number, doc=f"{number}.md", tags=["large"]) for number in range(40)),
        *(case(number, doc=f"{number}.md", tags=["small"]) for number in range(40, 60)),
    ]
    report, _ = reported(cases, {"plain": wrong, "rag": right})
    found = {one.tag: one for one in report.slices}
    assert (found["large"].n, found["small"].n) == (40, 20)
    assert [one.verdict for one in found["large"].comparisons] == ["better"]
    assert found["small"].comparisons == ()
    assert found["small"].arms["rag"]["correct"].mean == 1.0


def test_only_what_was_asked_for_is_shown_and_tested() -> None:
    report, _ = reported(spread(30), {"plain": wrong, "rag": right}, metrics=("total", "correct"))
    assert report.metrics == ("correct", "total")
    assert {one.metric for one in report.comparisons} == {"correct", "total"}
    assert report.headline == "correct"


def test_one_variant_is_told_by_itself() -> None:
    report, _ = reported(spread(30), {"rag": right}, variants=("rag",))
    assert report.comparisons == ()
    assert report.verdicts[0].text["en"].startswith("RAG has 100 % on Correct")


def test_a_metric_that_crashes_is_a_hole_and_not_a_crash(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def boom(*_: Any) -> float:
        raise ZeroDivisionError

    module = __import__("service.evaluate.report.scored", fromlist=["METRICS"])
    broken = {name: replace(one, score=boom) if name == "f1" else one for name, one in module.METRICS.items()}
    monkeypatch.setattr(module, "METRICS", broken)
    report, _ = reported(spread(3), {"plain": wrong, "rag": right})
    assert "f1" not in arm(report, "rag").metrics
    assert arm(report, "rag").metrics["correct"].mean == 1.0
    assert "f1 could not be computed" in caplog.text


def test_runs_on_other_documents_are_not_comparable() -> None:
    _, one = reported(spread(30), {"plain": wrong, "rag": right})
    _, other = reported(spread(30), {"plain": wrong, "rag": lambda n: right(n) if n < 10 else wrong(n)})
    same = against.compared(one, other)
    assert (same.comparable, same.n) == (True, 30)
    mine = next(found for found in same.comparisons if (found.a, found.metric) == ("rag", "correct"))
    assert mine.difference == pytest.approx(2 / 3, abs=1e-5)
    assert mine.verdict == "better"
    moved = replace(other.run, provenance={"corpus": {**CORPUS, "hash": "other"}, "cases": {}})
    apart = against.compared(one, replace(other, run=moved))
    assert (apart.comparable, apart.comparisons) == (False, ())
    assert "different documents" in apart.reasons[0]


def test_only_documents_are_wanting_and_no_number_of_questions_is_said() -> None:
    cases = [case(number, doc=f"{number % 5}.md") for number in range(40)]
    report, _ = reported(cases, {"plain": wrong, "rag": right})
    one = compared(report)
    assert (one.verdict, one.clusters, one.more_needed) == ("undecided", 5, None)
    assert "more questions" not in one.sentence
    few, _ = reported(cases[:8], {"plain": wrong, "rag": right})
    assert compared(few).more_needed >= 12, "too few questions as well"


def test_payback_is_shown_only_where_something_was_trained_and_with_numbers_that_are_known() -> None:
    free = {"plain": lambda n: said(n, "no", approach="plain", found=False, cost=0.0), "rag": right}
    report, _ = reported(spread(30), free)
    assert "break-even" not in page(report, "en").html.split("<script>")[0]
    plain, rag = report.break_even.arms
    tuned = replace(rag, variant="tuned", tuned=True, cost=None)
    trained = replace(report, break_even=replace(report.break_even, arms=(plain, rag, tuned)))
    text = page(trained, "en").html
    values = dict(re.findall(r'<input name="(\w+)" type="number"[^>]*?(?: value="([^"]*)")?></label>', text))
    assert values == {"cost": "", "before": "0", "after": "", "months": "12"}
    priced = replace(trained.break_even, training_cost=4.0, arms=(plain, replace(tuned, cost=0.25)))
    text = page(replace(trained, break_even=priced), "en").html
    values = dict(re.findall(r'<input name="(\w+)" type="number"[^>]*?(?: value="([^"]*)")?></label>', text))
    assert values == {"cost": "4", "before": "0", "after": "0.25", "months": "12"}


def test_arms_are_called_the_same_everywhere() -> None:
    says = {"plain": wrong, "rag": right, "oracle": right, "refuse": declines}
    report, _ = reported(spread(40), says, references=plan.REFERENCES)
    assert [one.label for one in report.arms] == ["Plain", "RAG", "Model alone", "Perfect search", "Always declining"]
    assert report.verdicts[0].text["en"].startswith("RAG is better than Plain")
    assert "RAG 比 直接回答 好" in report.verdicts[0].text["zh-TW"]
    for language, called in (("en", ("Plain", "Always declining")), ("zh-TW", ("直接回答", "一律婉拒"))):
        text = page(report, language).html
        assert all(f"<th>{one}</th>" in text for one in called)
        assert "Documents (RAG)" not in text
    assert naming.names([replace(one, kind="variant", variant=f"v{n}", label="Mine") for n, one in
                         enumerate(report.arms)], "en") == {f"v{n}": f"v{n}" for n in range(5)}  # fmt: skip


def declines(number: int) -> dict[str, Any]:
    return said(number, "No.", finish="declined", found=False)


def test_arms_that_search_nothing_have_no_measures_of_a_search() -> None:
    says = {"plain": wrong, "rag": declines, "oracle": right, "refuse": declines}
    report, _ = reported(spread(10), says, references=plan.REFERENCES)
    assert arm(report, "rag").metrics["hit_5"].mean == 0.0
    for name in ("plain", "closed_book", "oracle", "refuse"):
        assert not {"hit_5", "mrr_10", "recall_5", "context_precision"} & set(arm(report, name).metrics), name
    assert "uncited" not in arm(report, "refuse").metrics
    assert arm(report, "refuse").metrics["correct"].mean == 0.0
    for name in ("first_token", "total", "cost", "prompt_tokens", "completion_tokens"):
        assert name in arm(report, "oracle").metrics, name
        assert name not in arm(report, "refuse").metrics, f"nobody is asked, so there is no {name}"
    assert "error" in arm(report, "refuse").metrics
    line = next(
        row for row in page(report, "en").html.split("<tr>") if '<small>refuse</small></td><td class="n">' in row
    )
    assert not re.search(r"\$|unknown| s<", line), "nor is there a price or a clock on the page"
    assert (arm(report, "refuse").latency.total, bool(arm(report, "rag").latency.total)) == ({}, True)
    assert {one.variant for one in report.diagnosis.arms} == {"rag", "oracle"}, "who declines unasked misses nothing"


@pytest.mark.parametrize(
    ("good", "told"),
    [
        (40, "RAG gets 100 % , 100 points more "),
        (0, "RAG gets 0 % , as much "),
        (1, "RAG gets 2 % , 2 points more "),
    ],
)
def test_what_always_declining_gets_is_said_in_plain_words(good: int, told: str) -> None:
    says = {"plain": wrong, "rag": lambda n: right(n) if n < good else wrong(n), "refuse": declines}
    report, _ = reported(spread(40), says, references=("refuse",))
    (text,) = (one.text["en"] for one in report.verdicts if "Declining every question" in one.text["en"])
    assert text.startswith("Declining every question would get 0 % on Correct; ")
    assert told.replace(" ,", ",") in text
    assert text.endswith("chance alone could do it.") == (good == 1), "nothing is open about no difference"


@pytest.mark.parametrize(("declined", "good"), [(2, 5), (1, 4), (3, 2)])
def test_the_points_are_those_between_the_shares_beside_them(declined: int, good: int) -> None:
    cases = [case(number, doc=f"{number}.md", answerable=number >= declined) for number in range(8)]
    rag = [*[declines] * declined, *[right] * good, *[wrong] * 8]
    says = {"plain": wrong, "refuse": declines, "rag": lambda n: rag[n](n)}
    report, _ = reported(cases, says, references=("refuse",))
    (text,) = (one.text["en"] for one in report.verdicts if "Declining every question" in one.text["en"])
    told = re.match(r"Declining every question would get (\d+) % on Correct; RAG gets (\d+) %, (\d+) points more", text)
    assert told, text
    low, high, more = map(int, told.groups())
    assert high - low == more


def test_differences_of_truthfulness_reach_from_minus_two_to_two() -> None:
    report, _ = reported(spread(40), {"plain": wrong, "rag": right})
    assert compared(report, "truthfulness").difference == 2.0
    chart = next(one for one in page(report, "en").html.split("<h3>") if "+200" in one)
    (x,) = re.findall(r'<circle cx="([0-9.]+)"', chart)
    ticks = {said: float(at) for at, said in re.findall(r'<text class="faint" x="([0-9.]+)"[^>]*>([^<]+)<', chart)}
    assert (ticks["+200"], ticks["+0"] < ticks["+100"] < ticks["+200"]) == (float(x), True)


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_the_page_is_whole_safe_and_alone(language: str) -> None:
    cases = [
        replace(one, body={**one.body, "question": HOSTILE, "tags": [HOSTILE, f"t{one.ordinal}"]}) for one in spread(40)
    ]
    says = {"plain": lambda n: said(n, HOSTILE, approach="plain", found=False), "rag": right}
    report, _ = reported(cases, says)
    made = page(replace(report, dataset=HOSTILE, warnings=(HOSTILE,)), language)
    assert "<script>alert" not in made.html
    assert "<img" not in made.html
    assert made.html.count("<script>") == 1
    assert not re.search(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//""", made.html)
    assert "default-src 'none'" in made.policy
    assert "unsafe-inline" not in made.policy
    assert made.html.count("<svg") >= 3
    assert 'class="zero"' in made.html
    assert "n = 40" in made.html
    assert f'lang="{language}"' in made.html


def test_a_model_that_costs_nothing_is_shown_to_cost_nothing() -> None:
    """Money, seconds and tokens are no shares: where they never vary there is a point, and no detectable difference."""
    cases = [case(number, doc=f"{number % 9}.md") for number in range(80)]
    free = {"plain": lambda n: wrong(n) | {"cost": 0.0}, "rag": lambda n: right(n) | {"cost": 0.0}}
    report, _ = reported(cases, free)
    for name in free:
        cost = arm(report, name).metrics["cost"]
        assert (cost.mean, cost.low, cost.high) == (0.0, 0.0, 0.0)
    apart = compared(report, "cost")
    assert (apart.difference, apart.low, apart.high, apart.detectable) == (0.0, 0.0, 0.0, None)
