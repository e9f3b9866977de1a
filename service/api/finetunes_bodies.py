"""The bodies of training jobs, as OpenAPI shows them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from service.api.pairs_bodies import Collection, PairCheckBody, PairFindingBody
from service.api.schemas import Body, ErrorBody, Given
from service.tune import upload
from service.tune.types import Job, Kind, Part, Status, TrainerName

MOST_SETTINGS = 8
Name = Annotated[str, Field(min_length=1, max_length=200)]
ModelName = Annotated[str, Field(max_length=200)]


class OneSettingBody(Given):
    """How a model is trained; what is missing or null is the trainer's default. `learning_rate_multiplier` is what a
    provider takes instead of a rate."""

    rank: Annotated[int, Field(ge=1, le=256)] | None = None
    alpha: Annotated[int, Field(ge=1, le=1024)] | None = None
    learning_rate: Annotated[float, Field(gt=0, le=1)] | None = None
    learning_rate_multiplier: Annotated[float, Field(gt=0, le=10)] | None = None
    epochs: Annotated[int, Field(ge=1, le=200)] | None = None
    batch: Annotated[int, Field(ge=1, le=256)] | None = None
    max_tokens: Annotated[int, Field(ge=32, le=4096)] | None = None
    patience: Annotated[int, Field(ge=1, le=100)] | None = None
    paraphrase: bool | None = None


class TuneSettingsBody(OneSettingBody):
    """`sweep`: other values of the same names, tried one after another; the validation loss picks. `validation_share`
    of the pairs is held out; `seed` divides, shuffles and begins."""

    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    validation_share: Annotated[float, Field(ge=0.05, le=0.5)] | None = None
    sweep: Annotated[list[OneSettingBody], Field(max_length=MOST_SETTINGS)] | None = None


class NewFinetune(Given):
    """`pairs` (either shape, as in a file) or `pairs_id`, a set of them. `name` becomes the model's: lower-case
    letters, digits, `-`, `.`, `_`. `from_scratch` trains a tiny model on the collection's text and the pairs."""

    name: Name
    pairs: Annotated[list[Any], Field(min_length=1, max_length=upload.MOST)] | None = None
    pairs_id: Name | None = None
    base: ModelName = ""
    trainer: Annotated[str, Field(max_length=40)] = "local"
    settings: TuneSettingsBody = Field(default_factory=TuneSettingsBody)
    from_scratch: bool = False
    collection: Collection = "default"

    @model_validator(mode="after")
    def _one_of_both(self) -> NewFinetune:
        if (self.pairs is None) == (self.pairs_id is None):
            raise PydanticCustomError("pairs_or_set", "Give either `pairs` or `pairs_id`")
        return self


class PointBody(Body):
    """Losses in nats a token; `setting` of a sweep, from 0."""

    setting: int
    step: int
    train: float | None
    validation: float | None


class EstimateBody(Body):
    """What a provider's training costs, about: `tokens` of one epoch, `usd` in all, by a list price of a day."""

    tokens: int
    epochs: int
    usd: float
    per_million: float
    as_of: str
    source: str


class EstimatedBody(Body):
    estimate: EstimateBody | None
    check: PairCheckBody


class TuneDataBody(Body):
    """What it is trained on. `hash` is the same for the same pairs divided alike."""

    hash: str
    train: int
    validation: int
    by: str
    groups: int
    dropped: int
    seed: int
    tokens: int
    findings: list[PairFindingBody]


class SampleBody(Body):
    question: str | None
    expected: str | None
    got: str | None
    loss: float


class SamplesBody(Body):
    """Held-out questions with what the tuned model says to them, best first and worst first."""

    best: list[SampleBody]
    worst: list[SampleBody]


class FinetuneBody(Body):
    """A training job. `loss` is thinned to some 600 points (empty in lists); `waiting` says why it does not go on;
    `model` is the catalogue name of what it made; `cost` in US dollars."""

    id: str
    name: str
    status: Status
    progress: float = Field(ge=0, le=1)
    step: int
    steps: int
    epoch: float | None
    loss: list[PointBody]
    tokens_per_second: float | None
    seconds_left: float | None
    detail: str | None
    model: str | None
    error: ErrorBody | None
    waiting: ErrorBody | None
    cancelling: bool
    trainer: TrainerName
    kind: Kind
    base: str
    settings: dict[str, Any]
    collection: str
    pairs_id: str | None
    again_of: str | None
    data: TuneDataBody
    price_estimate: EstimateBody | None
    cost: float | None
    samples: SamplesBody | None
    manifest: dict[str, Any] | None
    created_at: str
    started_at: str | None
    finished_at: str | None


class FinetuneList(Body):
    items: list[FinetuneBody]
    next: str | None = None


class TrainedPairBody(Body):
    ordinal: int
    part: Part
    question: str
    answer: str


class TrainedPairList(Body):
    items: list[TrainedPairBody]
    next: str | None = None


class BaseBody(Body):
    """`price` in US dollars per million trained tokens, `as_of` a day; null: none, or not known."""

    name: str
    label: str
    price: float | None
    as_of: str | None
    source: str | None


class TrainerBody(Body):
    """`problem` says why it cannot train now. `settings` are the names it takes."""

    name: TrainerName
    local: bool
    ready: bool
    problem: ErrorBody | None
    bases: list[BaseBody]
    default_base: str
    settings: list[str]


class TrainerList(Body):
    items: list[TrainerBody]
    next: str | None = None


def finetune_body(job: Job) -> FinetuneBody:
    told = {name: getattr(job, name) for name in FinetuneBody.model_fields if name != "loss"}
    return FinetuneBody.model_validate({**told, "loss": [asdict(point) for point in job.loss]})
