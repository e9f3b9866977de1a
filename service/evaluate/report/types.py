"""The report, as programs and pages read it. None stands for what is not known or cannot be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Word = Literal["better", "worse", "equivalent", "undecided"]


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over n questions with its 95 % interval; `clusters` counts the documents the questions are about."""

    mean: float | None
    low: float | None
    high: float | None
    n: int
    clusters: int
    method: str


@dataclass(frozen=True, slots=True)
class Percentile:
    """A percentile over the answers that did not fail, with its 95 % bootstrap interval. Seconds."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Latency:
    """Percentiles in seconds: until the first words, until the end, and of retrieval alone."""

    first_token: Mapping[str, Percentile]
    total: Mapping[str, Percentile]
    retrieve: Mapping[str, Percentile]


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens in all; money in US dollars: in all, an answer, a correct answer. `known` of `answers` had a price."""

    prompt_tokens: int
    completion_tokens: int
    total: float | None
    per_answer: float | None
    per_correct: float | None
    known: int
    answers: int


@dataclass(frozen=True, slots=True)
class ReportArm:
    """One arm. `n` questions, `answers` kept rows (questions x repeats), of which some failed or declined.

    `stability` is the share of questions graded the same in all repeats. `alias_of`: that arm's answers are these too.
    """

    variant: str
    label: str
    kind: str
    approach: str
    model: str
    alias_of: str | None
    n: int
    answers: int
    failed: int
    declined: int
    metrics: Mapping[str, Mean]
    latency: Latency
    spent: Spent
    stability: float | None


@dataclass(frozen=True, slots=True)
class Compared:
    """Arm `a` against arm `b` on the same questions. `p_adjusted` is Holm's over its family (all of one metric against
    one baseline); `detectable` the smallest difference this n finds with power 0.8; `more_needed` 0 when decided."""

    a: str
    b: str
    metric: str
    difference: float | None
    low: float | None
    high: float | None
    p: float
    p_adjusted: float
    detectable: float | None
    verdict: Word
    more_needed: int | None
    n: int
    clusters: int
    method: str
    sentence: str
    sentences: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence somebody can act on, by language; `verdict`, `a`, `b`, `metric` where it is about one comparison."""

    text: Mapping[str, str]
    verdict: Word | None = None
    a: str | None = None
    b: str | None = None
    metric: str | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """The questions of one tag. `comparisons` are empty below 30 questions: nothing is decided on so few."""

    tag: str
    n: int
    arms: Mapping[str, Mapping[str, Mean]]
    comparisons: tuple[Compared, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of the diagnosis table: answers, their share of the arm's, and whose they were."""

    n: int
    share: float
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DiagnosisArm:
    """`cells` by name: see `diagnosis.kinds` of the report for what each means."""

    variant: str
    n: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class DiagnosisKind:
    name: str
    label: Mapping[str, str]
    meaning: Mapping[str, str]
    good: bool


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Where answers go wrong: every answer of an arm stands in one cell."""

    kinds: tuple[DiagnosisKind, ...]
    arms: tuple[DiagnosisArm, ...]


@dataclass(frozen=True, slots=True)
class Flip:
    """A question one arm got right and the other wrong, with what both said."""

    case_id: str
    question: str
    references: tuple[str, ...]
    tags: tuple[str, ...]
    a_text: str
    b_text: str
    a_finish: str
    b_finish: str


@dataclass(frozen=True, slots=True)
class Flips:
    """`regressions`: `b` right and `a` wrong; `improvements`: the other way round. At most 200 each are listed."""

    a: str
    b: str
    regressed: int
    improved: int
    regressions: tuple[Flip, ...]
    improvements: tuple[Flip, ...]


@dataclass(frozen=True, slots=True)
class ParetoPoint:
    """Quality against cost (US dollars an answer) and median seconds. `efficient`: no other arm beats it in all."""

    variant: str
    quality: float
    cost: float | None
    seconds: float | None
    efficient: bool


@dataclass(frozen=True, slots=True)
class Lift:
    """What the reference arms say: `rag_lift` = RAG - closed book, `generation_gap` = oracle - RAG, on `metric`."""

    name: str
    a: str
    b: str
    metric: str
    difference: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class BreakEvenArm:
    """An arm as the break-even slider needs it: money and tokens an answer."""

    variant: str
    tuned: bool
    cost: float | None
    prompt_tokens: float | None
    completion_tokens: float | None
    correct: float | None


@dataclass(frozen=True, slots=True)
class BreakEven:
    """What training must pay back: `training_cost` where known, and what an answer costs before and after.

    Questions a month until training pays back within m months: training_cost / m / (before - after).
    """

    training_cost: float | None
    currency: str
    arms: tuple[BreakEvenArm, ...]


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """How often the judge prefers `a` to `b` (ties count half), both orders asked. `corrected` by people's votes on
    this run's own questions between the same two (prediction-powered; its `clusters` are the questions voted on, its n
    the others), None with fewer than two of either."""

    a: str
    b: str
    preferred: Mean
    corrected: Mean | None


@dataclass(frozen=True, slots=True)
class JudgeReport:
    """An optional judge beside the rules. `shares`: answers it calls correct, by arm. `kappa` is Cohen's with people's
    blind votes on `humans` pairs, `agreed` the plain share; None without votes. `inconsistent`: pairs judged
    differently when shown the other way round; `first_bias`: how much more often the first place wins. `failed`
    verdicts count nowhere."""

    judge: str
    prompt_hash: str
    judged: int
    failed: int
    shares: Mapping[str, Mean]
    pair: JudgedPair | None
    kappa: float | None
    agreed: float | None
    humans: int
    inconsistent: float | None
    first_bias: float | None
    warning: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report of one run. `partial`: not every question was asked yet. `headline` metric leads."""

    run_id: str
    dataset: str
    status: str
    partial: bool
    questions: int
    baseline: str
    headline: str
    metrics: tuple[str, ...]
    verdicts: tuple[Finding, ...]
    arms: tuple[ReportArm, ...]
    comparisons: tuple[Compared, ...]
    references: tuple[Lift, ...]
    slices: tuple[Slice, ...]
    diagnosis: Diagnosis
    flips: tuple[Flips, ...]
    pareto: tuple[ParetoPoint, ...]
    break_even: BreakEven
    judge: JudgeReport | None
    warnings: tuple[str, ...]
    provenance: Mapping[str, Any]
