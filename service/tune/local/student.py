"""The model that learns: what it says costs, which weights move, and what it answers."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch import Tensor

from service.tune.local.base import Base
from service.tune.local.data import IGNORED, Row, Sample, row
from service.tune.local.job import Settings


class Student:
    """A decoder and those of its weights that are trained.

    `decoder` is transformers' causal language model (with LoRA layers inside, where it is tuned).
    """

    def __init__(self, decoder: Any, tokenizer: Any, device: torch.device) -> None:
        self.decoder = decoder
        self.tokenizer = tokenizer
        self.device = device

    def begin(self, settings: Settings) -> None:
        """Fresh weights for a setting; the same seed gives the same weights."""
        raise NotImplementedError

    @property
    def weights(self) -> dict[str, torch.nn.Parameter]:
        """What is trained, by name, float32."""
        return {name: one for name, one in self.decoder.named_parameters() if one.requires_grad}

    def put(self, weights: dict[str, Tensor]) -> None:
        """Set the trained weights to these values."""
        with torch.no_grad():
            for name, one in self.weights.items():
                one.copy_(weights[name])

    def train(self, learning: bool) -> None:
        self.decoder.train(learning)

    def losses(self, seen: Row) -> Tensor:
        """-log p of each counted target, (n,), nats, in the row's order. The vocabulary is computed for those only."""
        inner = self.decoder.model
        hidden = inner(
            input_ids=seen.ids, attention_mask=seen.mask, position_ids=seen.positions, use_cache=False
        ).last_hidden_state
        counted = seen.targets != IGNORED
        scores = self.decoder.lm_head(hidden[counted]).float()
        return torch.nn.functional.cross_entropy(scores, seen.targets[counted], reduction="none")

    def each(self, samples: Sequence[Sample], size: int) -> list[float]:
        """The mean loss of every sample, nats a token, in order; `size` samples at a time."""
        self.train(False)
        found: list[float] = []
        for start in range(0, len(samples), size):
            batch = samples[start : start + size]
            with torch.no_grad():
                parts = self.losses(row(batch, self.device)).split([len(one.target) for one in batch])
            found += [float(part.mean()) for part in parts]
        return found

    def say(self, prompts: Sequence[Sequence[int]], most: int, *, temperature: float = 0.0, seed: int = 0) -> list[str]:
        """What comes after each prompt, at most `most` tokens, greedily or drawn at a temperature."""
        return [
            self.tokenizer.decode(one, skip_special_tokens=True)
            for one in self.tokens(prompts, most, temperature, seed)
        ]

    def tokens(
        self, prompts: Sequence[Sequence[int]], most: int, temperature: float = 0.0, seed: int = 0
    ) -> list[list[int]]:
        """As `say`, as token ids without the end-of-turn token. Prompts of like length go together, 16 at a time."""
        self.train(False)
        torch.manual_seed(seed)
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
        found: list[list[int]] = [[] for _ in prompts]
        for start in range(0, len(order), 16):
            some = order[start : start + 16]
            for i, said in zip(some, self._continued([prompts[i] for i in some], most, temperature), strict=True):
                found[i] = said
        return found

    def _continued(self, prompts: Sequence[Sequence[int]], most: int, temperature: float) -> list[list[int]]:
        width, end = max(map(len, prompts)), self.tokenizer.eos_token_id
        padded = [[self.tokenizer.pad_token_id] * (width - len(one)) + list(one) for one in prompts]
        mask = [[0] * (width - len(one)) + [1] * len(one) for one in prompts]
        drawn = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 0.95} if temperature else {}
        made = self.decoder.generate(
            input_ids=torch.tensor(padded, device=self.device),
            attention_mask=torch.tensor(mask, device=self.device),
            max_new_tokens=most,
            pad_token_id=self.tokenizer.pad_token_id,
            eos_token_id=end,
            **({"do_sample": False} | drawn),
        )
        return [list(_until(end, said)) for said in made[:, width:].tolist()]


class Tuned(Student):
    """A base with a LoRA adapter on every linear layer but the last (Hu et al. 2021): y = Wx + (alpha / r) B A x."""

    def __init__(self, base: Base) -> None:
        super().__init__(base.model, base.tokenizer, base.device)
        self._wrapped: PeftModel | None = None
        self._count = 0

    def begin(self, settings: Settings) -> None:
        """A fresh adapter: A is random, B zero, so that it begins as the base."""
        torch.manual_seed(settings.seed)
        shape = LoraConfig(
            r=settings.rank,
            lora_alpha=settings.alpha,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        )
        old, new = f"setting{self._count}", f"setting{self._count + 1}"
        if self._wrapped is None:
            with warnings.catch_warnings():  # peft asks transformers by a name that is going out of use
                warnings.simplefilter("ignore", FutureWarning)
                self._wrapped = get_peft_model(self.decoder, shape, adapter_name=new)
        else:
            self._wrapped.add_adapter(new, shape)
            self._wrapped.set_adapter(new)
            self._wrapped.delete_adapter(old)
        self._count += 1

    @property
    def weights(self) -> dict[str, torch.nn.Parameter]:
        """By the layer's name in the base and A or B, whichever setting is being tried."""
        marker = f".setting{self._count}.weight"
        return {
            name.removesuffix(marker): one for name, one in self.decoder.named_parameters() if name.endswith(marker)
        }


def mean(losses: Sequence[float], samples: Sequence[Sample]) -> float:
    """The mean a token of all answers together: long answers count for more, as in training. NaN without samples."""
    tokens = sum(len(one.target) for one in samples)
    return (
        sum(loss * len(one.target) for loss, one in zip(losses, samples, strict=True)) / tokens if tokens else math.nan
    )


def _until(end: int, said: Iterable[int]) -> Iterable[int]:
    for token in said:
        if token == end:
            return
        yield token
