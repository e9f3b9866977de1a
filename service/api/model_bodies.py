"""The bodies of the catalogue of models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from service.api.schemas import Body, ErrorBody, Given, UsageBody
from service.models.trial import LONGEST_PROMPT
from service.types import ApproachName

Name = Annotated[str, Field(max_length=200)]


class PriceBody(Body):
    """US dollars a million tokens."""

    input: float
    output: float
    as_of: str = Field(description="the day it was read; empty for what runs here")
    source: str


class PullingBody(Body):
    done: int = Field(description="bytes")
    total: int
    error: str | None = Field(description="why it ended; null while it goes on")


class ModelBody(Body):
    """Null and empty stand for what is not known."""

    name: str
    task: str = Field(pattern="^(chat|embedding|speech|image|multimodal)$")
    tasks: list[str] = Field(description="everything it can do; `task` is the first")
    license: str
    open: bool | None = Field(description="whether its weights are published")
    source: str
    provider: str
    architecture: str | None = Field(description="encoder, decoder or encoder-decoder")
    family: str | None = Field(description="llama.cpp's name of the architecture, as its file has it")
    parameters: int | None = Field(description="weights, counted in its file")
    quantisation: str | None
    context: int | None = Field(description="tokens; null when its provider does not say")
    languages: list[str] = Field(description="BCP 47 codes it was made for; empty: not told")
    price: PriceBody | None
    card: dict[str, str] = Field(description="label, about, use and limits, in English")
    texts: dict[str, dict[str, str]] = Field(description="the same by language: en, zh-TW")
    deployed: bool = Field(description="it can be asked now")
    default: bool = Field(description="variants that name no model use it")
    variants: list[str] = Field(description="the variants that ask it")
    measured: dict[str, float] = Field(
        description="of the last answers given here: answers, first_token_p50 and total_p50 (seconds), cost_mean "
        "(US dollars), declined (share), tokens_mean"
    )
    bytes: int | None = Field(description="size of its files; null for one that runs elsewhere")
    here: bool | None = Field(description="whether its files are on this machine; null for one that has none")
    needs: str | None = Field(description="what it takes before it can be asked: a setting or a command")
    pulling: PullingBody | None = Field(None, description="its files are being fetched")
    sha256: str | None
    tuned: bool
    current: bool = Field(description="`fine_tuned` and `rag_fine_tuned` use it")
    base: str | None = Field(description="what a tuned model was trained on")
    finetune_id: str | None
    created_at: str | None
    problem: str | None = Field(description="why a tuned model was retired, where it could not be loaded")


class ModelCard(ModelBody):
    training: dict[str, Any] | None = Field(description="of a tuned model: data, settings, manifest")
    samples: dict[str, str] = Field(description="how a program asks it: curl and python; empty without a variant")


class ModelList(Body):
    items: list[ModelBody]
    next: str | None = None


class ModelChange(Given):
    deployed: bool | None = Field(None, description="whether variants may use it (tuned models)")
    current: Literal[True] | None = Field(None, description="let `fine_tuned` and `rag_fine_tuned` use it")


class Deployment(Given):
    approach: ApproachName | None = Field(None, description="of the variant to make; unset: `rag`; of a tuned one none")
    variant: Name | None = Field(None, description="what to call it; unset: after the approach and the model")


class Trial(Given):
    prompt: str = Field(description=f"up to {LONGEST_PROMPT:,} characters, sent as it is")
    stream: bool = True


class TriedBody(Body):
    model: str
    text: str
    cut: bool = Field(description="it had more to say than a trial shows")
    usage: UsageBody
    cost: float | None = Field(description="US dollars; null where the price is not known")
    first_token: float | None
    total: float


class TryingData(Body):
    model: str


class PieceData(Body):
    text: str


TRIED: Mapping[str, type[Body]] = {
    "started": TryingData,
    "delta": PieceData,
    "finished": TriedBody,
    "failed": ErrorBody,
}
"""The events of a trial by name."""


class MeanBody(Body):
    """95 % interval over n questions."""

    mean: float | None
    low: float | None
    high: float | None
    n: int


class PercentileBody(Body):
    value: float | None
    low: float | None
    high: float | None
    n: int


class MeasuredBody(Body):
    run_id: str
    dataset: str
    finished_at: str
    variant: str
    label: str
    approach: str
    questions: int
    answers: int
    declined: int
    failed: int
    metrics: dict[str, MeanBody]
    first_token: PercentileBody | None = Field(description="median, seconds")
    total: PercentileBody | None = Field(description="median, seconds")
    cost: float | None = Field(description="US dollars an answer")


class MeasuredList(Body):
    items: list[MeasuredBody]
    next: str | None = None
