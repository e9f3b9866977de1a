"""How often answers are right, and how often the unanswerable is declined: documents, none, and the gold passage.

    python -m tests.bench.answer_quality [--arms rag,plain,oracle] [--half 0|1] [--limit N] [--parameters JSON]
                                         [--model-url URL --model-key KEY] [--cache FILE] SET...

A SET is as in `retrieval_quality`; its questions with short answers and its unanswerable ones are asked. Documents are
parsed, split, embedded and indexed as an ingest does and searched by the service's own retriever. Arms: `rag` and
`plain` as they ship, `oracle` is rag over the gold passages alone, gate and check off. The local model is started
unless an OpenAI-compatible URL is given; `--cache` keeps what it said, by prompt, so that a second run costs nothing.

One JSON line a set and arm: `correct` by the metric of that name, over the n answerable questions with a short
reference; `declined` of the answerable and of the unanswerable; `dangling` markers without a citation; tokens of
prompts; mean seconds to the first token of the model, for calls that were made.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ingest import sandbox
from ingest.embed.local import MiniLM
from ingest.index.chroma import ChromaIndex
from ingest.lexical import tokens
from ingest.types import Chunk
from service.answer import Ask, answer
from service.answer.presets import PRESETS
from service.metrics.reference import correct
from service.metrics.types import Answered, Case
from service.models.files import DEFAULT_CHAT, cache_folder
from service.models.openai_chat import OpenAIChat
from service.ports import ChatModel, Retriever
from service.retrieve.search import HybridSearch
from service.types import Answer, ChatOptions, Delta, Failed, Finished, Message, Passage, Usage
from tests.bench.retrieval_quality import Place, chunked, folder_of, is_relevant, sets_there, share, squeezed
from tests.doubles.corpus import Corpus, opened
from tests.doubles.stores import chroma

Question = dict[str, Any]
_MARK = re.compile(r"docs-[a-z0-9]{9}")
_MARKER = re.compile(r"\s*\[(\d+)\]")


def _right(question: dict[str, Any], text: str) -> bool:
    case = Case(question["id"], question["question"], tuple(question["answers"]))
    return correct(case, Answered(text)) == 1.0


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", help="unset: the development sets that are there")
    parser.add_argument("--arms", default="rag,plain,oracle")
    parser.add_argument("--half", type=int, choices=(0, 1), help="every second question only, for calibration")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--parameters", type=json.loads, default={}, help="of the rag arm")
    parser.add_argument("--model-url")
    parser.add_argument("--model-key", default="")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--verbose", action="store_true", help="every answer that is not right")
    options = parser.parse_args()
    embedder = MiniLM(cache_folder() / MiniLM.name)
    with local_model() if options.model_url is None else given(options.model_url, options.model_key) as (url, key):
        chat = OpenAIChat(DEFAULT_CHAT, url, key, "")
        model = Remembering(chat, options.cache)
        try:
            for name in options.sets or sets_there():
                await measured(folder_of(name), embedder, model, options)
        finally:
            model.save()
            await chat.close()
            sandbox.close()


async def measured(folder: Path, embedder: MiniLM, model: Remembering, options: argparse.Namespace) -> None:
    """Asks a folder's questions of every arm, in turn, and prints the lines."""
    documents = await chunked(folder, embedder)
    asked = [json.loads(line) for line in (folder / "questions.jsonl").read_text("utf-8").splitlines()]
    asked = [one for one in asked if one["answerable"] is False or one.get("answer_type") in ("short", "numeric")]
    if options.half is not None:
        asked = asked[options.half :: 2]
    asked = asked[: options.limit]
    with tempfile.TemporaryDirectory() as scratch, chroma(Path(scratch) / "chroma") as server:
        index = ChromaIndex(server.url)
        corpus = Corpus(opened(Path(scratch)), index, embedder)
        gold: list[tuple[Place, Passage]] = []
        for name, pieces in documents.items():
            ids = await corpus.add({name: pieces}) if pieces else []
            gold += [
                (Place(name, p.page, squeezed(p.text)), as_passage(name, id, p))
                for id, p in zip(ids, pieces, strict=True)
            ]
        search = HybridSearch(corpus.engine, index, embedder)
        tallies = {arm: Tally() for arm in options.arms.split(",")}
        for question in asked:
            for arm, tally in tallies.items():
                result = await one(question, arm, model, search, gold, options.parameters)
                if result is None:
                    continue
                outcome = tally.add(question, result, model)
                if options.verbose and outcome not in ("right", "declined rightly"):
                    print(f"{arm} {question['id']} {outcome}: {model.last[:200]!r} {trouble(result)}", flush=True)
        for arm, tally in tallies.items():
            print(json.dumps(tally.line(folder.name, arm, options)), flush=True)
        await index.close()
        corpus.engine.dispose()


async def one(
    question: Question,
    arm: str,
    model: Remembering,
    search: Retriever,
    gold: Sequence[tuple[Place, Passage]],
    parameters: Mapping[str, Any],
) -> Answer | None:
    """The answer of an arm; None where the arm does not apply."""
    approach = "plain" if arm == "plain" else "rag"
    variant = next(preset for preset in PRESETS if preset.name == approach)
    passages: tuple[Passage, ...] | None = None
    if arm == "oracle":
        if not question["answerable"]:
            return None
        passages = gold_passages(question, gold)
        parameters = {"check": False}
    if approach == "rag":
        variant = replace(variant, parameters=dict(parameters))
    ask = Ask(question["id"], "bench", question["question"], variant, "default", passages=passages)
    model.last, model.first = "", None
    async for event in answer(ask, model=model, retriever=search):
        if isinstance(event, Finished):
            return event.answer
        if isinstance(event, Failed):
            return event.answer
    raise AssertionError("an answer without an end")


def gold_passages(question: Question, gold: Sequence[tuple[Place, Passage]]) -> tuple[Passage, ...]:
    """For each gold passage the chunk that holds it; of several the one that shares most words with the question."""
    words = set(tokens(question["question"]))
    found: dict[str, Passage] = {}
    for wanted in question["gold_passages"]:
        fitting = [passage for place, passage in gold if is_relevant({"gold_passages": [wanted]}, place)]
        if fitting:
            best = max(fitting, key=lambda passage: len(words & set(tokens(passage.text))))
            found[best.chunk_id] = best
    return tuple(found.values())


def as_passage(name: str, id: str, chunk: Chunk) -> Passage:
    place = (chunk.heading, chunk.page, chunk.start, chunk.end)
    return Passage(name, name, 1, id, chunk.text, *place, 1.0, header=chunk.header)


@dataclass
class Tally:
    """The outcomes of one arm."""

    outcomes: list[tuple[bool, str]] = field(default_factory=list)
    dangling: int = 0
    firsts: list[float] = field(default_factory=list)
    prompts: list[int] = field(default_factory=list)

    def add(self, question: Question, result: Answer, model: Remembering) -> str:
        markers = {int(n) for n in _MARKER.findall(result.text)} if result.approach == "rag" else set()
        self.dangling += len(markers - {citation.n for citation in result.citations})
        self.prompts += [result.usage.prompt_tokens] if model.last else []
        self.firsts += [model.first] if model.first is not None else []
        if result.finish in ("declined", "failed"):
            outcome: str = result.finish if question["answerable"] else "declined rightly"
        elif not question["answerable"]:
            outcome = "answered wrongly"
        else:
            outcome = "right" if _right(question, result.text) else "wrong"
        self.outcomes.append((bool(question["answerable"]), outcome))
        return outcome

    def line(self, name: str, arm: str, options: argparse.Namespace) -> dict[str, Any]:
        answerable = [outcome for known, outcome in self.outcomes if known]
        others = [outcome for known, outcome in self.outcomes if not known]
        return {
            "bench": "answer_quality",
            "set": name,
            "arm": arm,
            "parameters": options.parameters if arm == "rag" else {},
            "n": len(answerable),
            "correct": share(outcome == "right" for outcome in answerable),
            "declined": share(outcome == "declined" for outcome in answerable),
            "failed": share(outcome == "failed" for outcome in answerable),
            "n_unanswerable": len(others),
            "declined_unanswerable": share(outcome == "declined rightly" for outcome in others),
            "dangling": self.dangling,
            "prompt_tokens": share(self.prompts),
            "first_token": share(self.firsts),
        }


def trouble(result: Answer) -> str:
    """What the gate and the check said."""
    return " ".join(f"{s.step}={s.detail.get('reason') or s.detail.get('dropped') or ''}" for s in result.trace[1:])


class Remembering:
    """A chat model whose answers are kept by prompt. `last` is what was said, `first` the seconds until it began."""

    def __init__(self, model: ChatModel, path: Path | None) -> None:
        self.name = model.name
        self._model = model
        self._path = path
        self._kept: dict[str, Any] = json.loads(path.read_text("utf-8")) if path and path.exists() else {}
        self._unsaved = 0
        self.last = ""
        self.first: float | None = None

    async def stream(self, messages: Sequence[Message], options: ChatOptions) -> AsyncIterator[Delta]:
        steady = [replace(message, content=_MARK.sub("docs-k3vq7mb2t", message.content)) for message in messages]
        said = json.dumps([(m.role, m.content) for m in steady] + [options.temperature, options.max_tokens])
        key = hashlib.sha256(said.encode()).hexdigest()
        if key not in self._kept:
            self._kept[key] = await self._asked(steady, options)
            self._unsaved += 1
            if self._unsaved % 10 == 0:
                self.save()
        kept = self._kept[key]
        self.last = kept["text"]
        yield Delta(kept["text"])
        yield Delta(finish_reason="stop", usage=Usage(kept["prompt"], kept["completion"]))

    async def _asked(self, messages: Sequence[Message], options: ChatOptions) -> dict[str, Any]:
        began, text, usage = time.perf_counter(), "", Usage()
        async for delta in self._model.stream(messages, options):
            if delta.text and self.first is None:
                self.first = time.perf_counter() - began
            text += delta.text
            usage = delta.usage or usage
        return {"text": text, "prompt": usage.prompt_tokens, "completion": usage.completion_tokens}

    def save(self) -> None:
        if self._path is not None:
            self._path.write_text(json.dumps(self._kept, ensure_ascii=False), "utf-8")


@contextmanager
def local_model() -> Iterator[tuple[str, str]]:
    """The local model server as a child process: its address and key."""
    key = secrets.token_hex(16)
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready.json"
        environment = os.environ | {"PARALLAX_LOCAL_MODEL_KEY": key, "PARALLAX_READY_FILE": str(ready)}
        child = subprocess.Popen([sys.executable, "-m", "service.models.local_server"], env=environment)
        try:
            deadline = time.monotonic() + 120
            while not ready.exists():
                if child.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit("The local model server did not start.")
                time.sleep(0.1)
            yield f"{json.loads(ready.read_text('utf-8'))['url']}/v1", key
        finally:
            child.terminate()
            child.wait(10)


@contextmanager
def given(url: str, key: str) -> Iterator[tuple[str, str]]:
    yield url, key


if __name__ == "__main__":
    asyncio.run(main())
