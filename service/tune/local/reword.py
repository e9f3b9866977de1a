"""Each question in more wordings, so that a fact is learnt and not one string of letters.

Some are made by rule, some by the base model. Where it made several, the first is kept back for validation: whether a
fact is known in words that were not trained is what validation should tell, and pairs it has never seen cannot tell it.
Written to wordings.jsonl before the training begins, where anybody can read them; a resumed job reads them from there.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

from service.answer import terms
from service.answer.language import language_of
from service.tune.local import data, paraphrase
from service.tune.local.checkpoint import whole
from service.tune.local.data import Sample
from service.tune.local.job import Job, Pair
from service.tune.local.progress import Progress
from service.tune.local.student import Student

NAME = "wordings.jsonl"
DROPPED = 0.35
"""Share of a question's words that is left out."""
TIMES = 3
"""Wordings with words left out; besides one in small letters and one in a frame."""
ROUNDS = 5
MOST_MADE = 400
"""Wordings the base model is asked for: of each pair, and of all together (a second of one core each)."""
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


def wordings(
    job: Job, student: Student, train: Sequence[Sample], most: int, progress: Progress
) -> tuple[tuple[tuple[Sample, ...], ...], tuple[Sample, ...]]:
    """For every pair its sample and those of its other wordings; and the wordings that are kept for validation.

    Nothing but the samples themselves where the job wants none. `most`: tokens above which a wording is left out.
    """
    if not job.settings.paraphrase:
        return tuple((one,) for one in train), ()
    path = job.folder / NAME
    if not path.exists():
        rows = _made(job, student, progress)
        whole(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]

    def read(words: Sequence[str], pair: Pair) -> tuple[Sample, ...]:
        made = (data.sample(student.tokenizer, Pair(one, pair.answer)) for one in words)
        return tuple(one for one in made if one.tokens <= most)

    both = list(zip(train, rows, strict=True))
    trained = tuple((one, *read(row["wordings"], one.pair)) for one, row in both)
    return trained, tuple(sample for one, row in both for sample in read(row["validation"], one.pair))


def _made(job: Job, student: Student, progress: Progress) -> list[dict[str, Any]]:
    rounds = min(ROUNDS, MOST_MADE // len(job.train))

    def tell(number: int) -> None:
        progress.tell("preparing", detail=f"putting each question in other words, {number + 1} of {rounds}")

    made = paraphrase.made(student, job.train, rounds, job.settings.seed, tell)
    rows = []
    for number, (pair, said) in enumerate(zip(job.train, made, strict=True)):
        kept = said[:1] if len(said) > 1 else []
        by_rule = others(pair.question, f"{job.settings.seed} {number}")
        rest = [*said[len(kept) :], *(one for one in by_rule if one not in kept)]
        rows.append({"question": pair.question, "wordings": rest, "validation": kept})
    return rows


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
    """Without some of its words (of its characters, where words are not divided). Of those that carry meaning at least
    half are left, and at least one: a wording that could mean anything would teach one answer to everything."""
    space = " " if " " in question else ""
    words = question.split(" ") if space else list(question)
    meaning = [bool(terms.own(word)) if space else word.isalnum() for word in words]
    kept = [i for i in range(len(words)) if drawn.random() >= DROPPED]
    left = sum(meaning[i] for i in kept)
    return space.join(words[i] for i in kept) if left and 2 * left >= sum(meaning) else ""
