"""The shape of an experiment's report."""

from __future__ import annotations

from pydantic import Field

from service.api.schemas import Body
from service.statistics.sequential import FEWEST

_TOO_FEW = f"nobody yet, or fewer than {FEWEST} for seconds, money, and shares under weights that have changed"


class SplitBody(Body):
    """Do the visitors fit the weights? p below 0.001 is an alarm: then the figures mean nothing."""

    chi2: float | None = Field(description="null: visitors in a lane that should have none")
    p: float
    alarm: bool


class ShownBody(Body):
    """A lane's traffic: answers shown, those that count, and the visitors they went to."""

    label: str
    variant: str
    weight: float
    exposures: int
    counted: int
    visitors: int
    expected: float = Field(description="visitors that the weights would have sent here")
    stopped: str | None = Field(description="why a guardrail took the lane out")


class LeftOutBody(Body):
    """Exposures that do not count, by rule."""

    staff: int
    bot: int
    nameless: int = Field(description="asked by callers that sent no visitor's id: `visitor`, in /v1 `user`")
    repeat: int
    moved: int


class MeanBody(Body):
    """A lane's mean over visitors: of shares, of each visitor's own share of answers; of votes, the share of voters
    whose first decision between the two was for it."""

    label: str
    variant: str
    mean: float | None
    low: float | None = Field(description=f"null: {_TOO_FEW}")
    high: float | None = Field(description=f"null: {_TOO_FEW}")
    n: int


class ComparisonOfArmsBody(Body):
    """Lane `a` minus the control `b`, with an interval and a p that hold whenever one looks."""

    a: str
    b: str
    metric: str
    difference: float | None
    low: float | None
    high: float | None
    p: float | None = Field(description="null: nothing to compare yet")
    verdict: str = Field(pattern="^(better|worse|equivalent|undecided)$")
    more_needed: int | None = Field(
        description="visitors (or votes) still wanting, about; null: not known, or nothing to compare yet"
    )
    sentence: str


class MetricBody(Body):
    metric: str
    primary: bool = Field(description="the one the experiment is about; the others only inform")
    higher_is_better: bool
    unit: str = Field(pattern="^(share|seconds|money)$")
    greyed: bool = Field(description="the split is broken: look, but conclude nothing")
    arms: list[MeanBody]
    comparisons: list[ComparisonOfArmsBody]


class MachineryBody(Body):
    """Of an A/A test: whether lanes that are the same look the same."""

    sound: bool | None = Field(description="null: too early to say")
    sentence: str


class ReportOfExperimentBody(Body):
    id: str
    name: str
    status: str = Field(pattern="^(running|stopped)$")
    metric: str
    routing: str
    weighted: bool = Field(description="means weigh by inverse propensity: the shares of traffic have changed")
    exposures: dict[str, int] = Field(description="answers shown, by lane")
    arms: list[ShownBody]
    left_out: LeftOutBody
    srm: SplitBody
    metrics: list[MetricBody]
    decision: str = Field(pattern="^(winner|control|equivalent|undecided|mismatch|aa)$")
    leader: str | None = Field(description="the lane to choose, when one is decided")
    verdict: str = Field(description="what to make of it, in words")
    aa: MachineryBody | None
