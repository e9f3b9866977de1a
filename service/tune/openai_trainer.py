"""The trainer at OpenAI, by the `openai` package: files and fine-tuning jobs.

upload the two files -> create the job -> follow its events -> import the model's name -> remove the files

What was done there is kept with the job as soon as it is (`remote`), and found again by the files' names and the job's
metadata when this process died in between: nothing is paid for twice.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import anyio
import httpx2
from openai import APIError, APIStatusError, AsyncOpenAI

from ingest.loopback import is_loopback
from service.answer.language import language_of
from service.answer.prompt import build
from service.errors import BadRequest, Conflict
from service.models import prices
from service.settings import Settings
from service.tune.openai_words import lasting, refused, unreachable
from service.tune.trainer import Base, Data, Done, Failed, News, Training
from service.tune.types import Estimate, Job, Kind, Pair, Point, TrainerName

BASES = ("gpt-4.1-mini-2025-04-14", "gpt-4.1-nano-2025-04-14", "gpt-4.1-2025-04-14", "gpt-4o-mini-2024-07-18")
"""What OpenAI tunes; any other is asked for by name."""
POLL_SECONDS = 10.0
REQUEST_SECONDS = 60.0
MARK = "parallax"
"""The key of the metadata that says whose job it is."""
SHOWN = 100
"""Events read at once."""
FEWEST = 10
"""Examples below which OpenAI refuses a file."""
_PHASES: Mapping[str, Any] = {"validating_files": "preparing", "queued": "preparing", "running": "training"}


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two questions at the provider; more, up to `most`, while it does not answer."""

    poll: float = POLL_SECONDS
    most: float = 120.0


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
        return _Remote(self._client(), job, data, self._pace)

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


def lines(pairs: Iterable[Pair]) -> bytes:
    """A training file: for each pair exactly the messages that the product sends for its question, and the answer."""
    rows = []
    for one in pairs:
        asked = build(one.question, language=language_of(one.question)).messages
        messages = [{"role": message.role, "content": message.content} for message in asked]
        rows.append(
            json.dumps({"messages": [*messages, {"role": "assistant", "content": one.answer}]}, ensure_ascii=False)
        )
    return ("\n".join(rows) + "\n").encode()


class _Remote:
    """A job at OpenAI. Each `poll` does the next thing there is to do, or looks."""

    def __init__(self, client: AsyncOpenAI, job: Job, data: Data, pace: Pace) -> None:
        self._client = client
        self._job = job
        self._data = data
        self._pace = pace
        self._remote: dict[str, Any] = dict(job.remote or {})
        self._pause = pace.poll
        self._began = time.monotonic()
        self._steps: list[tuple[float, int]] = []

    async def poll(self) -> News:
        try:
            news = await self._next()
        except (APIError, TimeoutError) as error:
            told = refused(error) if isinstance(error, APIStatusError) else unreachable(error)
            if lasting(error, begun="job" in self._remote):
                await self._forget_files()
                return await self._ended(Failed(told))
            self._pause = min(self._pace.most, self._pause * 2)
            await anyio.sleep(_asked_to_wait(error) or self._pause * random.uniform(0.8, 1.2))
            return News(waiting=told)
        self._pause = self._pace.poll
        return news

    async def cancel(self) -> None:
        try:
            with anyio.move_on_after(REQUEST_SECONDS):
                if "job" in self._remote:
                    await self._client.fine_tuning.jobs.cancel(self._remote["job"])
                await self._forget_files()
        except APIError:
            return  # it has ended by itself, or nobody answers: there is nothing more to be done from here
        finally:
            await self._client.close()

    async def leave(self) -> None:
        """It goes on there."""
        await self._client.close()

    async def _next(self) -> News:
        for part, pairs in (("train", self._data.train), ("validation", self._data.validation)):
            if pairs and part not in self._remote:
                self._remote[part] = await self._file(part, pairs)
                return News(phase="preparing", detail=f"uploaded the {part} file", remote=dict(self._remote))
        if "job" not in self._remote:
            self._remote["job"] = await self._begun()
            return News(phase="preparing", detail="the job was created", remote=dict(self._remote))
        await anyio.sleep(self._pace.poll)
        return await self._look()

    async def _file(self, part: str, pairs: Sequence[Pair]) -> str:
        name = f"parallax-{self._job.id}-{part}.jsonl"
        async for there in self._client.files.list(purpose="fine-tune"):
            if there.filename == name:
                return there.id
        made = await self._client.files.create(file=(name, lines(pairs)), purpose="fine-tune")
        return made.id

    async def _begun(self) -> str:
        async for there in self._client.fine_tuning.jobs.list(extra_query={f"metadata[{MARK}]": self._job.id}):
            if (there.metadata or {}).get(MARK) == self._job.id and there.status not in ("failed", "cancelled"):
                return there.id
        told = self._job.settings
        wanted = {"n_epochs": "epochs", "batch_size": "batch", "learning_rate_multiplier": "learning_rate_multiplier"}
        chosen: Any = {name: told[ours] for name, ours in wanted.items() if told.get(ours) is not None}
        more: dict[str, Any] = {"validation_file": self._remote["validation"]} if "validation" in self._remote else {}
        made = await self._client.fine_tuning.jobs.create(
            model=self._job.base.removeprefix("openai:"),
            training_file=self._remote["train"],
            suffix=self._job.name[:64],
            seed=int(told.get("seed") or 0),
            method={"type": "supervised", "supervised": {"hyperparameters": chosen}},
            metadata={MARK: self._job.id},
            **more,
        )
        return made.id

    async def _look(self) -> News:
        job = await self._client.fine_tuning.jobs.retrieve(self._remote["job"])
        points, steps, said = await self._events()
        step = max((point.step for point in points), default=None)
        news = News(
            phase=_PHASES.get(job.status),
            step=step,
            steps=steps,
            seconds_left=max(0.0, job.estimated_finish - time.time()) if job.estimated_finish else None,
            detail=said,
            points=tuple(points),
        )
        if job.status in _PHASES:
            return news
        await self._forget_files()
        if job.status == "succeeded" and job.fine_tuned_model:
            manifest = {
                "provider": "openai", "job": job.id, "model": job.fine_tuned_model, "base": job.model, "seed": job.seed,
                "hyperparameters": job.hyperparameters.model_dump(), "trained_tokens": job.trained_tokens,
                "created_at": job.created_at, "finished_at": job.finished_at, "data_hash": self._job.data["hash"],
                "settings": dict(self._job.settings), "result_files": list(job.result_files),
            }  # fmt: skip
            done = Done(None, None, job.fine_tuned_model, manifest, None, job.trained_tokens)
            return _with(news, (await self._ended(done)).outcome)
        if job.status == "cancelled":
            told = {
                "code": "openai_cancelled",
                "message": "The job was cancelled at OpenAI.",
                "hint": "Start it again.",
            }
        else:
            why = job.error
            said_there = f"{why.message} ({why.code})" if why and why.message else "It does not say why"
            told = {"code": "openai_failed", "message": f"OpenAI's job failed: {said_there}", "hint": "Mend the pairs."}
        return _with(news, (await self._ended(Failed(told))).outcome)

    async def _events(self) -> tuple[list[Point], int | None, str | None]:
        """The points of the curve so far, the number of steps, and the last thing it said."""
        points: dict[int, Point] = {}
        steps: int | None = None
        said: str | None = None
        found = await self._client.fine_tuning.jobs.list_events(self._remote["job"], limit=SHOWN)
        for event in found.data:  # the newest first
            said = said or event.message
            data: Any = event.data
            if event.type != "metrics" or not isinstance(data, dict) or not isinstance(data.get("step"), int):
                continue
            steps = steps or (data["total_steps"] if isinstance(data.get("total_steps"), int) else None)
            held = data.get("full_valid_loss", data.get("valid_loss"))
            points[data["step"]] = Point(0, data["step"], _loss(data.get("train_loss")), _loss(held))
        return list(points.values()), steps, said[:300] if said else None

    async def _forget_files(self) -> None:
        """What was uploaded is not left lying there."""
        for part in ("train", "validation"):
            if part in self._remote:
                try:
                    await self._client.files.delete(self._remote[part])
                except APIError:
                    continue

    async def _ended(self, outcome: Done | Failed) -> News:
        await self._client.close()
        return News(outcome=outcome)


def _with(news: News, outcome: Any) -> News:
    return News(step=news.step, steps=news.steps, detail=news.detail, points=news.points, outcome=outcome)


def _loss(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _asked_to_wait(error: Exception) -> float | None:
    header = error.response.headers.get("retry-after", "") if isinstance(error, APIStatusError) else ""
    return min(float(header), 600.0) if header.replace(".", "", 1).isdigit() else None
