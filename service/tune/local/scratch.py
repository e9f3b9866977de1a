"""The fourth way, honestly: a tiny decoder trained from nothing on the collection's text and the pairs.

Qwen2's architecture at about two million weights, with a vocabulary of its own, by the same loop as a LoRA. What it
costs and what it cannot do stands in the same chart: it learns the look of the text and recites what it saw often.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen2ForCausalLM

from service.tune.local import data, export
from service.tune.local.base import ARCHITECTURE, PRE_TOKENIZERS, config
from service.tune.local.checkpoint import Weights
from service.tune.local.data import Sample
from service.tune.local.job import Job, Pair, Settings
from service.tune.local.loop import Lesson
from service.tune.local.student import Student

VOCABULARY = 2048
WINDOW = 128
"""Tokens of text in one sample."""
MOST_WINDOWS = 1500
"""Samples of text at most: of a larger collection, a seeded choice."""
LAYERS = 4
SHAPE = {
    f"{ARCHITECTURE}.block_count": LAYERS,
    f"{ARCHITECTURE}.context_length": 2048,
    f"{ARCHITECTURE}.embedding_length": 192,
    f"{ARCHITECTURE}.feed_forward_length": 512,
    f"{ARCHITECTURE}.attention.head_count": 6,
    f"{ARCHITECTURE}.attention.head_count_kv": 2,
}
END, TURN, TURN_END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


class Tiny(Student):
    """A small decoder, all of whose weights are trained."""

    def __init__(self, facts: dict[str, Any], tokenizer: Any, device: torch.device) -> None:
        super().__init__(None, tokenizer, device)
        self._facts = facts

    def begin(self, settings: Settings) -> None:
        """Random weights: normal with deviation 0.02, as transformers makes them."""
        torch.manual_seed(settings.seed)
        self.decoder = Qwen2ForCausalLM(config(self._facts, len(self.tokenizer), tied=True)).float().to(self.device)


@dataclass(frozen=True, slots=True)
class Made:
    """As `train.Made`: what is trained, on what, and how its file is written."""

    student: Student
    lesson: Lesson
    write: Callable[[Path, Weights, Settings], None]
    facts: dict[str, Any]


def make(job: Job, device: torch.device) -> Made:
    """Vocabulary, model and samples of a job. Raises `Failure` (`too_long`)."""
    said = [text for pair in job.train for text in (pair.question, pair.answer)]
    vocabulary = vocabulary_of([*job.corpus, *said])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=vocabulary, eos_token=TURN_END, pad_token=END, chat_template=TEMPLATE, padding_side="left"
    )
    facts = facts_of(vocabulary)
    most = min(job.settings.max_tokens * 2, SHAPE[f"{ARCHITECTURE}.context_length"])  # its words are shorter pieces
    train = data.samples(tokenizer, job.train, most)
    windows = list(_windows(tokenizer, job.corpus))
    chosen = random.Random(job.settings.seed).sample(windows, min(len(windows), MOST_WINDOWS))
    lesson = Lesson(tuple((one,) for one in (*train, *chosen)), data.samples(tokenizer, job.validation, most))

    def write(path: Path, weights: Weights, settings: Settings) -> None:
        export.model(path, weights, {**facts, "general.name": job.name}, LAYERS)

    told = {"dtype": "float32", "text_tokens": len(windows) * WINDOW, "text_tokens_used": len(chosen) * WINDOW}
    return Made(Tiny(facts, tokenizer, device), lesson, write, told)


def vocabulary_of(texts: Sequence[str]) -> Tokenizer:
    """Byte pairs of these texts, cut as the base model's tokenizer cuts."""
    made = Tokenizer(models.BPE())
    cut = pre_tokenizers.Split(Regex(PRE_TOKENIZERS["qwen2"]), "isolated")
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [cut, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[END, TURN, TURN_END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(texts, trainer)
    return made


def facts_of(vocabulary: Tokenizer) -> dict[str, Any]:
    """The metadata of its GGUF file."""
    numbers = vocabulary.get_vocab()
    tokens = sorted(numbers, key=lambda token: numbers[token])
    controls = {END, TURN, TURN_END}
    merges = json.loads(vocabulary.to_str())["model"]["merges"]
    return {
        "general.architecture": ARCHITECTURE,
        "general.type": "model",
        **SHAPE,
        f"{ARCHITECTURE}.rope.freq_base": 10000.0,
        f"{ARCHITECTURE}.attention.layer_norm_rms_epsilon": 1e-6,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "qwen2",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [3 if token in controls else 1 for token in tokens],
        "tokenizer.ggml.merges": [" ".join(merge) for merge in merges],
        "tokenizer.ggml.eos_token_id": numbers[TURN_END],
        "tokenizer.ggml.padding_token_id": numbers[END],
        "tokenizer.chat_template": TEMPLATE,
    }


def _windows(tokenizer: Any, corpus: Sequence[str]) -> Iterator[Sample]:
    """The text cut into samples of which every token counts."""
    end = tokenizer.pad_token_id
    tokens = [token for text in corpus for token in (*data.ids(tokenizer, text), end)]
    for start in range(0, len(tokens) - 1, WINDOW):
        yield Sample(Pair("", ""), (end,), tuple(tokens[start : start + WINDOW]))
