"""The base model: one GGUF file as a PyTorch model, its own tokenizer and its own chat template.

What llama.cpp reads when it serves the model is what is read here: the quantised weights themselves, each turned back
into numbers (`gguf.dequantize`), the vocabulary, the merges, the template. The file's hash is checked first.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf import MODEL_ARCH, GGUFReader, dequantize, get_tensor_name_map
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from service.models.files import sha256_of
from service.tune.local import memory
from service.tune.local.failure import Failure

ARCHITECTURE = "qwen2"
PRE_TOKENIZERS = {
    "qwen2": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
}
"""How text is cut before the merges, by the file's `tokenizer.ggml.pre` (llama.cpp, `src/llama-vocab.cpp`)."""
_CONTROL = 3  # gguf.TokenType.CONTROL: never made from text, e.g. <|im_end|>


@dataclass(frozen=True, slots=True)
class Base:
    """`facts`: the file's metadata without the vocabulary. `model` is frozen, in evaluation mode, on `device`."""

    model: Any
    tokenizer: Any
    facts: dict[str, Any]
    device: torch.device

    @property
    def layers(self) -> int:
        return int(self.facts[f"{ARCHITECTURE}.block_count"])

    @property
    def context(self) -> int:
        """Most tokens the model was made for."""
        return int(self.facts[f"{ARCHITECTURE}.context_length"])


def device() -> torch.device:
    """The graphics card when there is one (CUDA or ROCm), else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def precision(device: torch.device) -> torch.dtype:
    """bfloat16 where it is computed in hardware, else float32: on an old processor bfloat16 is emulated, and slower."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    fast = torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.bfloat16 if fast else torch.float32


def load(path: Path, sha256: str, device: torch.device) -> Base:
    """The model of a file of Qwen2's kind; 20 s of one core for half a billion weights.

    Raises `Failure`: `bad_base` for another file or kind, `out_of_memory`.
    """
    check(path, sha256)
    try:
        reader = GGUFReader(path)
        facts = {name: field.contents() for name, field in reader.fields.items() if not _is_long(name)}
        if facts.get("general.architecture") != ARCHITECTURE:
            raise Failure(
                "bad_base",
                f"{path.name} holds a model of the kind {facts.get('general.architecture')!r}.",
                "Choose a model of the Qwen2 kind (Qwen2, Qwen2.5) to train.",
            )
        weights = sum(int(tensor.n_elements) for tensor in reader.tensors)
        memory.check(weights * precision(device).itemsize + memory.WORKING, device)
        tokenizer = _tokenizer(reader, facts)
        model = _model(reader, facts, len(tokenizer), precision(device)).to(device)
    except (KeyError, ValueError, IndexError, RuntimeError) as error:
        raise Failure("bad_base", f"{path.name} cannot be read as a model: {error}", "Fetch the file anew.") from error
    return Base(model, tokenizer, facts, device)


def check(path: Path, sha256: str) -> None:
    """Raises `Failure` where the file is not the one the job was made for: an adapter fits one base only."""
    if not path.is_file():
        raise Failure(
            "bad_base", f"The base model's file is not there: {path.name}.", "Fetch it: parallax models pull."
        )
    actual = sha256_of(path) if sha256 else ""
    if actual != sha256:
        raise Failure(
            "bad_base",
            f"{path.name} is not the file this job began with: SHA-256 {actual}, expected {sha256}.",
            "Put the old file back, or start the training again.",
        )


def _is_long(name: str) -> bool:
    return name in ("tokenizer.ggml.tokens", "tokenizer.ggml.token_type", "tokenizer.ggml.merges")


def _tokenizer(reader: GGUFReader, facts: dict[str, Any]) -> Any:
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    kinds = reader.fields["tokenizer.ggml.token_type"].contents()
    merges = [tuple(merge.split(" ")) for merge in reader.fields["tokenizer.ggml.merges"].contents()]
    pattern = Regex(PRE_TOKENIZERS[facts["tokenizer.ggml.pre"]])
    tokenizer = Tokenizer(models.BPE({token: number for number, token in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(pattern, "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    controls = [token for token, kind in zip(tokens, kinds, strict=True) if kind == _CONTROL]
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in controls])
    end, padding = facts["tokenizer.ggml.eos_token_id"], facts.get("tokenizer.ggml.padding_token_id")
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=tokens[end],
        pad_token=tokens[end if padding is None else padding],
        chat_template=facts["tokenizer.chat_template"],
        padding_side="left",
    )


def config(facts: dict[str, Any], vocabulary: int, tied: bool) -> Qwen2Config:
    """The model's shape in transformers' words."""

    def fact(name: str) -> Any:
        return facts[f"{ARCHITECTURE}.{name}"]

    return Qwen2Config(
        vocab_size=vocabulary,
        hidden_size=fact("embedding_length"),
        intermediate_size=fact("feed_forward_length"),
        num_hidden_layers=fact("block_count"),
        num_attention_heads=fact("attention.head_count"),
        num_key_value_heads=fact("attention.head_count_kv"),
        max_position_embeddings=fact("context_length"),
        rms_norm_eps=fact("attention.layer_norm_rms_epsilon"),
        rope_parameters={"rope_type": "default", "rope_theta": facts.get("qwen2.rope.freq_base", 10000.0)},
        tie_word_embeddings=tied,
        bos_token_id=None,
        eos_token_id=facts["tokenizer.ggml.eos_token_id"],
        pad_token_id=facts.get("tokenizer.ggml.padding_token_id"),
    )


def _model(reader: GGUFReader, facts: dict[str, Any], vocabulary: int, dtype: torch.dtype) -> Any:
    stored = {tensor.name: tensor for tensor in reader.tensors}
    shape = config(facts, vocabulary, tied="output.weight" not in stored)
    with torch.device("meta"):  # no memory is taken for weights that are read anyway
        model = Qwen2ForCausalLM(shape)
    names = get_tensor_name_map(MODEL_ARCH.QWEN2, shape.num_hidden_layers)
    weights: dict[str, torch.Tensor] = {}
    for name in model.state_dict():
        if name == "lm_head.weight" and shape.tie_word_embeddings:
            continue
        tensor = stored[names.get_name(name, try_suffixes=(".weight", ".bias"))]
        numbers = np.array(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
        weights[name] = torch.from_numpy(numbers).to(dtype)
    model.load_state_dict(weights, strict=False, assign=True)
    model.tie_weights()
    model.model.rotary_emb = type(model.model.rotary_emb)(shape)  # computed, not stored
    model.requires_grad_(False)
    return model.eval()
