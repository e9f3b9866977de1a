"""A fine-tuning job at OpenAI, followed until it ends.

upload the two files -> create the job -> follow its events -> import the model's name -> remove the files

What was done there is kept with the job as soon as it is (`remote`), and found again by the files' names and the job's
metadata when this process died in between: nothing is paid for twice, and nothing goes on there that was stopped here.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import anyio
from openai import APIError, APIStatusError, AsyncOpenAI

from service.answer.language import language_of
from service.answer.prompt import build
from service.tune.openai_words import lasting, over, paused, stays, told_of
from service.tune.trainer import Data, Done, Failed, News
from service.tune.types import Job, Pair, Point

POLL_SECONDS = 10.0
REQUEST_SECONDS = 60.0
LEAVE_SECONDS = 5.0
"""For what is being made there, when the worker is told to go: what is not known by then is found again by its mark."""
MARK = "parallax"
"""The key of the metadata that says whose job it is."""
SHOWN = 100
"""Events read at once."""
ENDED = ("succeeded", "failed", "cancelled")
_PHASES: Mapping[str, Any] = {"validating_files": "preparing", "queued": "preparing", "running": "training"}
_PARTS = ("train", "validation")
_LOG = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two questions at the provider; more, up to `most`, while it does not answer."""

    poll: float = POLL_SECONDS
    most: float = 120.0


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


class Remote:
    """A job at OpenAI. Each `poll` does the next thing there is to do, or looks."""

    def __init__(self, client: AsyncOpenAI, job: Job, data: Data, pace: Pace) -> None:
        self._client = client
        self._job = job
        self._data = data
        self._pace = pace
        self._remote: dict[str, Any] = dict(job.remote or {})
        self._pause = pace.poll
        self._making: asyncio.Future[Any] | None = None
        self._sent = job.remote is not None

    @property
    def remote(self) -> Mapping[str, Any]:
        """What it has made there, as far as that is known."""
        return dict(self._remote)

    async def poll(self) -> News:
        try:
            news = await self._next()
        except Exception as error:  # whatever is answered there must not end a job that is paid for
            if not isinstance(error, APIError | TimeoutError):
                _LOG.warning("OpenAI's answer cannot be read", exc_info=True)
            if lasting(error, begun="job" in self._remote):
                await self._forget_files()
                return await self._ended(Failed(told_of(error)))
            self._pause = min(self._pace.most, self._pause * 2)
            await anyio.sleep(_asked_to_wait(error) or self._pause * random.uniform(0.8, 1.2))
            return News(waiting=told_of(error))
        self._pause = self._pace.poll
        return news

    async def cancel(self) -> Mapping[str, str] | None:
        """Stop the job, one that is just being made too, and remove the files, each of them whatever became of the
        others."""
        if not self._sent:
            await self._client.close()
            return None
        wrong: list[Exception] = []
        await self._made(REQUEST_SECONDS)
        try:
            for id in await self._jobs_there():
                await self._stopped(id)
        except Exception as error:
            wrong.append(error)
        wrong += await self._forget_files()
        await self._client.close()
        for one in wrong:
            _LOG.warning("the job %s is not stopped at OpenAI: %r", self._job.id, one)
        return stays(wrong[0], self._remote.get("job")) if wrong else None

    async def leave(self) -> None:
        """It goes on there."""
        await self._made(LEAVE_SECONDS)
        await self._client.close()

    async def _next(self) -> News:
        for part, pairs in zip(_PARTS, (self._data.train, self._data.validation), strict=True):
            if pairs and part not in self._remote:
                self._remote[part] = await self._file(part, pairs)
                return News(phase="preparing", detail=f"uploaded the {part} file", remote=dict(self._remote))
        if "job" not in self._remote:
            self._remote["job"] = await self._begun()
            return News(phase="preparing", detail="the job was created", remote=dict(self._remote))
        await anyio.sleep(self._pace.poll)
        return await self._look()

    async def _file(self, part: str, pairs: Sequence[Pair]) -> str:
        if (there := (await self._files_there()).get(part)) is not None:
            return there
        name = self._file_name(part)
        return await self._whole(_id(self._client.files.create(file=(name, lines(pairs)), purpose="fine-tune")))

    def _file_name(self, part: str) -> str:
        return f"parallax-{self._job.id}-{part}.jsonl"

    async def _files_there(self) -> dict[str, str]:
        """The ids of this job's files by their part."""
        parts = {self._file_name(part): part for part in _PARTS}
        found = self._client.files.list(purpose="fine-tune")
        return {parts[one.filename]: one.id async for one in found if one.filename in parts}

    async def _jobs_there(self) -> list[str]:
        """The ids of this job's jobs that may go on: the one that is followed, or else those that bear its mark."""
        if "job" in self._remote:
            return [self._remote["job"]]
        found = self._client.fine_tuning.jobs.list(extra_query={f"metadata[{MARK}]": self._job.id})
        return [
            one.id async for one in found if (one.metadata or {}).get(MARK) == self._job.id and one.status not in ENDED
        ]

    async def _stopped(self, id: str) -> None:
        """Stop a job there; one that has ended by itself is as good."""
        try:
            if (await self._client.fine_tuning.jobs.cancel(id)).status in ENDED:
                return
        except APIStatusError as error:
            if over(error):
                return
            if error.status_code >= 500 or error.status_code in (401, 403, 408, 429):
                raise
        if (await self._client.fine_tuning.jobs.retrieve(id)).status not in ENDED:
            raise RuntimeError(f"{id} goes on")

    async def _whole(self, request: Awaitable[T]) -> T:
        """What a request makes there. Cut off, the request goes on: whoever stops or leaves the job waits for it."""
        self._sent = True
        self._making = asyncio.ensure_future(request)
        return await asyncio.shield(self._making)

    async def _made(self, seconds: float) -> None:
        """Let what is being made come to an end, within so many seconds."""
        if self._making is None or self._making.done():
            return
        with anyio.move_on_after(seconds):
            await asyncio.wait({self._making})
        if not self._making.cancel():
            with suppress(Exception):
                self._making.result()

    async def _begun(self) -> str:
        found = self._client.fine_tuning.jobs.list(extra_query={f"metadata[{MARK}]": self._job.id})
        async for there in found:
            if (there.metadata or {}).get(MARK) == self._job.id and there.status not in ("failed", "cancelled"):
                return there.id
        told = self._job.settings
        wanted = {"n_epochs": "epochs", "batch_size": "batch", "learning_rate_multiplier": "learning_rate_multiplier"}
        chosen: Any = {name: told[ours] for name, ours in wanted.items() if told.get(ours) is not None}
        more: dict[str, Any] = {"validation_file": self._remote["validation"]} if "validation" in self._remote else {}
        made = self._client.fine_tuning.jobs.create(
            model=self._job.base.removeprefix("openai:"),
            training_file=self._remote["train"],
            suffix=self._job.name[:64],
            seed=int(told.get("seed") or 0),
            method={"type": "supervised", "supervised": {"hyperparameters": chosen}},
            metadata={MARK: self._job.id},
            **more,
        )
        return await self._whole(_id(made))

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
        if job.status not in ENDED:
            return news if job.status in _PHASES else replace(news, waiting=paused(job.status))
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

    async def _forget_files(self) -> list[Exception]:
        """What was uploaded is not left lying there; what keeps it there."""
        wrong: list[Exception] = []
        ids = {self._remote[part] for part in _PARTS if part in self._remote}
        try:
            if len(ids) < len(_PARTS):
                ids |= set((await self._files_there()).values())
        except Exception as error:
            wrong.append(error)
        for id in sorted(ids):
            try:
                await self._client.files.delete(id)
            except Exception as error:
                if not (isinstance(error, APIStatusError) and error.status_code == 404):
                    wrong.append(error)
        return wrong

    async def _ended(self, outcome: Done | Failed) -> News:
        await self._client.close()
        return News(outcome=outcome)


async def _id(request: Awaitable[Any]) -> str:
    """The id of what was made. Raises `TypeError` for an answer that names none."""
    id = getattr(await request, "id", None)
    if not isinstance(id, str) or not id:
        raise TypeError("OpenAI's answer names no id")
    return id


def _with(news: News, outcome: Any) -> News:
    return News(step=news.step, steps=news.steps, detail=news.detail, points=news.points, outcome=outcome)


def _loss(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _asked_to_wait(error: Exception) -> float | None:
    header = error.response.headers.get("retry-after", "") if isinstance(error, APIStatusError) else ""
    return min(float(header), 600.0) if header.replace(".", "", 1).isdigit() else None
