"""The model that learns: what it says costs, which weights move, and what it answers."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch import Tensor

from service.tune.local import speech
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
        said = self.tokens(prompts, most, temperature=temperature, seed=seed)
        return [self.tokenizer.decode(one, skip_special_tokens=True) for one in said]

    def tokens(
        self, prompts: Sequence[Sequence[int]], most: int, *, temperature: float = 0.0, seed: int = 0
    ) -> list[list[int]]:
        """As `say`, as token ids without the end-of-turn token."""
        end = self.tokenizer.eos_token_id
        return speech.tokens(
            self.decoder, prompts, most, end=end, device=self.device, temperature=temperature, seed=seed
        )


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
