"""What a running service is made of. `wiring.py` builds it; routes and commands use it through ports only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from ingest.batcher import Embedder
from ingest.ports import FileStore, VectorIndex
from service.evaluate.report.cache import Reports
from service.models.catalogue_remote import Listings
from service.models.pull_jobs import Pulls
from service.models.trial import Trials
from service.ports import Retriever
from service.settings import Settings

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from service.chat.book import VariantBook
    from service.chat.deploying import Deployments
    from service.chat.session import Chat
    from service.chat.suggest import Suggestions
    from service.compare.session import Comparisons
    from service.experiments.traffic import Traffic
    from service.models.shelf import Shelf
    from service.models.tuned import Tuned, TunedModels
    from service.tune.trainer import Trainer
    from service.work.queue import Queue


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `/readyz`: `ok`, and a sentence when it is not."""

    ok: bool
    detail: str = ""


ReadyCheck = Callable[[], Awaitable[Check]]


@dataclass(frozen=True, slots=True)
class Parts:
    """The collaborators of one process. Opened and closed by `wiring.open_parts`."""

    settings: Settings
    engine: Engine
    index: VectorIndex
    embedder: Embedder
    files: FileStore
    redis: Redis
    queue: Queue
    retriever: Retriever
    shelf: Shelf
    """The chat models by catalogue name: `shelf.chat(name)`."""
    book: VariantBook
    tuned: TunedModels
    deployments: Deployments
    """What deploys and retires tuned models."""
    chat: Chat
    suggestions: Suggestions
    comparisons: Comparisons
    traffic: Traffic
    """Splits questions that name no variant between the lanes of experiments."""
    trained_on: Callable[[Connection, Iterable[Tuned]], Mapping[str, Sequence[str]]]
    """The questions that tuned models were trained on, by the model's name; none where that was forgotten."""
    trainers: Mapping[str, Trainer] = field(default_factory=dict)
    """Ways of training a model, by name."""
    checks: Mapping[str, ReadyCheck] = field(default_factory=dict)
    listings: Listings = field(default_factory=Listings)
    """What the configured model servers list."""
    pulls: Pulls = field(default_factory=Pulls)
    """Model files that are being fetched."""
    trials: Trials = field(default_factory=Trials)
    """Models that are being tried."""
    reports: Reports = field(default_factory=Reports)
    """Evaluation reports that were computed."""
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the end has begun: readiness goes off and endless streams close."""
