"""What the model reads: pairs as tokens, and many pairs in one row.

A pair's prompt is, byte for byte, what the approach `plain` sends for the question (`service.answer.prompt`), through
the base file's own chat template; the answer and the end-of-turn token follow, and only they count in the loss.

    [system prompt][question 1 · answer 1][question 2 · answer 2]...      one row a batch

The prompts of a batch begin alike, so that beginning is computed once: each pair sees it and itself, by mask, and its
positions go on from it. That gives exactly the loss of one row a pair, for half the tokens, and no padding.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from service.answer.language import language_of
from service.answer.prompt import build
from service.errors import ServiceError
from service.tune.local.failure import Failure
from service.tune.local.job import Pair
from service.tune.local.speech import shared_beginning

IGNORED = -100
"""A target that is not counted (PyTorch's own default)."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Token ids. `prompt` ends where the answer begins; `target` is the answer with its end-of-turn token."""

    pair: Pair
    prompt: tuple[int, ...]
    target: tuple[int, ...]

    @property
    def tokens(self) -> int:
        return len(self.prompt) + len(self.target)


@dataclass(frozen=True, slots=True)
class Row:
    """`ids`, `positions`, `targets`: (1, n) whole numbers; `mask`: (1, 1, n, n), True where the row may look.

    `targets[i]` is the token that should come after token i, or `IGNORED`.
    """

    ids: torch.Tensor
    positions: torch.Tensor
    mask: torch.Tensor
    targets: torch.Tensor


def prompt_text(tokenizer: Any, question: str) -> str:
    """The whole prompt of a question as the model's server would build it. Raises `Failure` when it is too long."""
    try:
        messages = build(question, language=language_of(question)).messages
    except ServiceError as error:
        raise Failure("too_long", f"{error.message} It begins: {question[:60]!r}", error.hint) from error
    return chat_text(tokenizer, [{"role": message.role, "content": message.content} for message in messages])


def chat_text(tokenizer: Any, messages: Sequence[dict[str, str]]) -> str:
    """Messages through the model's chat template, up to where the assistant begins."""
    return str(tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=True))


def ids(tokenizer: Any, text: str) -> tuple[int, ...]:
    """The text's tokens, nothing put before or after."""
    return tuple(tokenizer(text, add_special_tokens=False)["input_ids"])


def sample(tokenizer: Any, pair: Pair) -> Sample:
    answer = (*ids(tokenizer, pair.answer.strip()), tokenizer.eos_token_id)
    return Sample(pair, ids(tokenizer, prompt_text(tokenizer, pair.question)), answer)


def samples(tokenizer: Any, pairs: Sequence[Pair], most: int) -> tuple[Sample, ...]:
    """The pairs as tokens. Raises `Failure` (`too_long`) where one has more than `most`: none is cut in silence."""
    made = tuple(sample(tokenizer, pair) for pair in pairs)
    long = [one for one in made if one.tokens > most]
    if long:
        worst = max(long, key=lambda one: one.tokens)
        raise Failure(
            "too_long",
            f"{len(long)} of {len(made)} pairs are longer than {most} tokens; the longest has {worst.tokens} and begins"
            f": {worst.pair.question[:60]!r}",
            "Shorten or divide these answers, or raise max_tokens.",
        )
    return made


def row(batch: Sequence[Sample], device: torch.device | None = None) -> Row:
    """All samples of a batch in one row behind their common beginning."""
    shared = shared_beginning([one.prompt for one in batch])
    tokens, positions, targets, owner = (
        list(batch[0].prompt[:shared]),
        list(range(shared)),
        [IGNORED] * shared,
        [0] * shared,
    )
    for number, one in enumerate(batch, 1):
        rest = one.prompt[shared:] + one.target
        tokens += rest
        positions += range(shared, shared + len(rest))
        targets += [IGNORED] * (len(one.prompt) - shared - 1) + list(one.target) + [IGNORED]
        owner += [number] * len(rest)
    owners = torch.tensor(owner, device=device)
    mine = (owners[:, None] == owners[None, :]) | (owners[None, :] == 0)
    return Row(
        torch.tensor([tokens], device=device),
        torch.tensor([positions], device=device),
        torch.tril(mine)[None, None],
        torch.tensor([targets], device=device),
    )


def batches(count: int, size: int, seed: int, epoch: int) -> Iterator[list[int]]:
    """An epoch's batches, as indices: a fresh order each epoch that depends on seed and epoch alone."""
    order = list(range(count))
    random.Random(f"{seed} {epoch}").shuffle(order)
    for start in range(0, count, size):
        yield order[start : start + size]
