"""What a decoder says after its prompts, many at a time: the prompts' common beginning is read once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

AT_ONCE = 32
LIKELIEST = 0.92
"""Where tokens are drawn: only from the likeliest that together have this probability (Holtzman et al. 2020)."""


def tokens(
    decoder: Any,
    prompts: Sequence[Sequence[int]],
    most: int,
    *,
    end: int,
    device: torch.device,
    temperature: float = 0.0,
    seed: int = 0,
) -> list[list[int]]:
    """The token ids after each prompt, up to `end` (left out) or `most`; greedy at temperature 0."""
    drawing = torch.Generator(device).manual_seed(seed)
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    found: list[list[int]] = [[] for _ in prompts]
    decoder.eval()
    for start in range(0, len(order), AT_ONCE):
        some = order[start : start + AT_ONCE]
        with torch.no_grad():
            said = _together(decoder, [prompts[i] for i in some], most, end, device, temperature, drawing)
        for i, one in zip(some, said, strict=True):
            found[i] = one
    return found


def _together(
    decoder: Any,
    prompts: Sequence[Sequence[int]],
    most: int,
    end: int,
    device: torch.device,
    temperature: float,
    drawing: torch.Generator,
) -> list[list[int]]:
    shared = shared_beginning(prompts)
    past = None
    if shared:
        past = decoder.model(
            input_ids=torch.tensor([prompts[0][:shared]], device=device), use_cache=True
        ).past_key_values
        past.batch_repeat_interleave(len(prompts))
    rests = [list(one[shared:]) for one in prompts]
    width = max(map(len, rests))
    ids = torch.tensor([[end] * (width - len(one)) + one for one in rests], device=device)
    own = torch.tensor([[0] * (width - len(one)) + [1] * len(one) for one in rests], device=device)
    seen = torch.cat([torch.ones(len(rests), shared, dtype=own.dtype, device=device), own], 1)
    places = shared + (own.cumsum(1) - 1).clamp(min=0)
    said: list[list[int]] = [[] for _ in prompts]
    open_ones = set(range(len(prompts)))
    for _ in range(most):
        read = decoder.model(
            input_ids=ids, attention_mask=seen, position_ids=places, past_key_values=past, use_cache=True
        )
        past = read.past_key_values
        scores = decoder.lm_head(read.last_hidden_state[:, -1]).float()
        chosen = _drawn(scores / temperature, drawing) if temperature else scores.argmax(-1)
        for i, token in enumerate(chosen.tolist()):
            if token == end:
                open_ones.discard(i)
            elif i in open_ones:
                said[i].append(token)
        if not open_ones:
            break
        ids, places = chosen[:, None], places[:, -1:] + 1
        seen = torch.cat([seen, seen.new_ones(len(rests), 1)], 1)
    return said


def shared_beginning(prompts: Sequence[Sequence[int]]) -> int:
    """Length of the prompts' common beginning; at least one token of each stays its own."""
    first, last = min(map(tuple, prompts)), max(map(tuple, prompts))
    most = min(map(len, prompts)) - 1
    return next((i for i in range(most) if first[i] != last[i]), most)


def _drawn(scores: torch.Tensor, drawing: torch.Generator) -> torch.Tensor:
    likely, which = torch.softmax(scores, -1).topk(min(64, scores.shape[-1]), -1)
    before = likely.cumsum(-1) - likely
    picked = torch.multinomial(likely * (before < LIKELIEST), 1, generator=drawing)
    return which.gather(1, picked)[:, 0]
