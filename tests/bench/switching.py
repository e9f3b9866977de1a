"""What it costs to switch between the base and a tuned model, and to load a tuned model while the base answers.

    python -m tests.bench.switching [--questions 120] [--adapter FILE.gguf]

One process of the local server; without `--adapter` one with random weights (rank 16 on every attention). Questions of
the plain prompt are put to base and adapter in random order, one at a time, so that half of them come after a question
to the other model. `switch_*` is how much later the first token comes then than after a question to the same one:
difference of means in milliseconds with its 95 % interval (bootstrap). `loading` is one long answer of the base while
the adapter is loaded: seconds until it is there, tokens of the answer, and the longest pause between two of them.
Memory is what is the process's own (anonymous pages), in MB; the weights are mapped from the file and shared.
One JSON line.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np

from service.answer.prompt import build
from service.models import adapters
from service.models.adapters import Adapter
from service.models.defaults import LOCAL_MODEL_FOLDER
from service.models.files import sha256_of
from service.models.local_server import KEY, READY_FILE
from service.models.openai_chat import OpenAIChat
from service.types import ChatOptions, Delta, Message
from tests.doubles import gguf
from tests.doubles.served import wait_for

SECRET = "for-this-run"
TOPICS = ("annual leave", "the expense policy", "parking", "the canteen", "remote work", "sick days", "the library")
STORY_TOKENS = 900


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=120)
    parser.add_argument("--adapter", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = options.adapter or gguf.lora(Path(scratch) / "adapter.gguf", rank=16, strength=0.02)
        print(json.dumps(await measured(Path(scratch), path, options.questions)))


async def measured(scratch: Path, path: Path, questions: int) -> dict[str, Any]:
    with local_server(scratch) as (url, pid):
        base = OpenAIChat("base", f"{url}/v1", SECRET, "base")
        await asked(base, "Hello?", 4)
        alone = own_megabytes(pid)
        key = sha256_of(path)
        loading = await loaded_meanwhile(base, scratch, Adapter(key, str(path)))
        with_one = own_megabytes(pid)
        address = adapters.told(scratch).adapters[key].url
        assert address is not None
        tuned = OpenAIChat("tuned", address, SECRET, "tuned")
        result = await switched({"base": base, "tuned": tuned}, questions)
        together = await side_by_side(base, tuned)
        for chat in (base, tuned):
            await chat.close()
        return {
            "bench": "switching",
            "questions": questions,
            **result,
            "loading": loading,
            "side_by_side": together,
            "memory_mb": {"base": alone, "with_adapter": with_one, "after": own_megabytes(pid)},
            "load_average": round(os.getloadavg()[0], 1),
        }


async def switched(models: dict[str, OpenAIChat], questions: int) -> dict[str, Any]:
    """First-token times by model, after a question to the same one and after one to the other."""
    chance = random.Random(7)
    for model in models.values():
        await asked(model, "What about the weather?", 4)
    times: dict[tuple[str, bool], list[float]] = {(name, other): [] for name in models for other in (False, True)}
    before = "tuned"
    for number in range(questions):
        name = chance.choice(sorted(models))
        seconds, _ = await asked(models[name], f"What about {chance.choice(TOPICS)} in case {number}?", 4)
        times[name, name != before].append(1000 * seconds)
        before = name
    found: dict[str, Any] = {}
    for name in models:
        same, other = times[name, False], times[name, True]
        found[f"first_token_{name}_ms"] = round(float(np.mean(same + other)), 1)
        found[f"switch_to_{name}_ms"] = difference(same, other)
    found["switch_ms"] = difference(*([t for name in models for t in times[name, other]] for other in (False, True)))
    return found


async def loaded_meanwhile(base: OpenAIChat, folder: Path, adapter: Adapter) -> dict[str, Any]:
    """Load the adapter while the base tells a story."""
    began, pauses, last, tokens, finish = time.perf_counter(), [], 0.0, 0, ""

    def there() -> bool:
        return adapter.sha256 in adapters.told(folder).adapters

    took: float | None = None
    async with aclosing(story(base, STORY_TOKENS)) as deltas:
        async for delta in deltas:
            now = time.perf_counter()
            if last and took is None:
                pauses.append(now - last)
            if not last:
                adapters.want(folder, [adapter])
                began = now
            last = now
            tokens = delta.usage.completion_tokens if delta.usage else tokens
            finish = delta.finish_reason or finish
            if took is None and there():
                took = now - began
    if took is None:
        await asyncio.to_thread(wait_for, there, 300, "the adapter is loaded")
        took = time.perf_counter() - began
    return {
        "seconds": round(took, 1),
        "tokens_of_the_answer": tokens,
        "finish": finish,
        "pause_median_ms": round(1000 * float(np.median(pauses)), 1),
        "pause_longest_ms": round(1000 * max(pauses), 1),
    }


async def side_by_side(base: OpenAIChat, tuned: OpenAIChat) -> dict[str, float]:
    """First tokens, and seconds for 60 tokens of both, in turns and at once."""

    async def told(model: OpenAIChat) -> tuple[float, float]:
        began, first = time.perf_counter(), None
        async with aclosing(story(model, 60)) as deltas:
            async for delta in deltas:
                if first is None and delta.text:
                    first = time.perf_counter() - began
        return first or 0.0, time.perf_counter() - began

    turns, at_once = [], []
    for _ in range(3):
        began = time.perf_counter()
        await told(base)
        await told(tuned)
        turns.append(time.perf_counter() - began)
        began = time.perf_counter()
        firsts = await asyncio.gather(told(base), told(tuned))
        at_once.append((time.perf_counter() - began, max(first for first, _ in firsts)))
    return {
        "in_turns_s": round(float(np.median(turns)), 2),
        "at_once_s": round(float(np.median([whole for whole, _ in at_once])), 2),
        "later_first_token_ms": round(1000 * float(np.median([first for _, first in at_once])), 1),
    }


def difference(same: Sequence[float], other: Sequence[float]) -> dict[str, float]:
    chance = np.random.default_rng(7)
    a, b = np.asarray(same), np.asarray(other)
    resampled = [chance.choice(b, b.size).mean() - chance.choice(a, a.size).mean() for _ in range(4000)]
    low, high = np.percentile(resampled, [2.5, 97.5])
    return {"mean": round(float(b.mean() - a.mean()), 1), "low": round(float(low), 1), "high": round(float(high), 1)}


async def asked(model: OpenAIChat, question: str, tokens: int) -> tuple[float, str]:
    """Seconds to the first token of the plain prompt, and what was said."""
    prompt = build(question, language="en")
    stream = cast(AsyncGenerator[Delta], model.stream(prompt.messages, ChatOptions(max_tokens=tokens)))
    began, first, text = time.perf_counter(), None, ""
    async with aclosing(stream) as deltas:
        async for delta in deltas:
            if first is None and delta.text:
                first = time.perf_counter() - began
            text += delta.text
    return first or time.perf_counter() - began, text


def story(model: OpenAIChat, tokens: int) -> AsyncGenerator[Delta]:
    """Of so many tokens: without the system prompt, which asks for short answers."""
    wanted = [Message("user", "Write a very long story about the sea.")]
    return cast(AsyncGenerator[Delta], model.stream(wanted, ChatOptions(max_tokens=tokens)))


def own_megabytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("Anonymous:"))) // 1024


@contextmanager
def local_server(folder: Path) -> Iterator[tuple[str, int]]:
    """Its address and process."""
    ready = folder / "ready"
    told = {KEY: SECRET, READY_FILE: str(ready), LOCAL_MODEL_FOLDER: str(folder)}
    child = subprocess.Popen([sys.executable, "-m", "service.models.local_server"], env=os.environ | told)
    try:
        wait_for(ready.exists, 180, "the base is loaded")
        yield json.loads(ready.read_text())["url"], child.pid
    finally:
        child.terminate()
        child.wait(20)


if __name__ == "__main__":
    asyncio.run(main())
