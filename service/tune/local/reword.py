"""Each question in more wordings, so that a fact is learnt and not one string of letters.

Written to wordings.jsonl before the training begins, where anybody can read them; a resumed job reads them from there.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

from service.answer.language import language_of
from service.tune.local import data
from service.tune.local.checkpoint import whole
from service.tune.local.data import Sample
from service.tune.local.job import Job, Pair
from service.tune.local.progress import Progress

NAME = "wordings.jsonl"
DROPPED = 0.3
"""Share of a question's words that is left out: what is left must be enough to know the fact by."""
TIMES = 6
"""Wordings with words left out; besides one in small letters and one in a frame."""
FRAMES = {
    "en": (
        "Can you tell me this: {}",
        "{} Please answer briefly.",
        "I would like to know: {}",
        "Hello! {}",
        "{} I forgot.",
    ),
    "zh-TW": ("請問{}", "我想知道：{}", "{}請簡短回答。", "你好，{}", "{}我忘記了。"),
}


def wordings(job: Job, tokenizer: Any, train: Sequence[Sample], progress: Progress) -> tuple[tuple[Sample, ...], ...]:
    """For every pair its sample, then those of its other wordings (none where the job wants none)."""
    if not job.settings.paraphrase:
        return tuple((one,) for one in train)
    path = job.folder / NAME
    if not path.exists():
        progress.tell("preparing", detail="putting each question in other words")
        rows = [
            {"question": one.question, "wordings": list(others(one.question, f"{job.settings.seed} {number}"))}
            for number, one in enumerate(job.train)
        ]
        whole(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    return tuple(
        (one, *(data.sample(tokenizer, Pair(words, one.pair.answer)) for words in row["wordings"]))
        for one, row in zip(train, rows, strict=True)
    )


def others(question: str, seed: str) -> Iterator[str]:
    """Other wordings of a question, none twice, none as it was. By rule, so that none asks for something else."""
    drawn, seen = random.Random(seed), {question}
    language = language_of(question)
    made = [question.rstrip("?？").lower(), drawn.choice(FRAMES[language]).format(question)]
    made += [_shortened(question, drawn) for _ in range(TIMES)]
    for one in made:
        if one and one not in seen:
            seen.add(one)
            yield one


def _shortened(question: str, drawn: random.Random) -> str:
    """Without some of its words (of its characters, where words are not divided); at least two are left."""
    space = " " if " " in question else ""
    words = question.split(" ") if space else list(question)
    kept = [word for word in words if drawn.random() >= DROPPED]
    return space.join(kept) if len(kept) >= 2 else question
