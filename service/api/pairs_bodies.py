"""The bodies of training pairs, as OpenAPI shows them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from service.api.schemas import Body, ErrorBody, Given
from service.sets import LONGEST_NAME
from service.tune import upload
from service.tune.start import Looked
from service.tune.types import Check, Level, Origin, PairStatus, SetStatus

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Collection = Annotated[str, Field(max_length=63)]


class PairSetBody(Body):
    """`pairs` counts those that are accepted; `drafts` wait for a person. While drafting, `tried` of about three times
    `wanted`; `unasked` passages the model could not be asked about."""

    id: str
    name: str
    origin: Origin
    status: SetStatus
    pairs: int
    drafts: int
    rejected: int
    wanted: int
    tried: int
    unasked: int
    waiting: ErrorBody | None
    error: ErrorBody | None
    created_at: str


class PairSetList(Body):
    items: list[PairSetBody]
    next: str | None = None


class StoredPairBody(Body):
    """A pair with its review. A draft may still lack its answer; `document` names what it is about; `source` says where
    a draft came from."""

    id: str
    ordinal: int
    status: PairStatus
    question: str
    answer: str
    document: str | None
    source: dict[str, Any] | None


class StoredPairList(Body):
    items: list[StoredPairBody]
    next: str | None = None


class NewPairSet(Given):
    name: Name
    pairs: list[Any] = Field(min_length=1, max_length=upload.MOST)


class NewPairs(Given):
    """`{"question","answer","document"?}` or OpenAI's `{"messages":[...]}` each."""

    pairs: list[Any] = Field(min_length=1, max_length=upload.MOST)
    status: PairStatus = "accepted"


class PairChange(Given):
    """What is given replaces what was there; `status` accepts or rejects."""

    question: Annotated[str, Field(min_length=1, max_length=upload.LONGEST_QUESTION)] | None = None
    answer: Annotated[str, Field(min_length=1, max_length=upload.LONGEST_ANSWER)] | None = None
    document: Annotated[str, Field(max_length=upload.LONGEST_DOCUMENT)] | None = None
    status: PairStatus | None = None


class ReviewAll(Given):
    status: Literal["accepted", "rejected"]


class FromRated(Given):
    """`since` an ISO 8601 instant."""

    name: Name = "From feedback"
    collection: Collection | None = None
    since: Annotated[str, Field(max_length=40)] | None = None
    limit: Annotated[int, Field(ge=1, le=upload.MOST)] = 500


class NewPairDraft(Given):
    """`model` drafts `count` pairs from chunks drawn by `seed`, of these `documents` or of all; unset: the default
    model."""

    name: Name | None = None
    collection: Collection = "default"
    documents: list[Annotated[str, Field(max_length=80)]] = Field(default_factory=list, max_length=1000)
    count: Annotated[int, Field(ge=1, le=200)] = 20
    model: Annotated[str, Field(max_length=200)] = ""
    seed: Annotated[int, Field(ge=0, le=2**53)] | None = None


class PairFindingBody(Body):
    """`refused` keeps a training from beginning. `pairs` names at most 50 of `count`, `details` says for each of them
    what was found."""

    check: Check
    level: Level
    count: int
    message: str
    message_zh: str
    pairs: list[str]
    details: list[str]


class PairCheckBody(Body):
    """The findings, the most serious first, and the division: by document, or by question where pairs name none.
    `dropped` pairs are there twice; `tokens` is an estimate of one epoch."""

    pairs: int
    train: int
    validation: int
    by: Literal["document", "question", "pair"]
    groups: int
    dropped: int
    refused: bool
    tokens: int
    findings: list[PairFindingBody]


def check_body(looked: Looked) -> PairCheckBody:
    parts = looked.parts
    return PairCheckBody(
        pairs=looked.pairs,
        train=len(parts.train) if parts else 0,
        validation=len(parts.validation) if parts else 0,
        by=parts.by if parts else "question",
        groups=parts.groups if parts else 0,
        dropped=parts.dropped if parts else 0,
        refused=looked.refused,
        tokens=looked.tokens,
        findings=[PairFindingBody.model_validate(one) for one in looked.findings],
    )
