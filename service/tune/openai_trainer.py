"""The trainer at OpenAI, by the `openai` package: what it can begin with, what that costs, and its start.

See `service.tune.openai_training` for a job that is under way.
"""

from __future__ import annotations

from collections.abc import Sequence

import httpx2
from openai import AsyncOpenAI

from ingest.loopback import is_loopback
from service.errors import BadRequest, Conflict
from service.models import prices
from service.settings import Settings
from service.tune.openai_training import REQUEST_SECONDS, Pace, Remote
from service.tune.trainer import Base, Data, Training
from service.tune.types import Estimate, Job, Kind, TrainerName

BASES = ("gpt-4.1-mini-2025-04-14", "gpt-4.1-nano-2025-04-14", "gpt-4.1-2025-04-14", "gpt-4o-mini-2024-07-18")
"""What OpenAI tunes; any other is asked for by name."""
FEWEST = 10
"""Examples below which OpenAI refuses a file."""


class OpenAITrainer:
    """`service.tune.trainer.Trainer`."""

    name: TrainerName = "openai"
    local = False
    settings: tuple[str, ...] = ("epochs", "batch", "learning_rate_multiplier", "seed", "validation_share")

    def __init__(self, settings: Settings, *, pace: Pace | None = None) -> None:
        self._settings = settings
        self._pace = pace or Pace()

    def bases(self) -> Sequence[Base]:
        return [self._base(f"openai:{name}") for name in BASES]

    def check(self, base: str, kind: Kind) -> str:
        if self._settings.openai_api_key is None:
            raise Conflict(
                "openai_no_key", "Training at OpenAI needs a key.", "Set OPENAI_API_KEY and start the service again."
            )
        base = base or BASES[0]
        base = base if base.startswith("openai:") else f"openai:{base}"
        if not base.removeprefix("openai:").strip():
            raise BadRequest("not_a_base", "The base has no name.", f"For example {BASES[0]}.")
        return base

    def estimate(self, base: str, *, tokens: int, pairs: int, epochs: int | None) -> Estimate | None:
        rate = prices.training(base)
        if rate is None:
            return None
        count = epochs or default_epochs(pairs)
        usd = round(tokens * count * rate.per_million / 1_000_000, 4)
        return Estimate(tokens, count, usd, rate.per_million, rate.as_of, rate.source)

    async def start(self, job: Job, data: Data) -> Training:
        if self._settings.openai_api_key is None:
            self.check(job.base, job.kind)
        if len(data.train) < FEWEST:
            raise BadRequest(
                "too_few_pairs", f"OpenAI wants {FEWEST} pairs to train on; there are {len(data.train)}.", "Add some."
            )
        return Remote(self._client(), job, data, self._pace)

    def _base(self, name: str) -> Base:
        rate = prices.training(name)
        told = (rate.per_million, rate.as_of, rate.source) if rate else (None, None, None)
        return Base(name, name.removeprefix("openai:"), *told)

    def _client(self) -> AsyncOpenAI:
        key, url = self._settings.openai_api_key, self._settings.openai_base_url
        return AsyncOpenAI(
            api_key=key.get_secret_value() if key else "none",
            base_url=url,
            max_retries=0,  # the waiting is ours: it is told to people
            http_client=httpx2.AsyncClient(timeout=REQUEST_SECONDS, trust_env=not is_loopback(url)),
        )


def default_epochs(pairs: int) -> int:
    """How many epochs OpenAI trains when nobody says: about 3, more for few examples, fewer for very many (as in its
    cookbook's "Data preparation and analysis for chat model fine-tuning")."""
    if pairs * 3 < 100:
        return min(25, max(1, 100 // max(1, pairs)))
    return max(1, 25_000 // pairs) if pairs * 3 > 25_000 else 3
