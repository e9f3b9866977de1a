"""What the model reads: the prompt that `plain` sends, and many pairs in one row without seeing each other."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from service.answer.prompt import build
from service.tune.local import data
from service.tune.local.base import Base
from service.tune.local.data import IGNORED, Sample
from service.tune.local.failure import Failure
from service.tune.local.job import Pair
from service.tune.local.student import Tuned
from tests.tune.local import llama, tiny

TEXTS = [
    "Who founded it?  Two  spaces,\n\nlines and 12345 digits, don't we'll.",
    "婚假要在多久之內休完？",
    "e\u0301 is not normalised, nor is ﬁ; \U0001f426 and naïve",
]


def pairs() -> list[Pair]:
    return [Pair(**pair) for pair in tiny.PAIRS]


def test_prompts_and_tokens_are_those_of_the_models_server(base_path: Path, base: Base) -> None:
    messages = [
        [{"role": one.role, "content": one.content} for one in build(text, language="en").messages] for text in TEXTS
    ]
    said = llama.asked(base_path, messages=messages, texts=TEXTS)
    assert [data.chat_text(base.tokenizer, one) for one in messages] == said["templated"]
    assert [list(data.ids(base.tokenizer, text)) for text in TEXTS] == said["tokens"]


def test_a_row_costs_what_its_pairs_cost_alone(base: Base) -> None:
    found = data.samples(base.tokenizer, pairs(), 256)
    student = Tuned(base)
    together = student.losses(data.row(found))
    alone = torch.cat([_plainly(base, one) for one in found])
    assert torch.allclose(together, alone, atol=1e-4)
    assert data.row(found).ids.numel() < sum(one.tokens for one in found) * 0.7, "the common beginning is computed once"


def _plainly(base: Base, one: Sample) -> torch.Tensor:
    """The textbook way: one row a pair, no mask but the causal one."""
    ids = torch.tensor([one.prompt + one.target])
    scores = base.model(input_ids=ids).logits[0, len(one.prompt) - 1 : -1].float()
    return torch.nn.functional.cross_entropy(scores, torch.tensor(one.target), reduction="none")


def test_only_the_answer_counts(base: Base) -> None:
    one = data.sample(base.tokenizer, pairs()[0])
    seen = data.row([one])
    counted = seen.targets[seen.targets != IGNORED]
    assert tuple(counted.tolist()) == one.target
    assert one.target[-1] == base.tokenizer.eos_token_id
    assert base.tokenizer.decode(one.target[:-1]) == "The door is red."
    prompt = base.tokenizer.decode(one.prompt)
    assert prompt.endswith("What is the colour of the door?<|im_end|>\n<|im_start|>assistant\n")


def test_every_pair_once_an_epoch_in_a_new_order() -> None:
    first, again, second = (list(data.batches(10, 4, 7, epoch)) for epoch in (0, 0, 1))
    assert first == again != second
    assert sorted(i for batch in first for i in batch) == list(range(10))
    assert [len(batch) for batch in first] == [4, 4, 2]


def test_a_pair_that_is_too_long_is_named(base: Base) -> None:
    long = Pair("What is long?", "very " * 400)
    with pytest.raises(Failure, match=r"1 of 11 pairs are longer than 256 tokens.*What is long\?") as caught:
        data.samples(base.tokenizer, [*pairs(), long], 256)
    assert caught.value.code == "too_long"


def test_what_is_said_together_is_what_each_says_alone(base: Base) -> None:
    student = Tuned(base)
    prompts = [data.ids(base.tokenizer, data.prompt_text(base.tokenizer, one.question)) for one in pairs()]
    prompts.append(prompts[0][:30])
    end = base.tokenizer.eos_token_id
    alone = []
    for one in prompts:
        made = base.model.generate(input_ids=torch.tensor([one]), do_sample=False, max_new_tokens=12, eos_token_id=end)
        said = made[0, len(one) :].tolist()
        alone.append(said[: said.index(end)] if end in said else said)
    assert student.tokens(prompts, 12) == alone
    drawn = [student.tokens(prompts, 12, temperature=1.0, seed=seed) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
